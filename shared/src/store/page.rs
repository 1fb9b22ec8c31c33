//! Messages placed on the page: beside the profile's state, so that one query finds both.

use super::capacity::{Access, Part};
use super::codec;
use super::{Condition, DynamoStore, ITEM_MAX_BYTES, keys};
use crate::aws::failure;
use crate::domain::id::ProfileId;
use crate::ports::page::{Placed, Visit};
use crate::ports::{Page, PortError};
use aws_sdk_dynamodb::types::AttributeValue;

impl Page for DynamoStore {
    async fn place(&self, profile: &ProfileId, placed: &Placed) -> Result<(), PortError> {
        let row = codec::encode_placed(profile, placed)?;
        let bytes = codec::size(&row);
        if bytes > ITEM_MAX_BYTES {
            return Err(PortError::Fail(format!(
                "the message on the page would be {bytes} bytes, over the limit of {ITEM_MAX_BYTES}"
            )));
        }
        self.write_if(Part::Page, row, Condition::absent())
            .await
            .map(|_first| ())
    }

    async fn visit(&self, profile: &ProfileId) -> Result<Visit, PortError> {
        let (from, to) = keys::visit_range();
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            // Half the price of a consistent read, and no one can tell the difference on a page that asks again.
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
                .expression_attribute_names("#pk", keys::PK)
                .expression_attribute_names("#sk", keys::SK)
                .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(profile)))
                .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
                .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
                .set_exclusive_start_key(start)
                .set_return_consumed_capacity(self.asks_capacity())
                .send()
                .await
                .map_err(|error| failure::sort("dynamodb Query", &error))?;
            self.consumed(Part::Page, Access::Read, answer.consumed_capacity());
            rows.extend(answer.items.unwrap_or_default());
            if answer.last_evaluated_key.is_none() {
                break;
            }
            start = answer.last_evaluated_key;
        }
        Ok(codec::decode_visit(&rows)?)
    }
}
