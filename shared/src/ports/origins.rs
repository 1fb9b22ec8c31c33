//! Whose message it is that a service speaks of, by the service's own id for it.

use super::PortError;
use crate::domain::campaign::Channel;
use crate::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use crate::domain::id::{CampaignName, MessageId, ProfileId, digest};
use crate::domain::service::Heard;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Stands in a service's place for text messages, which no service carries. No service may be called so.
pub const TEXT_MESSAGES: &str = "text messages";

/// Most words that wait for one message to become known. More are not kept.
pub const WORDS_MAX: usize = 8;

/// Where a message came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Whose it is.
    pub profile: ProfileId,
    /// Our id of it.
    pub message: MessageId,
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Of which step.
    pub step: String,
    /// On which channel.
    pub channel: Channel,
    /// When it left, to the millisecond.
    pub at: Timestamp,
}

/// By what a service names a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'n> {
    /// By its id of the message.
    Id(&'n str),
    /// By the address that the last message went to, however it is spelt.
    Address(Channel, &'n str),
    /// By its own name of the person to whom the last message went, as it is spelt.
    Person(&'n str),
}

/// What came of remembering an origin.
#[derive(Debug, Clone, PartialEq)]
pub enum Noted {
    /// It is remembered.
    Kept,
    /// It is not yet: these words about it came first, in this order, and not all of them are told.
    Waiting(Vec<Heard>),
}

/// What came of keeping a word.
#[derive(Debug, Clone, PartialEq)]
pub enum KeptWord {
    /// It waits for its message to become known.
    Waits,
    /// Its message has become known meanwhile: nothing was kept.
    Known(Origin),
    /// [`WORDS_MAX`] others wait already: it was not kept.
    TooMany,
}

/// Remembers where messages came from, and for a while what is said of messages that nobody knows yet. Neither ids nor
/// addresses are stored, only their digests.
#[allow(async_fn_in_trait)]
pub trait Origins {
    /// Remembers an origin until `expires`, in place of what the name stood for before; unless more words than `told`
    /// wait for it, which are given instead: whoever tells them to the profile says so by asking again.
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        told: usize,
        expires: Timestamp,
    ) -> Result<Noted, PortError>;

    /// The origin of what the service names so, if it is remembered.
    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError>;

    /// Keeps what is said of the message that the service names by `id`, until `expires`, for whoever remembers the
    /// message's origin. The same word is kept once.
    async fn keep_word(&self, service: &str, id: &str, word: &Heard, expires: Timestamp)
    -> Result<KeptWord, PortError>;
}

impl Origin {
    /// What the profile's inbox is told of a word about the message, at `now`. The item's id and its place derive from
    /// what was said, not from the call, which may come again. `service` is nobody's name for text messages.
    pub fn told(&self, service: &str, heard: &Heard, now: Timestamp) -> InboxItem {
        let told_at = heard.at.map(|at| at.min(now));
        let own = heard.id.clone().or_else(|| heard.at.map(|at| at.to_string()));
        let about = [
            service,
            heard.event.as_str(),
            heard.message.as_deref().unwrap_or_default(),
            own.as_deref().unwrap_or_default(),
            heard.text.as_deref().unwrap_or_default(),
        ];
        let id = format!("svc_{}", digest(&about));
        let told = [
            ("message", Some(self.message.as_str())),
            ("campaign", Some(self.campaign.as_str())),
            ("step", Some(self.step.as_str())),
            ("channel", Some(self.channel.name())),
            ("service", Some(service).filter(|name| *name != TEXT_MESSAGES)),
            ("text", heard.text.as_deref()),
        ];
        let properties: Properties = told
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))))
            .collect();
        let event = Event {
            id: id.clone(),
            kind: EventKind::Track,
            name: heard.event.clone(),
            at: told_at.unwrap_or(now),
            source: Source::Provider,
            hops: 0,
            properties,
        };
        InboxItem {
            profile: self.profile.clone(),
            id,
            at: told_at.unwrap_or(self.at),
            received: now,
            inputs: vec![Input::Event(event)],
        }
    }
}
