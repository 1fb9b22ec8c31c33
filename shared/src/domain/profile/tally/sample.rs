//! One event, as a log notes it.

use serde_json::Value as Json;
use std::cmp::Ordering;

/// Largest amount, in millionths: nine million million. Larger ones count as that.
const AMOUNT_MAX: f64 = 9e18;

/// Numbers that are calculated with, in millionths, so that their sum does not depend on the order
/// in which they are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// Their sum.
    pub sum: i128,
    /// The least of them.
    pub min: i64,
    /// The greatest of them.
    pub max: i64,
}

impl Amount {
    /// Of one number.
    pub fn of(number: f64) -> Self {
        #[allow(clippy::cast_possible_truncation)] // held in range; what is no number counts as 0
        let millionths = (number * 1e6).round().clamp(-AMOUNT_MAX, AMOUNT_MAX) as i64;
        Self::of_millionths(millionths)
    }

    pub(super) fn of_millionths(millionths: i64) -> Self {
        Self {
            sum: millionths.into(),
            min: millionths,
            max: millionths,
        }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            sum: self.sum.saturating_add(other.sum),
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

/// An event, a session or a value, with its time in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When it began: for a session, its first event.
    pub(super) from: i64,
    /// When it happened; for a session, its last event.
    pub(super) at: i64,
    pub(super) values: Vec<Json>,
    pub(super) amount: Option<Amount>,
}

impl Sample {
    /// An event at this time, with what is kept of it.
    pub fn new(at_millis: i64, values: Vec<Json>, amount: Option<Amount>) -> Self {
        Self {
            from: at_millis,
            at: at_millis,
            values,
            amount,
        }
    }

    /// By time; what happened at the same moment has an order too, so that it does not matter
    /// in which it arrived.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.at, self.from, self.amount)
            .cmp(&(other.at, other.from, other.amount))
            .then_with(|| order_of_values(&self.values, &other.values))
    }
}

/// Some order of values, the same in every run: by their texts where their kinds differ.
pub(super) fn order_of_values(one: &[Json], other: &[Json]) -> Ordering {
    let pairs = one.iter().zip(other).map(|pair| match pair {
        (Json::String(one), Json::String(other)) => one.cmp(other),
        (one, other) if one == other => Ordering::Equal,
        (one, other) => one.to_string().cmp(&other.to_string()),
    });
    pairs
        .fold(Ordering::Equal, Ordering::then)
        .then(one.len().cmp(&other.len()))
}
