//! What is counted: decisions and what became of messages, as sums by campaign, step, variant and
//! channel.
//!
//! A fold's counts are owed by the profile's state until the batch that made them has written its
//! totals ([`Owed`]), so that a function that dies in between loses none and repeats none: see
//! [`crate::ports::Counters`].

mod decided;
mod echo;
mod interval;
mod owed;
mod took;
mod what;

pub use decided::counts;
pub use echo::{Echoes, Heard, hear};
pub use interval::{Interval, newcombe, wilson};
pub use owed::{BatchId, Owed, Totals, mark};
pub use took::Took;
pub use what::What;

use super::id::CampaignName;
use super::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Values are summed as whole millionths, so that no order of adding matters.
const MICROS: f64 = 1_000_000.0;

/// What a count is of. Empty where it does not apply: an entrance has no step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountKey {
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Of which step.
    pub step: String,
    /// In which arm.
    pub variant: String,
    /// On which channel.
    pub channel: String,
    /// What happened.
    pub what: What,
    /// Why.
    pub reason: String,
}

impl CountKey {
    /// A count of a campaign as a whole.
    pub fn of(campaign: &CampaignName, what: What) -> Self {
        Self {
            campaign: campaign.clone(),
            step: String::new(),
            variant: String::new(),
            channel: String::new(),
            what,
            reason: String::new(),
        }
    }
}

/// How often, and what it was worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How often.
    pub count: u64,
    /// What it was worth, in millionths.
    pub value_micros: i64,
}

impl Sum {
    /// What it was worth.
    #[allow(clippy::cast_precision_loss)] // sums of money stay far below 2^53 millionths' own rounding
    pub fn value(self) -> f64 {
        self.value_micros as f64 / MICROS
    }
}

/// Sums by what they are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<CountKey, Sum>);

impl Counts {
    /// Adds one.
    pub fn add(&mut self, key: CountKey, value: Option<f64>) {
        self.add_sum(
            key,
            Sum {
                count: 1,
                value_micros: value.map(micros).unwrap_or_default(),
            },
        );
    }

    /// Adds a sum.
    pub fn add_sum(&mut self, key: CountKey, sum: Sum) {
        let known = self.0.entry(key).or_default();
        known.count = known.count.saturating_add(sum.count);
        known.value_micros = known.value_micros.saturating_add(sum.value_micros);
    }

    /// Adds all of the other's.
    pub fn merge(&mut self, other: &Self) {
        for (key, sum) in &other.0 {
            self.add_sum(key.clone(), *sum);
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&CountKey, Sum)> {
        self.0.iter().map(|(key, sum)| (key, *sum))
    }

    /// How often this happened.
    pub fn of(&self, key: &CountKey) -> Sum {
        self.0.get(key).copied().unwrap_or_default()
    }
}

impl FromIterator<(CountKey, Sum)> for Counts {
    fn from_iter<I: IntoIterator<Item = (CountKey, Sum)>>(sums: I) -> Self {
        let mut counts = Self::default();
        for (key, sum) in sums {
            counts.add_sum(key, sum);
        }
        counts
    }
}

/// A count as it is written: campaign, step, variant, channel, what, reason, how often, worth.
type Row = (CampaignName, String, String, String, What, String, u64, i64);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, sum)| {
            (
                &key.campaign,
                &key.step,
                &key.variant,
                &key.channel,
                key.what,
                &key.reason,
                sum.count,
                sum.value_micros,
            )
        }))
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows: Vec<Row> = Vec::deserialize(deserializer)?;
        Ok(rows
            .into_iter()
            .map(
                |(campaign, step, variant, channel, what, reason, count, value_micros)| {
                    let key = CountKey {
                        campaign,
                        step,
                        variant,
                        channel,
                        what,
                        reason,
                    };
                    (key, Sum { count, value_micros })
                },
            )
            .collect())
    }
}

/// The day that something is counted on, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

#[allow(clippy::cast_possible_truncation)] // saturates, which is what is wanted
fn micros(value: f64) -> i64 {
    (value * MICROS).round() as i64
}

#[cfg(test)]
mod tests;
