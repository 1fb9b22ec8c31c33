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

/// Some of an inbox, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LatestPage {
    /// The items.
    pub items: Vec<InboxItem>,
    /// How many items there were beside them that cannot be read.
    pub unreadable: usize,
    /// Size of them all, in bytes.
    pub bytes: usize,
    /// Where the next page begins; `None` where there is no more.
    pub next: Option<Older>,
}

/// Where a page of an inbox begins: as the store said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Older(pub String);

/// Appends to inboxes and reads them.
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

    /// A page (about 1 MB) of the profile's items with `at > after`, those with the latest `at` first. What may be
    /// forgotten by `now` is left out, whether or not it is gone. `from` is where the page before said that this
    /// one begins; a page may be empty and not the last.
    async fn latest(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        now: Timestamp,
        from: Option<&Older>,
    ) -> Result<LatestPage, PortError>;
}
