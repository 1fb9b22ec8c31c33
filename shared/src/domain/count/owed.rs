//! Counts on their way from a profile to the totals of its batch.

use super::{Counts, day_of};
use crate::domain::event::millis;
use crate::domain::id::{ProfileId, digest, draw};
use crate::domain::time::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One invocation's work on a batch. Never used twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub String);

impl BatchId {
    /// The so-manyth batch of a function's instance, which knows itself by a number of its own.
    pub fn nth(instance: u64, batch: u64) -> Self {
        Self(format!("{instance:x}-{batch:x}"))
    }

    /// What one profile owed to this batch, where its totals never told: the same for everybody
    /// who finds it owing.
    #[must_use]
    pub fn share_of(&self, profile: &ProfileId) -> Self {
        Self(digest(&["share", &self.0, profile.as_str()]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a profile's last fold counted, to be found in the totals of its batch. Saved with what
/// was decided, so that neither is without the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// In whose totals.
    #[serde(rename = "b")]
    pub batch: BatchId,
    /// When it was counted.
    #[serde(rename = "t", with = "millis")]
    pub at: Timestamp,
    /// What.
    #[serde(rename = "c")]
    pub counts: Counts,
}

/// What a batch counted, all profiles together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// By day.
    pub days: BTreeMap<Date, Counts>,
    /// Marks of the profiles of which it is not known whether they were saved: what they owe is
    /// not in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing: BTreeSet<u64>,
}

impl Totals {
    /// What a single profile owes.
    pub fn share(owed: &Owed) -> Self {
        let mut totals = Self::default();
        totals.add(owed);
        totals
    }

    /// Adds what a profile owes.
    pub fn add(&mut self, owed: &Owed) {
        self.days.entry(day_of(owed.at)).or_default().merge(&owed.counts);
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.days.values().all(Counts::is_empty)
    }
}

/// What a profile is known by among those that are missing.
pub fn mark(profile: &ProfileId) -> u64 {
    draw(&["missing", profile.as_str()])
}
