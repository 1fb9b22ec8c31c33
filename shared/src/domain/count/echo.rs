//! What is heard of messages after they left. Each kind of word counts once for each message: the
//! first opening, the first click.

use super::{CountKey, What};
use crate::domain::campaign::Channel;
use crate::domain::event::{Event, Source};
use crate::domain::feedback;
use crate::domain::id::{CampaignName, MessageId, draw};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many messages are listened for: those sent or heard of last.
const KEPT: usize = 24;
/// Longest name of a campaign or step that is counted, in bytes: longer ones are none of ours.
const NAME_MAX_BYTES: usize = 200;

/// A word about a message that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which message.
    pub message: MessageId,
    /// As what it counts.
    pub key: CountKey,
}

/// What was heard of one message: what it is known by, a bit for each kind of word, and its arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Echo(u64, u32, #[serde(default)] Option<String>);

/// The messages of which something was heard, or which have an arm to be counted under, the
/// latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Echoes(Vec<Echo>);

impl Echoes {
    /// A message leaves in this arm of its step.
    pub fn sent(&mut self, message: &MessageId, variant: &str) {
        let mark = mark(message);
        if self.0.iter().all(|echo| echo.0 != mark) {
            self.push(Echo(mark, 0, Some(variant.to_owned())));
        }
    }

    /// Listens for the messages of another profile too, so that a word of which both heard counts
    /// once. Of many the last of each are kept.
    pub fn merge(&mut self, other: Self) {
        let mut all = Vec::with_capacity(self.0.len() + other.0.len());
        for echo in other.0 {
            match self.0.iter_mut().find(|own| own.0 == echo.0) {
                Some(own) => {
                    own.1 |= echo.1;
                    own.2 = own.2.take().or(echo.2);
                }
                None => all.push(echo),
            }
        }
        let room = KEPT.saturating_sub(self.0.len()).max(KEPT / 3);
        all.drain(..all.len().saturating_sub(room));
        all.append(&mut self.0);
        all.drain(..all.len().saturating_sub(KEPT));
        self.0 = all;
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a word about a message. Gives the message's arm where the word is the first of its
    /// kind.
    fn first(&mut self, message: &MessageId, what: What) -> Option<Option<String>> {
        let (mark, bit) = (mark(message), 1 << (what as u32));
        if let Some(echo) = self.0.iter_mut().find(|echo| echo.0 == mark) {
            let is_first = echo.1 & bit == 0;
            echo.1 |= bit;
            return is_first.then(|| echo.2.clone());
        }
        self.push(Echo(mark, bit, None));
        Some(None)
    }

    fn push(&mut self, echo: Echo) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(echo);
    }
}

/// Takes what an event says of a message. Gives what counts: a word of its kind that is the first
/// about its message, from somebody who can know. A browser cannot: anybody speaks through it.
pub fn hear(echoes: &mut Echoes, event: &Event) -> Option<Heard> {
    let what = kind(&event.name)?;
    if event.source == Source::Browser {
        return None;
    }
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let named = |name: &str| Some(text(name)).filter(|text| !text.is_empty() && text.len() <= NAME_MAX_BYTES);
    let (message, campaign, step) = (
        MessageId::from(named("message")?),
        CampaignName::from(named("campaign")?),
        named("step")?,
    );
    let channel = Channel::ALL
        .into_iter()
        .find(|channel| channel.name() == text("channel"))
        .or_else(|| own_channel(&event.name));
    let variant = echoes.first(&message, what)?;
    let reason = if what == What::Bounced {
        text("bounce_type")
    } else if what == What::Dropped {
        text("reason")
    } else {
        ""
    };
    let key = CountKey {
        step: step.to_owned(),
        variant: variant.unwrap_or_default(),
        channel: channel.map(Channel::name).unwrap_or_default().to_owned(),
        reason: reason.chars().take(40).collect(),
        ..CountKey::of(&campaign, what)
    };
    Some(Heard { message, key })
}

/// What an event of this name counts as.
fn kind(event: &str) -> Option<What> {
    Some(match event {
        feedback::EMAIL_DELIVERED | "SMS Delivered" => What::Delivered,
        feedback::EMAIL_OPENED | "Message Read" => What::Opened,
        feedback::EMAIL_CLICKED => What::Clicked,
        feedback::EMAIL_BOUNCED | "SMS Failed" => What::Bounced,
        feedback::EMAIL_SPAM => What::Complained,
        feedback::UNSUBSCRIBED => What::Unsubscribed,
        "Reply Received" => What::Replied,
        feedback::MESSAGE_FAILED => What::Failed,
        feedback::MESSAGE_SKIPPED => What::Dropped,
        feedback::MESSAGE_UNKNOWN => What::Unknown,
        _ => return None,
    })
}

/// The channel that the event's name tells.
fn own_channel(event: &str) -> Option<Channel> {
    if event.starts_with("Email ") {
        Some(Channel::Email)
    } else if event.starts_with("SMS ") {
        Some(Channel::Sms)
    } else {
        None
    }
}

fn mark(message: &MessageId) -> u64 {
    draw(&["echo", message.as_str()])
}
