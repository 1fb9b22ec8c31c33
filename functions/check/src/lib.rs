//! Wakes what is due. A one-time schedule calls it with a bucket (one minute of one shard of the
//! due index); a recurring one calls it for a sweep, which wakes what was missed and gives a
//! schedule to buckets that come near, calls up what waits for a provider ([`line`]), and merges what was counted. So a lost schedule costs minutes, never a message.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod line;
mod merge;
mod sweep;
mod wake;

use beckon_shared::domain::time::{Span, Timestamp, before};
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::{Clock, Counters, DueIndex, Inbox, Line, Outbox, PortError, Scheduler};
use beckon_shared::telemetry::Metrics;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What the function works with.
pub struct Deps<S, K, C> {
    /// The table.
    pub store: S,
    /// Gives buckets their schedules.
    pub scheduler: K,
    /// Tells the time.
    pub clock: C,
    /// Counts.
    pub metrics: Rc<Metrics>,
    /// How long the inbox may forget alarms after.
    pub retention: Span,
}

/// The parts of the table that this function uses.
pub trait Table: DueIndex + Inbox + Outbox + Line + Counters {}
impl<T: DueIndex + Inbox + Outbox + Line + Counters> Table for T {}

/// Why it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// The bucket is due.
    Bucket(Bucket),
    /// Time for a sweep.
    Sweep(bool),
}

/// Carries out one call. Where something could not be woken, the rest is, and the error has
/// Lambda call again.
pub async fn handle<S: Table, K: Scheduler, C: Clock>(deps: &Deps<S, K, C>, call: Call) -> Result<(), PortError> {
    let now = deps.clock.now();
    match call {
        Call::Bucket(bucket) => {
            let minute = Span::from_mins(1);
            let range = (before(bucket.at(), minute), bucket.at().min(now));
            let woken = wake::range(deps, bucket.shard, range, now)
                .await
                .map(|_oldest: Option<Timestamp>| ());
            if bucket.shard == line::SHARD {
                return line::move_up(deps, now).await.and(woken);
            }
            woken
        }
        Call::Sweep(_) => {
            let swept = sweep::sweep(deps, now).await;
            let moved = line::move_up(deps, now).await;
            merge::merge(deps).await.and(moved).and(swept)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_what_schedules_say() {
        let call: Call = serde_json::from_str(r#"{"bucket":{"minute":29539000,"shard":3}}"#).expect("a bucket");
        assert_eq!(
            call,
            Call::Bucket(Bucket {
                minute: 29_539_000,
                shard: 3
            })
        );
        let call: Call = serde_json::from_str(r#"{"sweep":true}"#).expect("a sweep");
        assert_eq!(call, Call::Sweep(true));
        assert!(serde_json::from_str::<Call>(r#"{"minute":1}"#).is_err());
    }
}
