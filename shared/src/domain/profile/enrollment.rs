//! One profile's run through one campaign, as it is kept.

use crate::domain::campaign::{Channel, ChannelSet};
use crate::domain::event::{Properties, millis};
use crate::domain::id::{CampaignName, EnrollmentId, MessageId, ProfileId, Version};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where an enrollment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// It enters once something has not happened for so long.
    #[serde(rename = "a")]
    Pending,
    /// It has steps to take.
    #[serde(rename = "r")]
    Running,
    /// It has none left, but its goal may still be reached until then, and heard of as late as anything counts.
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
    /// Which of the campaign's entrances it came by.
    #[serde(rename = "u", default, skip_serializing_if = "is_none")]
    pub entrance: u8,
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
    /// What the trigger is called, where its campaign may be entered by several.
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    pub event_name: String,
    /// What its steps and templates read of the trigger.
    #[serde(rename = "e", default, skip_serializing_if = "Map::is_empty")]
    pub event: Properties,
    /// Rounds done of the loops it is in, by the step that ends each.
    #[serde(rename = "o", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rounds: BTreeMap<u16, u16>,
    /// It has done something that the person may have noticed, or that was held back: where a key enters
    /// once, that is what counts.
    #[serde(rename = "s", default, skip_serializing_if = "std::ops::Not::not")]
    pub acted: bool,
    /// How many of the current step's channels, or of those that a handover asks, were tried.
    #[serde(rename = "y", default, skip_serializing_if = "is_none")]
    pub tried: u8,
    /// The channels by which the current step's message has left.
    #[serde(rename = "j", default, skip_serializing_if = "ChannelSet::is_empty")]
    pub left: ChannelSet,
    /// Those of them of which it is not known whether the message arrived.
    #[serde(rename = "l", default, skip_serializing_if = "ChannelSet::is_empty")]
    pub unsure: ChannelSet,
    /// Its last offer: `code`, `percent`, `ends_at`, `reward`.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Value>,
    /// What services answered, for conditions and templates.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// How many events of campaigns' own led here.
    #[serde(rename = "h", default, skip_serializing_if = "is_none")]
    pub hops: u8,
    /// The same of the item, where the campaign enters once for each.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
    /// The profile that it began in, where that has gone over into another since: what is drawn for
    /// it (holdout, variant) stays what it was.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub drawn_for: Option<ProfileId>,
}

impl Enrollment {
    /// Whose id draws are made with: that of the profile it began in, of which `own` may be the
    /// successor.
    pub fn drawn_for<'a>(&'a self, own: &'a ProfileId) -> &'a ProfileId {
        self.drawn_for.as_ref().unwrap_or(own)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_none(number: &u8) -> bool {
    *number == 0
}

impl Enrollment {
    /// The id of the message that a step of it sends in this round: deciding it twice is deciding it
    /// once. `channel` tells a later try of a cascade from the first.
    pub fn message_id(&self, step: &str, channel: Option<Channel>) -> MessageId {
        let mut name = step.to_owned();
        for rounds in self.rounds.values().filter(|rounds| **rounds > 0) {
            name = format!("{name}#{}", rounds + 1);
        }
        if let Some(channel) = channel {
            name = format!("{name}@{}", channel.name());
        }
        MessageId::derive(&self.id, &name)
    }

    /// The channels by which the message of the current step has left, of those that it may take. A state of before
    /// they were noted knows the last alone.
    pub fn left_by(&self, by: &[Channel]) -> ChannelSet {
        if !self.left.is_empty() {
            return self.left;
        }
        let last = usize::from(self.tried).checked_sub(1);
        last.and_then(|last| by.get(last)).copied().into_iter().collect()
    }

    /// Goes on at that step, which begins at `since`.
    pub fn go_to(&mut self, step: u16, since: Timestamp) {
        self.step = step;
        self.since = since;
        self.due = None;
        self.deferred = false;
        self.tried = 0;
        self.left = ChannelSet::default();
        self.unsure = ChannelSet::default();
    }

    /// Goes on at the next step.
    pub fn go_on(&mut self, since: Timestamp) {
        self.go_to(self.step.saturating_add(1), since);
    }
}
