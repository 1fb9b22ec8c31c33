//! Wakes profiles and messages in a range of the due index.

use crate::{Deps, Table};
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::{ProfileId, digest};
use beckon_shared::domain::time::{Span, Timestamp, after, between};
use beckon_shared::ports::due::DueEntry;
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Clock, PortError, Scheduler};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::Metric;
use futures::stream::{self, StreamExt};

/// Entries read at once.
const PAGE: u16 = 500;
/// Entries woken at once, within what one partition of the table takes.
const AT_ONCE: usize = 32;
/// An alarm that is still there after this was woken in vain: it is woken again, as another.
const WAKE_AGAIN_AFTER: Span = Span::from_mins(15);

/// Wakes everything in `shard` with `from < due <= to`. Gives when the oldest of it was due. Goes
/// on past what fails and reports the last failure.
pub async fn range<S: Table, K: Scheduler, C: Clock>(
    deps: &Deps<S, K, C>,
    shard: u16,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Option<Timestamp>, PortError> {
    let mut page = None;
    let mut oldest = None;
    let mut failure = None;
    loop {
        let found = deps.store.due(shard, from, to, PAGE, page).await?;
        for entry in &found.entries {
            let due = due_of(entry);
            oldest = Some(oldest.map_or(due, |oldest: Timestamp| oldest.min(due)));
        }
        let results: Vec<Result<(), PortError>> = stream::iter(&found.entries)
            .map(async |entry| Box::pin(one(deps, entry, now)).await)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        failure = results.into_iter().find_map(Result::err).or(failure);
        page = found.next;
        if page.is_none() {
            break;
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(oldest),
    }
}

/// When an entry was due.
pub fn due_of(entry: &DueEntry) -> Timestamp {
    match entry {
        DueEntry::Alarm { due, .. } | DueEntry::Message { due, .. } => *due,
    }
}

async fn one<S: Table, K: Scheduler, C: Clock>(
    deps: &Deps<S, K, C>,
    entry: &DueEntry,
    now: Timestamp,
) -> Result<(), PortError> {
    let (profile, result) = match entry {
        DueEntry::Alarm { profile, due } => {
            let item = alarm(profile, *due, now);
            let result = deps.store.append(&item, after(now, deps.retention)).await;
            (profile, result.map(|appended| appended == Appended::New))
        }
        DueEntry::Message { profile, message, .. } => {
            (profile, deps.store.requeue(profile, message, now).await.map(|()| true))
        }
    };
    match result {
        Ok(true) => {
            deps.metrics.add(Metric::Woken, 1.0);
            Ok(())
        }
        Ok(false) => {
            deps.metrics.add(Metric::Duplicates, 1.0);
            Ok(())
        }
        Err(error) => {
            tracing::warn!(profile = %LogId(profile), %error, "could not be woken");
            Err(error)
        }
    }
}

/// The inbox item that wakes a profile: the same for every call about the same alarm, until
/// that has been in vain for a while.
fn alarm(profile: &ProfileId, due: Timestamp, now: Timestamp) -> InboxItem {
    let tries = between(due, now).millis / WAKE_AGAIN_AFTER.millis;
    let due_millis = due.as_millisecond().to_string();
    let id = format!("alm_{}", digest(&[profile.as_str(), &due_millis, &tries.to_string()]));
    InboxItem {
        profile: profile.clone(),
        id: id.clone(),
        at: due,
        received: now,
        inputs: vec![Input::Alarm { id }],
    }
}
