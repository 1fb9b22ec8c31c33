//! Inboxes in memory.

use super::table::MemoryStore;
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::inbox::{Appended, LatestPage, Older};
use beckon_shared::ports::{Inbox, PortError};
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::store::inbox::page_of;
use beckon_shared::store::{ITEM_MAX_BYTES, keys};

/// What DynamoDB reads for a page, in bytes.
const PAGE_BYTES: usize = 1024 * 1024;

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

    async fn latest(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        now: Timestamp,
        from: Option<&Older>,
    ) -> Result<LatestPage, PortError> {
        let read = || {
            let (begin, end) = keys::inbox_after(after);
            self.read(|table| {
                let in_range = table.partition(profile).filter(|(key, _)| {
                    let below = from.is_none_or(|Older(sk)| key.sk < *sk);
                    below && key.sk >= begin && key.sk.as_str() < end
                });
                let rows: Vec<_> = in_range.collect();
                let (mut page, mut bytes, mut next) = (Vec::new(), 0, None);
                for (place, (key, row)) in rows.iter().rev().enumerate() {
                    bytes += codec::size(row);
                    if row.number::<i64>(keys::TTL)? > now.as_second() {
                        page.push(*row);
                    }
                    if bytes >= PAGE_BYTES && place + 1 < rows.len() {
                        next = Some(Older(key.sk.clone()));
                        break;
                    }
                }
                Ok(page_of(page, next))
            })
        };
        self.faults.around("inbox.latest", read).await
    }
}
