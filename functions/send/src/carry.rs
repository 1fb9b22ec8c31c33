//! One message's way to its provider.
//!
//! ```text
//! claim ─▶ last look ─▶ render ─▶ provider ─▶ settle
//!   │          ├ skipped   └ failed   ├ refused for good: failed
//!   │          └ quiet hours: later   ├ refused for now: into the channel's line, until `check` calls it up;
//!   │                                 │ where the channel has none, retry, later each time, with a bound
//!   │                                 └ answer lost ┐
//!   └ an earlier claimer left without a word ───────┴▶ at most once: rests, unknown
//!                                                      at least once: after a grace without
//!                                                      word of it, sent again
//! ```

use crate::last_look::{self, Look};
use crate::outcome::{self, Outcome};
use crate::{Deps, GRACE, LEASE, Table, devices, links, origin};
use beckon_shared::domain::campaign::{Policy, Purpose};
use beckon_shared::domain::event::{Event, Input, Source};
use beckon_shared::domain::id::{MessageId, ProfileId, draw};
use beckon_shared::domain::line::{Place, WAITS_AT_MOST, has_line};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Span, Timestamp, after, before, between};
use beckon_shared::ports::outbox::{Claim, Envelope, Postponed, Settled};
use beckon_shared::ports::sender::{Outgoing, SendError, Taken};
use beckon_shared::ports::{Clock, PortError};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::Metric;

/// Wait before the second try; it doubles with each.
const FIRST_WAIT: Span = Span::from_mins(1);
/// Longest wait between tries, before it is spread.
const LONGEST_WAIT: Span = Span::from_hours(1);
/// Tries before a message is given up: with these waits, more than a day.
const TRIES: u32 = 24;

/// Carries the message as far as it goes. An error means that its record has to come again.
pub async fn carry<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    profile: &ProfileId,
    message: &MessageId,
) -> Result<(), PortError> {
    let now = deps.clock.now();
    match deps.store.claim(profile, message, now, after(now, LEASE)).await? {
        Claim::Done => Ok(()),
        Claim::Held(until) => Err(PortError::Retry(format!("another send holds it until {until}"))),
        Claim::Abandoned(envelope) => {
            if has_word_of(deps, &envelope.message, now).await? {
                return settle(deps, &envelope, Outcome::Sent(Taken::default()), now).await;
            }
            doubt(deps, &envelope, now).await
        }
        Claim::Ours(envelope) => {
            if envelope.maybe_sent && has_word_of(deps, &envelope.message, now).await? {
                return settle(deps, &envelope, Outcome::Sent(Taken::default()), now).await;
            }
            hand_over(deps, &envelope, now).await
        }
    }
}

async fn hand_over<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<(), PortError> {
    let message = &envelope.message;
    let devices = match last_look::look(deps, envelope, now).await? {
        Look::Goes(devices) => devices,
        Look::Held(reason) => return settle(deps, envelope, Outcome::Skipped { reason }, now).await,
        Look::Waits(until) => {
            deps.metrics.count(Metric::Postponed, "channel", message.channel.name());
            return deps
                .store
                .postpone(
                    &message.profile,
                    &message.id,
                    envelope.attempts,
                    Postponed::Retry,
                    until,
                )
                .await;
        }
    };
    let is_new_marketing = envelope.attempts == 1 && message.purpose == Purpose::Marketing;
    if is_new_marketing && has_line(message.channel) && deps.shut.is_shut(message.channel, now) {
        return line_up(deps, envelope, Place::of(message)).await;
    }
    let content = match last_look::render(deps, message, now).await? {
        Ok(content) => content,
        Err(reason) => return settle(deps, envelope, Outcome::Failed { reason }, now).await,
    };
    let workspace = deps.rules.workspace(now).await?;
    let outgoing = Outgoing {
        message: message.id.clone(),
        profile: message.profile.clone(),
        campaign: message.campaign.clone(),
        step: message.step.clone(),
        template: message.template.clone(),
        channel: message.channel,
        purpose: message.purpose,
        to: message.to.clone(),
        device: None,
        contact: workspace.senders.contact().map(str::to_owned),
        push_services: workspace.push_services.as_slice().into(),
        at: now,
        expires: message.expires,
        content,
        headers: links::headers(&deps.links, message),
    };
    match devices::hand_over(deps, &outgoing, devices).await {
        Ok(taken) => {
            origin::keep(deps, message, &outgoing.content, &taken, now).await;
            settle(deps, envelope, Outcome::Sent(taken), now).await
        }
        Err(SendError::Fail { reason } | SendError::Gone { reason }) => {
            settle(deps, envelope, Outcome::Failed { reason }, now).await
        }
        Err(SendError::Retry { reason, after: asked }) => retry(deps, envelope, &reason, asked, now).await,
        Err(SendError::Unknown { reason }) => {
            tracing::warn!(
                profile = %LogId(&message.profile),
                campaign = %message.campaign,
                message = %message.id,
                reason,
                "the provider's answer was lost"
            );
            doubt(deps, envelope, now).await
        }
    }
}

