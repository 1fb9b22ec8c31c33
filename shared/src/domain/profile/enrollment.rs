//! One profile's run through one campaign, as it is kept.

use crate::domain::event::{Properties, millis};
use crate::domain::id::{CampaignName, EnrollmentId, Version};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where an enrollment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// It has steps to take.
    #[serde(rename = "r")]
    Running,
    /// It has none left, but its goal may still be reached until then.
    #[serde(rename = "g")]
    Watching(#[serde(with = "millis")] Timestamp),
}

/// A run through a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrollment {
    /// Derived from the trigger that started it.
    #[serde(rename = "i")]
    pub id: EnrollmentId,
    /// Through which campaign, in the version it started on.
    #[serde(rename = "c")]
    pub campaign: CampaignName,
    /// That version.
    #[serde(rename = "v")]
    pub version: Version,
    /// Tells it from the profile's other runs; empty where there is one per profile.
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// When it was (re)started: its trigger's own time.
    #[serde(rename = "t", with = "millis")]
    pub entered: Timestamp,
    /// Where it stands.
    #[serde(rename = "p")]
    pub phase: Phase,
    /// Index of the step it is at.
    #[serde(rename = "n", default)]
    pub step: u16,
    /// When that step began.
    #[serde(rename = "b", with = "millis")]
    pub since: Timestamp,
    /// When it wants a look; nothing where only an input can move it.
    #[serde(
        rename = "d",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub due: Option<Timestamp>,
    /// The current step's message was held back until `due` by quiet hours.
    #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
    pub deferred: bool,
    /// Its goal was reached.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub won: bool,
    /// What its steps and templates read of the trigger.
    #[serde(rename = "e", default, skip_serializing_if = "Map::is_empty")]
    pub event: Properties,
    /// The same of the item, where the campaign enters once for each.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
}
