//! What functions counted, read back from the metrics that they write.

use beckon_shared::domain::time::Timestamp;
use beckon_shared::telemetry::{Metric, Metrics};
use serde_json::Value;
use std::collections::BTreeMap;

/// Sums of counts, by metric and the value they are split by (empty for none).
#[derive(Debug, Clone, Default)]
pub struct Counts {
    sums: BTreeMap<(&'static str, String), f64>,
    /// The latest of what is noted one by one.
    latest: BTreeMap<(&'static str, String), f64>,
    /// Whether anybody listens: reading metrics takes time that simulations do not have.
    pub listening: bool,
}

/// Metrics that are sums, and what they may be split by.
const SPLITS: [&str; 5] = ["reason", "channel", "decision", "field", "event"];
const SUMS: [Metric; 15] = [
    Metric::Accepted,
    Metric::Refused,
    Metric::Duplicates,
    Metric::Decided,
    Metric::Skipped,
    Metric::Sent,
    Metric::Failed,
    Metric::Postponed,
    Metric::Unknown,
    Metric::Woken,
    Metric::Scheduled,
    Metric::SetAside,
    Metric::Suppressed,
    Metric::LookedBack,
    Metric::HistoryCut,
];

/// Metrics of which each value stands by itself.
const NOTES: [Metric; 2] = [Metric::Waiting, Metric::WaitingSecs];

impl Counts {
    /// What was noted last under this value of what it is split by.
    pub fn latest(&self, metric: Metric, split: &str) -> Option<f64> {
        self.latest.get(&(metric.name(), split.to_owned())).copied()
    }

    /// How much was counted under this value of what it is split by; an empty one for the plain count.
    pub fn of(&self, metric: Metric, split: &str) -> f64 {
        self.sums
            .get(&(metric.name(), split.to_owned()))
            .copied()
            .unwrap_or_default()
    }

    /// Takes what a function counted in an invocation.
    pub fn take(&mut self, metrics: &Metrics, now: Timestamp) {
        if !self.listening {
            return;
        }
        let mut out = Vec::new();
        metrics.flush(now, &mut out);
        for line in String::from_utf8_lossy(&out).lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let split = SPLITS
                .iter()
                .find_map(|name| line.get(*name)?.as_str())
                .unwrap_or_default();
            for metric in SUMS {
                if let Some(value) = line.get(metric.name()).and_then(Value::as_f64) {
                    *self.sums.entry((metric.name(), split.to_owned())).or_default() += value;
                }
            }
            for metric in NOTES {
                if let Some(value) = line.get(metric.name()).and_then(Value::as_f64) {
                    self.latest.insert((metric.name(), split.to_owned()), value);
                }
            }
        }
    }
}
