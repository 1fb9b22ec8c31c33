//! The sweep: what is overdue is woken, what comes near gets its schedule.

use crate::{Deps, Table, wake};
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::ports::due::{Bucket, DueEntry, SHARDS};
use beckon_shared::ports::{Clock, PortError, Scheduler, SweepCursor};
use beckon_shared::telemetry::Metric;

/// What has been due for less is left to its own schedule.
const GRACE: Span = Span::from_mins(1);
/// How far behind the cursor it looks again: writes that took long, an index that lags.
const OVERLAP: Span = Span::from_mins(10);
/// How far ahead buckets get their schedule. `evaluate` gives it to what is nearer when it is
/// decided, an hour further than this, so that none falls between.
const HORIZON: Span = Span::from_hours(24);
/// How far back the first sweep looks.
const FIRST_LOOK: Span = Span::from_days(8);

/// Sweeps every shard, then moves the cursor as far as everything succeeded.
pub async fn sweep<S: Table, K: Scheduler, C: Clock>(deps: &Deps<S, K, C>, now: Timestamp) -> Result<(), PortError> {
    let cursor = match deps.store.cursor().await? {
        Some(cursor) => cursor,
        None => SweepCursor {
            swept: before(now, FIRST_LOOK),
            scheduled: now,
        },
    };
    let overdue = overdue(deps, cursor.swept, now).await;
    let upcoming = upcoming(deps, cursor.scheduled.max(now), after(now, HORIZON)).await;
    let next = SweepCursor {
        swept: overdue.as_ref().copied().unwrap_or(cursor.swept),
        scheduled: upcoming.as_ref().copied().unwrap_or(cursor.scheduled),
    };
    if next != cursor {
        deps.store.set_cursor(next).await?;
    }
    overdue.and(upcoming).map(|_| ())
}

/// Wakes what is overdue. Gives the moment before which nothing is left: what was still there is
/// looked at again next time.
async fn overdue<S: Table, K: Scheduler, C: Clock>(
    deps: &Deps<S, K, C>,
    swept: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, PortError> {
    let to = before(now, GRACE);
    let mut clear = to;
    for shard in 0..SHARDS {
        if let Some(oldest) = wake::range(deps, shard, (before(swept, OVERLAP), to), now).await? {
            clear = clear.min(oldest);
        }
    }
    Ok(clear)
}

/// Gives a schedule to every bucket with something in it due after `from`, up to `until`: from
/// bucket to bucket, one small read each, however many are due in it.
async fn upcoming<S: Table, K: Scheduler, C: Clock>(
    deps: &Deps<S, K, C>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Timestamp, PortError> {
    for shard in 0..SHARDS {
        let mut place = from;
        let mut page = None;
        while place < until {
            let found = deps.store.due(shard, place, until, 1, page.take()).await?;
            let Some(first) = found.entries.first() else {
                match found.next {
                    Some(next) => {
                        page = Some(next);
                        continue;
                    }
                    None => break,
                }
            };
            let (DueEntry::Alarm { profile, due } | DueEntry::Message { profile, due, .. }) = first;
            let bucket = Bucket::of(profile, *due);
            deps.scheduler.ensure(bucket, bucket.at()).await?;
            deps.metrics.add(Metric::Scheduled, 1.0);
            place = bucket.at();
        }
    }
    Ok(until.max(from))
}
