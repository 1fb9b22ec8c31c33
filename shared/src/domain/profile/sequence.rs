//! Events that may become part of a sequence.

use crate::domain::event::Properties;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// How many events of each part are kept: the latest.
const KEPT: usize = 16;

/// An event that fits a part of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Which part.
    #[serde(rename = "n")]
    pub part: u8,
    /// When it happened, in milliseconds.
    #[serde(rename = "t")]
    pub at: i64,
    /// What later parts read of it.
    #[serde(rename = "p", default, skip_serializing_if = "Map::is_empty")]
    pub properties: Properties,
}

/// The events of a sequence that happened, in order of time, whatever order they came in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Links(Vec<Link>);

impl Links {
    /// Adds an event.
    pub fn add(&mut self, link: Link) {
        let part = link.part;
        let place = self.0.partition_point(|known| known.at <= link.at);
        self.0.insert(place, link);
        if self.of(part).count() > KEPT
            && let Some(oldest) = self.0.iter().position(|known| known.part == part)
        {
            self.0.remove(oldest);
        }
    }

    /// Takes another profile's events in.
    pub fn merge(&mut self, other: Self) {
        for link in other.0 {
            if !self.0.contains(&link) {
                self.add(link);
            }
        }
    }

    /// Takes one out again.
    pub fn remove(&mut self, link: &Link) {
        if let Some(place) = self.0.iter().position(|known| known == link) {
            self.0.remove(place);
        }
    }

    /// The events of a part, oldest first.
    pub fn of(&self, part: u8) -> impl DoubleEndedIterator<Item = &Link> {
        self.0.iter().filter(move |link| link.part == part)
    }

    /// Forgets what is older; says whether anything is left.
    pub fn forget_before(&mut self, oldest: Timestamp) -> bool {
        self.0.retain(|link| link.at >= oldest.as_millisecond());
        !self.0.is_empty()
    }
}
