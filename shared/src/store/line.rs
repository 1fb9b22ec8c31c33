//! Lines in which messages wait: places in the sparse index, and how many were called up last.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, DecodeError, Item};
use super::outbox::{HELD, Move, held_by, status};
use super::{Condition, DynamoStore, keys};
use crate::aws::failure;
use crate::domain::campaign::Channel;
use crate::domain::id::ProfileId;
use crate::domain::line::{Pace, Place};
use crate::domain::message::Status;
use crate::ports::line::Waiting;
use crate::ports::{Line, PortError};
use crate::wiring::DUE_INDEX;
use aws_sdk_dynamodb::types::AttributeValue;

impl Line for DynamoStore {
    async fn line_up(
        &self,
        profile: &ProfileId,
        channel: Channel,
        attempt: u32,
        place: &Place,
    ) -> Result<(), PortError> {
        let at = keys::line(profile, channel, place);
        let mut values = held_by(attempt);
        values.push((":waits", status(Status::Retry)));
        values.push((":pk", AttributeValue::S(at.pk)));
        values.push((":sk", AttributeValue::S(at.sk)));
        let step = Move {
            update: "SET #status = :waits, #duepk = :pk, #duesk = :sk REMOVE #lease, #claimant",
            condition: HELD,
            values,
        };
        let moved = self.attempt(profile, &place.message, step).await;
        moved.map(|_moved_or_not| ())
    }

    async fn line(&self, channel: Channel, limit: u32) -> Result<Vec<Waiting>, PortError> {
        let mut all = Vec::new();
        for partition in keys::line_pks(channel) {
            all.append(&mut self.line_of(partition, limit).await?);
        }
        all.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(all)
    }

    async fn call_up(&self, waiting: &Waiting) -> Result<(), PortError> {
        let again = Move {
            update: "SET #status = :queued REMOVE #duepk, #duesk",
            condition: "#status = :retry AND #duesk = :sk",
            values: vec![
                (":queued", status(Status::Queued)),
                (":retry", status(Status::Retry)),
                (":sk", AttributeValue::S(keys::line_sk(&waiting.place))),
            ],
        };
        let moved = self.attempt(&waiting.profile, &waiting.place.message, again).await;
        moved.map(|_moved_or_not| ())
    }

    async fn pace(&self, channel: Channel) -> Result<Option<Pace>, PortError> {
        let row = self.read(Part::Sweep, keys::pace(channel)).await?;
        Ok(row.as_ref().map(codec::decode_pace).transpose()?)
    }

    async fn set_pace(&self, channel: Channel, last: Option<&Pace>, pace: &Pace) -> Result<bool, PortError> {
        let known = last.map_or(0, |last| u64::try_from(last.at.as_millisecond()).unwrap_or_default());
        let row = codec::encode_pace(channel, pace);
        self.write_if(Part::Sweep, row, Condition::counts(keys::SINCE, known))
            .await
    }
}

impl DynamoStore {
    /// The first so many of one partition of a line.
    async fn line_of(&self, partition: String, limit: u32) -> Result<Vec<Waiting>, PortError> {
        let (mut waiting, mut start) = (Vec::new(), None);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        while waiting.len() < limit {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(DUE_INDEX)
                .key_condition_expression("#pk = :pk")
                .expression_attribute_names("#pk", keys::DUE_PK)
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .limit(i32::try_from(limit - waiting.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start.take())
                .set_return_consumed_capacity(self.asks_capacity())
                .send()
                .await
                .map_err(|error| failure::sort("dynamodb Query", &error))?;
            self.consumed(Part::Index, Access::Read, answer.consumed_capacity());
            for row in answer.items() {
                waiting.push(stands(row)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(waiting)
    }
}

/// Reads an entry of a line.
fn stands(row: &Item) -> Result<Waiting, PortError> {
    let unreadable = |attribute| DecodeError::Malformed {
        attribute,
        reason: "not a place in a line".to_owned(),
    };
    let profile = row.key()?.profile().ok_or_else(|| unreadable(keys::PK))?;
    let place = keys::line_place(row.text(keys::DUE_SK)?).ok_or_else(|| unreadable(keys::DUE_SK))?;
    Ok(Waiting { profile, place })
}
