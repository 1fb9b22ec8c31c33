//! The last outage of the stream.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes};
use super::{DynamoStore, keys};
use crate::aws::failure;
use crate::domain::time::Timestamp;
use crate::ports::{Outages, PortError};
use aws_sdk_dynamodb::types::AttributeValue;

impl Outages for DynamoStore {
    async fn outage(&self) -> Result<Option<Timestamp>, PortError> {
        let row = self.read(Part::Definitions, keys::outage()).await?;
        Ok(row.as_ref().map(|row| row.instant(keys::SINCE)).transpose()?)
    }

    async fn note_outage(&self, at: Timestamp) -> Result<(), PortError> {
        let key = keys::outage();
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(keys::PK, AttributeValue::S(key.pk))
            .key(keys::SK, AttributeValue::S(key.sk))
            .update_expression("SET #since = :at")
            .condition_expression("attribute_not_exists(#since) OR #since < :at")
            .expression_attribute_names("#since", keys::SINCE)
            .expression_attribute_values(":at", codec::number(at.as_millisecond()))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await;
        match result {
            Ok(answer) => {
                self.consumed(Part::Definitions, Access::Write, answer.consumed_capacity());
                Ok(())
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(failure::sort("dynamodb UpdateItem", &error)),
        }
    }
}
