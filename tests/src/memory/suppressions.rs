//! Suppressed addresses in memory.

use super::table::MemoryStore;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::ports::suppressions::Suppression;
use beckon_shared::ports::{PortError, Suppressions};
use beckon_shared::store::codec;
use beckon_shared::store::keys;

impl Suppressions for MemoryStore {
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError> {
        let suppress = || {
            let key = keys::suppression(channel, address);
            let row = codec::encode_suppression(channel, address, suppression);
            self.write(|table| table.put_new(key, row));
            Ok(())
        };
        self.faults.around("suppressions.suppress", suppress).await
    }

    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        let look = || {
            self.read(|table| {
                let row = table.get(&keys::suppression(channel, address));
                Ok(row.map(codec::decode_suppression).transpose()?)
            })
        };
        self.faults.around("suppressions.suppression", look).await
    }
}
