//! Suppressed addresses, known by their hash.

use super::capacity::Part;
use super::codec;
use super::{Condition, DynamoStore, keys};
use crate::domain::campaign::Channel;
use crate::ports::suppressions::Suppression;
use crate::ports::{PortError, Suppressions};

impl Suppressions for DynamoStore {
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError> {
        let row = codec::encode_suppression(channel, address, suppression);
        self.write_if(Part::Suppressions, row, Condition::absent())
            .await
            .map(|_first| ())
    }

    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        let row = self
            .read(Part::Suppressions, keys::suppression(channel, address))
            .await?;
        Ok(row.as_ref().map(codec::decode_suppression).transpose()?)
    }
}
