//! Counters in memory. What waits never lags.

use super::table::{MemoryStore, Table};
use beckon_shared::domain::count::{BatchId, Totals};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::counters::{DayCounts, Put, Written};
use beckon_shared::ports::{Counters, PortError};
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::{ITEM_MAX_BYTES, counting, keys};
use jiff::civil::Date;

impl Counters for MemoryStore {
    async fn put_totals(
        &self,
        batch: &BatchId,
        totals: &Totals,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Put, PortError> {
        let put = || {
            let row = counting::encode_totals(batch, totals, now, expires)?;
            if codec::size(&row) > ITEM_MAX_BYTES {
                return Err(PortError::Fail("the totals are too large".to_owned()));
            }
            self.decide(batch, row)
        };
        self.faults.around("counters.put_totals", put).await
    }

    async fn void(&self, batch: &BatchId, expires: Timestamp) -> Result<Put, PortError> {
        let void = || self.decide(batch, counting::encode_void(batch, expires));
        self.faults.around("counters.void", void).await
    }

    async fn written(&self, batch: &BatchId) -> Result<Option<Written>, PortError> {
        self.faults.around("counters.written", || self.decided(batch)).await
    }

    async fn waiting(&self, shard: u16, limit: u16) -> Result<Vec<BatchId>, PortError> {
        let look = || {
            self.read(|table| {
                let partition = keys::waiting_pk(shard);
                let waiting = table.waiting_in(&partition).filter_map(keys::batch_of);
                Ok(waiting.take(limit.into()).collect())
            })
        };
        self.faults.around("counters.waiting", look).await
    }

    async fn merge(&self, shard: u16, batches: &[BatchId]) -> Result<bool, PortError> {
        let merge = || {
            self.write(|table| {
                let rows: Vec<Item> = batches
                    .iter()
                    .filter_map(|batch| table.get(&keys::batch(batch)).cloned())
                    .collect();
                let merge = counting::plan(&rows)?;
                for taken in &merge.taken {
                    let key = keys::batch(&taken.batch);
                    let Some(mut row) = table.get(&key).cloned() else {
                        continue;
                    };
                    match &taken.rest {
                        Some(rest) => {
                            row.insert(keys::COUNTS.to_owned(), binary(rest));
                        }
                        None => {
                            for gone in [keys::COUNTS, keys::DUE_PK, keys::DUE_SK] {
                                row.remove(gone);
                            }
                            row.insert(keys::TTL.to_owned(), codec::number(taken.forget));
                        }
                    }
                    table.put(key, row);
                }
                for ((campaign, day), counts) in &merge.added {
                    let key = keys::counters(campaign, *day, shard);
                    let mut row = table.get(&key).cloned().unwrap_or_else(|| codec::keyed(key.clone()));
                    row.insert(keys::CAMPAIGN.to_owned(), text(campaign.as_str()));
                    row.insert(keys::DAY.to_owned(), text(&day.to_string()));
                    for (name, counted) in counting::additions(counts)? {
                        let known = row.get(&name).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
                        row.insert(name, codec::number(known.unwrap_or_default() + counted));
                    }
                    table.put(key, row);
                }
                Ok(!merge.taken.is_empty())
            })
        };
        self.faults.around("counters.merge", merge).await
    }

    async fn counted(
        &self,
        campaign: Option<&CampaignName>,
        since: Date,
        until: Date,
    ) -> Result<Vec<DayCounts>, PortError> {
        let look = || self.counted_between(campaign, since, until);
        self.faults.around("counters.counted", look).await
    }
}

impl MemoryStore {
    /// What was counted. No fault strikes.
    pub fn counted_between(
        &self,
        campaign: Option<&CampaignName>,
        since: Date,
        until: Date,
    ) -> Result<Vec<DayCounts>, PortError> {
        self.read(|table| {
            let mut counted = Vec::new();
            for month in counting::months(since, until) {
                let prefix = keys::counters_prefix(campaign);
                for row in table.of(&keys::counters_pk(month)) {
                    let day = counting::decode_counters(row)?;
                    if row.text(keys::SK)?.starts_with(&prefix) && since <= day.day && day.day <= until {
                        counted.push(day);
                    }
                }
            }
            Ok(counted)
        })
    }

    fn decide(&self, batch: &BatchId, row: Item) -> Result<Put, PortError> {
        if self.write(|table: &mut Table| table.put_new(keys::batch(batch), row)) {
            return Ok(Put::New);
        }
        self.decided(batch)?
            .map(Put::Known)
            .ok_or_else(|| PortError::Fail("a batch was forgotten".to_owned()))
    }

    fn decided(&self, batch: &BatchId) -> Result<Option<Written>, PortError> {
        self.read(|table| {
            let row = table.get(&keys::batch(batch));
            Ok(row.map(counting::decode_written).transpose()?)
        })
    }
}

fn binary(bytes: &[u8]) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(bytes))
}

fn text(text: &str) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned())
}
