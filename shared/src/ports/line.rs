//! Lines in which messages wait until their provider takes more.

use super::PortError;
use crate::domain::campaign::Channel;
use crate::domain::id::ProfileId;
use crate::domain::line::{Pace, Place};

/// A message in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub profile: ProfileId,
    /// Where it stands, and which it is.
    pub place: Place,
}

/// Puts messages into lines and calls them up.
#[allow(async_fn_in_trait)]
pub trait Line {
    /// Puts a message into its channel's line, if it is still claimed by attempt number `attempt`; otherwise does
    /// nothing.
    async fn line_up(
        &self,
        profile: &ProfileId,
        channel: Channel,
        attempt: u32,
        place: &Place,
    ) -> Result<(), PortError>;

    /// Those that wait, in the order in which they leave: at least the first `limit`, and not many more. May lag behind
    /// writes by a moment.
    async fn line(&self, channel: Channel, limit: u32) -> Result<Vec<Waiting>, PortError>;

    /// Queues a message again, if it still stands in that place; otherwise does nothing.
    async fn call_up(&self, waiting: &Waiting) -> Result<(), PortError>;

    /// How many were called up last, `None` before the first.
    async fn pace(&self, channel: Channel) -> Result<Option<Pace>, PortError>;

    /// Notes how many are called up now, unless somebody did since `last`. Says whether it did.
    async fn set_pace(&self, channel: Channel, last: Option<&Pace>, pace: &Pace) -> Result<bool, PortError>;
}
