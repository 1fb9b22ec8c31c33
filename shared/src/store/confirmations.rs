//! How often it was asked lately whose an address is.

use super::capacity::Part;
use super::codec;
use super::{Condition, DynamoStore, keys};
use crate::domain::campaign::Channel;
use crate::domain::id::MessageId;
use crate::domain::time::{Timestamp, after};
use crate::ports::confirmations::{Answer, WINDOW};
use crate::ports::{Confirmations, PortError};

impl Confirmations for DynamoStore {
    async fn may_ask(
        &self,
        channel: Channel,
        address: &str,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let row = self
            .read(Part::Confirmations, keys::confirmations(channel, address))
            .await?;
        let (version, asked) = row.as_ref().map(codec::decode_asked).transpose()?.unwrap_or_default();
        let asked = match asked.may_ask(message, now) {
            Answer::Counted => return Ok(true),
            Answer::Full => return Ok(false),
            Answer::Counts(asked) => asked,
        };
        let key = keys::confirmations(channel, address);
        let row = codec::encode_asked(key, version + 1, &asked, after(now, WINDOW))?;
        let condition = Condition::counts(keys::VERSION, version);
        match self.write_if(Part::Confirmations, row, condition).await? {
            true => Ok(true),
            // Somebody else asked at the same moment: the record comes again and finds it counted.
            false => Err(PortError::Retry(
                "another message asked at the address meanwhile".to_owned(),
            )),
        }
    }
}
