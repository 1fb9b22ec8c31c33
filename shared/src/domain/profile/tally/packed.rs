//! Logs as bytes: every byte of a profile is written with every event.
//!
//! Times stand once, in order, whichever logs an event is in: its entries name their places. Values stand once in
//! each log, as MessagePack. What entries have of one kind stands together, because it is alike.

use super::grid::{COARSEST, FINEST, Place};
use super::groups::{Group, Groups};
use super::log::{Cell, Log, Noted};
use super::{Amount, Kind, LogId};
use crate::domain::profile::number::{
    byte_of, count_of, count_to, signed_of, signed_to, time_of, unsigned_of, unsigned_to,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The first byte: how the rest is to be read.
const LAYOUT: u8 = 2;
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
const KINDS: [Kind; 5] = [Kind::Latest, Kind::First, Kind::Sessions, Kind::Values, Kind::Days];
/// Bytes of a log's id.
const ID_BYTES: usize = 6;

pub(super) fn pack(logs: &BTreeMap<LogId, Log>) -> Vec<u8> {
    let mut times: Vec<i64> = logs.values().flat_map(|log| &log.exact).map(|noted| noted.at).collect();
    times.sort_unstable();
    times.dedup();
    let mut bytes = vec![LAYOUT];
    count_to(&mut bytes, times.len());
    let mut before = 0;
    for at in &times {
        signed_to(&mut bytes, i128::from(*at) - i128::from(before));
        before = *at;
    }
    for (id, log) in logs {
        let [_, _, id @ ..] = id.0.to_be_bytes();
        bytes.extend(id);
        log_to(&mut bytes, log, &times);
    }
    bytes
}

/// The groups that a log's entries name, in the order in which they are named first.
struct Named<'l> {
    groups: Vec<&'l [Json]>,
    /// Their places there, by those in the log.
    places: Vec<Option<usize>>,
}

impl<'l> Named<'l> {
    fn by(log: &'l Log) -> Self {
        let mut named = Self {
            groups: Vec::new(),
            places: vec![None; log.groups.len()],
        };
        let exact = log.exact.iter().map(|noted| noted.group);
        for group in exact.chain(log.cells.iter().map(|cell| cell.group)) {
            if let Some(place @ None) = named.places.get_mut(group.place()) {
                *place = Some(named.groups.len());
                named.groups.push(log.groups.values(group));
            }
        }
        named
    }

    fn to(&self, bytes: &mut Vec<u8>, groups: impl Iterator<Item = Group>) {
        if self.groups.len() > 1 {
            for group in groups {
                let place = self.places.get(group.place()).copied().flatten();
                count_to(bytes, place.unwrap_or_default());
            }
        }
    }
}

fn log_to(bytes: &mut Vec<u8>, log: &Log, times: &[i64]) {
    let named = Named::by(log);
    let has_values = named.groups.iter().any(|group| !group.is_empty());
    let has_amounts = log.entries().any(|entry| entry.amount.is_some());
    let has_beginnings = log.exact.iter().any(|noted| noted.from != noted.at);
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
        let dictionary = rmp_serde::to_vec(&named.groups).unwrap_or_default();
        count_to(bytes, dictionary.len());
        bytes.extend(dictionary);
    }
    let unit = unit_of(log);
    if has_amounts {
        bytes.push(unit);
    }
    let unit = 10_i64.pow(unit.into());
    count_to(bytes, log.exact.len());
    let mut before = 0;
    for noted in &log.exact {
        let place = times.binary_search(&noted.at).unwrap_or_default();
        count_to(bytes, place.saturating_sub(before));
        before = place;
    }
    named.to(bytes, log.exact.iter().map(|noted| noted.group));
    if has_beginnings {
        for noted in &log.exact {
            signed_to(bytes, i128::from(noted.at) - i128::from(noted.from));
        }
    }
    if has_amounts {
        for noted in &log.exact {
            signed_to(bytes, (noted.amount.unwrap_or_default() / unit).into());
        }
    }
    if log.cells.is_empty() {
        return;
    }
    count_to(bytes, log.cells.len());
    // Newest first: older cells are as long or longer, and begin at multiples of the same.
    let cells = || log.cells.iter().rev();
    bytes.extend(cells().map(|cell| cell.place.level));
    let (mut level, mut start) = (FINEST, 0);
    for cell in cells() {
        level = level.min(cell.place.level);
        signed_to(bytes, (i128::from(start) - i128::from(cell.place.start)) >> level);
        (level, start) = (cell.place.level, cell.place.start);
    }
    for cell in cells() {
        unsigned_to(bytes, cell.weight.into());
    }
    named.to(bytes, cells().map(|cell| cell.group));
    for amount in cells().filter_map(|cell| cell.amount.as_deref()) {
        signed_to(bytes, amount.sum / i128::from(unit));
        signed_to(bytes, (amount.min / unit).into());
        signed_to(bytes, i128::from(amount.max / unit) - i128::from(amount.min / unit));
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
    let mut at = 0_i64;
    let times = column(&mut rest, |rest| {
        at = at.checked_add(time_of(rest)?)?;
        Some(at)
    })?;
    let mut logs = BTreeMap::new();
    while !rest.is_empty() {
        let (id, behind) = rest.split_at_checked(ID_BYTES)?;
        rest = behind;
        let id = id.iter().fold(0, |id, byte| (id << 8) | u64::from(*byte));
        logs.insert(LogId(id), log_of(&mut rest, &times)?);
    }
    Some(logs)
}

