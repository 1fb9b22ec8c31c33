//! A person, as far as campaigns need to know: a small state that every fold reads and writes,
//! and traits beside it that change rarely.

mod account;
mod bytes;
mod consent;
mod device;
mod enrollment;
mod handover;
mod ledger;
mod list;
mod merge;
mod number;
mod offer;
mod past;
mod push_service;
mod seen;
mod sequence;
mod shown;
mod tally;
mod traits;

pub use account::{ACCOUNT_MAX_BYTES, MEMBERS_MAX, Membership};
pub use consent::{By, Consent, Said, Stand};
pub use device::{
    AUTH_BYTES, Browser, DEVICE_REGISTERED, DEVICE_REMOVED, DEVICES_KEPT, DeviceFault, Devices, P256DH_BYTES, Phone,
    Platform, TOKEN_MAX_BYTES, WEBPUSH_SUBSCRIBED, WEBPUSH_UNSUBSCRIBED, check_device,
};
pub use enrollment::{Enrollment, Phase};
pub use handover::OpenHandover;
pub use ledger::{LEDGER_KEPT, LEDGER_KEPT_APART, Ledger, Sent};
pub use list::List;
pub use merge::{Absorbed, MergedPast, absorb, note_absorbed, packed};
pub use offer::{GivenOffer, Offers, Redeemed};
pub use past::Past;
pub use push_service::{ENDPOINT_MAX_BYTES, PUSH_SERVICES, is_push_service, push_host};
pub use seen::Seen;
pub use sequence::{Link, Links};
pub use shown::Shown;
pub use tally::{
    Amount, DAY_PART, Each, Entry, Keep, Kind, LOG_KEPT, Log as TallyLog, LogId, SESSION_GAP, Sample, Tallies, step_of,
};
pub use traits::Traits;

use super::count::{Echoes, Owed};
use super::event::millis;
use super::id::{CampaignName, ProfileId};
use super::log::Log as DecisionLog;
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
    /// What was decided last, as far as there is room for it.
    pub log: DecisionLog,
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
    /// What conditions look back at.
    #[serde(rename = "t", default, skip_serializing_if = "Tallies::is_empty")]
    pub tallies: Tallies,
    /// Lists that events keep up.
    #[serde(rename = "l", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, List>,
    /// Messages sent lately, for caps.
    #[serde(rename = "m", default, skip_serializing_if = "Ledger::is_empty")]
    pub ledger: Ledger,
    /// When the person did anything last, where a campaign asks.
    #[serde(
        rename = "x",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub active: Option<Timestamp>,
    /// For campaigns that wait for the profile to come to something: whether it has.
    #[serde(rename = "w", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sides: BTreeMap<CampaignName, bool>,
    /// When one of those may change by time passing alone.
    #[serde(
        rename = "y",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub turns: Option<Timestamp>,
    /// What of campaigns' sequences has happened.
    #[serde(rename = "q", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sequences: BTreeMap<CampaignName, Links>,
    /// Codes of the person's own.
    #[serde(rename = "o", default, skip_serializing_if = "Offers::is_empty")]
    pub offers: Offers,
    /// The person is in the hands of people.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<OpenHandover>,
    /// Dates and calendars: when each campaign's next occurrence is.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<CampaignName, i64>,
    /// The profile that this one went over into. Everything that still reaches it is passed on
    /// there; it keeps nothing of its own.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<ProfileId>,
    /// Profiles that went over into this one, the last ones.
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub absorbed: Vec<ProfileId>,
    /// Up to when everything was erased: what still comes of that time is not taken.
    #[serde(
        rename = "z",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub erased: Option<Timestamp>,
    /// The campaigns' revision that `dates` and `sides` were computed for.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub rules_revision: u64,
    /// What was heard of messages.
    #[serde(rename = "k", default, skip_serializing_if = "Echoes::is_empty")]
    pub echoes: Echoes,
    /// Messages on the page that were seen or put away.
    #[serde(rename = "g", default, skip_serializing_if = "Shown::is_empty")]
    pub shown: Shown,
    /// What the last fold counted.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub owed: Option<Owed>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_zero(number: &u64) -> bool {
    *number == 0
}
