//! What is due, from the sparse index; and how far the sweep has come.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::keys::{self, Kind};
use super::{DynamoStore, codec::DecodeError};
use crate::aws::failure;
use crate::domain::time::{Span, Timestamp, after};
use crate::ports::due::{DueEntry, DuePage};
use crate::ports::{DueIndex, PortError, SweepCursor};
use crate::wiring::DUE_INDEX;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

/// Most days that one call looks at before it answers, with whatever it has: a sweep over a long
/// time stays within its invocation.
const DAYS_A_CALL: usize = 31;

/// Where a page begins.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// The day, as any instant in it (milliseconds).
    day: i64,
    /// The last entry of the page before, if the day had begun: `due_pk`, `due_sk`, `PK`, `SK`.
    last: Option<[String; 4]>,
}

/// The attributes of a place in the index, in the order in which [`Place`] has them.
const PLACE: [&str; 4] = [keys::DUE_PK, keys::DUE_SK, keys::PK, keys::SK];

impl DueIndex for DynamoStore {
    async fn due(
        &self,
        shard: u16,
        from: Timestamp,
        to: Timestamp,
        limit: u16,
        page: Option<String>,
    ) -> Result<DuePage, PortError> {
        if from.as_millisecond() >= to.as_millisecond() {
            return Ok(DuePage::default());
        }
        let mut place = match page {
            Some(page) => {
                serde_json::from_str(&page).map_err(|_| PortError::Fail("not a page of the due index".to_owned()))?
            }
            None => Place {
                day: from.as_millisecond().max(0),
                last: None,
            },
        };
        let range = (keys::due_after(from), keys::due_after(to));
        for _ in 0..DAYS_A_CALL {
            let day = instant(place.day)?;
            let partition = keys::due_pk(shard, day);
            let ends = partition == keys::due_pk(shard, to);
            let (entries, last) = self.due_on(partition, &range, limit, place.last).await?;
            place = match last {
                Some(last) => Place {
                    day: place.day,
                    last: Some(last),
                },
                None if ends => return Ok(DuePage { entries, next: None }),
                None => Place {
                    day: after(day, Span::from_days(1)).as_millisecond(),
                    last: None,
                },
            };
            if !entries.is_empty() {
                return Ok(DuePage {
                    entries,
                    next: Some(written(&place)?),
                });
            }
        }
        Ok(DuePage {
            entries: Vec::new(),
            next: Some(written(&place)?),
        })
    }

    async fn cursor(&self) -> Result<Option<SweepCursor>, PortError> {
        let row = self.read(Part::Sweep, keys::sweep()).await?;
        Ok(row.as_ref().map(codec::decode_cursor).transpose()?)
    }

    async fn set_cursor(&self, cursor: SweepCursor) -> Result<(), PortError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(codec::encode_cursor(cursor)))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb PutItem", &error))?;
        self.consumed(Part::Sweep, Access::Write, answer.consumed_capacity());
        Ok(())
    }
}

impl DynamoStore {
    /// A page of one partition of the index, and where it stopped if there may be more.
    async fn due_on(
        &self,
        due_pk: String,
        (from, to): &(String, String),
        limit: u16,
        last: Option<[String; 4]>,
    ) -> Result<(Vec<DueEntry>, Option<[String; 4]>), PortError> {
        let start = last.map(|last| {
            PLACE
                .into_iter()
                .zip(last)
                .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
                .collect::<Item>()
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", keys::DUE_PK)
            .expression_attribute_names("#sk", keys::DUE_SK)
            .expression_attribute_values(":pk", AttributeValue::S(due_pk))
            .expression_attribute_values(":from", AttributeValue::S(from.clone()))
            .expression_attribute_values(":to", AttributeValue::S(to.clone()))
            .limit(i32::from(limit.max(1)))
            .set_exclusive_start_key(start)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Index, Access::Read, answer.consumed_capacity());
        let entries = answer.items().iter().map(entry).collect::<Result<_, _>>()?;
        let last = match answer.last_evaluated_key() {
            Some(key) => Some(place_of(key)?),
            None => None,
        };
        Ok((entries, last))
    }
}

/// Reads an entry of the index.
fn entry(row: &Item) -> Result<DueEntry, PortError> {
    let key = row.key()?;
    let unreadable = |attribute| DecodeError::Malformed {
        attribute,
        reason: "not a due profile's or message's".to_owned(),
    };
    let profile = key.profile().ok_or_else(|| unreadable(keys::PK))?;
    let due = keys::due_time(row.text(keys::DUE_SK)?).ok_or_else(|| unreadable(keys::DUE_SK))?;
    match (key.kind(), key.message()) {
        (Kind::State, _) => Ok(DueEntry::Alarm { profile, due }),
        (Kind::Message, Some(message)) => Ok(DueEntry::Message { profile, message, due }),
        (_, _) => Err(unreadable(keys::SK).into()),
    }
}

fn place_of(key: &Item) -> Result<[String; 4], PortError> {
    let [due_pk, due_sk, pk, sk] = PLACE;
    Ok([
        key.text(due_pk)?.to_owned(),
        key.text(due_sk)?.to_owned(),
        key.text(pk)?.to_owned(),
        key.text(sk)?.to_owned(),
    ])
}

fn written(place: &Place) -> Result<String, PortError> {
    serde_json::to_string(place).map_err(|error| PortError::Fail(format!("a page cannot be written: {error}")))
}

fn instant(millis: i64) -> Result<Timestamp, PortError> {
    Timestamp::from_millisecond(millis).map_err(|_| PortError::Fail("not a page of the due index".to_owned()))
}
