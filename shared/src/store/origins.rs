//! Where messages came from, by the services' ids for them.

use super::capacity::{Access, Part};
use super::codec;
use super::{DynamoStore, keys};
use crate::aws::failure;
use crate::domain::time::Timestamp;
use crate::ports::origins::{Named, Origin};
use crate::ports::{Origins, PortError};

impl Origins for DynamoStore {
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        expires: Timestamp,
    ) -> Result<(), PortError> {
        let row = codec::encode_origin(keys::origin(service, named), origin, expires)?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb PutItem", &error))?;
        self.consumed(Part::Origins, Access::Write, answer.consumed_capacity());
        Ok(())
    }

    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError> {
        let row = self.read(Part::Origins, keys::origin(service, named)).await?;
        Ok(row.as_ref().map(codec::decode_origin).transpose()?)
    }
}