/// Puts the message off: into its channel's line or, where there is none, later each time; in the end it is given up.
async fn retry<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    reason: &str,
    asked: Option<Span>,
    now: Timestamp,
) -> Result<(), PortError> {
    let message = &envelope.message;
    let is_lined = has_line(message.channel);
    let given_up = match is_lined {
        true if between(message.decided, now) >= WAITS_AT_MOST => Some("waiting for a week".to_owned()),
        false if envelope.attempts >= TRIES => Some(format!("{TRIES} tries")),
        true | false => None,
    };
    if let Some(after_what) = given_up {
        let reason = format!("given up after {after_what}: {reason}");
        return settle(deps, envelope, Outcome::Failed { reason }, now).await;
    }
    if is_lined {
        tracing::info!(
            profile = %LogId(&message.profile),
            campaign = %message.campaign,
            message = %message.id,
            reason,
            attempts = envelope.attempts,
            "the provider takes no more for now"
        );
        deps.shut.note(message.channel, now, asked);
        return line_up(
            deps,
            envelope,
            Place::of(message).refused(envelope.attempts, now, asked),
        )
        .await;
    }
    let wait = wait_before_next(&message.id, envelope.attempts);
    let due = after(now, wait.max(asked.unwrap_or_default()));
    tracing::info!(
        profile = %LogId(&message.profile),
        campaign = %message.campaign,
        message = %message.id,
        reason,
        attempts = envelope.attempts,
        "the provider asks to wait"
    );
    deps.metrics.count(Metric::Postponed, "channel", message.channel.name());
    deps.store
        .postpone(&message.profile, &message.id, envelope.attempts, Postponed::Retry, due)
        .await
}

/// Puts the message into its channel's line.
async fn line_up<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    place: Place,
) -> Result<(), PortError> {
    let message = &envelope.message;
    deps.metrics.count(Metric::Postponed, "channel", message.channel.name());
    deps.store
        .line_up(&message.profile, message.channel, envelope.attempts, &place)
        .await
}

/// A minute, two, four, … up to an hour, and up to as much again: what was refused together does not come
/// back together, or a provider that takes less than before would take only the first of each wave.
fn wait_before_next(message: &MessageId, attempts: u32) -> Span {
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = Span::from_millis(FIRST_WAIT.millis << doublings)
        .min(LONGEST_WAIT)
        .millis;
    let share = draw(&["retry", message.as_str(), &attempts.to_string()]) % 1_000;
    let more = i64::try_from(share).unwrap_or_default() * wait / 1_000;
    Span::from_millis(wait + more)
}

/// Nobody knows whether it was sent: its policy says what follows.
async fn doubt<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<(), PortError> {
    let message = &envelope.message;
    match message.policy {
        Policy::AtMostOnce => settle(deps, envelope, Outcome::Unknown, now).await,
        Policy::AtLeastOnce => {
            deps.metrics.count(Metric::Postponed, "channel", message.channel.name());
            let due = after(now, GRACE);
            deps.store
                .postpone(
                    &message.profile,
                    &message.id,
                    envelope.attempts,
                    Postponed::Unknown,
                    due,
                )
                .await
        }
    }
}

/// Settles the message. What the profile should know of is put into its inbox first: if that
/// fails the record comes again, and the same word in the inbox is one word.
async fn settle<S: Table, Q, C: Clock>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), PortError> {
    let message = &envelope.message;
    outcome.count(&deps.metrics, message);
    if let Some(item) = outcome::word(message, &outcome, now) {
        let retention = deps.rules.workspace(now).await?.kept.events;
        deps.store.append(&item, after(now, retention)).await?;
    }
    let settled: Settled = outcome.into();
    deps.store
        .settle(&message.profile, &message.id, envelope.attempts, &settled)
        .await
}

/// Whether the provider has said anything of the message since it was decided.
async fn has_word_of<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    message: &Message,
    now: Timestamp,
) -> Result<bool, PortError> {
    let from = before(message.decided, Span::from_mins(1));
    let items = deps.store.received_between(&message.profile, from, now).await?;
    Ok(items.iter().flat_map(|item| &item.inputs).any(|input| match input {
        Input::Event(event) => is_word_of(event, &message.id),
        Input::Alarm { .. }
        | Input::Join { .. }
        | Input::Merge { .. }
        | Input::Member { .. }
        | Input::Account { .. }
        | Input::Erase { .. } => false,
    }))
}

fn is_word_of(event: &Event, message: &MessageId) -> bool {
    let told = event.properties.get("message").and_then(|id| id.as_str());
    event.source == Source::Provider && told == Some(message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_spread() {
        for (attempts, mins) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (24, 60)] {
            let mut waits: Vec<i64> = (0..100)
                .map(|nth| wait_before_next(&MessageId::from(format!("msg_{nth}").as_str()), attempts).millis)
                .collect();
            waits.sort_unstable();
            assert!(
                waits[0] >= mins * 60_000 && waits[99] < 2 * mins * 60_000,
                "{attempts}: {waits:?}"
            );
            waits.dedup();
            assert!(waits.len() > 80, "they do not come back together: {waits:?}");
        }
    }
}
