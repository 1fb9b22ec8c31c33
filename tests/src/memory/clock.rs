//! A clock that stands until it is moved.

use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::Clock;
use std::cell::Cell;
use std::rc::Rc;

/// A clock that stands until it is moved. A clone is the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock(Rc<Cell<Timestamp>>);

impl VirtualClock {
    /// A clock that stands at this time.
    pub fn new(now: Timestamp) -> Self {
        Self(Rc::new(Cell::new(now)))
    }

    /// Moves it on.
    pub fn advance(&self, span: Span) {
        self.set(after(self.now(), span));
    }

    /// Sets it, also back: functions on other machines have clocks of their own.
    pub fn set(&self, now: Timestamp) {
        self.0.set(now);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}
