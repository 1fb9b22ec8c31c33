//! A batch of stream records, read and gathered by profile.

use crate::{Deps, Table};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::ports::set_aside::SetAsideRecord;
use beckon_shared::ports::{Clock, Scheduler, SetAside};
use beckon_shared::store::stream;
use beckon_shared::telemetry::Metric;
use beckon_shared::wiring::EVALUATE;

/// What a batch holds for one profile, in the order of the stream.
pub struct Pile {
    /// Whose.
    pub profile: ProfileId,
    /// Sequence numbers and items.
    pub items: Vec<(String, InboxItem)>,
}

/// Reads a batch. Gives the piles, and the sequence numbers of records that could be neither
/// read nor set aside.
pub async fn read<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    event: Event,
) -> (Vec<Pile>, Vec<String>) {
    let mut piles: Vec<Pile> = Vec::new();
    let mut failed = Vec::new();
    for record in event.records {
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        match stream::inbox_item(&record.change.new_image) {
            Ok(item) => match piles.iter_mut().find(|pile| pile.profile == item.profile) {
                Some(pile) => pile.items.push((sequence, item)),
                None => piles.push(Pile {
                    profile: item.profile.clone(),
                    items: vec![(sequence, item)],
                }),
            },
            Err(error) => {
                if !set_aside(deps, &record, &error.to_string()).await {
                    failed.push(sequence);
                }
            }
        }
    }
    (piles, failed)
}

/// Sets a record aside. Says whether that succeeded: if not, the record has to come again.
async fn set_aside<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    record: &EventRecord,
    reason: &str,
) -> bool {
    let aside = SetAsideRecord {
        function: EVALUATE.name.to_owned(),
        place: stream::place(&record.change.keys),
        sequence: record.change.sequence_number.clone(),
        reason: reason.to_owned(),
    };
    put_aside(deps, &aside).await
}

/// Puts a record on the set-aside queue, counted and logged.
pub async fn put_aside<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    aside: &SetAsideRecord,
) -> bool {
    match deps.set_aside.set_aside(aside).await {
        Ok(()) => {
            deps.metrics.add(Metric::SetAside, 1.0);
            tracing::error!(
                sequence = aside.sequence,
                reason = aside.reason,
                "a record was set aside"
            );
            true
        }
        Err(error) => {
            tracing::error!(sequence = aside.sequence, %error, "a record could not be set aside");
            false
        }
    }
}
