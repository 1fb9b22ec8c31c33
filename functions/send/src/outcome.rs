//! How a message ended, and what its profile is told of it.

use beckon_shared::domain::decision::SkipReason;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::feedback::{CALL_ANSWERED, MESSAGE_FAILED, MESSAGE_SKIPPED, MESSAGE_UNKNOWN};
use beckon_shared::domain::id::digest;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::outbox::Settled;
use beckon_shared::ports::sender::Taken;
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::{Metric, Metrics};
use serde_json::Value;

/// How a message ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The provider took it. Without an id where only its feedback tells so.
    Sent(Taken),
    /// It never will be sent.
    Failed {
        /// Why.
        reason: String,
    },
    /// A guard held it back.
    Skipped {
        /// Which.
        reason: SkipReason,
    },
    /// Nobody knows, and it is let rest.
    Unknown,
}

impl Outcome {
    /// Counts and logs it.
    pub fn count(&self, metrics: &Metrics, message: &Message) {
        let channel = message.channel.name();
        let (metric, reason) = match self {
            Self::Sent(_) => (Metric::Sent, None),
            Self::Failed { reason } => (Metric::Failed, Some(reason.as_str())),
            Self::Unknown => (Metric::Unknown, None),
            Self::Skipped { reason } => {
                metrics.count(Metric::Skipped, "reason", reason.name());
                (Metric::Skipped, Some(reason.name()))
            }
        };
        if metric != Metric::Skipped {
            metrics.count(metric, "channel", channel);
        }
        tracing::info!(
            profile = %LogId(&message.profile),
            campaign = %message.campaign,
            step = message.step,
            message = %message.id,
            channel,
            outcome = metric.name(),
            reason,
            "a message was settled"
        );
    }
}

impl From<Outcome> for Settled {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Sent(taken) => Self::Sent { provider_id: taken.id },
            Outcome::Failed { reason } => Self::Failed { reason },
            Outcome::Skipped { reason } => Self::Skipped {
                reason: reason.name().to_owned(),
            },
            Outcome::Unknown => Self::Unknown,
        }
    }
}

/// What the profile's inbox is told: nothing of a message that was sent as decided, but for what a
/// service answered.
pub fn word(message: &Message, outcome: &Outcome, now: Timestamp) -> Option<InboxItem> {
    let (name, reason) = match outcome {
        Outcome::Sent(taken) if taken.answer.is_empty() => return None,
        Outcome::Sent(_) => (CALL_ANSWERED, None),
        Outcome::Failed { reason } => (MESSAGE_FAILED, Some(reason.as_str())),
        Outcome::Skipped { reason } => (MESSAGE_SKIPPED, Some(reason.name())),
        Outcome::Unknown => (MESSAGE_UNKNOWN, None),
    };
    let id = format!("out_{}", digest(&[message.id.as_str(), name]));
    let told = [
        ("campaign", Some(message.campaign.as_str())),
        ("step", Some(&message.step)),
        ("message", Some(message.id.as_str())),
        ("channel", Some(message.channel.name())),
        ("reason", reason),
    ];
    let (answer, source) = match outcome {
        Outcome::Sent(taken) => (taken.answer.clone(), Source::Provider),
        Outcome::Failed { .. } | Outcome::Skipped { .. } | Outcome::Unknown => (Properties::new(), Source::System),
    };
    let told = told
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))));
    let properties: Properties = answer.into_iter().chain(told).collect();
    let event = Event {
        id: id.clone(),
        kind: EventKind::Track,
        name: name.to_owned(),
        at: now,
        source,
        hops: 0,
        properties,
    };
    // In the key stands when it was decided, so that a repeat makes the same item.
    let (profile, at) = (message.profile.clone(), message.decided);
    Some(InboxItem {
        profile,
        id,
        at,
        received: now,
        inputs: vec![Input::Event(event)],
    })
}
