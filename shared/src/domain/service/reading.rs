//! How an answer is read: by its status, and by places in its JSON (RFC 6901).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest text that is taken out of an answer as an id or a code, in bytes.
const TOKEN_MAX_BYTES: usize = 256;

/// Statuses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statuses {
    /// The first.
    pub from: u16,
    /// The last.
    pub to: u16,
}

impl Default for Statuses {
    fn default() -> Self {
        Self { from: 200, to: 299 }
    }
}

impl Statuses {
    /// Whether the status is among them.
    pub fn contain(self, status: u16) -> bool {
        (self.from..=self.to).contains(&status)
    }
}

/// Where an id stands: at one place, or at several where only all of them together tell it apart (Telegram's messages have
/// numbers within their chat).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IdPlace {
    /// At one.
    One(String),
    /// At each of these, in this order.
    Several(Vec<String>),
}

impl IdPlace {
    /// The id that stands there; `None` where any part is missing.
    pub fn read(&self, json: &Value) -> Option<String> {
        match self {
            Self::One(place) => scalar(json, place),
            Self::Several(places) => {
                let parts: Option<Vec<String>> = places.iter().map(|place| scalar(json, place)).collect();
                Some(parts?.join(":")).filter(|id| !id.is_empty())
            }
        }
    }
}

/// How answers are read. Places are JSON pointers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Statuses of a message that was taken.
    #[serde(default)]
    pub success: Statuses,
    /// What must stand in the answer besides, at these places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expects: BTreeMap<String, Value>,
    /// Where the service's id of the message stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<IdPlace>,
    /// Where the code of a refusal stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Where it stands how many seconds to wait, beside the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// Statuses and codes of refusals that heal, beside those that HTTP says heal.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub heals: BTreeSet<String>,
    /// Statuses and codes of refusals for good, whatever HTTP says of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fails: BTreeSet<String>,
    /// Whether the answer is what a `call` step waits for.
    #[serde(default)]
    pub keeps: bool,
}

impl Reading {
    /// Whether anything but the status is looked at.
    pub fn needs_json(&self) -> bool {
        !self.expects.is_empty() || self.id.is_some() || self.keeps
    }

    /// Whether everything stands in the answer that has to.
    pub fn is_as_expected(&self, answer: &Value) -> bool {
        self.expects
            .iter()
            .all(|(place, wanted)| answer.pointer(place) == Some(wanted))
    }
}

/// A text, number or truth value at a place, as text; `None` where there is none, or a long one.
pub fn scalar(json: &Value, place: &str) -> Option<String> {
    let text = match json.pointer(place)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty() && text.len() <= TOKEN_MAX_BYTES).then_some(text)
}
