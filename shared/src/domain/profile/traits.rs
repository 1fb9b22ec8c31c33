//! What a person is, as identify calls said it.

use super::{Consent, Devices, Membership};
use crate::domain::event::Properties;
use crate::domain::id::ProfileId;
use crate::domain::time::zone;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

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
    /// On what the person can be notified.
    #[serde(rename = "d", default, skip_serializing_if = "Devices::is_empty")]
    pub devices: Devices,
    /// The account that the person belongs to, with a copy of its traits.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Membership>,
    /// Of an account: who belongs to it.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<ProfileId>,
    /// Of an account: counts changes of its traits.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub revision: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Traits {
    /// What conditions see of the account: nothing where the person belongs to none.
    pub fn of_account(&self) -> &Properties {
        static NONE: LazyLock<Properties> = LazyLock::new(Properties::new);
        self.account.as_ref().map_or(&NONE, |account| &account.values)
    }

    /// The person's own time zone; where it is not known, the one of this name; otherwise UTC.
    pub fn zone(&self, fallback: &str) -> TimeZone {
        self.text("timezone")
            .and_then(zone)
            .or_else(|| zone(fallback))
            .unwrap_or(TimeZone::UTC)
    }

    /// A trait that is a text, and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .and_then(|value| value.as_str())
            .filter(|text| !text.is_empty())
    }
}
