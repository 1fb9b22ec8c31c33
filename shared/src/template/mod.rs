//! Templates: compiled when applied, rendered by `send`.

use crate::domain::campaign::Channel;
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
}
