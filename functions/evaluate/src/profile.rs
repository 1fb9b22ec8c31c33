//! One profile's share of a batch: load, fold, save, and see that its alarm will wake it.

use crate::batch::{Pile, put_aside};
use crate::counting::Tally;
use crate::earlier::find_earlier;
use crate::{Deps, SCHEDULE_AHEAD, Table, measure};
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::fold::{Arrival, Folded, fold, fold_after, raise_floor};
use beckon_shared::domain::hindsight::{Earlier, SETTLED_AFTER};
use beckon_shared::domain::profile::{Profile, State};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::profiles::{Decided, SaveError};
use beckon_shared::ports::set_aside::SetAsideRecord;
use beckon_shared::ports::{Clock, PortError, Scheduler, SetAside};
use beckon_shared::store::stream;
use beckon_shared::telemetry::Metric;
use beckon_shared::wiring::EVALUATE;

/// How often a save that lost a race is folded anew before the batch is.
const TRIES: usize = 4;

/// A record older than this on arrival means that the stream (which keeps 24 hours) may have
/// lost others.
const OUTAGE_AFTER: Span = Span::from_hours(18);

/// Once a schedule is asked for, its time should still be ahead.
const SCHEDULE_LEAD: Span = Span::from_secs(15);

/// Folds a pile into its profile.
pub async fn fold_pile<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    pile: &Pile,
    tally: &Tally,
) -> Result<(), PortError> {
    let now = deps.clock.now();
    let outage = note_outage(deps, pile, now).await?;
    let mut remembered = deps.memory.take(&pile.profile);
    for _ in 0..TRIES {
        let from_memory = remembered.is_some();
        let mut profile = match remembered.take() {
            Some(profile) => profile,
            None => deps.store.load(&pile.profile).await?.unwrap_or_default(),
        };
        let counting = &deps.counting;
        counting
            .settle(&deps.store, tally, &pile.profile, &profile.state, now)
            .await?;
        let lost = find_lost(deps, pile, &profile, outage, now).await?;
        let merged = merged(pile, &lost);
        let rules = deps.rules.rules_for(&profile.state, merged, now).await?;
        let arrivals = arrivals(pile, &lost);
        let earlier = find_earlier(deps, pile, &profile, &arrivals, &rules, now).await?;
        let folded = measure::timed(&deps.metrics, || {
            if let Some(until) = lost.until {
                raise_floor(&mut profile, until);
            }
            let mut folded = fold_all(pile, &mut profile, earlier, &arrivals, &rules, now);
            folded.changed |= lost.until.is_some();
            folded
        });
        if !folded.changed {
            if from_memory && folded.relevant {
                // What is remembered may be old: only the stored profile can say that nothing changes.
                continue;
            }
            deps.metrics.add(Metric::Duplicates, count(folded.repeats));
            if folded.repeats > 0 {
                schedule(deps, &profile, now, &pile.profile).await;
            }
            deps.memory.put(&pile.profile, profile);
            return Ok(());
        }
        tally.owe(&pile.profile, &mut profile.state, &folded, &rules, now);
        profile.log.note(&folded.decisions);
        let decided = Decided {
            traits_changed: folded.traits_changed,
            messages: &folded.messages,
            forwards: &folded.forwards,
            expires: after(now, rules.workspace.kept.messages),
            forwards_expire: after(now, rules.workspace.kept.events),
        };
        match deps.store.save(&pile.profile, &mut profile, &decided).await {
            Ok(bytes) => {
                tally.has_saved(&pile.profile);
                deps.metrics.add(Metric::Duplicates, count(folded.repeats));
                deps.metrics.add(Metric::StateBytes, count(bytes));
                measure::report(&deps.metrics, &folded.decisions);
                schedule(deps, &profile, now, &pile.profile).await;
                deps.memory.put(&pile.profile, profile);
                return Ok(());
            }
            Err(SaveError::Conflict) => {}
            Err(error @ SaveError::TooLarge { .. }) => return refuse(deps, pile, &error.to_string()).await,
            Err(SaveError::Port(error)) => return Err(error),
        }
    }
    Err(PortError::Retry(
        "the profile was saved by others again and again".to_owned(),
    ))
}

