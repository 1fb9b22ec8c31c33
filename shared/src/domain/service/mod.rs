//! Services that are called over HTTP: messengers, chats, CRMs. A file says how one is asked and how
//! its answers and its own calls are read; nothing of it is code.

mod inbound;
mod reading;

pub use inbound::{Heard, Inbound, InboundRule, Signature, TEXT_MAX_CHARS};
pub use reading::{IdPlace, Reading, Statuses, scalar};

use super::campaign::Channel;
use super::id::Version;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A service, checked. Texts with `{{ … }}` are Jinja.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its name, which is its file's.
    pub name: String,
    /// Derived from the content.
    pub version: Version,
    /// The channels whose messages it takes.
    pub carries: Vec<Channel>,
    /// The trait that holds a person's address with the messenger that it carries, where that is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// How it is asked.
    pub method: Method,
    /// Where. Scheme and host are the same for all messages.
    pub url: String,
    /// The host of the URL, with its port where that is not 443. The workspace lists it.
    pub host: String,
    /// Headers of a request, besides those that every request has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is JSON once it is rendered. Without one, what the template of a webhook says is the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Names of the secrets that URL, headers and signature need.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    /// Name of the secret that requests are signed with, as Standard Webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The header by which the service knows a repeated request: it holds the message's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<String>,
    /// How its answers are read.
    #[serde(default)]
    pub reading: Reading,
    /// How its own calls are read, where it makes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<Inbound>,
}

/// How a service is asked (RFC 9110 §9.3, RFC 5789).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

impl Method {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl Service {
    /// With the version that its content has.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        // Texts and numbers always serialise; an empty text would only make versions coincide.
        self.version = Version::of(b"");
        self.version = Version::of(&serde_json::to_vec(&self).unwrap_or_default());
        self
    }
}

/// Whether messages of the channel go to services.
pub const fn is_for_services(channel: Channel) -> bool {
    match channel {
        Channel::Viber | Channel::Whatsapp | Channel::Webhook => true,
        Channel::Email | Channel::Sms | Channel::Push | Channel::Webpush | Channel::Onsite => false,
    }
}
