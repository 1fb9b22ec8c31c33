//! The last outage of the stream, in memory.

use super::table::MemoryStore;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::{Outages, PortError};
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::store::keys;

impl Outages for MemoryStore {
    async fn outage(&self) -> Result<Option<Timestamp>, PortError> {
        self.faults.around("outages.outage", || self.noted()).await
    }

    async fn note_outage(&self, at: Timestamp) -> Result<(), PortError> {
        let note = || {
            if self
                .noted()?
                .is_none_or(|noted| noted.as_millisecond() < at.as_millisecond())
            {
                let key = keys::outage();
                let mut row = codec::keyed(key.clone());
                row.insert(keys::SINCE.to_owned(), codec::number(at.as_millisecond()));
                self.write(|table| table.put(key, row));
            }
            Ok(())
        };
        self.faults.around("outages.note_outage", note).await
    }
}

impl MemoryStore {
    fn noted(&self) -> Result<Option<Timestamp>, PortError> {
        self.read(|table| {
            let row = table.get(&keys::outage());
            Ok(row.map(|row| row.instant(keys::SINCE)).transpose()?)
        })
    }
}
