//! Folds each profile's inbox into its state, in order, and writes what was decided.
//!
//! A batch of the table's stream → [`batch`] (by profile) → [`profile`] (load, fold, save,
//! schedule the alarm) for each → [`counting`] (the batch's totals) → the sequence numbers of what
//! has to come again. A record that
//! can never be read is set aside with its reason; its neighbours go on.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod batch;
mod counting;
mod earlier;
mod measure;
mod memory;
mod profile;

pub use counting::Counting;
pub use memory::Memory;

use aws_lambda_events::dynamodb::Event;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::{Clock, Counters, Definitions, Inbox, Outages, Profiles, Scheduler, SetAside};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::{BatchAnswer, LogId};
use beckon_shared::telemetry::Metrics;
use futures::stream::{self, StreamExt};
use std::rc::Rc;

/// How many profiles of a batch are worked on at once.
const PROFILES_AT_ONCE: usize = 8;

/// Alarms due within this get their schedule at once; the sweep schedules those further away
/// when they come near. Longer than the sweep's own horizon, so that none falls between.
pub const SCHEDULE_AHEAD: Span = Span::from_hours(25);

/// What the function works with.
pub struct Deps<S, K, Q, C> {
    /// The table.
    pub store: S,
    /// Campaigns in force.
    pub rules: RulesCache<S>,
    /// Wakes `check` when alarms are due.
    pub scheduler: K,
    /// For records that can never be processed.
    pub set_aside: Q,
    /// Tells the time.
    pub clock: C,
    /// Profiles this instance folded lately.
    pub memory: Memory,
    /// Batches begun and settled by this instance.
    pub counting: Counting,
    /// Counts.
    pub metrics: Rc<Metrics>,
}

/// The parts of the table that this function uses.
pub trait Table: Profiles + Inbox + Definitions + Outages + Counters {}
impl<T: Profiles + Inbox + Definitions + Outages + Counters> Table for T {}

/// Folds one batch. The answer names the first record of each profile that has to come again.
pub async fn handle<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    event: Event,
) -> BatchAnswer {
    let (piles, mut failed) = batch::read(deps, event).await;
    let tally = deps.counting.begin();
    let outcomes: Vec<Option<String>> = stream::iter(&piles)
        .map(
            async |pile| match Box::pin(profile::fold_pile(deps, pile, &tally)).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::error!(profile = %LogId(&pile.profile), %error, "folding has to be repeated");
                    pile.items.first().map(|(sequence, _)| sequence.clone())
                }
            },
        )
        .buffer_unordered(PROFILES_AT_ONCE)
        .collect()
        .await;
    failed.extend(outcomes.into_iter().flatten());
    let counted = deps.counting.finish(&deps.store, &tally, deps.clock.now()).await;
    if let Err(error) = counted {
        tracing::error!(%error, "counting has to be repeated");
        let uncounted = piles.iter().filter(|pile| tally.holds(&pile.profile));
        failed.extend(uncounted.filter_map(|pile| Some(pile.items.first()?.0.clone())));
    }
    BatchAnswer::again(failed)
}
