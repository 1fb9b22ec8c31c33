//! Outboxes: every move of a message is one conditional update, so of two that try only one moves it.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::{DynamoStore, keys};
use crate::aws::failure;
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::message::Status;
use crate::domain::time::Timestamp;
use crate::ports::outbox::{Claim, Envelope, Postponed, Settled};
use crate::ports::{Outbox, PortError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Attributes by their placeholders in expressions.
const NAMES: [(&str, &str); 9] = [
    ("#status", keys::STATUS),
    ("#attempts", keys::ATTEMPTS),
    ("#lease", keys::LEASE),
    ("#claimant", keys::CLAIMANT),
    ("#maybe", keys::MAYBE_SENT),
    ("#reason", keys::REASON),
    ("#provider", keys::PROVIDER_ID),
    ("#duepk", keys::DUE_PK),
    ("#duesk", keys::DUE_SK),
];

/// One conditional move of a message.
pub(super) struct Move {
    pub(super) update: &'static str,
    pub(super) condition: &'static str,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

/// What a move came to.
pub(super) enum Moved {
    /// It was made; the item as it is now.
    Yes(Item),
    /// Its condition did not hold; the item as it is, if there is one.
    No(Option<Item>),
}

impl Outbox for DynamoStore {
    async fn claim(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claim, PortError> {
        let me = claimant();
        let first = Move {
            update: "SET #status = :sending, #lease = :until, #claimant = :me ADD #attempts :one",
            condition: "#status = :queued",
            values: vec![
                (":sending", status(Status::Sending)),
                (":queued", status(Status::Queued)),
                (":until", codec::number(lease_until.as_millisecond())),
                (":me", AttributeValue::S(me.clone())),
                (":one", codec::number(1)),
            ],
        };
        match self.attempt(profile, message, first).await? {
            Moved::Yes(item) => ours(&item),
            Moved::No(Some(item)) if is_held_by(&item, &me) => ours(&item),
            Moved::No(Some(item)) => self.take_over(profile, message, &item, now, lease_until).await,
            Moved::No(None) => Ok(Claim::Done),
        }
    }

    async fn settle(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        how: &Settled,
    ) -> Result<(), PortError> {
        let (ended, update, detail) = match how {
            Settled::Sent { provider_id } => (
                Status::Sent,
                "SET #status = :ended, #provider = :detail REMOVE #lease, #claimant",
                Some(provider_id),
            ),
            Settled::Failed { reason } => (
                Status::Failed,
                "SET #status = :ended, #reason = :detail REMOVE #lease, #claimant",
                Some(reason),
            ),
            Settled::Skipped { reason } => (
                Status::Skipped,
                "SET #status = :ended, #reason = :detail REMOVE #lease, #claimant",
                Some(reason),
            ),
            Settled::Unknown => (Status::Unknown, "SET #status = :ended REMOVE #lease, #claimant", None),
        };
        let mut values = held_by(attempt);
        values.push((":ended", status(ended)));
        values.extend(detail.map(|text| (":detail", AttributeValue::S(text.clone()))));
        let condition = HELD;
        self.attempt(
            profile,
            message,
            Move {
                update,
                condition,
                values,
            },
        )
        .await
        .map(|_moved_or_not| ())
    }

    async fn postpone(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        why: Postponed,
        due: Timestamp,
    ) -> Result<(), PortError> {
        let place = keys::due(profile, due);
        let mut values = held_by(attempt);
        values.push((":pk", AttributeValue::S(place.pk)));
        values.push((":sk", AttributeValue::S(place.sk)));
        let update = match why {
            Postponed::Retry => {
                values.push((":waits", status(Status::Retry)));
                "SET #status = :waits, #duepk = :pk, #duesk = :sk REMOVE #lease, #claimant"
            }
            Postponed::Unknown => {
                values.push((":waits", status(Status::Unknown)));
                values.push((":yes", AttributeValue::Bool(true)));
                "SET #status = :waits, #duepk = :pk, #duesk = :sk, #maybe = :yes REMOVE #lease, #claimant"
            }
        };
        let condition = HELD;
        self.attempt(
            profile,
            message,
            Move {
                update,
                condition,
                values,
            },
        )
        .await
        .map(|_moved_or_not| ())
    }

    async fn requeue(&self, profile: &ProfileId, message: &MessageId, now: Timestamp) -> Result<(), PortError> {
        // Only what is postponed has a place in the due index.
        let again = Move {
            update: "SET #status = :queued REMOVE #duepk, #duesk",
            condition: "#status IN (:retry, :unknown) AND #duesk < :after",
            values: vec![
                (":queued", status(Status::Queued)),
                (":retry", status(Status::Retry)),
                (":unknown", status(Status::Unknown)),
                (":after", AttributeValue::S(keys::due_after(now))),
            ],
        };
        self.attempt(profile, message, again).await.map(|_moved_or_not| ())
    }

    async fn get(&self, profile: &ProfileId, message: &MessageId) -> Result<Option<Envelope>, PortError> {
        let item = self.read(Part::Outbox, keys::message(profile, message)).await?;
        Ok(item.as_ref().map(codec::decode_envelope).transpose()?)
    }
}

impl DynamoStore {
    /// Takes a message from a claimer whose lease has ended, unless somebody was quicker.
    async fn take_over(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        seen: &Item,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claim, PortError> {
        if seen.text(keys::STATUS)? != Status::Sending.name() {
            return Ok(Claim::Done);
        }
        let lease = seen.instant(keys::LEASE)?;
        if lease.as_millisecond() >= now.as_millisecond() {
            return Ok(Claim::Held(lease));
        }
        let mut values = held_by(seen.number(keys::ATTEMPTS)?);
        values.push((":until", codec::number(lease_until.as_millisecond())));
        let me = claimant();
        values.push((":me", AttributeValue::S(me.clone())));
        values.push((":one", codec::number(1)));
        values.push((":yes", AttributeValue::Bool(true)));
        let over = Move {
            update: "SET #lease = :until, #maybe = :yes, #claimant = :me ADD #attempts :one",
            condition: HELD,
            values,
        };
        match self.attempt(profile, message, over).await? {
            Moved::Yes(item) => Ok(Claim::Abandoned(Box::new(codec::decode_envelope(&item)?))),
            Moved::No(Some(item)) if is_held_by(&item, &me) => {
                Ok(Claim::Abandoned(Box::new(codec::decode_envelope(&item)?)))
            }
            Moved::No(Some(item)) if item.text(keys::STATUS)? == Status::Sending.name() => {
                Ok(Claim::Held(item.instant(keys::LEASE)?))
            }
            Moved::No(_) => Ok(Claim::Done),
        }
    }

    /// Makes a move if its condition holds.
    pub(super) async fn attempt(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        step: Move,
    ) -> Result<Moved, PortError> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(codec::keyed(keys::message(profile, message))))
            .update_expression(step.update)
            .condition_expression(step.condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.asks_capacity());
        for (placeholder, name) in NAMES {
            if step.update.contains(placeholder) || step.condition.contains(placeholder) {
                request = request.expression_attribute_names(placeholder, name);
            }
        }
        for (placeholder, value) in step.values {
            request = request.expression_attribute_values(placeholder, value);
        }
        match request.send().await {
            Ok(answer) => {
                self.consumed(Part::Outbox, Access::Write, answer.consumed_capacity());
                Ok(Moved::Yes(answer.attributes.unwrap_or_default()))
            }
            Err(error) => match refused(&error) {
                Some(item) => Ok(Moved::No(item)),
                None => Err(failure::sort("dynamodb UpdateItem", &error)),
            },
        }
    }
}

/// The message is being sent by attempt number `:attempt`.
pub(super) const HELD: &str = "#status = :held AND #attempts = :attempt";

pub(super) fn held_by(attempt: u32) -> Vec<(&'static str, AttributeValue)> {
    vec![(":held", status(Status::Sending)), (":attempt", codec::number(attempt))]
}

/// Names this call and no other. The SDK repeats a call whose answer was lost; without a name, a
/// claim that took effect the first time would then look like somebody else's.
fn claimant() -> String {
    // The standard library's own source of chance; no decision depends on it.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn is_held_by(item: &Item, claimant: &str) -> bool {
    item.text(keys::STATUS) == Ok(Status::Sending.name()) && item.text(keys::CLAIMANT) == Ok(claimant)
}

fn ours(item: &Item) -> Result<Claim, PortError> {
    Ok(Claim::Ours(Box::new(codec::decode_envelope(item)?)))
}

pub(super) fn status(status: Status) -> AttributeValue {
    AttributeValue::S(status.name().to_owned())
}

type UpdateError = aws_sdk_dynamodb::error::SdkError<
    aws_sdk_dynamodb::operation::update_item::UpdateItemError,
    aws_smithy_runtime_api::client::orchestrator::HttpResponse,
>;

/// The item as it stands, if the error says that the condition did not hold.
fn refused(error: &UpdateError) -> Option<Option<Item>> {
    use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
            Some(refusal.item().filter(|item| !item.is_empty()).cloned())
        }
        _ => None,
    }
}
