//! Records that were set aside, in memory.

use super::fault::Faults;
use beckon_shared::ports::set_aside::SetAsideRecord;
use beckon_shared::ports::{PortError, SetAside};
use std::cell::RefCell;
use std::rc::Rc;

/// Keeps what is set aside. A clone is the same.
#[derive(Clone)]
pub struct MemorySetAside {
    faults: Faults,
    records: Rc<RefCell<Vec<SetAsideRecord>>>,
}

impl MemorySetAside {
    /// Nothing set aside yet.
    pub fn new(faults: Faults) -> Self {
        Self {
            faults,
            records: Rc::default(),
        }
    }

    /// What was set aside, in order; a repeat is there twice, as it would be in a queue.
    pub fn records(&self) -> Vec<SetAsideRecord> {
        self.records.borrow().clone()
    }
}

impl SetAside for MemorySetAside {
    async fn set_aside(&self, record: &SetAsideRecord) -> Result<(), PortError> {
        let keep = || {
            self.records.borrow_mut().push(record.clone());
            Ok(())
        };
        self.faults.around("set_aside.set_aside", keep).await
    }
}
