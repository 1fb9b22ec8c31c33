//! Carries queued messages to their provider, once.
//!
//! Each message is claimed by a conditional write, looked at once more ([`last_look`]), rendered,
//! handed over with one attempt, and settled ([`carry`]). What did not go well comes back into the
//! profile's inbox ([`outcome`]). A provider that may or may not have taken a message is the one
//! honest gap: the message's policy says what to do about it.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod call;
mod carry;
mod devices;
mod last_look;
mod links;
mod origin;
mod outcome;
mod shut;

pub use shut::Shut;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use beckon_shared::channel::Channels;
use beckon_shared::domain::time::Span;
use beckon_shared::links::LinkMaker;
use beckon_shared::ports::set_aside::SetAsideRecord;
use beckon_shared::ports::{
    Clock, Confirmations, Definitions, Inbox, Line, Origins, Outbox, Profiles, SetAside, Suppressions,
};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::{BatchAnswer, LogId};
use beckon_shared::secrets::Secrets;
use beckon_shared::store::stream as records;
use beckon_shared::telemetry::{Metric, Metrics};
use beckon_shared::template::Renderer;
use beckon_shared::wiring::SEND;
use futures::stream::{self, StreamExt};
use std::rc::Rc;

/// Messages of one batch carried at once.
const AT_ONCE: usize = 5;

/// How long a claim holds: longer than Lambda lets an invocation run, so that a claimer whose
/// lease has ended is gone for certain.
pub const LEASE: Span = Span::from_secs(SEND.timeout_secs as i64 + 15);

/// How long a provider's word on a message may take, before it is taken for lost.
pub const GRACE: Span = Span::from_mins(15);

/// What the function works with.
pub struct Deps<S, Q, C> {
    /// The table.
    pub store: S,
    /// Templates and pauses in force.
    pub rules: RulesCache<S>,
    /// Renders.
    pub renderer: Renderer,
    /// The providers.
    pub channels: Channels,
    /// Which of them take no more for now.
    pub shut: Shut,
    /// Makes the links that messages carry.
    pub links: LinkMaker,
    /// What requests to services are made with.
    pub secrets: Secrets,
    /// For records that can never be processed.
    pub set_aside: Q,
    /// Tells the time.
    pub clock: C,
    /// Counts.
    pub metrics: Rc<Metrics>,
}

/// The parts of the table that this function uses.
pub trait Table: Outbox + Line + Profiles + Inbox + Suppressions + Confirmations + Definitions + Origins {}
impl<T: Outbox + Line + Profiles + Inbox + Suppressions + Confirmations + Definitions + Origins> Table for T {}

/// Carries one batch. The answer names the records that have to come again.
pub async fn handle<S: Table, Q: SetAside, C: Clock>(deps: &Deps<S, Q, C>, event: Event) -> BatchAnswer {
    let again: Vec<Option<String>> = stream::iter(&event.records)
        .map(async |record| Box::pin(one(deps, record)).await)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    BatchAnswer::again(again.into_iter().flatten())
}

/// Carries one record's message. Gives its sequence number if it has to come again.
async fn one<S: Table, Q: SetAside, C: Clock>(deps: &Deps<S, Q, C>, record: &EventRecord) -> Option<String> {
    let sequence = record.change.sequence_number.clone().unwrap_or_default();
    let result = match records::outbox_key(&record.change.new_image) {
        Ok((profile, message)) => match carry::carry(deps, &profile, &message).await {
            Err(error) if !error.may_heal() => set_aside(deps, record, &error.to_string()).await,
            result => result.inspect_err(|error| {
                tracing::warn!(profile = %LogId(&profile), %message, %error, "the message has to come again");
            }),
        },
        Err(error) => set_aside(deps, record, &error.to_string()).await,
    };
    result.is_err().then_some(sequence)
}

async fn set_aside<S, Q: SetAside, C>(
    deps: &Deps<S, Q, C>,
    record: &EventRecord,
    reason: &str,
) -> Result<(), beckon_shared::ports::PortError> {
    let aside = SetAsideRecord {
        function: SEND.name.to_owned(),
        place: records::place(&record.change.keys),
        sequence: record.change.sequence_number.clone(),
        reason: reason.to_owned(),
    };
    deps.set_aside.set_aside(&aside).await?;
    deps.metrics.add(Metric::SetAside, 1.0);
    tracing::error!(sequence = aside.sequence, reason, "a message was set aside");
    Ok(())
}
