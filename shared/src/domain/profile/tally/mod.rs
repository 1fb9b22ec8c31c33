//! What is kept of earlier events, so that conditions can look back: one bounded log for each
//! thing that somebody asks.

mod covered;
mod grid;
mod groups;
mod log;
mod packed;
mod sample;
mod spans;
mod steps;

pub use log::{Entry, Log};
pub use sample::{Amount, Sample};
pub use steps::step_of;

use super::bytes;
use crate::domain::condition::Aggregate;
use crate::domain::time::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// How many events a log keeps as they were, at most.
pub const LOG_KEPT: usize = 64;

/// A pause of this length or more between two events parts two sessions, as web analytics has it.
pub const SESSION_GAP: Span = Span::from_mins(30);

/// No local day is shorter than this: what happens between two events that are closer is on the day of one or the other.
pub const DAY_PART: Span = Span::from_hours(22);

/// Which log: derived from what is noted in it, so that campaigns that ask the same share it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogId(u64);

impl LogId {
    /// From a hash, of which 48 bits are kept: two of 10,000 logs fall together once in six
    /// million teams.
    pub const fn of(hash: u64) -> Self {
        Self(hash >> 16)
    }
}

/// What becomes one entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event; the latest are kept.
    Latest,
    /// An event; the first are kept.
    First,
    /// A session; the latest are kept.
    Sessions,
    /// A value, with the time at which it came last; the latest are kept.
    Values,
    /// All that comes in one [`DAY_PART`]: the first and the last of it tell on which days of any zone; the latest are kept.
    Days,
}

impl Kind {
    /// Part of a log's id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::First => "first",
            Self::Sessions => "sessions",
            Self::Values => "values",
            Self::Days => "days",
        }
    }
}

/// How much of a log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// What becomes one entry.
    pub kind: Kind,
    /// How many entries are kept as they were.
    pub most: usize,
    /// Older ones are added up (see [`Log`]) instead of forgotten, as finely as sums over the last so long ask for.
    pub added_up: Option<Span>,
    /// Of values that are more, a sample is kept (see [`Log::complete_step`]), whatever `most` says.
    pub sampled: bool,
    /// How far back anybody looks; `None` is for ever.
    pub window: Option<Span>,
    /// The newest is kept whatever its age.
    pub newest: bool,
    /// Of those that are alike, no more are kept than this says; `None`: as many as there are.
    pub each: Option<Each>,
}

/// How many of a log's entries that are alike are kept: the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Each {
    /// So many.
    pub most: usize,
    /// Alike are those whose values are, but for so many at the beginning.
    pub own: usize,
}

impl Each {
    fn join(self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            own: self.own.min(other.own),
        }
    }
}

impl Keep {
    /// What serves both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            kind: self.kind,
            most: self.most.max(other.most),
            added_up: match (self.added_up, other.added_up) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            sampled: self.sampled || other.sampled,
            window: self.window.zip(other.window).map(|(one, other)| one.max(other)),
            newest: self.newest || other.newest,
            each: self.each.zip(other.each).map(|(one, other)| one.join(other)),
        }
    }
}

/// The logs of a profile.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tallies(BTreeMap<LogId, Log>);

impl Tallies {
    /// Notes an event. The same events in any order leave the same behind (for sessions: as long
    /// as there are no more of them than are kept).
    pub fn note(&mut self, log: LogId, sample: Sample, keep: Keep) {
        self.0.entry(log).or_insert(Log::new(keep.kind)).note(sample, keep);
    }

    /// What is kept under this id, if anything.
    pub fn log(&self, log: LogId) -> Option<&Log> {
        self.0.get(&log)
    }

    /// Everything that is kept.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.0.values()
    }

    /// When the event happened last, where somebody asks for that.
    pub fn last(&self, event: &str) -> Option<Timestamp> {
        let at = self.log(Aggregate::plain_log(event))?.entries().last()?.at;
        Timestamp::from_millisecond(at).ok()
    }

    /// Adds what another profile noted: an anonymous visitor's, who turned out to be this person.
    /// In whichever order profiles are merged, the same comes out once [`Tallies::retain`] has
    /// been called.
    pub fn merge(&mut self, other: Self) {
        for (id, log) in other.0 {
            self.0.entry(id).or_insert(Log::new(log.kind)).merge(log);
        }
    }

    /// Forgets logs that nobody asks for any more (`keep` knows nothing of them) and what is older than anybody asks
    /// who asks at `asked_at` or later. `anew`: others were merged, or as much was not to be kept before.
    pub fn retain(&mut self, asked_at: Timestamp, anew: bool, keep: impl Fn(LogId) -> Option<Keep>) {
        self.0.retain(|id, log| match keep(*id) {
            Some(keep) if anew => {
                log.tidy(keep, asked_at.as_millisecond());
                !log.is_empty()
            }
            Some(keep) => {
                log.forget(keep, asked_at.as_millisecond());
                !log.is_empty()
            }
            None => false,
        });
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Tallies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&packed::pack(&self.0))
    }
}

impl<'de> Deserialize<'de> for Tallies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::read(deserializer, "the logs of events", |bytes| {
            packed::unpack(bytes).map(Tallies)
        })
    }
}
