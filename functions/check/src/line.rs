//! Calls up messages that wait for their provider: each minute as many as it took the minute before and some more, the
//! most urgent and oldest first.
//!
//! A sweep finds that somebody waits; from then on each minute's call sees that there is a next one, until nobody does.

use crate::{Deps, Table};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::line::{CALLED_MAX, LINES, Pace, next_pace};
use beckon_shared::domain::time::{Span, Timestamp, after, between};
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::line::Waiting;
use beckon_shared::ports::{Clock, PortError, Scheduler};
use beckon_shared::telemetry::Metric;
use futures::stream::{self, StreamExt};

/// The shard whose buckets' calls also call up messages.
pub const SHARD: u16 = 0;
/// Messages called up at once, within what one partition of the index takes.
const AT_ONCE: usize = 32;

/// Calls up what may be, of every line. Goes on past what fails and reports the last failure.
pub async fn move_up<S: Table, K: Scheduler, C: Clock>(deps: &Deps<S, K, C>, now: Timestamp) -> Result<(), PortError> {
    let (mut failure, mut waits) = (None, false);
    for channel in LINES {
        match Box::pin(one(deps, channel, now)).await {
            Ok(waiting) => waits |= waiting,
            Err(error) => {
                tracing::warn!(channel = channel.name(), %error, "nobody could be called up");
                failure = Some(error);
            }
        }
    }
    if waits {
        let bucket = next_minute(now);
        deps.scheduler.ensure(bucket, bucket.at()).await?;
        deps.metrics.add(Metric::Scheduled, 1.0);
    }
    failure.map_or(Ok(()), Err)
}

/// Calls up what may be of one line. Says whether anybody waits.
async fn one<S: Table, K: Scheduler, C: Clock>(
    deps: &Deps<S, K, C>,
    channel: Channel,
    now: Timestamp,
) -> Result<bool, PortError> {
    let waiting = deps.store.line(channel, CALLED_MAX).await?;
    let Some(oldest) = waiting.iter().map(|waiting| waiting.place.decided).min() else {
        return Ok(false);
    };
    deps.metrics
        .note(Metric::Waiting, "channel", channel.name(), count(waiting.len()).into());
    let age_secs = between(oldest, now).millis / 1_000;
    let age_secs = f64::from(u32::try_from(age_secs).unwrap_or_default());
    deps.metrics
        .note(Metric::WaitingSecs, "channel", channel.name(), age_secs);
    let last = deps.store.pace(channel).await?;
    // One call a minute calls up, however many are made; nobody does before the time that the provider asked for.
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let is_early = last.is_some_and(|last| minute(last.at) >= minute(now));
    let is_held = waiting.iter().any(|waiting| waiting.place.hold > now);
    if is_early || is_held {
        return Ok(true);
    }
    let came_back = |waiting: &&Waiting| {
        let place = &waiting.place;
        place.tries > 1 && last.is_some_and(|last| place.refused >= last.at)
    };
    let refused = count(waiting.iter().filter(came_back).count());
    let (allowed, limit) = next_pace(last.as_ref(), refused, now);
    let called: Vec<&Waiting> = waiting
        .iter()
        .take(usize::try_from(allowed).unwrap_or(usize::MAX))
        .collect();
    let pace = Pace {
        at: now,
        allowed,
        called: count(called.len()),
        limit,
    };
    if !deps.store.set_pace(channel, last.as_ref(), &pace).await? {
        return Ok(true);
    }
    tracing::info!(
        channel = channel.name(),
        waiting = waiting.len(),
        refused,
        called = called.len(),
        "messages that waited for their provider are called up"
    );
    let results: Vec<Result<(), PortError>> = stream::iter(called)
        .map(async |waiting| Box::pin(deps.store.call_up(waiting)).await)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    deps.metrics.add(Metric::Woken, f64::from(pace.called));
    // Whoever is refused now comes back into the line, so that somebody has to look again.
    results.into_iter().find_map(Result::err).map_or(Ok(true), Err)
}

/// The bucket that is called at the beginning of the next minute.
fn next_minute(now: Timestamp) -> Bucket {
    Bucket {
        minute: after(now, Span::from_mins(1)).as_second().div_euclid(60),
        shard: SHARD,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
