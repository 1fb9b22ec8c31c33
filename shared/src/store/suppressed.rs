//! How many addresses are suppressed, for people: a scan of the whole table, page by page.

use super::DynamoStore;
use super::capacity::{Access, Part};
use super::codec::{Attributes, Item};
use super::keys;
use crate::aws::failure;
use crate::ports::PortError;
use crate::ports::suppressions::LIFTED;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::BTreeMap;

/// How far a count has come.
#[derive(Debug, Default)]
pub struct Suppressed {
    /// Addresses by channel and reason; what was lifted does not count.
    pub counts: BTreeMap<(String, String), u64>,
    start: Option<Item>,
    is_over: bool,
}

impl DynamoStore {
    /// Counts on, over one more page (1 MB read, eventually consistent). Says whether there may be more.
    ///
    /// # Errors
    /// Where the table does not answer, or an item cannot be read.
    pub async fn count_suppressed(&self, count: &mut Suppressed) -> Result<bool, PortError> {
        if count.is_over {
            return Ok(false);
        }
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("begins_with(#pk, :prefix)")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_values(":prefix", AttributeValue::S(keys::SUPPRESSION_PREFIX.to_owned()))
            .set_exclusive_start_key(count.start.take())
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Scan", &error))?;
        self.consumed(Part::Suppressions, Access::Read, answer.consumed_capacity());
        count.is_over = answer.last_evaluated_key.is_none();
        for row in answer.items.unwrap_or_default() {
            let reason = row.text(keys::REASON)?;
            let pk = row.key()?.pk;
            let channel = pk.split('#').nth(1).unwrap_or_default();
            if reason != LIFTED {
                *count.counts.entry((channel.to_owned(), reason.to_owned())).or_default() += 1;
            }
        }
        count.start = answer.last_evaluated_key;
        Ok(!count.is_over)
    }
}
