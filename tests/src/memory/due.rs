//! The due index in memory. Never lags.

use super::table::MemoryStore;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::due::{DueEntry, DuePage};
use beckon_shared::ports::{DueIndex, PortError, SweepCursor};
use beckon_shared::store::codec;
use beckon_shared::store::keys::{self, Key};

impl DueIndex for MemoryStore {
    async fn due(
        &self,
        shard: u16,
        from: Timestamp,
        to: Timestamp,
        limit: u16,
        page: Option<String>,
    ) -> Result<DuePage, PortError> {
        let look = || {
            let begin: usize = match page {
                Some(page) => page.parse().map_err(|_| PortError::Fail("not a page".to_owned()))?,
                None => 0,
            };
            let within = |due: Timestamp| {
                from.as_millisecond() < due.as_millisecond() && due.as_millisecond() <= to.as_millisecond()
            };
            let mut all: Vec<(Timestamp, Key)> = self.read(|table| {
                table
                    .due_in(shard)
                    .filter_map(|(sk, key)| Some((keys::due_time(sk)?, key.clone())))
                    .filter(|(due, _)| within(*due))
                    .collect()
            });
            all.sort();
            let end = begin.saturating_add(usize::from(limit.max(1)));
            Ok(DuePage {
                next: (end < all.len()).then(|| end.to_string()),
                entries: all
                    .into_iter()
                    .skip(begin)
                    .take(end - begin)
                    .filter_map(|(due, key)| entry(due, &key))
                    .collect(),
            })
        };
        self.faults.around("due.due", look).await
    }

    async fn cursor(&self) -> Result<Option<SweepCursor>, PortError> {
        let read = || {
            self.read(|table| {
                let row = table.get(&keys::sweep());
                Ok(row.map(codec::decode_cursor).transpose()?)
            })
        };
        self.faults.around("due.cursor", read).await
    }

    async fn set_cursor(&self, cursor: SweepCursor) -> Result<(), PortError> {
        let set = || {
            self.write(|table| table.put(keys::sweep(), codec::encode_cursor(cursor)));
            Ok(())
        };
        self.faults.around("due.set_cursor", set).await
    }
}

fn entry(due: Timestamp, key: &Key) -> Option<DueEntry> {
    let profile = key.profile()?;
    Some(match key.message() {
        Some(message) => DueEntry::Message { profile, message, due },
        None => DueEntry::Alarm { profile, due },
    })
}
