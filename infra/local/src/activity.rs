//! What is in flight, counted, so that "wait until nothing happens any more" is a condition and
//! not a guess.

use std::sync::Arc;
use tokio::sync::watch;

/// Counts pieces of work under way.
#[derive(Debug, Clone)]
pub struct Activity {
    under_way: Arc<watch::Sender<usize>>,
}

/// One piece of work under way, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct InFlight {
    under_way: Arc<watch::Sender<usize>>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            under_way: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Activity {
    /// Counts one more piece of work, until the answer is dropped.
    pub fn begin(&self) -> InFlight {
        self.under_way.send_modify(|count| *count = count.saturating_add(1));
        InFlight {
            under_way: Arc::clone(&self.under_way),
        }
    }

    /// How many pieces of work are under way now.
    pub fn count(&self) -> usize {
        *self.under_way.borrow()
    }

    /// Waits until nothing is under way.
    pub async fn quiet(&self) {
        // The sender lives in `self`, so waiting on it cannot end in an error.
        let _ = self.under_way.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.under_way.send_modify(|count| *count = count.saturating_sub(1));
    }
}
