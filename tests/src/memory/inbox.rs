//! Inboxes in memory.

use super::table::MemoryStore;
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Inbox, PortError};
use beckon_shared::store::codec;
use beckon_shared::store::{ITEM_MAX_BYTES, keys};

impl Inbox for MemoryStore {
    async fn append(&self, item: &InboxItem, expires: Timestamp) -> Result<Appended, PortError> {
        let append = || {
            let row = codec::encode_inbox(item, expires)?;
            if codec::size(&row) > ITEM_MAX_BYTES {
                return Err(PortError::Fail("the inbox item is too large".to_owned()));
            }
            let key = keys::inbox(&item.profile, item.at, &item.id);
            Ok(match self.write(|table| table.put_new(key, row)) {
                true => Appended::New,
                false => Appended::Repeat,
            })
        };
        self.faults.around("inbox.append", append).await
    }

    async fn received_between(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<InboxItem>, PortError> {
        let read = || {
            let mut items = self.inbox(profile)?;
            items.retain(|item| {
                after.as_millisecond() < item.received.as_millisecond()
                    && item.received.as_millisecond() <= until.as_millisecond()
            });
            items.sort_by_key(|item| item.received);
            Ok(items)
        };
        self.faults.around("inbox.received_between", read).await
    }
}
