//! Not faster than so much a second: work for a table that others need too.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A budget of units a second. What was spent is waited for afterwards.
#[derive(Debug)]
pub struct Pace {
    per_second: f64,
    free: Instant,
}

impl Pace {
    /// So many units a second.
    pub fn of(per_second: f64) -> Self {
        Self {
            per_second: per_second.max(f64::MIN_POSITIVE),
            free: Instant::now(),
        }
    }

    /// Spends units; returns when more may be spent.
    pub async fn spend(&mut self, units: f64) {
        let now = Instant::now();
        let takes = Duration::try_from_secs_f64(units / self.per_second).unwrap_or_default();
        self.free = self.free.max(now) + takes;
        if self.free > now {
            sleep_until(self.free).await;
        }
    }
}