/// As many as it says first. Each takes a byte at least, so that a damaged number costs no memory.
fn column<T>(rest: &mut &[u8], one: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let count = count_of(rest)?;
    so_many(rest, count, one)
}

fn so_many<T>(rest: &mut &[u8], count: usize, mut one: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::with_capacity(count.min(rest.len()));
    for _ in 0..count {
        all.push(one(rest)?);
    }
    Some(all)
}

fn log_of(rest: &mut &[u8], times: &[i64]) -> Option<Log> {
    let flags = byte_of(rest)?;
    let has = |flag: u8| flags & flag != 0;
    let dictionary: Vec<Vec<Json>> = if has(VALUES) {
        let length = count_of(rest)?;
        let (dictionary, behind) = rest.split_at_checked(length)?;
        *rest = behind;
        rmp_serde::from_slice(dictionary).ok()?
    } else {
        vec![Vec::new()]
    };
    let known = dictionary.len();
    let groups_of = |rest: &mut &[u8], count: usize| {
        if known > 1 {
            so_many(rest, count, |rest| {
                count_of(rest).filter(|place| *place < known).map(Group::at)
            })
        } else {
            Some(vec![Group::at(0); count])
        }
    };
    let unit = if has(AMOUNTS) { byte_of(rest)? } else { 0 };
    let unit = 10_i64
        .checked_pow(unit.into())
        .filter(|unit| *unit <= 10_i64.pow(UNIT_MAX.into()))?;
    let mut place = 0_usize;
    let exact = column(rest, |rest| {
        place = place.checked_add(count_of(rest)?)?;
        times.get(place).copied()
    })?;
    let count = exact.len();
    let groups = groups_of(rest, count)?;
    let lengths = if has(BEGINNINGS) {
        so_many(rest, count, time_of)?
    } else {
        vec![0; count]
    };
    let amounts = if has(AMOUNTS) {
        so_many(rest, count, |rest| Some(Some(time_of(rest)?.checked_mul(unit)?)))?
    } else {
        vec![None; count]
    };
    let mut log = Log::new(*KINDS.get(usize::from(flags >> KIND_SHIFT))?);
    log.groups = Groups::of(dictionary);
    for (((at, group), length), amount) in exact.into_iter().zip(groups).zip(lengths).zip(amounts) {
        log.exact.push(Noted {
            from: at.checked_sub(length)?,
            at,
            group,
            amount,
        });
    }
    if !has(CELLS) {
        return Some(log);
    }
    let levels = column(rest, |rest| {
        byte_of(rest).filter(|level| (FINEST..=COARSEST).contains(level))
    })?;
    let count = levels.len();
    let (mut before, mut start) = (FINEST, 0_i64);
    let mut places = Vec::with_capacity(count);
    for level in levels {
        let way = signed_of(rest)?.checked_mul(1 << before.min(level))?;
        start = start.checked_sub(i64::try_from(way).ok()?)?;
        before = level;
        places.push(Place { start, level });
    }
    let weights = so_many(rest, count, |rest| u64::try_from(unsigned_of(rest)?).ok())?;
    let groups = groups_of(rest, count)?;
    for ((place, weight), group) in places.into_iter().zip(weights).zip(groups) {
        let amount = if has(AMOUNTS) {
            Some(Box::new(amount_of(rest, unit)?))
        } else {
            None
        };
        log.cells.push(Cell {
            place,
            weight,
            group,
            amount,
        });
    }
    log.cells.reverse();
    Some(log)
}

fn amount_of(rest: &mut &[u8], unit: i64) -> Option<Amount> {
    let sum = signed_of(rest)?.checked_mul(unit.into())?;
    let min = time_of(rest)?;
    let max = min
        .checked_add(i64::try_from(signed_of(rest)?).ok()?)?
        .checked_mul(unit)?;
    Some(Amount {
        sum,
        min: min.checked_mul(unit)?,
        max,
    })
}
