//! One event, as a log notes it.

use serde_json::Value as Json;

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

/// An event to be noted, with its time in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub(super) at: i64,
    pub(super) values: Vec<Json>,
    /// In millionths.
    pub(super) amount: Option<i64>,
}

impl Sample {
    /// An event at this time, with what is kept of it and the number that is calculated with.
    pub fn new(at_millis: i64, values: Vec<Json>, amount: Option<f64>) -> Self {
        Self {
            at: at_millis,
            values,
            amount: amount.map(millionths),
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // held in range; what is no number counts as 0
fn millionths(number: f64) -> i64 {
    (number * 1e6).round().clamp(-AMOUNT_MAX, AMOUNT_MAX) as i64
}
