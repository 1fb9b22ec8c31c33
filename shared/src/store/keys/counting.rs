//! Keys of totals and counters.

use super::{Due, Key, bounded, time};
use crate::domain::count::BatchId;
use crate::domain::id::{CampaignName, draw};
use crate::domain::time::Timestamp;
use crate::ports::counters::WAITING_SHARDS;
use jiff::civil::Date;

/// What batches' partition keys start with.
const BATCH_PREFIX: &str = "R#B#";
/// Sort key of a batch.
const BATCH_SK: &str = "BATCH";

/// What a batch counted, or that it has no totals: an item by itself, so that no partition is hot.
pub fn batch(batch: &BatchId) -> Key {
    Key::of(format!("{BATCH_PREFIX}{}", batch.as_str()), BATCH_SK)
}

/// The batch, if the key is one's.
pub fn batch_of(key: &Key) -> Option<BatchId> {
    let id = key.pk.strip_prefix(BATCH_PREFIX).filter(|_| key.sk == BATCH_SK)?;
    Some(BatchId(id.to_owned()))
}

/// Where totals wait in the due index.
pub fn waiting(batch: &BatchId, since: Timestamp) -> Due {
    let shard = draw(&["waiting", batch.as_str()]) % u64::from(WAITING_SHARDS);
    Due {
        pk: waiting_pk(u16::try_from(shard).unwrap_or_default()),
        sk: format!("{}#{}", time(since), batch.as_str()),
    }
}

/// The partition of the due index in which a shard's totals wait.
pub fn waiting_pk(shard: u16) -> String {
    format!("R#W{shard}")
}

/// The counters of a campaign's day, by those who merge a shard.
pub fn counters(campaign: &CampaignName, day: Date, shard: u16) -> Key {
    let sk = format!("{}{day}#{shard}", counters_prefix(Some(campaign)));
    Key::of(counters_pk(day), sk)
}

/// The partition of a month's counters.
pub fn counters_pk(day: Date) -> String {
    format!("R#{}", day.strftime("%Y-%m"))
}

/// What the sort keys of counters start with: of a campaign, or of all.
pub fn counters_prefix(campaign: Option<&CampaignName>) -> String {
    match campaign {
        Some(campaign) => format!("D#{}#", bounded(campaign.as_str())),
        None => "D#".to_owned(),
    }
}
