//! Profiles: one query to load, one conditional write to save. A plain write where only the
//! state changed; a transaction, billed double, only where traits or messages go with it.

use super::capacity::{self, Access, Part};
use super::codec::{self, Attributes, Item};
use super::keys::{self, Kind};
use super::{Condition, DynamoStore, ITEM_MAX_BYTES};
use crate::aws::failure;
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::message::Message;
use crate::domain::profile::{Profile, Traits};
use crate::domain::time::Timestamp;
use crate::ports::profiles::{MESSAGES_MAX, SaveError};
use crate::ports::{PortError, Profiles};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// How a transaction ended.
enum Transaction {
    Done,
    /// Another writer saved the profile first.
    Conflict,
    /// Messages of these ids are in the outbox already; nothing was written.
    Present(HashSet<MessageId>),
}

impl Profiles for DynamoStore {
    async fn load(&self, id: &ProfileId) -> Result<Option<Profile>, PortError> {
        let (from, to) = keys::profile_range();
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(id)))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::State, Access::Read, answer.consumed_capacity());
        let (mut state, mut traits) = (None, None);
        for item in answer.items() {
            match item.key()?.kind() {
                Kind::State => state = Some(item),
                Kind::Traits => traits = Some(item),
                _ => {}
            }
        }
        match (state, traits) {
            (None, None) => Ok(None),
            (Some(state), traits) => Ok(Some(codec::decode_profile(state, traits)?)),
            (None, Some(_)) => Err(PortError::Fail("a profile has traits but no state".to_owned())),
        }
    }

    async fn save(
        &self,
        id: &ProfileId,
        profile: &mut Profile,
        traits_changed: bool,
        messages: &[Message],
        messages_expire: Timestamp,
    ) -> Result<(), SaveError> {
        if messages.len() > MESSAGES_MAX {
            let told = format!(
                "{} messages in one save, at most {MESSAGES_MAX} are taken",
                messages.len()
            );
            return Err(PortError::Fail(told).into());
        }
        let version = profile.version.saturating_add(1);
        let state = fitting("state", codec::encode_state(id, version, &profile.state)?)?;
        let never_any = profile.version == 0 && profile.traits == Traits::default();
        let traits = match traits_changed && !never_any {
            true => Some(fitting("traits", codec::encode_traits(id, &profile.traits)?)?),
            false => None,
        };
        let mut outbox: Vec<(MessageId, Item)> = Vec::with_capacity(messages.len());
        for message in messages {
            if !outbox.iter().any(|(known, _)| *known == message.id) {
                let row = fitting("message", codec::encode_message(message, messages_expire)?)?;
                outbox.push((message.id.clone(), row));
            }
        }
        let condition = Condition::counts(keys::VERSION, profile.version);
        loop {
            if traits.is_none() && outbox.is_empty() {
                if !self.write_if(Part::State, state, condition).await? {
                    return Err(SaveError::Conflict);
                }
                break;
            }
            let rest = traits.iter().chain(outbox.iter().map(|(_, row)| row));
            match self.transact(&state, &condition, rest).await? {
                Transaction::Done => break,
                Transaction::Conflict => return Err(SaveError::Conflict),
                // Fewer each time round, so this ends.
                Transaction::Present(ids) => outbox.retain(|(id, _)| !ids.contains(id)),
            }
        }
        profile.version = version;
        Ok(())
    }
}

impl DynamoStore {
    /// Writes the state under its condition, and beside it the traits and messages of `rest`.
    async fn transact<'a>(
        &self,
        state: &'a Item,
        condition: &Condition,
        rest: impl Iterator<Item = &'a Item> + Clone,
    ) -> Result<Transaction, PortError> {
        let rows: Vec<&Item> = std::iter::once(state).chain(rest).collect();
        let mut writes = Vec::with_capacity(rows.len());
        for row in &rows {
            let condition = match row.key()?.kind() {
                Kind::State => Some(condition.clone()),
                Kind::Message => Some(Condition::absent()),
                _ => None,
            };
            writes.push(self.put(row, condition)?);
        }
        let result = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .client_request_token(token(&rows))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await;
        match result {
            Ok(answer) => {
                if let Some(observer) = &self.observer {
                    capacity::tell_divided(observer.as_ref(), rows.into_iter(), answer.consumed_capacity());
                }
                Ok(Transaction::Done)
            }
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    resolve(&rows, cancelled.cancellation_reasons())
                }
                _ => Err(failure::sort("dynamodb TransactWriteItems", &error)),
            },
        }
    }

    fn put(&self, row: &Item, condition: Option<Condition>) -> Result<TransactWriteItem, PortError> {
        let mut put = Put::builder().table_name(&self.table).set_item(Some(row.clone()));
        if let Some(condition) = condition {
            put = put
                .condition_expression(condition.expression)
                .set_expression_attribute_names(Some(condition.names()))
                .set_expression_attribute_values(condition.values());
        }
        let built = put
            .build()
            .map_err(|error: BuildError| PortError::Fail(format!("dynamodb TransactWriteItems: {error}")))?;
        Ok(TransactWriteItem::builder().put(built).build())
    }
}

/// What a cancelled transaction means, from each item's reason (API reference,
/// "TransactionCanceledException").
fn resolve(rows: &[&Item], reasons: &[CancellationReason]) -> Result<Transaction, PortError> {
    let mut present = HashSet::new();
    for (row, reason) in rows.iter().zip(reasons) {
        let key = row.key()?;
        match reason.code().unwrap_or("None") {
            "None" => {}
            "ConditionalCheckFailed" => match key.message() {
                Some(message) => {
                    present.insert(message);
                }
                None => return Ok(Transaction::Conflict),
            },
            code => {
                let told = format!("dynamodb TransactWriteItems: cancelled: {code}");
                return Err(match failure::heals(code) {
                    true => PortError::Retry(told),
                    false => PortError::Fail(told),
                });
            }
        }
    }
    if present.is_empty() {
        let told = "dynamodb TransactWriteItems: cancelled without a reason".to_owned();
        return Err(PortError::Retry(told));
    }
    Ok(Transaction::Present(present))
}

/// The same content gives the same token, so that a repeat within ten minutes whose first answer
/// was lost succeeds; other content gives another, which the version then judges. 32 characters
/// of the 36 that are taken.
fn token(rows: &[&Item]) -> String {
    let mut hasher = Sha256::new();
    for row in rows {
        let texts = [keys::PK, keys::SK, keys::BODY].map(|name| row.text(name).unwrap_or_default().as_bytes());
        let blobs = [keys::STATE, keys::TRAITS].map(|name| row.bytes(name).unwrap_or_default());
        let version = row.digits(keys::VERSION).unwrap_or_default().as_bytes();
        for part in texts.into_iter().chain(blobs).chain([version]) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hasher
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The item, unless it is too large.
fn fitting(part: &'static str, item: Item) -> Result<Item, SaveError> {
    let bytes = codec::size(&item);
    if bytes > ITEM_MAX_BYTES {
        return Err(SaveError::TooLarge {
            part,
            bytes,
            limit: ITEM_MAX_BYTES,
        });
    }
    Ok(item)
}
