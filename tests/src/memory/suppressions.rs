//! Suppressed addresses in memory.

use super::table::MemoryStore;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::suppressions::{LIFTED, Suppression};
use beckon_shared::ports::{PortError, Suppressions};
use beckon_shared::store::codec;
use beckon_shared::store::keys;

impl Suppressions for MemoryStore {
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError> {
        let suppress = || {
            let key = keys::suppression(channel, address);
            let row = codec::encode_suppression(channel, address, suppression);
            self.write(|table| {
                let noted = table.get(&key).map(codec::decode_suppression).transpose()?;
                let free = noted.is_none_or(|noted| noted.reason == LIFTED && noted.since < suppression.since);
                if free {
                    table.put(key, row);
                }
                Ok(())
            })
        };
        self.faults.around("suppressions.suppress", suppress).await
    }

    async fn lift(&self, channel: Channel, address: &str, reason: &str, at: Timestamp) -> Result<bool, PortError> {
        let lift = || {
            let key = keys::suppression(channel, address);
            let lifted = Suppression {
                reason: LIFTED.to_owned(),
                since: at,
            };
            let row = codec::encode_suppression(channel, address, &lifted);
            self.write(|table| {
                let noted = table.get(&key).map(codec::decode_suppression).transpose()?;
                let there = noted.is_some_and(|noted| noted.reason == reason && noted.since < at);
                if there {
                    table.put(key, row);
                }
                Ok(there)
            })
        };
        self.faults.around("suppressions.lift", lift).await
    }

    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        let look = || {
            self.read(|table| {
                let row = table.get(&keys::suppression(channel, address));
                let noted = row.map(codec::decode_suppression).transpose()?;
                Ok(noted.filter(|noted| noted.reason != LIFTED))
            })
        };
        self.faults.around("suppressions.suppression", look).await
    }
}
