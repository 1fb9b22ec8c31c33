//! DynamoDB: the only place that knows keys and attribute names.
//!
//! [`DynamoStore`] implements the ports [`crate::ports::Inbox`], [`crate::ports::Profiles`],
//! [`crate::ports::Outbox`], [`crate::ports::Line`], [`crate::ports::DueIndex`], [`crate::ports::Suppressions`],
//! [`crate::ports::Confirmations`],
//! [`crate::ports::Outages`], [`crate::ports::Page`], [`crate::ports::Counters`] and [`crate::ports::Definitions`] on one
//! table, a file for each.

mod attributes;
pub mod capacity;
pub mod codec;
mod confirmations;
mod counters;
pub mod counting;
mod definitions;
mod deflate;
mod due;
mod forget;
pub mod inbox;
pub mod keys;
mod line;
pub mod listed;
pub mod log;
mod origins;
mod outages;
mod outbox;
mod packing;
mod page;
mod profiles;
pub mod roll;
pub mod stream;
pub mod suppressed;
mod suppressions;

use crate::aws::failure;
use crate::ports::PortError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity};
use capacity::{Access, CapacityObserver, Part};
use codec::Item;
use keys::Key;
use std::collections::HashMap;
use std::sync::Arc;

/// Most bytes of an item that are taken, below DynamoDB's own limit of 400 KB (Developer Guide,
/// "Quotas"), so that what an update adds to an item always fits.
pub const ITEM_MAX_BYTES: usize = 350 * 1024;

/// The table.
#[derive(Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
    observer: Option<Arc<dyn CapacityObserver>>,
}

impl DynamoStore {
    /// The table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            observer: None,
        }
    }

    /// The same, with somebody who is told what each call consumes.
    #[must_use]
    pub fn observed(mut self, observer: Arc<dyn CapacityObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Whether DynamoDB is asked what a call consumed.
    fn asks_capacity(&self) -> Option<ReturnConsumedCapacity> {
        self.observer.as_ref().map(|_| ReturnConsumedCapacity::Indexes)
    }

    fn consumed(&self, part: Part, access: Access, consumed: Option<&ConsumedCapacity>) {
        if let Some(observer) = &self.observer {
            capacity::tell(observer.as_ref(), part, access, consumed);
        }
    }

    /// Reads one item, strongly consistent.
    async fn read(&self, part: Part, key: Key) -> Result<Option<Item>, PortError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(codec::keyed(key)))
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb GetItem", &error))?;
        self.consumed(part, Access::Read, answer.consumed_capacity());
        Ok(answer.item)
    }

    /// Writes one item if `condition` holds. Says whether it did.
    async fn write_if(&self, part: Part, item: Item, condition: Condition) -> Result<bool, PortError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await;
        match result {
            Ok(answer) => {
                self.consumed(part, Access::Write, answer.consumed_capacity());
                Ok(true)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(failure::sort("dynamodb PutItem", &error)),
        }
    }
}

/// What must hold for an item to be written: there is none yet, or one with this number.
#[derive(Debug, Clone)]
struct Condition {
    expression: &'static str,
    attribute: &'static str,
    number: Option<u64>,
}

impl Condition {
    /// There is no item of this key.
    fn absent() -> Self {
        Self {
            expression: "attribute_not_exists(#name)",
            attribute: keys::PK,
            number: None,
        }
    }

    /// The item of this key counts `number` under `attribute`; where that is 0, there is none.
    fn counts(attribute: &'static str, number: u64) -> Self {
        if number == 0 {
            return Self::absent();
        }
        Self {
            expression: "#name = :number",
            attribute,
            number: Some(number),
        }
    }

    fn names(&self) -> HashMap<String, String> {
        HashMap::from([("#name".to_owned(), self.attribute.to_owned())])
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        self.number
            .map(|number| HashMap::from([(":number".to_owned(), codec::number(number))]))
    }
}
