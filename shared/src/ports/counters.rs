//! Counters that are exact, whatever is repeated and whoever dies.
//!
//! ```text
//! profile saved, owing its counts to batch B ─▶ totals of B put, once ─▶ merged into counters, once
//!        └─ B died before its totals: whoever comes next voids B and puts the profile's share itself
//! ```
//!
//! Each batch has one item, which whoever comes first decides for good: its totals, or that it
//! has none ([`Written`]). So a profile's counts are either in the totals or in a share of its
//! own, never in both.

use super::PortError;
use crate::domain::count::{BatchId, Counts, Totals};
use crate::domain::id::CampaignName;
use crate::domain::time::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How many shards totals wait in.
pub const WAITING_SHARDS: u16 = 4;

/// What was decided about a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It told its totals, merged by now or not.
    Totals {
        /// Marks of the profiles whose counts are not in them.
        missing: BTreeSet<u64>,
    },
    /// It has none, and never will.
    Void,
}

/// What putting came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is so decided.
    New,
    /// It had been decided before, and stays.
    Known(Written),
}

/// What was counted on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCounts {
    /// Which day, in UTC.
    pub day: Date,
    /// What.
    pub counts: Counts,
}

/// Takes totals, and merges them into counters.
#[allow(async_fn_in_trait)]
pub trait Counters {
    /// Decides the batch by its totals, which wait to be merged from then on, unless it is decided
    /// already. What is remembered of it may be forgotten at `expires`.
    async fn put_totals(
        &self,
        batch: &BatchId,
        totals: &Totals,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Put, PortError>;

    /// Decides that the batch has no totals, unless it is decided already.
    async fn void(&self, batch: &BatchId, expires: Timestamp) -> Result<Put, PortError>;

    /// What was decided about the batch. Strongly consistent.
    async fn written(&self, batch: &BatchId) -> Result<Option<Written>, PortError>;

    /// Batches whose totals wait to be merged, of one shard, those that have waited longest first,
    /// at most `limit`. May lag behind.
    async fn waiting(&self, shard: u16, limit: u16) -> Result<Vec<BatchId>, PortError>;

    /// Merges as much of these totals as goes into one transaction into the counters of the shard,
    /// each count once, whoever else merges them. Says whether anything was merged.
    async fn merge(&self, shard: u16, batches: &[BatchId]) -> Result<bool, PortError>;

    /// What was counted from `since` to `until`, both included: of one campaign, or of all.
    async fn counted(
        &self,
        campaign: Option<&CampaignName>,
        since: Date,
        until: Date,
    ) -> Result<Vec<DayCounts>, PortError>;
}
