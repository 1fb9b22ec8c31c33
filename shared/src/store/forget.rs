//! What is left of a person in the table, once their profile has forgotten them: inputs and messages.
//! The functions' roles cannot delete; this is for whoever may.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::keys::{self, Kind};
use super::{DynamoStore, Key};
use crate::aws::failure;
use crate::domain::id::ProfileId;
use crate::domain::time::Timestamp;
use crate::ports::PortError;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};

/// How many items are deleted at once.
const DELETED_AT_ONCE: usize = 16;

impl DynamoStore {
    /// Deletes all items of the profile's partition but its state and traits, of which only its own fold
    /// is the writer: inputs received and messages decided up to `until`, and whatever else is there.
    /// Gives how many.
    ///
    /// # Errors
    /// Where the table does not answer. What was deleted by then is.
    pub async fn forget(&self, profile: &ProfileId, until: Timestamp) -> Result<usize, PortError> {
        let mut deleted = 0;
        let mut start = None;
        loop {
            let (page, next) = self.partition_page(profile, start).await?;
            let mut gone = Vec::new();
            for row in page {
                let key = row.key()?;
                if goes(&key, &row, until) {
                    gone.push(key);
                }
            }
            deleted += gone.len();
            stream::iter(gone)
                .map(|key| self.delete(key))
                .buffer_unordered(DELETED_AT_ONCE)
                .try_for_each(async |()| Ok(()))
                .await?;
            if next.is_none() {
                return Ok(deleted);
            }
            start = next;
        }
    }

    /// A page (1 MB at most) of everything of the profile.
    async fn partition_page(
        &self,
        profile: &ProfileId,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(profile)))
            .set_exclusive_start_key(start)
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Inbox, Access::Read, answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }

    async fn delete(&self, key: Key) -> Result<(), PortError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(codec::keyed(key)))
            .send()
            .await
            .map(|_answer| ())
            .map_err(|error| failure::sort("dynamodb DeleteItem", &error))
    }
}

/// Whether the item is of the time before, as far as it can be told; what cannot be read is.
fn goes(key: &Key, row: &Item, until: Timestamp) -> bool {
    match key.kind() {
        Kind::State | Kind::Traits => false,
        Kind::Inbox => row.instant(keys::RECEIVED).map_or(true, |received| received <= until),
        Kind::Message => codec::decode_envelope(row).map_or(true, |envelope| envelope.message.decided <= until),
        Kind::Placed | Kind::Campaign | Kind::Template | Kind::Workspace | Kind::Service | Kind::Other => true,
    }
}
