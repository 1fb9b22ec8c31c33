//! Schedules in memory: they fire when the test says so, can be lost, and repeated.

use super::fault::Faults;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::{PortError, Scheduler};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

/// One-time schedules, one a bucket. A clone is the same.
#[derive(Clone)]
pub struct MemoryScheduler {
    faults: Faults,
    inner: Rc<RefCell<Inner>>,
}

#[derive(Default)]
struct Inner {
    schedules: BTreeMap<Bucket, Timestamp>,
    created: u64,
}

impl MemoryScheduler {
    /// No schedules.
    pub fn new(faults: Faults) -> Self {
        Self {
            faults,
            inner: Rc::default(),
        }
    }

    /// Takes out the schedules that are due at `now`, by time and bucket: each fires once and is
    /// gone, as with deletion after completion. To fire one twice, call `check` twice.
    pub fn fire(&self, now: Timestamp) -> Vec<Bucket> {
        let mut inner = self.inner.borrow_mut();
        let mut due: Vec<(Timestamp, Bucket)> = inner
            .schedules
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(bucket, at)| (*at, *bucket))
            .collect();
        due.sort();
        for (_, bucket) in &due {
            inner.schedules.remove(bucket);
        }
        due.into_iter().map(|(_, bucket)| bucket).collect()
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.inner.borrow().schedules.values().min().copied()
    }

    /// The schedules there are.
    pub fn schedules(&self) -> BTreeMap<Bucket, Timestamp> {
        self.inner.borrow().schedules.clone()
    }

    /// Loses a schedule. Says whether there was one.
    pub fn lose(&self, bucket: Bucket) -> bool {
        self.inner.borrow_mut().schedules.remove(&bucket).is_some()
    }

    /// How many were ever created; ensuring one again is not creating it.
    pub fn created(&self) -> u64 {
        self.inner.borrow().created
    }
}

impl Scheduler for MemoryScheduler {
    async fn ensure(&self, bucket: Bucket, at: Timestamp) -> Result<(), PortError> {
        let ensure = || {
            let Inner { schedules, created } = &mut *self.inner.borrow_mut();
            if let Entry::Vacant(vacant) = schedules.entry(bucket) {
                vacant.insert(at);
                *created += 1;
            }
            Ok(())
        };
        self.faults.around("scheduler.ensure", ensure).await
    }
}
