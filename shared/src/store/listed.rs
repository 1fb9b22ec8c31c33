//! A profile's whole outbox, for people who ask what became of it.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::{DynamoStore, keys};
use crate::aws::failure;
use crate::domain::id::ProfileId;
use crate::ports::PortError;
use crate::ports::outbox::Envelope;
use aws_sdk_dynamodb::types::AttributeValue;

/// A message, how far it has come, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedMessage {
    /// The message and where it stands.
    pub envelope: Envelope,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
}

impl DynamoStore {
    /// Every message of the profile's outbox that is still kept, the one decided first first.
    ///
    /// # Errors
    /// Where the table does not answer, or an item cannot be read.
    pub async fn messages(&self, profile: &ProfileId) -> Result<Vec<ListedMessage>, PortError> {
        let mut messages = Vec::new();
        let mut start = None;
        loop {
            let (page, next) = self.outbox_page(profile, start).await?;
            for row in &page {
                messages.push(ListedMessage {
                    envelope: codec::decode_envelope(row)?,
                    reason: row.text(keys::REASON).ok().map(str::to_owned),
                });
            }
            if next.is_none() {
                break;
            }
            start = next;
        }
        messages.sort_by(|a, b| {
            let order = |listed: &ListedMessage| (listed.envelope.message.decided, listed.envelope.message.id.clone());
            order(a).cmp(&order(b))
        });
        Ok(messages)
    }

    /// A page (1 MB at most) of the outbox.
    async fn outbox_page(
        &self,
        profile: &ProfileId,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(profile)))
            .expression_attribute_values(":prefix", AttributeValue::S(keys::outbox_prefix().to_owned()))
            .set_exclusive_start_key(start)
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Outbox, Access::Read, answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}
