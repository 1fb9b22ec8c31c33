//! Totals and counters as items, and how the one become the other.

use super::attributes::{Attributes, DecodeError, Item, malformed};
use super::codec::{self, number};
use super::{keys, packing};
use crate::domain::count::{BatchId, CountKey, Counts, Sum, Totals, What};
use crate::domain::id::CampaignName;
use crate::domain::time::Timestamp;
use crate::ports::PortError;
use crate::ports::counters::{DayCounts, Written};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Most counters' items that one merge writes, and most totals that it takes in: together below
/// the 100 items of a transaction (Developer Guide, "Quotas").
const ITEMS_MAX: usize = 40;
/// See [`ITEMS_MAX`].
pub const TOTALS_MAX: usize = 50;
/// Most counts that one merge adds to one item: each is up to two of the 300 operators that an
/// update expression takes (Developer Guide, "Quotas").
const KEYS_MAX: usize = 100;

/// What attributes that say how often begin with; the rest is a JSON array of what it is of.
const COUNT_PREFIX: char = 'n';
/// What attributes that say what it was worth begin with.
const VALUE_PREFIX: char = 'v';

/// A batch's totals, waiting.
pub fn encode_totals(batch: &BatchId, totals: &Totals, now: Timestamp, expires: Timestamp) -> Result<Item, PortError> {
    let mut row = codec::keyed(keys::batch(batch));
    row.insert(keys::COUNTS.into(), AttributeValue::B(Blob::new(packed(&totals.days)?)));
    row.insert(keys::FORGET.into(), number(expires.as_second()));
    let due = keys::waiting(batch, now);
    row.insert(keys::DUE_PK.into(), AttributeValue::S(due.pk));
    row.insert(keys::DUE_SK.into(), AttributeValue::S(due.sk));
    if !totals.missing.is_empty() {
        let missing = AttributeValue::B(Blob::new(packed(&totals.missing)?));
        row.insert(keys::MISSING.into(), missing);
    }
    Ok(row)
}

/// A batch that has no totals.
pub fn encode_void(batch: &BatchId, expires: Timestamp) -> Item {
    let mut row = codec::keyed(keys::batch(batch));
    row.insert(keys::TTL.into(), number(expires.as_second()));
    row.insert(keys::STATUS.into(), AttributeValue::S(VOID.to_owned()));
    row
}

const VOID: &str = "void";

/// Reads what was decided about a batch.
pub fn decode_written(row: &Item) -> Result<Written, DecodeError> {
    if row.contains_key(keys::STATUS) {
        return Ok(Written::Void);
    }
    let missing = match row.contains_key(keys::MISSING) {
        true => unpacked(row, keys::MISSING)?,
        false => BTreeSet::new(),
    };
    Ok(Written::Totals { missing })
}

/// What a merge does to one batch's item, whose counts must still be `was`.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Which batch.
    pub batch: BatchId,
    /// Its counts as they were read.
    pub was: Vec<u8>,
    /// What of them waits for another merge; without, it has been merged.
    pub rest: Option<Vec<u8>>,
    /// When it may be forgotten, in seconds since 1970.
    pub forget: i64,
}

/// What one merge does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merge {
    /// To batches.
    pub taken: Vec<Taken>,
    /// To counters: what is added, by campaign and day.
    pub added: BTreeMap<(CampaignName, Date), Counts>,
}

/// What of these batches' items goes into one merge. Items that do not wait are passed over.
pub fn plan(rows: &[Item]) -> Result<Merge, PortError> {
    let mut merge = Merge::default();
    for row in rows.iter().take(TOTALS_MAX) {
        let Ok(was) = row.bytes(keys::COUNTS) else { continue };
        let days: BTreeMap<Date, Counts> = unpacked(row, keys::COUNTS)?;
        let mut rest: BTreeMap<Date, Counts> = BTreeMap::new();
        let mut has_taken = false;
        for (day, counts) in days {
            for (key, sum) in counts.iter() {
                match merge.room_for(key, day) {
                    Some(added) => {
                        added.add_sum(key.clone(), sum);
                        has_taken = true;
                    }
                    None => rest.entry(day).or_default().add_sum(key.clone(), sum),
                }
            }
        }
        if has_taken || rest.is_empty() {
            let key = row.key()?;
            merge.taken.push(Taken {
                batch: keys::batch_of(&key).ok_or_else(|| malformed(keys::PK, "not a batch's"))?,
                was: was.to_vec(),
                rest: match rest.is_empty() {
                    true => None,
                    false => Some(packed(&rest)?),
                },
                forget: row.number(keys::FORGET)?,
            });
        }
    }
    Ok(merge)
}

