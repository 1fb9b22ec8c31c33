//! A profile's inbox: append-only, read in order.

use super::PortError;
use crate::domain::event::InboxItem;
use crate::domain::id::ProfileId;
use crate::domain::time::Timestamp;

/// What became of an item that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is new.
    New,
    /// The same item was there already; nothing was written.
    Repeat,
}

/// Appends to inboxes.
#[allow(async_fn_in_trait)]
pub trait Inbox {
    /// Puts the item unless one with its profile, `at` and `id` is there. Times are kept to the
    /// millisecond, and an `at` before 1970 as 1970. `expires` is when it may be forgotten. An
    /// item over the store's limit (350 KB) is refused with `PortError::Fail`.
    async fn append(&self, item: &InboxItem, expires: Timestamp) -> Result<Appended, PortError>;

    /// The profile's items with `after < received <= until`, in the order they were received.
    async fn received_between(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<InboxItem>, PortError>;
}
