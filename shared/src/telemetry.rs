//! Metrics in CloudWatch's embedded format: counted during an invocation, written as one or a
//! few log lines at its end (CloudWatch, "Specification: Embedded metric format").

use crate::domain::time::Timestamp;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;

/// CloudWatch namespace of every metric.
pub const NAMESPACE: &str = "Beckon";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Events taken and stored.
    Accepted,
    /// Events refused, by reason.
    Refused,
    /// Items, inputs or callbacks that had come before.
    Duplicates,
    /// Decisions, by kind.
    Decided,
    /// Messages that a guard held back, by reason.
    Skipped,
    /// Messages that a provider took, by channel.
    Sent,
    /// Messages that never will be sent, by channel.
    Failed,
    /// Messages put off, by channel.
    Postponed,
    /// Messages of which nobody knows, by channel.
    Unknown,
    /// Alarms and second tries woken.
    Woken,
    /// Messages that wait for their provider, by channel: how many there were at each look.
    Waiting,
    /// For how long the oldest of them has waited, in seconds, by channel.
    WaitingSecs,
    /// Schedules created.
    Scheduled,
    /// Records set aside.
    SetAside,
    /// Addresses suppressed, by reason.
    Suppressed,
    /// Profiles whose inboxes were read because they were asked for something new.
    LookedBack,
    /// Those of them that had more history than is read.
    HistoryCut,
    /// Size of a saved state, in bytes.
    StateBytes,
    /// Time spent folding, in microseconds.
    FoldMicros,
}

impl Metric {
    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Duplicates => "duplicates",
            Self::Decided => "decided",
            Self::Skipped => "skipped",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Postponed => "postponed",
            Self::Unknown => "unknown",
            Self::Woken => "woken",
            Self::Waiting => "waiting",
            Self::WaitingSecs => "waiting_secs",
            Self::Scheduled => "scheduled",
            Self::SetAside => "set_aside",
            Self::Suppressed => "suppressed",
            Self::LookedBack => "looked_back",
            Self::HistoryCut => "history_cut",
            Self::StateBytes => "state_bytes",
            Self::FoldMicros => "fold_micros",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::StateBytes => "Bytes",
            Self::FoldMicros => "Microseconds",
            Self::WaitingSecs => "Seconds",
            Self::Accepted
            | Self::Refused
            | Self::Duplicates
            | Self::Decided
            | Self::Skipped
            | Self::Sent
            | Self::Failed
            | Self::Postponed
            | Self::Unknown
            | Self::Woken
            | Self::Waiting
            | Self::Scheduled
            | Self::SetAside
            | Self::Suppressed
            | Self::LookedBack
            | Self::HistoryCut => "Count",
        }
    }

    /// Counts are summed; sizes, times and lengths of lines are kept one by one (at most 100, as the format allows).
    const fn is_sum(self) -> bool {
        !matches!(
            self,
            Self::StateBytes | Self::FoldMicros | Self::Waiting | Self::WaitingSecs
        )
    }
}

/// Most values of one metric in one line.
const VALUES_MAX: usize = 100;

/// Counts of one invocation.
#[derive(Debug)]
pub struct Metrics {
    function: &'static str,
    /// By what it is split by (`reason`, `channel`, …; empty for nothing), then by metric.
    values: RefCell<BTreeMap<Split, BTreeMap<Metric, Vec<f64>>>>,
}

/// What a count is split by: a dimension and its value.
type Split = Option<(&'static str, String)>;

impl Metrics {
    /// Metrics of a function.
    pub fn new(function: &'static str) -> Self {
        Self {
            function,
            values: RefCell::default(),
        }
    }

    /// Adds to a count, or notes a size or time.
    pub fn add(&self, metric: Metric, value: f64) {
        self.put(None, metric, value);
    }

    /// Adds one to a count that is split, by `reason` say.
    pub fn count(&self, metric: Metric, dimension: &'static str, value: &str) {
        self.put(Some((dimension, value.to_owned())), metric, 1.0);
    }

    /// Notes a length or time that is split, by `channel` say.
    pub fn note(&self, metric: Metric, dimension: &'static str, split: &str, value: f64) {
        self.put(Some((dimension, split.to_owned())), metric, value);
    }

    /// The sum of what was counted since the last flush, over every split.
    pub fn total(&self, metric: Metric) -> f64 {
        self.values
            .borrow()
            .values()
            .filter_map(|metrics| metrics.get(&metric))
            .flatten()
            .sum()
    }

    fn put(&self, split: Split, metric: Metric, value: f64) {
        let mut values = self.values.borrow_mut();
        let values = values.entry(split).or_default().entry(metric).or_default();
        match values.first_mut() {
            Some(sum) if metric.is_sum() => *sum += value,
            Some(_) | None => {
                if values.len() < VALUES_MAX {
                    values.push(value);
                }
            }
        }
    }

    /// Writes everything counted and begins anew. What cannot be written is lost with a word
    /// in the log: metrics never fail a function.
    pub fn flush(&self, now: Timestamp, out: &mut impl Write) {
        for (split, metrics) in std::mem::take(&mut *self.values.borrow_mut()) {
            let line = self.line(now, split.as_ref(), &metrics);
            if let Err(error) = writeln!(out, "{line}") {
                tracing::warn!(%error, "metrics could not be written");
            }
        }
    }

    fn line(
        &self,
        now: Timestamp,
        split: Option<&(&'static str, String)>,
        metrics: &BTreeMap<Metric, Vec<f64>>,
    ) -> Value {
        let mut dimensions = vec!["function"];
        let mut line = Map::new();
        line.insert("function".to_owned(), Value::from(self.function));
        if let Some((dimension, value)) = split {
            dimensions.push(dimension);
            line.insert((*dimension).to_owned(), Value::from(value.as_str()));
        }
        let described: Vec<Value> = metrics
            .keys()
            .map(|metric| json!({ "Name": metric.name(), "Unit": metric.unit() }))
            .collect();
        for (metric, values) in metrics {
            let value = match values.as_slice() {
                [only] => Value::from(*only),
                several => Value::from(several.to_vec()),
            };
            line.insert(metric.name().to_owned(), value);
        }
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": described }],
            }),
        );
        Value::Object(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_one_line_a_split_and_start_anew() {
        let metrics = Metrics::new("ingest");
        metrics.add(Metric::Accepted, 2.0);
        metrics.add(Metric::Accepted, 1.0);
        metrics.add(Metric::StateBytes, 400.0);
        metrics.add(Metric::StateBytes, 500.0);
        metrics.count(Metric::Skipped, "reason", "holdout");
        let mut out = Vec::new();
        metrics.flush(Timestamp::UNIX_EPOCH, &mut out);
        let lines: Vec<Value> = String::from_utf8(out)
            .expect("text")
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["accepted"], json!(3.0));
        assert_eq!(lines[0]["state_bytes"], json!([400.0, 500.0]));
        assert_eq!(
            lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["function"]])
        );
        assert_eq!(lines[1]["reason"], json!("holdout"));
        assert_eq!(
            lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["function", "reason"]])
        );
        let mut out = Vec::new();
        metrics.flush(Timestamp::UNIX_EPOCH, &mut out);
        assert!(out.is_empty());
    }
}
