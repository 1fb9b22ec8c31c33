//! Outages long enough for the stream to have lost records.

use super::PortError;
use crate::domain::time::Timestamp;

/// Remembers the last outage, so that every profile that was last folded before its end is
/// brought up to date from its own inbox.
#[allow(async_fn_in_trait)]
pub trait Outages {
    /// When the last outage is known to have ended; `None` where there was none.
    async fn outage(&self) -> Result<Option<Timestamp>, PortError>;

    /// Notes that an outage was still going on at `at`. An earlier moment than the one noted
    /// changes nothing.
    async fn note_outage(&self, at: Timestamp) -> Result<(), PortError>;
}