/// States of profiles that the pile lets go over into this one.
fn merged<'p>(pile: &'p Pile, lost: &'p Lost) -> impl Iterator<Item = &'p State> {
    let items = pile.items.iter().map(|(_, item)| item).chain(&lost.items);
    items.flat_map(|item| &item.inputs).filter_map(|input| match input {
        Input::Merge { past, .. } => Some(&past.state),
        Input::Event(_)
        | Input::Alarm { .. }
        | Input::Join { .. }
        | Input::Member { .. }
        | Input::Account { .. }
        | Input::Erase { .. } => None,
    })
}

fn fold_all(
    pile: &Pile,
    profile: &mut Profile,
    earlier: Option<Earlier>,
    arrivals: &[Arrival<'_>],
    rules: &Rules,
    now: Timestamp,
) -> Folded {
    match earlier {
        Some(earlier) => fold_after(&pile.profile, profile, earlier, arrivals, now, rules),
        None => fold(&pile.profile, profile, arrivals, now, rules),
    }
}

/// What is to be folded: what the stream lost, then what it brought.
fn arrivals<'a>(pile: &'a Pile, lost: &'a Lost) -> Vec<Arrival<'a>> {
    let found = lost.items.iter().map(|item| (None, item));
    let streamed = pile
        .items
        .iter()
        .map(|(sequence, item)| (Some(sequence.as_str()), item));
    found
        .chain(streamed)
        .flat_map(|(sequence, item)| {
            item.inputs.iter().map(move |input| Arrival {
                input,
                received: item.received,
                sequence,
            })
        })
        .collect()
}

/// What the stream may have lost of this profile.
#[derive(Default)]
struct Lost {
    items: Vec<InboxItem>,
    /// Everything received by then is folded with `items`.
    until: Option<Timestamp>,
}

/// Reads the inbox itself, where an outage of the stream ended after this profile was folded last.
async fn find_lost<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    pile: &Pile,
    profile: &Profile,
    outage: Option<Timestamp>,
    now: Timestamp,
) -> Result<Lost, PortError> {
    let state = &profile.state;
    let known = state.folded.max(state.floor);
    if outage.is_none_or(|ended| known.is_some_and(|known| known >= ended)) {
        return Ok(Lost::default());
    }
    let until = before(now, SETTLED_AFTER);
    // Those received at about the same time as the last known may have been written after it.
    let from = known.map_or(Timestamp::UNIX_EPOCH, |known| before(known, SETTLED_AFTER));
    let items = deps.store.received_between(&pile.profile, from, until).await?;
    Ok(Lost {
        items,
        until: Some(until),
    })
}

/// Notes an outage for every instance, where this pile's age shows one. Gives when the last
/// outage is known to have ended.
async fn note_outage<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    pile: &Pile,
    now: Timestamp,
) -> Result<Option<Timestamp>, PortError> {
    let oldest = pile.items.iter().map(|(_, item)| item.received).min();
    if oldest.is_some_and(|oldest| oldest < before(now, OUTAGE_AFTER)) {
        deps.rules.note_outage(now).await?;
        return Ok(Some(now));
    }
    deps.rules.outage(now).await
}

/// Sees that `check` will be called when the profile's alarm is due. A failure delays the alarm
/// by minutes, until the sweep finds it; it does not hold up the inbox.
async fn schedule<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    profile: &Profile,
    now: Timestamp,
    id: &beckon_shared::domain::id::ProfileId,
) {
    let Some(alarm) = profile.state.alarm.filter(|alarm| *alarm <= after(now, SCHEDULE_AHEAD)) else {
        return;
    };
    let bucket = Bucket::of(id, alarm);
    let at = bucket.at().max(after(now, SCHEDULE_LEAD));
    match deps.scheduler.ensure(bucket, at).await {
        Ok(()) => deps.metrics.add(Metric::Scheduled, 1.0),
        Err(error) => tracing::warn!(%error, "an alarm has no schedule; the sweep will find it"),
    }
}

/// Sets a pile aside whose profile cannot be saved.
async fn refuse<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    pile: &Pile,
    reason: &str,
) -> Result<(), PortError> {
    for (sequence, item) in &pile.items {
        let aside = SetAsideRecord {
            function: EVALUATE.name.to_owned(),
            place: stream::place_of(item),
            sequence: Some(sequence.clone()),
            reason: reason.to_owned(),
        };
        if !put_aside(deps, &aside).await {
            return Err(PortError::Retry("a record could not be set aside".to_owned()));
        }
    }
    Ok(())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
