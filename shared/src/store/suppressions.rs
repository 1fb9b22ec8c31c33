//! Suppressed addresses, known by their hash.

use super::capacity::Part;
use super::codec;
use super::{Condition, DynamoStore, keys};
use crate::domain::campaign::Channel;
use crate::domain::time::Timestamp;
use crate::ports::suppressions::{LIFTED, Suppression};
use crate::ports::{PortError, Suppressions};

impl Suppressions for DynamoStore {
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError> {
        let row = codec::encode_suppression(channel, address, suppression);
        if self
            .write_if(Part::Suppressions, row.clone(), Condition::absent())
            .await?
        {
            return Ok(());
        }
        match self.noted(channel, address).await? {
            Some(noted) if noted.reason == LIFTED && noted.since < suppression.since => self.replace(row, &noted).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn lift(&self, channel: Channel, address: &str, reason: &str, at: Timestamp) -> Result<bool, PortError> {
        match self.noted(channel, address).await? {
            Some(noted) if noted.reason == reason && noted.since < at => {
                let lifted = Suppression {
                    reason: LIFTED.to_owned(),
                    since: at,
                };
                let row = codec::encode_suppression(channel, address, &lifted);
                self.replace(row, &noted).await.map(|()| true)
            }
            Some(_) | None => Ok(false),
        }
    }

    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        let noted = self.noted(channel, address).await?;
        Ok(noted.filter(|noted| noted.reason != LIFTED))
    }
}

impl DynamoStore {
    /// What is noted of the address, also that its suppression was lifted.
    async fn noted(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        let row = self
            .read(Part::Suppressions, keys::suppression(channel, address))
            .await?;
        Ok(row.as_ref().map(codec::decode_suppression).transpose()?)
    }

    /// Writes over what was noted, unless somebody else did meanwhile.
    async fn replace(&self, row: super::Item, noted: &Suppression) -> Result<(), PortError> {
        let since = u64::try_from(noted.since.as_millisecond()).unwrap_or_default();
        let replaced = self.write_if(Part::Suppressions, row, Condition::counts(keys::SINCE, since));
        match replaced.await? {
            true => Ok(()),
            false => Err(PortError::Retry("the suppression changed meanwhile".to_owned())),
        }
    }
}
