//! A person, as far as campaigns need to know: a small state that every fold reads and writes,
//! and traits beside it that change rarely.

mod consent;
mod enrollment;
mod ledger;
mod list;
mod past;
mod seen;
mod tally;
mod traits;

pub use consent::{Consent, Stand};
pub use enrollment::{Enrollment, Phase};
pub use ledger::{LEDGER_KEPT, Ledger, Sent};
pub use list::List;
pub use past::Past;
pub use seen::Seen;
pub use tally::Tallies;
pub use traits::Traits;

use super::event::millis;
use super::id::CampaignName;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A profile as it is loaded, folded and saved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Counts saves; 0 before the first. The save is conditional on it.
    pub version: u64,
    /// Small, written often.
    pub state: State,
    /// Bulky, written rarely.
    pub traits: Traits,
}

/// What is known of a profile besides its traits. Bounded in every part: nothing in it grows
/// with history. Field names are short because every byte is written with every event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Stream position up to which this profile's inbox has been folded: a replayed batch does
    /// nothing. Compared as a decimal number.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The latest moment at which a folded item had been received.
    #[serde(
        rename = "f",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub folded: Option<Timestamp>,
    /// Items received at or before this have been folded, from the inbox itself.
    #[serde(
        rename = "u",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub floor: Option<Timestamp>,
    /// Ids of the inputs folded last.
    #[serde(rename = "s", default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
    /// When the profile wants its next look. Also in the due index.
    #[serde(
        rename = "a",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub alarm: Option<Timestamp>,
    /// Runs through campaigns.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub enrollments: Vec<Enrollment>,
    /// What campaigns remember of earlier runs.
    #[serde(rename = "p", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<CampaignName, Past>,
    /// When the events that conditions count happened.
    #[serde(rename = "t", default, skip_serializing_if = "Tallies::is_empty")]
    pub tallies: Tallies,
    /// Lists that events keep up.
    #[serde(rename = "l", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, List>,
    /// Messages sent lately, for caps.
    #[serde(rename = "m", default, skip_serializing_if = "Ledger::is_empty")]
    pub ledger: Ledger,
    /// Yearly dates: when each campaign's next occurrence is.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<CampaignName, i64>,
    /// The campaigns' revision that `dates` were computed for.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub dates_revision: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_zero(number: &u64) -> bool {
    *number == 0
}
