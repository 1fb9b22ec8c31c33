//! A provider that carries messages.

use super::call::Call;
use crate::domain::campaign::{Channel, Form, Price, Purpose};
use crate::domain::event::Properties;
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::domain::profile::{Browser, Phone};
use crate::domain::time::{Span, Timestamp};
use futures::future::LocalBoxFuture;
use std::sync::Arc;

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
    /// Marketing or transactional.
    pub purpose: Purpose,
    /// To which address; empty where the channel needs none.
    pub to: String,
    /// To which of the person's devices, where the channel goes to devices.
    pub device: Option<Device>,
    /// An address of the workspace's, for providers that want to know whom to turn to.
    pub contact: Option<String>,
    /// Push services that the workspace lists, besides those that are known.
    pub push_services: Arc<[String]>,
    /// When this attempt began.
    pub at: Timestamp,
    /// After this it is worth nothing.
    pub expires: Option<Timestamp>,
    /// What it says.
    pub content: Content,
    /// Of an email: headers beside those that every email has.
    pub headers: Vec<Header>,
}

/// A header of an email (RFC 5322 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `List-Unsubscribe`, …
    pub name: &'static str,
    /// Printable ASCII.
    pub value: String,
}

/// One of a person's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// An app on a phone.
    Phone(Phone),
    /// A browser.
    Browser(Browser),
}

impl Outgoing {
    /// How much longer it is worth something, at the beginning of this attempt.
    pub fn left(&self) -> Option<Span> {
        self.expires
            .map(|expires| Span::from_millis(expires.as_millisecond().saturating_sub(self.at.as_millisecond()).max(0)))
    }
}

/// What a message says, by channel.
#[derive(Debug, Clone, PartialEq)]
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
        /// What it may cost at most.
        max_price: Option<Price>,
        /// What it says.
        text: String,
    },
    /// A notification, or a message on the page.
    Notice {
        /// In which form the page shows it.
        form: Form,
        /// Above the text, where the template has a title.
        title: Option<String>,
        /// What it says.
        text: String,
        /// Where it leads: an `https` address, or on the page a path there.
        link: Option<String>,
    },
    /// A message of any other channel: a messenger's, a request of a webhook (JSON).
    Plain {
        /// Above the text, where the channel has a place for it and the template a title.
        title: Option<String>,
        /// What it says.
        text: String,
        /// Where it leads: an `https` address.
        link: Option<String>,
    },
    /// A message that a service takes, as the service's file puts it.
    Call(Box<Call>),
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
    /// Refused for good, because the device is reached no more: the app is gone, the subscription is over.
    #[error("{reason}")]
    Gone {
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
