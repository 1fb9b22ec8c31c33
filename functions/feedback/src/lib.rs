//! Takes the providers' word on messages. SES publishes its events to an SNS topic; each becomes
//! an event in the inbox of the profile that the message was for, known by the message's tags,
//! and a dead or complaining address is suppressed for everybody. What people write back to text
//! messages comes by another topic, and goes to whom their number was last written for.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod ses;
pub mod sms;
mod word;

use aws_lambda_events::sns::{SnsEvent, SnsMessage};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::origins::{Named, TEXT_MESSAGES};
use beckon_shared::ports::suppressions::{STOP, Suppression};
use beckon_shared::ports::{Clock, Inbox, Origins, PortError, Suppressions};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::{Metric, Metrics};
use ses::Notification;
use sms::{Inbound, Wish};
use std::rc::Rc;

/// What the function works with.
pub struct Deps<S, C> {
    /// The table.
    pub store: S,
    /// Tells the time.
    pub clock: C,
    /// Counts.
    pub metrics: Rc<Metrics>,
    /// How long inboxes keep feedback.
    pub retention: Span,
}

/// The parts of the table that this function uses.
pub trait Table: Inbox + Suppressions + Origins {}
impl<T: Inbox + Suppressions + Origins> Table for T {}

/// Why a notification could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// It is neither what SES publishes nor a text message. It comes again and ends in the function's dead-letter queue.
    #[error("the notification `{id}` is not an SES event: {reason}")]
    Unreadable {
        /// SNS's id of it.
        id: String,
        /// What is wrong, without its content.
        reason: String,
    },
    /// It could not be stored.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Takes the notifications of one call (SNS sends one, the format allows several). Goes on past
/// one that fails, and reports the first failure, so that Lambda calls again: what was taken
/// is then known by its id.
pub async fn handle<S: Table, C: Clock>(deps: &Deps<S, C>, event: SnsEvent) -> Result<(), FeedbackError> {
    let mut failure = None;
    for record in &event.records {
        if let Err(error) = Box::pin(take(deps, &record.sns)).await {
            tracing::error!(%error, "feedback could not be taken");
            failure = failure.or(Some(error));
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn take<S: Table, C: Clock>(deps: &Deps<S, C>, message: &SnsMessage) -> Result<(), FeedbackError> {
    if let Some(inbound) = Inbound::parse(&message.message) {
        return reply(deps, &inbound, message.timestamp.timestamp_millis()).await;
    }
    let notification = Notification::parse(&message.message).map_err(|reason| FeedbackError::Unreadable {
        id: message.message_id.clone(),
        reason,
    })?;
    let now = deps.clock.now();
    if let Some(reason) = notification.suppresses() {
        for address in notification.recipients() {
            let suppression = Suppression {
                reason: reason.to_owned(),
                since: notification.at(),
            };
            deps.store.suppress(Channel::Email, address, &suppression).await?;
            deps.metrics.count(Metric::Suppressed, "reason", reason);
        }
    }
    let Some(item) = word::of(&notification, now) else {
        tracing::info!(
            event = notification.kind_name(),
            "feedback on a message that is not ours, or of no interest"
        );
        return Ok(());
    };
    let profile = item.profile.clone();
    match deps.store.append(&item, after(now, deps.retention)).await? {
        Appended::New => deps.metrics.count(Metric::Accepted, "event", notification.kind_name()),
        Appended::Repeat => deps.metrics.add(Metric::Duplicates, 1.0),
    }
    tracing::info!(profile = %LogId(&profile), event = notification.kind_name(), "feedback was taken");
    Ok(())
}

/// Takes a text message that came in. STOP holds at once and for everybody with that number, whether or not a profile
/// is known: `send` asks for it right before each message. A profile hears of it when a message of its own is held
/// back. HELP is answered by AWS itself, with the text that is set for the number.
async fn reply<S: Table, C: Clock>(deps: &Deps<S, C>, inbound: &Inbound, at_millis: i64) -> Result<(), FeedbackError> {
    let at = Timestamp::from_millisecond(at_millis).unwrap_or_else(|_| deps.clock.now());
    let number = &inbound.origination_number;
    let wish = inbound.wish();
    match wish {
        Wish::Stop => {
            let stop = Suppression {
                reason: STOP.to_owned(),
                since: at,
            };
            deps.store.suppress(Channel::Sms, number, &stop).await?;
            deps.metrics.count(Metric::Suppressed, "reason", STOP);
        }
        Wish::Start => {
            // `Yes` to a question of ours asks for nothing to begin again.
            if !deps.store.lift(Channel::Sms, number, STOP, at).await? {
                return answer(deps, inbound, at).await;
            }
        }
        Wish::Help => {}
        Wish::Other => return answer(deps, inbound, at).await,
    }
    deps.metrics.count(Metric::Accepted, "event", wish.name());
    tracing::info!(event = wish.name(), "a text message came in");
    Ok(())
}

/// Puts what somebody wrote into the inbox of whom their number was last written for.
async fn answer<S: Table, C: Clock>(deps: &Deps<S, C>, inbound: &Inbound, at: Timestamp) -> Result<(), FeedbackError> {
    let named = Named::Address(Channel::Sms, &inbound.origination_number);
    let event = Wish::Other.name();
    let Some(origin) = deps.store.origin(TEXT_MESSAGES, named).await? else {
        deps.metrics.count(Metric::Accepted, "event", event);
        tracing::info!(
            event,
            "a text message came in from a number that was not written to lately"
        );
        return Ok(());
    };
    let now = deps.clock.now();
    let item = origin.told(TEXT_MESSAGES, &inbound.heard(at), now);
    match deps.store.append(&item, after(now, deps.retention)).await? {
        Appended::New => deps.metrics.count(Metric::Accepted, "event", event),
        Appended::Repeat => deps.metrics.add(Metric::Duplicates, 1.0),
    }
    tracing::info!(profile = %LogId(&origin.profile), event, "a text message came in");
    Ok(())
}
