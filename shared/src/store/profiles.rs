//! Profiles: one query to load, one conditional write to save. A plain write where only the
//! state changed; a transaction, billed double, only where traits, messages or forwards go with it.

use super::capacity::{self, Access, Part};
use super::codec::{self, Attributes, Item};
use super::keys::{self, Key, Kind};
use super::log::add_log;
use super::{Condition, DynamoStore, ITEM_MAX_BYTES};
use crate::aws::failure;
use crate::domain::id::ProfileId;
use crate::domain::profile::{Profile, Traits};
use crate::ports::profiles::{Decided, FORWARDS_TOGETHER_MAX, MESSAGES_MAX, SaveError};
use crate::ports::{PortError, Profiles};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem};
use futures::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// How many forwards are put at once where they do not fit the transaction.
const WRITES_AT_ONCE: usize = 16;

/// How a transaction ended.
enum Transaction {
    Done,
    /// Another writer saved the profile first.
    Conflict,
    /// Messages or forwards of these keys are there already; nothing was written.
    Present(HashSet<Key>),
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

    async fn save(&self, id: &ProfileId, profile: &mut Profile, decided: &Decided<'_>) -> Result<usize, SaveError> {
        if decided.messages.len() > MESSAGES_MAX {
            let told = format!(
                "{} messages in one save, at most {MESSAGES_MAX} are taken",
                decided.messages.len()
            );
            return Err(PortError::Fail(told).into());
        }
        let version = profile.version.saturating_add(1);
        let mut state = codec::encode_state(id, version, &profile.state)?;
        let bytes = codec::state_bytes(&state);
        add_log(&mut state, &profile.log)?;
        let state = fitting("state", state)?;
        let never_any = profile.version == 0 && profile.traits == Traits::default();
        let traits = match decided.traits_changed && !never_any {
            true => Some(fitting("traits", codec::encode_traits(id, &profile.traits)?)?),
            false => None,
        };
        let mut beside: Vec<(Key, Item)> = Vec::with_capacity(decided.messages.len() + decided.forwards.len());
        for message in decided.messages {
            let row = fitting("message", codec::encode_message(message, decided.expires)?)?;
            push_new(&mut beside, row)?;
        }
        let mut ahead = Vec::new();
        for (place, forward) in decided.forwards.iter().enumerate() {
            let row = fitting("forward", codec::encode_inbox(forward, decided.forwards_expire)?)?;
            if place < FORWARDS_TOGETHER_MAX {
                push_new(&mut beside, row)?;
            } else {
                ahead.push(row);
            }
        }
        self.put_ahead(ahead).await?;
        let condition = Condition::counts(keys::VERSION, profile.version);
        loop {
            if traits.is_none() && beside.is_empty() {
                if !self.write_if(Part::State, state, condition).await? {
                    return Err(SaveError::Conflict);
                }
                break;
            }
            let rest = traits.iter().chain(beside.iter().map(|(_, row)| row));
            match self.transact(&state, &condition, rest).await? {
                Transaction::Done => break,
                Transaction::Conflict => return Err(SaveError::Conflict),
                // Fewer each time round, so this ends.
                Transaction::Present(keys) => beside.retain(|(key, _)| !keys.contains(key)),
            }
        }
        profile.version = version;
        Ok(bytes)
    }
}

impl DynamoStore {
    /// Puts the forwards that do not fit the transaction, unless they are there.
    async fn put_ahead(&self, rows: Vec<Item>) -> Result<(), PortError> {
        stream::iter(rows)
            .map(|row| self.write_if(Part::Inbox, row, Condition::absent()))
            .buffer_unordered(WRITES_AT_ONCE)
            .try_for_each(async |_new| Ok(()))
            .await
    }

    /// Writes the state under its condition, and beside it what is in `rest`.
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
                Kind::Message | Kind::Inbox => Some(Condition::absent()),
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
            "ConditionalCheckFailed" => match key.kind() {
                Kind::Message | Kind::Inbox => {
                    present.insert(key);
                }
                _ => return Ok(Transaction::Conflict),
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
        let blobs = [keys::STATE, keys::TRAITS, keys::LOG].map(|name| row.bytes(name).unwrap_or_default());
        let numbers =
            [keys::VERSION, keys::RECEIVED, keys::TTL].map(|name| row.digits(name).unwrap_or_default().as_bytes());
        for part in texts.into_iter().chain(blobs).chain(numbers) {
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

/// Adds the row, unless one of its key is there: a transaction takes no key twice.
fn push_new(rows: &mut Vec<(Key, Item)>, row: Item) -> Result<(), PortError> {
    let key = row.key()?;
    if rows.iter().all(|(known, _)| *known != key) {
        rows.push((key, row));
    }
    Ok(())
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
