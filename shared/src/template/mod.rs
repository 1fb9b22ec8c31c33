//! Templates: compiled when applied, rendered by `send`.

pub mod call;
pub mod engine;
mod error;
pub mod filters;
pub mod header;
pub mod locale;
pub mod render;
pub mod sms;

pub use error::RenderError;
pub use render::{RenderRequest, Renderer};

use crate::domain::campaign::{Channel, Form};
use crate::domain::id::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A template, compiled: MJML has become HTML with its Jinja tags kept in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name, which is its folder's.
    pub name: String,
    /// Derived from the content.
    pub version: Version,
    /// What it says, by channel and language (BCP 47, as the file is named: `en`, `ru`, `pt-BR`).
    pub parts: BTreeMap<Channel, BTreeMap<String, Part>>,
    /// Which service a request of a webhook goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// What a template says on one channel in one language: Jinja sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// An email.
    Email {
        /// From `<mj-title>`.
        subject: String,
        /// From the MJML file.
        html: String,
        /// From the text file.
        text: String,
    },
    /// A text message.
    Sms {
        /// From the text file.
        text: String,
    },
    /// A message of any other channel.
    Plain {
        /// The first line of the file, where an empty one follows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// The rest of it.
        text: String,
        /// From `link:` in the head of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
    },
    /// A notification, or a message on the page.
    Notice {
        /// In which form the page shows it.
        #[serde(default)]
        form: Form,
        /// The first line of the file, where an empty one follows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// The rest of it.
        text: String,
        /// From `link:` in the head of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
    },
    /// The request of a webhook.
    Json {
        /// What is JSON once it is rendered.
        body: String,
    },
}

impl Template {
    /// A template of this name that says this; its version comes from both.
    pub fn new(name: impl Into<String>, parts: BTreeMap<Channel, BTreeMap<String, Part>>) -> Self {
        let name = name.into();
        // Maps of strings always serialise; an empty text would only make versions coincide.
        let content = serde_json::to_vec(&(&name, &parts)).unwrap_or_default();
        Self {
            version: Version::of(&content),
            name,
            parts,
            service: None,
        }
    }

    /// The same for this service.
    #[must_use]
    pub fn to_service(mut self, service: impl Into<String>) -> Self {
        let service = service.into();
        self.version = Version::of(format!("{} to {service}", self.version).as_bytes());
        self.service = Some(service);
        self
    }
}

impl Part {
    /// Its sources with their names: `subject`, `html`, `text` of an email; `sms`; `title`, `message`
    /// and `link`; `request.json`.
    pub fn sources(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Email { subject, html, text } => {
                vec![(engine::SUBJECT, subject), (engine::HTML, html), (engine::TEXT, text)]
            }
            Self::Sms { text } => vec![(engine::SMS, text)],
            Self::Plain { title, text, link } | Self::Notice { title, text, link, .. } => title
                .iter()
                .map(|title| (engine::TITLE, title.as_str()))
                .chain([(engine::PLAIN, text.as_str())])
                .chain(link.iter().map(|link| (engine::LINK, link.as_str())))
                .collect(),
            Self::Json { body } => vec![(engine::JSON, body)],
        }
    }
}
