//! Who consumed how much of the table: for the benchmark, and free of cost where nobody asks.

use super::codec::Attributes;
use super::keys::Kind;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a unit was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Items of inboxes.
    Inbox,
    /// States of profiles, without their place in the due index. A profile is loaded in one
    /// query: its traits count here when they are read.
    State,
    /// Traits of profiles.
    Traits,
    /// The due index.
    Index,
    /// Messages, without their place in the due index.
    Outbox,
    /// Messages placed on the page; when they are read, the profile's state with them.
    Page,
    /// Definitions and the manifest.
    Definitions,
    /// Suppressed addresses.
    Suppressions,
    /// What asked lately whose addresses are.
    Confirmations,
    /// Origins of messages, by the services' ids.
    Origins,
    /// The sweep's cursor.
    Sweep,
    /// Totals of batches, and counters.
    Counters,
}

/// Whether a unit was spent reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Read capacity units.
    Read,
    /// Write capacity units.
    Write,
}

/// Is told what each call consumed. With one installed, every call asks DynamoDB for its
/// consumed capacity (`ReturnConsumedCapacity: INDEXES`).
pub trait CapacityObserver: Send + Sync {
    /// So many capacity units were consumed.
    fn consumed(&self, part: Part, access: Access, units: f64);
}

/// Adds up what was consumed.
#[derive(Debug, Default)]
pub struct Capacity(Mutex<BTreeMap<(Part, Access), f64>>);

impl Capacity {
    /// What was consumed since the last call of this.
    pub fn take(&self) -> BTreeMap<(Part, Access), f64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CapacityObserver for Capacity {
    fn consumed(&self, part: Part, access: Access, units: f64) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *sums.entry((part, access)).or_default() += units;
    }
}

/// Tells the observer of a call that touched one part: its table units and its index's.
pub(super) fn tell(observer: &dyn CapacityObserver, part: Part, access: Access, consumed: Option<&ConsumedCapacity>) {
    let Some(consumed) = consumed else { return };
    let indexes = index_units(consumed);
    let table = consumed.capacity_units().unwrap_or_default() - indexes;
    spend(observer, part, access, table);
    spend(observer, Part::Index, access, indexes);
}

/// Tells the observer of a transaction: DynamoDB gives one figure for all its items, which are
/// charged by their own sizes (two units for each started KB), so it is divided by those.
pub(super) fn tell_divided<'a>(
    observer: &dyn CapacityObserver,
    items: impl Iterator<Item = &'a super::codec::Item>,
    consumed: &[ConsumedCapacity],
) {
    let mut shares: BTreeMap<Part, f64> = BTreeMap::new();
    for item in items {
        let part = match item.key().map(|key| key.kind()) {
            Ok(Kind::State) => Part::State,
            Ok(Kind::Traits) => Part::Traits,
            Ok(Kind::Inbox) => Part::Inbox,
            _ => Part::Outbox,
        };
        *shares.entry(part).or_default() += started_kb(super::codec::size(item));
    }
    let sum: f64 = shares.values().sum();
    for consumed in consumed {
        let indexes = index_units(consumed);
        let table = consumed.capacity_units().unwrap_or_default() - indexes;
        for (part, share) in &shares {
            spend(observer, *part, Access::Write, table * share / sum);
        }
        spend(observer, Part::Index, Access::Write, indexes);
    }
}

fn started_kb(bytes: usize) -> f64 {
    u32::try_from(bytes.div_ceil(1024)).map_or(f64::MAX, f64::from)
}

fn index_units(consumed: &ConsumedCapacity) -> f64 {
    consumed
        .global_secondary_indexes()
        .into_iter()
        .flat_map(|indexes| indexes.values())
        .filter_map(|index| index.capacity_units())
        .sum()
}

fn spend(observer: &dyn CapacityObserver, part: Part, access: Access, units: f64) {
    if units > 0.0 {
        observer.consumed(part, access, units);
    }
}
