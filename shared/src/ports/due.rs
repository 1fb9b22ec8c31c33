//! The durable index of what is due: alarms of profiles and second tries of messages.

use super::PortError;
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How many shards a minute's alarms are spread over.
pub const SHARDS: u16 = 4;

/// One minute of one shard: what one schedule wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bucket {
    /// The minute by whose start everything in the bucket is due, in minutes since 1970.
    pub minute: i64,
    /// Below [`SHARDS`].
    pub shard: u16,
}

impl Bucket {
    /// The bucket of a profile's alarm at `due`: its minute is never before `due`.
    pub fn of(profile: &ProfileId, due: Timestamp) -> Self {
        Self {
            minute: crate::domain::time::next_minute(due).as_second().div_euclid(60),
            shard: u16::try_from(profile.hash() % u64::from(SHARDS)).unwrap_or_default(),
        }
    }

    /// When it is due.
    pub fn at(self) -> Timestamp {
        Timestamp::from_second(self.minute.saturating_mul(60)).unwrap_or(Timestamp::MAX)
    }

    /// `28401120-3`: for schedule names and payloads.
    pub fn name(self) -> String {
        format!("{}-{}", self.minute, self.shard)
    }
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueEntry {
    /// A profile wants a look.
    Alarm {
        /// Whose.
        profile: ProfileId,
        /// Since when.
        due: Timestamp,
    },
    /// A message waits for its next try.
    Message {
        /// Whose.
        profile: ProfileId,
        /// Which.
        message: MessageId,
        /// Since when.
        due: Timestamp,
    },
}

/// A page of what is due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DuePage {
    /// In order of time. May be empty although there is a next page.
    pub entries: Vec<DueEntry>,
    /// Where the next page begins; `None` at the end. Opaque.
    pub next: Option<String>,
}

/// How far the sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepCursor {
    /// Everything due before this has been looked at.
    #[serde(with = "crate::domain::event::millis")]
    pub swept: Timestamp,
    /// Every bucket due before this has a schedule.
    #[serde(with = "crate::domain::event::millis")]
    pub scheduled: Timestamp,
}

/// Reads the due index. Writing it is part of saving a profile or releasing a message.
#[allow(async_fn_in_trait)]
pub trait DueIndex {
    /// Entries of `shard` with `from < due <= to` (to the millisecond), a page at a time, at most
    /// `limit`. May lag behind writes by a moment (a global index is eventually consistent).
    async fn due(
        &self,
        shard: u16,
        from: Timestamp,
        to: Timestamp,
        limit: u16,
        page: Option<String>,
    ) -> Result<DuePage, PortError>;

    /// The sweep's cursor, `None` before the first sweep.
    async fn cursor(&self) -> Result<Option<SweepCursor>, PortError>;

    /// Moves the cursor.
    async fn set_cursor(&self, cursor: SweepCursor) -> Result<(), PortError>;
}
