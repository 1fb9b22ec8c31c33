//! Logs as bytes: every byte of a profile is written with every event.
//!
//! Times are differences to the one before. Values stand once, in a dictionary of each log, as
//! MessagePack.

use super::grid::{COARSEST, FINEST, Place};
use super::log::{Cell, Log};
use super::{Amount, Kind, LogId, Sample};
use crate::domain::profile::number::{
    byte_of, count_of, count_to, signed_of, signed_to, time_of, unsigned_of, unsigned_to,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The first byte: how the rest is to be read.
const LAYOUT: u8 = 1;
/// In a log's first byte: it has values.
const VALUES: u8 = 1;
/// Entries have a beginning of their own.
const BEGINNINGS: u8 = 2;
/// Entries have an amount.
const AMOUNTS: u8 = 4;
/// There are cells.
const CELLS: u8 = 8;
/// Amounts are in millionths times ten to a power of at most this.
const UNIT_MAX: u8 = 6;
/// The kind of log stands from this bit on.
const KIND_SHIFT: u8 = 4;
const KINDS: [Kind; 4] = [Kind::Latest, Kind::First, Kind::Sessions, Kind::Values];
/// Bytes of a log's id.
const ID_BYTES: usize = 6;

pub(super) fn pack(logs: &BTreeMap<LogId, Log>) -> Vec<u8> {
    let mut bytes = vec![LAYOUT];
    for (id, log) in logs {
        let [_, _, id @ ..] = id.0.to_be_bytes();
        bytes.extend(id);
        log_to(&mut bytes, log);
    }
    bytes
}

fn log_to(bytes: &mut Vec<u8>, log: &Log) {
    let mut groups: Vec<&[Json]> = Vec::new();
    let values = log.exact.iter().map(|sample| &sample.values);
    for values in values.chain(log.cells.iter().map(|cell| &cell.values)) {
        if !groups.contains(&values.as_slice()) {
            groups.push(values);
        }
    }
    let has_values = groups.iter().any(|group| !group.is_empty());
    let has_amounts = log.entries().any(|entry| entry.amount.is_some());
    let has_beginnings = log.exact.iter().any(|sample| sample.from != sample.at);
    let kind = KINDS.iter().position(|kind| *kind == log.kind).unwrap_or_default();
    let kind = u8::try_from(kind).unwrap_or_default();
    let flag = |holds: bool, flag: u8| if holds { flag } else { 0 };
    bytes.push(
        flag(has_values, VALUES)
            | flag(has_beginnings, BEGINNINGS)
            | flag(has_amounts, AMOUNTS)
            | flag(!log.cells.is_empty(), CELLS)
            | kind << KIND_SHIFT,
    );
    if has_values {
        // Names, texts and numbers: they can always be written.
        let dictionary = rmp_serde::to_vec(&groups).unwrap_or_default();
        count_to(bytes, dictionary.len());
        bytes.extend(dictionary);
    }
    let group_to = |bytes: &mut Vec<u8>, values: &[Json]| {
        if has_values {
            count_to(
                bytes,
                groups.iter().position(|group| *group == values).unwrap_or_default(),
            );
        }
    };
    let unit = unit_of(log);
    if has_amounts {
        bytes.push(unit);
    }
    let unit = 10_i64.pow(unit.into());
    count_to(bytes, log.exact.len());
    let mut before = 0;
    for sample in &log.exact {
        signed_to(bytes, i128::from(sample.at) - i128::from(before));
        before = sample.at;
        group_to(bytes, &sample.values);
        if has_beginnings {
            signed_to(bytes, i128::from(sample.at) - i128::from(sample.from));
        }
        if has_amounts {
            signed_to(bytes, sample.amount.map_or(0, |amount| amount.sum) / i128::from(unit));
        }
    }
    if log.cells.is_empty() {
        return;
    }
    count_to(bytes, log.cells.len());
    // Newest first: older cells are as long or longer, and begin at multiples of the same.
    let (mut level, mut start) = (FINEST, 0);
    for cell in log.cells.iter().rev() {
        bytes.push(cell.place.level);
        level = level.min(cell.place.level);
        signed_to(bytes, (i128::from(start) - i128::from(cell.place.start)) >> level);
        (level, start) = (cell.place.level, cell.place.start);
        unsigned_to(bytes, cell.weight.into());
        group_to(bytes, &cell.values);
        if let Some(amount) = cell.amount {
            signed_to(bytes, amount.sum / i128::from(unit));
            signed_to(bytes, (amount.min / unit).into());
            signed_to(bytes, i128::from(amount.max / unit) - i128::from(amount.min / unit));
        }
    }
}

/// The largest power of ten that all amounts are multiples of, up to a million: most are whole, or
/// have two digits behind the point.
fn unit_of(log: &Log) -> u8 {
    let mut unit = UNIT_MAX;
    for amount in log.entries().filter_map(|entry| entry.amount) {
        let fits = |unit: u8| {
            let power = 10_i64.pow(unit.into());
            amount.sum % i128::from(power) == 0 && amount.min % power == 0 && amount.max % power == 0
        };
        while unit > 0 && !fits(unit) {
            unit -= 1;
        }
    }
    unit
}

pub(super) fn unpack(bytes: &[u8]) -> Option<BTreeMap<LogId, Log>> {
    let (&LAYOUT, mut rest) = bytes.split_first()? else {
        return None;
    };
    let mut logs = BTreeMap::new();
    while !rest.is_empty() {
        let (id, behind) = rest.split_at_checked(ID_BYTES)?;
        rest = behind;
        let id = id.iter().fold(0, |id, byte| (id << 8) | u64::from(*byte));
        logs.insert(LogId(id), log_of(&mut rest)?);
    }
    Some(logs)
}

fn log_of(rest: &mut &[u8]) -> Option<Log> {
    let flags = byte_of(rest)?;
    let has = |flag: u8| flags & flag != 0;
    let groups: Vec<Vec<Json>> = if has(VALUES) {
        let length = count_of(rest)?;
        let (dictionary, behind) = rest.split_at_checked(length)?;
        *rest = behind;
        rmp_serde::from_slice(dictionary).ok()?
    } else {
        Vec::new()
    };
    let group_of = |rest: &mut &[u8]| {
        if has(VALUES) {
            groups.get(count_of(rest)?).cloned()
        } else {
            Some(Vec::new())
        }
    };
    let unit = if has(AMOUNTS) { byte_of(rest)? } else { 0 };
    let unit = 10_i64
        .checked_pow(unit.into())
        .filter(|unit| *unit <= 10_i64.pow(UNIT_MAX.into()))?;
    let mut log = Log::new(*KINDS.get(usize::from(flags >> KIND_SHIFT))?);
    let mut at = 0_i64;
    for _ in 0..count_of(rest)? {
        at = at.checked_add(time_of(rest)?)?;
        let values = group_of(rest)?;
        let from = if has(BEGINNINGS) {
            at.checked_sub(time_of(rest)?)?
        } else {
            at
        };
        let amount = if has(AMOUNTS) {
            Some(Amount::of_millionths(time_of(rest)?.checked_mul(unit)?))
        } else {
            None
        };
        log.exact.push(Sample {
            from,
            at,
            values,
            amount,
        });
    }
    if has(CELLS) {
        let (mut before, mut start) = (FINEST, 0_i64);
        for _ in 0..count_of(rest)? {
            let level = byte_of(rest)?;
            if !(FINEST..=COARSEST).contains(&level) {
                return None;
            }
            let way = signed_of(rest)?.checked_mul(1 << before.min(level))?;
            start = start.checked_sub(i64::try_from(way).ok()?)?;
            before = level;
            let weight = u64::try_from(unsigned_of(rest)?).ok()?;
            let values = group_of(rest)?;
            let amount = if has(AMOUNTS) {
                let sum = signed_of(rest)?.checked_mul(unit.into())?;
                let min = time_of(rest)?;
                let max = min
                    .checked_add(i64::try_from(signed_of(rest)?).ok()?)?
                    .checked_mul(unit)?;
                let min = min.checked_mul(unit)?;
                Some(Amount { sum, min, max })
            } else {
                None
            };
            log.cells.push(Cell {
                place: Place { start, level },
                weight,
                values,
                amount,
            });
        }
        log.cells.reverse();
    }
    Some(log)
}
