//! Totals that batches have put are merged into counters.

use crate::{Deps, Table};
use beckon_shared::ports::counters::WAITING_SHARDS;
use beckon_shared::ports::{Clock, PortError, Scheduler};
use futures::future::join_all;

/// Totals looked at once.
const PAGE: u16 = 50;
/// Merges of one shard in one sweep; what is left waits for the next.
const MERGES_MAX: usize = 500;

/// Merges what waits, all shards at once: each has counters of its own, so that none disturbs
/// another.
pub async fn merge<S: Table, K: Scheduler, C: Clock>(deps: &Deps<S, K, C>) -> Result<(), PortError> {
    let shards = (0..WAITING_SHARDS).map(async |shard| Box::pin(merge_shard(deps, shard)).await);
    join_all(shards).await.into_iter().collect()
}

async fn merge_shard<S: Table, K: Scheduler, C: Clock>(deps: &Deps<S, K, C>, shard: u16) -> Result<(), PortError> {
    for _ in 0..MERGES_MAX {
        let waiting = deps.store.waiting(shard, PAGE).await?;
        // What was merged may stand in the index for a moment.
        if waiting.is_empty() || !deps.store.merge(shard, &waiting).await? {
            break;
        }
    }
    Ok(())
}
