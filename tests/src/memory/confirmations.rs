//! How often it was asked lately whose an address is, in memory.

use super::table::MemoryStore;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::MessageId;
use beckon_shared::domain::time::{Timestamp, after};
use beckon_shared::ports::confirmations::{Answer, WINDOW};
use beckon_shared::ports::{Confirmations, PortError};
use beckon_shared::store::codec;
use beckon_shared::store::keys;

impl Confirmations for MemoryStore {
    async fn may_ask(
        &self,
        channel: Channel,
        address: &str,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let ask = || {
            let key = keys::confirmations(channel, address);
            self.write(|table| {
                let known = table.get(&key).map(codec::decode_asked).transpose()?;
                let (version, asked) = known.unwrap_or_default();
                match asked.may_ask(message, now) {
                    Answer::Counted => Ok(true),
                    Answer::Full => Ok(false),
                    Answer::Counts(asked) => {
                        let row = codec::encode_asked(key.clone(), version + 1, &asked, after(now, WINDOW))?;
                        table.put(key, row);
                        Ok(true)
                    }
                }
            })
        };
        self.faults.around("confirmations.may_ask", ask).await
    }
}
