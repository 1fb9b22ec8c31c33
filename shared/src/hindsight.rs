//! Looking back in a profile's inbox for what it is asked for the first time (`domain::hindsight` says what
//! that is): newest first, page by page, and no further than is of use.

use crate::domain::hindsight::{Earlier, Gathering};
use crate::domain::id::ProfileId;
use crate::domain::profile::State;
use crate::domain::time::Timestamp;
use crate::ports::{Inbox, PortError, Profiles};

/// How much of inboxes is read for one profile at most: the newest.
pub const READ_MAX_BYTES: usize = 4 * 1024 * 1024;

/// How many pages are asked for at most: what is to be forgotten soon fills pages that hold nothing.
const PAGES_MAX: usize = 16;

/// The inboxes of so many of those who went over into a profile are read too: of those that did last.
pub const VISITORS_MAX: usize = 8;

/// What was found, and what it took.
#[derive(Debug)]
pub struct Found {
    /// What the fold takes.
    pub earlier: Earlier,
    /// Bytes that were read.
    pub bytes: usize,
}

/// Looks back for the profile, and for those who went over into it.
///
/// # Errors
/// Where the store does not answer.
pub async fn look_back<S: Inbox + Profiles>(
    store: &S,
    profile: &ProfileId,
    mut gathering: Gathering<'_>,
    now: Timestamp,
) -> Result<Found, PortError> {
    // How far each has come is asked before the profile's own inbox is read: what it passed on by then is there.
    let mut visitors: Vec<(ProfileId, State)> = Vec::new();
    for id in gathering.visitors().take(VISITORS_MAX).cloned().collect::<Vec<_>>() {
        if let Some(visitor) = store.load(&id).await? {
            visitors.push((id, visitor.state));
        }
    }
    let mut reading = Reading {
        store,
        now,
        from: gathering.from(),
        bytes: 0,
        pages: 0,
    };
    reading.read(&mut gathering, profile, None).await?;
    for (id, state) in &visitors {
        reading.read(&mut gathering, id, Some(state)).await?;
    }
    Ok(Found {
        bytes: reading.bytes,
        earlier: gathering.finish(),
    })
}

/// Reading under way.
struct Reading<'s, S> {
    store: &'s S,
    now: Timestamp,
    /// What is older is not read.
    from: Timestamp,
    bytes: usize,
    pages: usize,
}

impl<S: Inbox> Reading<'_, S> {
    async fn read(
        &mut self,
        gathering: &mut Gathering<'_>,
        of: &ProfileId,
        visitor: Option<&State>,
    ) -> Result<(), PortError> {
        let mut next = None;
        loop {
            let page = self.store.latest(of, self.from, self.now, next.as_ref()).await?;
            if page.unreadable > 0 {
                // They were set aside when they came.
                tracing::warn!(items = page.unreadable, "history leaves out items that cannot be read");
            }
            for item in &page.items {
                match visitor {
                    None => gathering.take(item),
                    Some(state) => gathering.take_of(state, item),
                }
            }
            self.bytes = self.bytes.saturating_add(page.bytes);
            self.pages += 1;
            if page.next.is_none() {
                return Ok(());
            }
            if self.bytes >= READ_MAX_BYTES || self.pages >= PAGES_MAX {
                // What is older is left out of the other inboxes, too: what was passed on lies there.
                let reached = page.items.last().map_or(self.now, |item| item.at);
                self.from = self.from.max(reached);
                gathering.cut(reached);
                return Ok(());
            }
            next = page.next;
        }
    }
}