impl Merge {
    /// The counts that a count is added to, unless they are full.
    fn room_for(&mut self, key: &CountKey, day: Date) -> Option<&mut Counts> {
        let place = (key.campaign.clone(), day);
        let has_room = match self.added.get(&place) {
            Some(added) => added.iter().any(|(known, _)| known == key) || added.iter().count() < KEYS_MAX,
            None => self.added.len() < ITEMS_MAX,
        };
        has_room.then(|| self.added.entry(place).or_default())
    }
}

/// Counts as attributes that are added to: names and numbers.
pub fn additions(counts: &Counts) -> Result<Vec<(String, i64)>, PortError> {
    let mut additions = Vec::new();
    for (key, sum) in counts.iter() {
        let of = serde_json::to_string(&(&key.step, &key.variant, &key.channel, key.what, &key.reason))
            .map_err(|error| PortError::Fail(format!("a count cannot be named: {error}")))?;
        let count = i64::try_from(sum.count).unwrap_or(i64::MAX);
        additions.push((format!("{COUNT_PREFIX}{of}"), count));
        if sum.value_micros != 0 {
            additions.push((format!("{VALUE_PREFIX}{of}"), sum.value_micros));
        }
    }
    Ok(additions)
}

/// Reads the counters of a campaign's day.
pub fn decode_counters(row: &Item) -> Result<DayCounts, DecodeError> {
    let campaign = CampaignName::from(row.text(keys::CAMPAIGN)?);
    let day = row
        .text(keys::DAY)?
        .parse()
        .map_err(|_| malformed(keys::DAY, "not a date"))?;
    let mut counts = Counts::default();
    for (name, value) in row {
        let Some((prefix, of)) = name.split_at_checked(1).filter(|(_, of)| of.starts_with('[')) else {
            continue;
        };
        let AttributeValue::N(digits) = value else { continue };
        let counted: i64 = digits
            .parse()
            .map_err(|_| malformed(keys::COUNTS, "not a whole number"))?;
        let sum = if prefix.starts_with(COUNT_PREFIX) {
            Sum {
                count: u64::try_from(counted).unwrap_or_default(),
                value_micros: 0,
            }
        } else {
            Sum {
                count: 0,
                value_micros: counted,
            }
        };
        let (step, variant, channel, what, reason): (String, String, String, What, String) =
            serde_json::from_str(of).map_err(|_| malformed(keys::COUNTS, "not the name of a count"))?;
        let key = CountKey {
            campaign: campaign.clone(),
            step,
            variant,
            channel,
            what,
            reason,
        };
        counts.add_sum(key, sum);
    }
    Ok(DayCounts { day, counts })
}

/// The first days of the months from `since` to `until`: each is a partition of counters.
pub fn months(since: Date, until: Date) -> impl Iterator<Item = Date> {
    let last = until.first_of_month();
    std::iter::successors(Some(since.first_of_month()), |month| {
        month.checked_add(jiff::Span::new().months(1)).ok()
    })
    .take_while(move |month| *month <= last)
}

fn packed(value: &impl serde::Serialize) -> Result<Vec<u8>, PortError> {
    rmp_serde::to_vec_named(value)
        .map_err(|error| error.to_string())
        .and_then(|packed| packing::deflated(packed).map_err(|error| error.to_string()))
        .map_err(|error| PortError::Fail(format!("counts cannot be packed: {error}")))
}

fn unpacked<T: serde::de::DeserializeOwned>(row: &Item, name: &'static str) -> Result<T, DecodeError> {
    let packed = packing::inflated(row.bytes(name)?).map_err(|_| malformed(name, "not what was deflated"))?;
    rmp_serde::from_slice(&packed).map_err(|_| malformed(name, "not what was packed"))
}
