//! A profile's log, kept in the state's item where that costs no write unit: DynamoDB bills each
//! started KB of the item, and the log takes what is left of the last of them.

use super::attributes::{Attributes, Item};
use super::codec;
use super::deflate;
use super::keys;
use crate::domain::log::{LOG_MAX, Log, Logged};
use crate::ports::PortError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

/// What DynamoDB bills in.
const UNIT_BYTES: usize = 1024;
/// Kept free beside the log, against what sizes are only estimated to be.
const SPARE_BYTES: usize = 16;
/// Decisions that are kept even where they cost a unit: a log of fewer is whole.
pub const KEPT_ALWAYS: usize = 3;
/// More than 40 decisions never take, unpacked.
const UNPACKED_MAX_BYTES: usize = 256 * 1024;

/// Puts as much of the log into the state's item as has room in it, the latest decisions first.
pub fn add_log(row: &mut Item, log: &Log) -> Result<(), PortError> {
    let size = codec::size(row) + keys::LOG.len() + SPARE_BYTES;
    let room = size.div_ceil(UNIT_BYTES) * UNIT_BYTES - size;
    let kept = match log.fresh.is_empty() && log.kept.len() <= room {
        true => log.kept.clone(),
        false => fitted(&decode_log(log), room)?,
    };
    if !kept.is_empty() {
        row.insert(keys::LOG.into(), AttributeValue::B(Blob::new(kept)));
    }
    Ok(())
}

/// The log of the state's item.
pub fn read_log(row: &impl Attributes) -> Log {
    Log {
        kept: row.bytes(keys::LOG).unwrap_or_default().to_vec(),
        fresh: Vec::new(),
    }
}

/// The decisions in a log, the oldest first. What cannot be read any more is passed over: the log
/// is there for people, and no decision depends on it.
pub fn decode_log(log: &Log) -> Vec<Logged> {
    let mut entries: Vec<Logged> = match log.kept.as_slice() {
        [] => Vec::new(),
        kept => deflate::inflated(&[], kept, UNPACKED_MAX_BYTES)
            .ok()
            .and_then(|packed| rmp_serde::from_slice(&packed).ok())
            .unwrap_or_default(),
    };
    entries.extend(log.fresh.iter().cloned());
    entries.drain(..entries.len().saturating_sub(LOG_MAX));
    entries
}

/// The latest entries that fit.
fn fitted(entries: &[Logged], room: usize) -> Result<Vec<u8>, PortError> {
    let mut count = entries.len();
    loop {
        let latest = entries.get(entries.len() - count..).unwrap_or_default();
        let packed = packed(latest)?;
        if packed.len() <= room || count <= KEPT_ALWAYS {
            return Ok(packed);
        }
        // In proportion, and always less: this ends.
        count = (count * room / packed.len()).clamp(KEPT_ALWAYS, count - 1);
    }
}

fn packed(entries: &[Logged]) -> Result<Vec<u8>, PortError> {
    let failed = |error: String| PortError::Fail(format!("the log cannot be packed: {error}"));
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let packed = rmp_serde::to_vec_named(entries).map_err(|error| failed(error.to_string()))?;
    deflate::deflated(&[], &packed).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProfileId;
    use crate::domain::profile::{Profile, State};
    use crate::domain::time::Timestamp;

    fn logged(number: usize) -> Logged {
        Logged {
            at: Timestamp::from_millisecond(1_772_359_200_000 + 977_777 * number as i64).expect("a time"),
            decision: ["enter", "skip", "send"][number % 3].to_owned(),
            campaign: ["abandoned-cart", "birthday"][number % 2].to_owned(),
            key: format!("c-{number}"),
            step: "reminder".to_owned(),
            ..Logged::default()
        }
    }

    fn row(state: &State, log: &Log) -> Item {
        let id = ProfileId::known("u1").expect("an id");
        let mut row = codec::encode_state(&id, 1, state).expect("it is written");
        add_log(&mut row, log).expect("it is written");
        row
    }

    #[test]
    fn the_latest_decisions_are_kept_and_cost_no_unit() {
        let mut state = State::default();
        let mut longest = 0;
        for bytes in (0..2_000).step_by(150) {
            // What deflating does not shorten.
            state.cursor = Some(
                (0..bytes)
                    .map(|place| char::from(33 + (place * 7 % 90) as u8))
                    .collect(),
            );
            let log = Log {
                kept: Vec::new(),
                fresh: (0..LOG_MAX).map(logged).collect(),
            };
            let (without, with) = (row(&state, &Log::default()), row(&state, &log));
            let kept = decode_log(&read_log(&with));
            assert_eq!(kept.last(), Some(&logged(LOG_MAX - 1)), "{bytes}");
            longest = longest.max(kept.len());
            if kept.len() > KEPT_ALWAYS {
                let units = |row: &Item| codec::size(row).div_ceil(UNIT_BYTES);
                assert_eq!(units(&with), units(&without), "{bytes}");
            }
        }
        assert!(longest > 20, "only {longest} decisions");
    }

    #[test]
    fn a_log_is_carried_on_and_stays_bounded() {
        let mut profile = Profile::default();
        for number in 0..100 {
            profile.log.fresh.push(logged(number));
            profile.log = read_log(&row(&profile.state, &profile.log));
        }
        let kept = decode_log(&profile.log);
        assert!((20..=LOG_MAX).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept.last(), Some(&logged(99)));
        assert!(kept.is_sorted_by_key(|logged| logged.at));
    }
}
