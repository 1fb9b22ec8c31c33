//! A provider that carries messages.

use crate::domain::campaign::Channel;
use crate::domain::event::Properties;
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::domain::time::Span;
use futures::future::LocalBoxFuture;

/// A message ready to leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its id, which travels as a tag and comes back with feedback.
    pub message: MessageId,
    /// Whose, for the same reason.
    pub profile: ProfileId,
    /// Of which campaign, for the same reason.
    pub campaign: CampaignName,
    /// Of which step, for the same reason.
    pub step: String,
    /// From which template.
    pub template: String,
    /// On which channel.
    pub channel: Channel,
    /// To which address; empty where the channel needs none.
    pub to: String,
    /// What it says.
    pub content: Content,
}

/// What a message says, by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An email.
    Email {
        /// `Name <address>`.
        from: String,
        /// Where replies go.
        reply_to: Option<String>,
        /// Without line breaks.
        subject: String,
        /// The HTML part.
        html: String,
        /// The text part.
        text: String,
    },
    /// A text message.
    Sms {
        /// Where the country allows one.
        sender_id: Option<String>,
        /// What it says.
        text: String,
    },
    /// A message of any other channel: a notification, a chat message, a request of a webhook (JSON).
    Plain {
        /// Above the text, where the channel has a place for it and the template a title.
        title: Option<String>,
        /// What it says.
        text: String,
    },
}

/// Why a provider did not take a message, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Refused before acceptance, for a reason that heals: throttled, unreachable, quota.
    #[error("{reason} (may heal)")]
    Retry {
        /// What the provider said, without addresses.
        reason: String,
        /// How long the provider asks to wait.
        after: Option<Span>,
    },
    /// Refused for good: an invalid address, content, an unverified sender.
    #[error("{reason}")]
    Fail {
        /// What the provider said, without addresses.
        reason: String,
    },
    /// The answer was lost: it may have been taken.
    #[error("{reason} (may have been taken)")]
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// What a provider said when it took a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// Its id for the message.
    pub id: String,
    /// What it answered, where the message was a question to a service.
    pub answer: Properties,
}

impl Taken {
    /// Taken under this id, and nothing answered.
    pub fn under(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            answer: Properties::new(),
        }
    }
}

/// One attempt under way.
pub type Attempt<'a> = LocalBoxFuture<'a, Result<Taken, SendError>>;

/// Hands messages to a provider. Makes one attempt: what comes after is decided by `send`.
pub trait Sender {
    /// Which channels it serves.
    fn channels(&self) -> &[Channel];

    /// Hands one message over.
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a>;
}
