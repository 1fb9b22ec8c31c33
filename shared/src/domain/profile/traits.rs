//! What a person is, as identify calls said it.

use super::Consent;
use crate::domain::event::Properties;
use serde::{Deserialize, Serialize};

/// Traits and consent: an item of its own, written only when it changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Traits {
    /// By name.
    #[serde(rename = "v", default)]
    pub values: Properties,
    /// When each was set last, in milliseconds: an older identify that comes late does not win.
    #[serde(rename = "t", default)]
    pub set: std::collections::BTreeMap<String, i64>,
    /// What the person agreed to.
    #[serde(rename = "c", default)]
    pub consent: Consent,
}

impl Traits {
    /// A trait that is a text, and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .and_then(|value| value.as_str())
            .filter(|text| !text.is_empty())
    }
}
