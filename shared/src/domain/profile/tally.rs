//! When the events that conditions count happened: exact, bounded.

use crate::domain::time::{Span, Timestamp, in_window};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many moments of an event are kept: the latest.
const KEPT: usize = 64;

/// Moments of events, by event name, each in order, in milliseconds. Counts are exact up to 64
/// in a window; a window that holds more counts 64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tallies(BTreeMap<String, Vec<i64>>);

impl Tallies {
    /// Notes that the event happened.
    pub fn note(&mut self, event: &str, at: Timestamp) {
        let moments = self.0.entry(event.to_owned()).or_default();
        let at = at.as_millisecond();
        let place = moments.partition_point(|moment| *moment <= at);
        moments.insert(place, at);
        if moments.len() > KEPT {
            moments.remove(0);
        }
    }

    /// How often it happened in `(now − window, now]`.
    pub fn count(&self, event: &str, now: Timestamp, window: Span) -> usize {
        self.moments(event).filter(|at| in_window(*at, now, window)).count()
    }

    /// When it happened last.
    pub fn last(&self, event: &str) -> Option<Timestamp> {
        self.moments(event).next_back()
    }

    /// Forgets what no condition asks for any more, and what is older than anyone asks.
    pub fn retain(&mut self, mut horizon: impl FnMut(&str) -> Option<Timestamp>) {
        self.0.retain(|event, moments| match horizon(event) {
            Some(oldest) => {
                // The last one is kept whatever its age: it says when the event happened last.
                let last = moments.last().copied();
                moments.retain(|at| Some(*at) == last || *at > oldest.as_millisecond());
                !moments.is_empty()
            }
            None => false,
        });
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn moments(&self, event: &str) -> impl DoubleEndedIterator<Item = Timestamp> {
        self.0
            .get(event)
            .into_iter()
            .flatten()
            .filter_map(|at| Timestamp::from_millisecond(*at).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn counts_are_exact_whatever_order_events_come_in() {
        let mut tallies = Tallies::default();
        for moment in ["2026-03-03T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"] {
            tallies.note("Order Completed", at(moment));
        }
        let now = at("2026-03-03T00:00:00Z");
        assert_eq!(tallies.count("Order Completed", now, Span::from_days(2)), 2);
        assert_eq!(tallies.count("Order Completed", now, Span::from_days(3)), 3);
        assert_eq!(
            tallies.count("Order Completed", at("2026-03-02T12:00:00Z"), Span::from_days(9)),
            2
        );
        assert_eq!(tallies.last("Order Completed"), Some(now));
    }

    #[test]
    fn it_does_not_grow_with_history() {
        let mut tallies = Tallies::default();
        let start = at("2026-03-01T00:00:00Z");
        for hour in 0..10_000 {
            tallies.note("x", crate::domain::time::after(start, Span::from_hours(hour)));
        }
        assert_eq!(
            tallies.count("x", at("2030-01-01T00:00:00Z"), Span::from_days(3_000)),
            64
        );
    }
}
