//! Origins of messages in memory.

use super::table::MemoryStore;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::origins::{Named, Origin};
use beckon_shared::ports::{Origins, PortError};
use beckon_shared::store::codec;
use beckon_shared::store::keys;

impl Origins for MemoryStore {
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        expires: Timestamp,
    ) -> Result<(), PortError> {
        let note = || {
            let key = keys::origin(service, named);
            let row = codec::encode_origin(key.clone(), origin, expires)?;
            self.write(|table| table.put(key, row));
            Ok(())
        };
        self.faults.around("origins.note_origin", note).await
    }

    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError> {
        let look = || {
            self.read(|table| {
                let row = table.get(&keys::origin(service, named));
                Ok(row.map(codec::decode_origin).transpose()?)
            })
        };
        self.faults.around("origins.origin", look).await
    }
}
