//! Counters: totals are put once, and move into counters by transactions that take away what
//! they add.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::counting::{self, Taken};
use super::{Condition, DynamoStore, ITEM_MAX_BYTES, keys};
use crate::aws::failure;
use crate::domain::count::{BatchId, Counts, Totals};
use crate::domain::id::CampaignName;
use crate::domain::time::Timestamp;
use crate::ports::counters::{DayCounts, Put, Written};
use crate::ports::{Counters, PortError};
use crate::wiring::DUE_INDEX;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem, Update};
use jiff::civil::Date;

impl Counters for DynamoStore {
    async fn put_totals(
        &self,
        batch: &BatchId,
        totals: &Totals,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Put, PortError> {
        let row = counting::encode_totals(batch, totals, now, expires)?;
        let bytes = codec::size(&row);
        if bytes > ITEM_MAX_BYTES {
            return Err(PortError::Fail(format!(
                "the totals would be {bytes} bytes, over the limit of {ITEM_MAX_BYTES}"
            )));
        }
        self.decide(batch, row).await
    }

    async fn void(&self, batch: &BatchId, expires: Timestamp) -> Result<Put, PortError> {
        self.decide(batch, counting::encode_void(batch, expires)).await
    }

    async fn written(&self, batch: &BatchId) -> Result<Option<Written>, PortError> {
        let row = self.read(Part::Counters, keys::batch(batch)).await?;
        Ok(row.as_ref().map(counting::decode_written).transpose()?)
    }

    async fn waiting(&self, shard: u16, limit: u16) -> Result<Vec<BatchId>, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", keys::DUE_PK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::waiting_pk(shard)))
            .limit(i32::from(limit.max(1)))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Index, Access::Read, answer.consumed_capacity());
        let keys = answer.items().iter().map(|row| Ok(keys::batch_of(&row.key()?)));
        keys.filter_map(Result::transpose).collect()
    }

    async fn merge(&self, shard: u16, batches: &[BatchId]) -> Result<bool, PortError> {
        let merge = counting::plan(&self.read_batches(batches).await?)?;
        if merge.taken.is_empty() {
            return Ok(false);
        }
        let mut writes = Vec::with_capacity(merge.taken.len() + merge.added.len());
        for taken in &merge.taken {
            writes.push(self.take(taken)?);
        }
        for ((campaign, day), counts) in &merge.added {
            writes.push(self.add(campaign, *day, shard, counts)?);
        }
        let result = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await;
        match result {
            Ok(answer) => {
                for consumed in answer.consumed_capacity() {
                    self.consumed(Part::Counters, Access::Write, Some(consumed));
                }
                Ok(true)
            }
            Err(error) => match error.as_service_error() {
                // Somebody else merged some of them at the same time, and nothing was written here.
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let codes = cancelled
                        .cancellation_reasons()
                        .iter()
                        .filter_map(|reason| reason.code());
                    let told: Vec<&str> = codes.filter(|code| *code != "None").collect();
                    Err(PortError::Retry(format!(
                        "dynamodb TransactWriteItems: cancelled: {}",
                        told.join(", ")
                    )))
                }
                _ => Err(failure::sort("dynamodb TransactWriteItems", &error)),
            },
        }
    }

    async fn counted(
        &self,
        campaign: Option<&CampaignName>,
        since: Date,
        until: Date,
    ) -> Result<Vec<DayCounts>, PortError> {
        let mut counted = Vec::new();
        for month in counting::months(since, until) {
            let mut start = None;
            loop {
                let (page, next) = self.counters_page(month, campaign, start).await?;
                for row in &page {
                    let day = counting::decode_counters(row)?;
                    if since <= day.day && day.day <= until {
                        counted.push(day);
                    }
                }
                if next.is_none() {
                    break;
                }
                start = next;
            }
        }
        Ok(counted)
    }
}

impl DynamoStore {
    /// Writes what a batch comes to, unless that is decided.
    async fn decide(&self, batch: &BatchId, row: Item) -> Result<Put, PortError> {
        if self.write_if(Part::Counters, row, Condition::absent()).await? {
            return Ok(Put::New);
        }
        match self.read(Part::Counters, keys::batch(batch)).await? {
            Some(known) => Ok(Put::Known(counting::decode_written(&known)?)),
            None => Err(PortError::Retry(
                "a batch was forgotten while it was decided".to_owned(),
            )),
        }
    }

    /// The items of batches that are there. What is not answered at once is left to the next time.
    async fn read_batches(&self, batches: &[BatchId]) -> Result<Vec<Item>, PortError> {
        let keys: Vec<Item> = batches
            .iter()
            .take(counting::TOTALS_MAX)
            .map(|batch| codec::keyed(keys::batch(batch)))
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|error| built("BatchGetItem", &error))?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.table, wanted)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb BatchGetItem", &error))?;
        for consumed in answer.consumed_capacity() {
            self.consumed(Part::Counters, Access::Read, Some(consumed));
        }
        let mut tables = answer.responses.unwrap_or_default();
        Ok(tables.remove(&self.table).unwrap_or_default())
    }

    /// Takes a batch's counts away, or all but the rest.
    fn take(&self, taken: &Taken) -> Result<TransactWriteItem, PortError> {
        let blob = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(codec::keyed(keys::batch(&taken.batch))))
            .condition_expression("#counts = :was")
            .expression_attribute_names("#counts", keys::COUNTS)
            .expression_attribute_values(":was", blob(&taken.was));
        let update = match &taken.rest {
            Some(rest) => update
                .update_expression("SET #counts = :rest")
                .expression_attribute_values(":rest", blob(rest)),
            None => update
                .update_expression("SET #ttl = :ttl REMOVE #counts, #duepk, #duesk")
                .expression_attribute_names("#ttl", keys::TTL)
                .expression_attribute_names("#duepk", keys::DUE_PK)
                .expression_attribute_names("#duesk", keys::DUE_SK)
                .expression_attribute_values(":ttl", codec::number(taken.forget)),
        };
        let update = update.build().map_err(|error| built("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Adds to the counters of a campaign's day.
    fn add(
        &self,
        campaign: &CampaignName,
        day: Date,
        shard: u16,
        counts: &Counts,
    ) -> Result<TransactWriteItem, PortError> {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(codec::keyed(keys::counters(campaign, day, shard))))
            .expression_attribute_names("#campaign", keys::CAMPAIGN)
            .expression_attribute_names("#day", keys::DAY)
            .expression_attribute_values(":campaign", AttributeValue::S(campaign.to_string()))
            .expression_attribute_values(":day", AttributeValue::S(day.to_string()));
        let mut sums = Vec::new();
        for (place, (name, counted)) in counting::additions(counts)?.into_iter().enumerate() {
            sums.push(format!("#a{place} :a{place}"));
            update = update
                .expression_attribute_names(format!("#a{place}"), name)
                .expression_attribute_values(format!(":a{place}"), codec::number(counted));
        }
        let expression = format!("SET #campaign = :campaign, #day = :day ADD {}", sums.join(", "));
        let update = update
            .update_expression(expression)
            .build()
            .map_err(|error| built("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// A page (1 MB at most) of a month's counters.
    async fn counters_page(
        &self,
        month: Date,
        campaign: Option<&CampaignName>,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::counters_pk(month)))
            .expression_attribute_values(":prefix", AttributeValue::S(keys::counters_prefix(campaign)))
            .set_exclusive_start_key(start)
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Counters, Access::Read, answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

fn built(call: &str, error: &BuildError) -> PortError {
    PortError::Fail(format!("dynamodb {call}: {error}"))
}
