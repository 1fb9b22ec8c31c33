//! Decisions and reasons as people say them.

use super::replay::Pass;
use crate::profile::mask;
use beckon_shared::domain::decision::{DeferReason, PassReason, SkipReason};
use beckon_shared::domain::event::{Event, EventKind};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::log::Logged;
use beckon_shared::store::listed::ListedMessage;
use serde_json::Value;

/// How much of an event's properties is shown, in characters.
const PROPERTIES_SHOWN: usize = 100;

/// What happened, in a word or two.
pub fn event_name(event: &Event) -> String {
    match event.kind {
        EventKind::Track => event.name.clone(),
        EventKind::Identify => "identify".to_owned(),
        EventKind::Page => format!("page {}", event.name),
        EventKind::Screen => format!("screen {}", event.name),
        EventKind::Group => "group".to_owned(),
        EventKind::Alias => "alias".to_owned(),
    }
}

/// What happened, without addresses.
pub fn event(event: &Event) -> String {
    let name = event_name(event);
    if event.properties.is_empty() {
        return name;
    }
    let text = mask::value(&Value::Object(event.properties.clone())).to_string();
    let shown: String = text.chars().take(PROPERTIES_SHOWN).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    format!("{name}  {shown}{cut}")
}

/// The profile became part of another.
pub fn went_into(into: &ProfileId) -> String {
    format!("went over into {into}: they are one person")
}

/// Another became part of the profile.
pub fn came_in(from: &ProfileId) -> String {
    format!("{from} went over into this profile")
}

/// What was decided.
pub fn decision(logged: &Logged) -> String {
    let Logged {
        step,
        channel,
        reason,
        key,
        ..
    } = logged;
    let of = if key.is_empty() {
        String::new()
    } else {
        format!(" for {key}")
    };
    match logged.decision.as_str() {
        "enter" => format!("entered{of}"),
        "send" => {
            let arm = match logged.variant.as_str() {
                "" => String::new(),
                variant => format!(", variant {variant}"),
            };
            let also: String = logged
                .maybe_also
                .iter()
                .map(|other| format!("{} and ", other.name()))
                .collect();
            let both = match also.is_empty() {
                true => String::new(),
                false => format!(", possibly both: {also}{channel}"),
            };
            format!("{step} by {channel} is to be sent{arm}{both}: {}", logged.message)
        }
        "skip" => {
            let cap = match logged.cap.as_str() {
                "" => String::new(),
                cap => format!(", at most {cap}"),
            };
            format!("{step} by {channel} held back: {}{cap}", skip(reason))
        }
        "defer" => {
            let until = logged.until.map(|until| until.strftime("%Y-%m-%d %H:%M").to_string());
            let why = match reason.as_str() {
                reason if reason == DeferReason::QuietHours.name() => "quiet hours",
                reason if reason == DeferReason::Handover.name() => "the person is in the hands of people",
                other => other,
            };
            format!("{step} by {channel} waits until {}: {why}", until.unwrap_or_default())
        }
        "exit" if reason == "condition" => format!("left{of}: a condition of leaving became true"),
        "exit" => format!("left{of}: {reason}"),
        "goal" => match logged.value {
            Some(value) => format!("goal reached{of}, worth {value:.2}"),
            None => format!("goal reached{of}"),
        },
        "fault" => format!("`{step}` does not work for this person: {reason}"),
        other => format!("{other} {step} {reason}"),
    }
}

/// Why a message was held back.
fn skip(reason: &str) -> &str {
    let known = [
        (
            SkipReason::Unreachable,
            "no address on any of its channels (unreachable)",
        ),
        (SkipReason::NotConsented, "the person has not consented (not_consented)"),
        (
            SkipReason::Suppressed,
            "the address bounced or complained before (suppressed)",
        ),
        (SkipReason::Paused, "the campaign was paused (paused)"),
        (SkipReason::Condition, "its condition was not true any more (condition)"),
        (SkipReason::Expired, "it was too late to be worth anything (expired)"),
        (SkipReason::Holdout, "the person is held out for comparison (holdout)"),
        (SkipReason::FrequencyCap, "enough messages lately (frequency_cap)"),
        (
            SkipReason::HandedOver,
            "the person is in the hands of people already (handed_over)",
        ),
        (
            SkipReason::AskedOften,
            "whose the address is was asked three times in a day already, by whoever claims it (asked_often)",
        ),
    ];
    known
        .iter()
        .find(|(known, _)| known.name() == reason)
        .map_or(reason, |(_, words)| words)
}

/// Why an entrance came to nothing.
pub fn pass(pass: &Pass<'_>) -> String {
    let asked = match pass.trigger {
        "" => String::new(),
        trigger => format!("`{trigger}` asked, but "),
    };
    let why = match pass.reason {
        PassReason::Condition => {
            let saw: Vec<String> = pass
                .saw
                .iter()
                .map(|saw| format!("`{}` was {}", saw.part, shown(&saw.value)))
                .collect();
            match saw.is_empty() {
                true => "the condition was not true".to_owned(),
                false => format!("the condition was not true: {}", saw.join(", ")),
            }
        }
        PassReason::EnteredBefore => "they had entered before, and may not again yet".to_owned(),
        PassReason::Running => "they were in it already".to_owned(),
        PassReason::Paused => "the campaign was paused".to_owned(),
        PassReason::Late => "it came too late to start anything".to_owned(),
        PassReason::Over => "what ends the campaign had happened since".to_owned(),
        PassReason::NoRoom => "they were in as many campaigns as a person can be".to_owned(),
    };
    format!("{asked}{why}")
}

/// A value without addresses.
fn shown(json: &str) -> String {
    match serde_json::from_str::<Value>(json) {
        Ok(value) => mask::value(&value).to_string(),
        Err(_) => mask::text(json),
    }
}

/// Where a message stands.
pub fn message(listed: &ListedMessage) -> String {
    let message = &listed.envelope.message;
    let reason = match &listed.reason {
        Some(reason) => format!(", {}", mask::text(reason)),
        None => String::new(),
    };
    format!(
        "{} by {} is {}{reason}: {}",
        message.step,
        message.channel.name(),
        listed.envelope.status.name(),
        message.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use beckon_shared::domain::campaign::{Channel, ChannelSet};

    #[test]
    fn a_message_that_possibly_came_twice_says_so() {
        let mut sent = Logged {
            decision: "send".to_owned(),
            step: "arrived".to_owned(),
            channel: "sms".to_owned(),
            message: "msg_1".to_owned(),
            ..Logged::default()
        };
        assert_eq!(decision(&sent), "arrived by sms is to be sent: msg_1");
        sent.maybe_also = ChannelSet::default().with(Channel::Viber);
        assert_eq!(
            decision(&sent),
            "arrived by sms is to be sent, possibly both: viber and sms: msg_1"
        );
    }

    #[test]
    fn a_message_that_a_cap_held_back_names_the_cap() {
        let skipped = Logged {
            decision: "skip".to_owned(),
            step: "reminder".to_owned(),
            channel: "sms".to_owned(),
            reason: "frequency_cap".to_owned(),
            cap: "1 in 1d by sms".to_owned(),
            ..Logged::default()
        };
        assert_eq!(
            decision(&skipped),
            "reminder by sms held back: enough messages lately (frequency_cap), at most 1 in 1d by sms"
        );
    }
}
