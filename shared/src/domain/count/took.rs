//! How long people took to reach a goal: sorted by bounds, so that batches' counts can be added up, and summed for
//! the mean.

use super::{CountKey, Counts, Sum, What};
use crate::domain::time::Span;
use std::collections::BTreeMap;

/// The bounds, in minutes: as people speak of time, and nowhere more than five times the one before.
const BOUNDS_MINS: [i64; 20] = [
    1, 5, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 7_200, 10_080, 14_400, 20_160, 30_240, 43_200, 86_400,
    129_600,
];
/// What took longer than any bound.
const LONGER: &str = "longer";
/// Times are summed in hours: they have millionths, as everything that is summed.
const HOUR_MILLIS: f64 = 3_600_000.0;

fn bounds() -> impl Iterator<Item = Span> {
    BOUNDS_MINS.into_iter().map(Span::from_mins)
}

/// Counts one.
pub(super) fn add(counts: &mut Counts, key: CountKey, took: Span) {
    let bound = bounds().find(|bound| took <= *bound);
    let reason = bound.map_or_else(|| LONGER.to_owned(), |bound| bound.to_string());
    #[allow(clippy::cast_precision_loss)] // far below 2^53 milliseconds
    let hours = took.millis as f64 / HOUR_MILLIS;
    counts.add(CountKey { reason, ..key }, Some(hours));
}

/// How long people took, as far as it was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Took {
    /// By upper bound; `None` for what took longer than any.
    by_bound: BTreeMap<Option<Span>, u64>,
    sum: Sum,
}

impl Took {
    /// Takes in a count of [`What::Took`] or [`What::HeldOutTook`].
    pub fn add(&mut self, key: &CountKey, sum: Sum) {
        debug_assert!(matches!(key.what, What::Took | What::HeldOutTook));
        *self.by_bound.entry(Span::parse(&key.reason).ok()).or_default() += sum.count;
        self.sum.count += sum.count;
        self.sum.value_micros = self.sum.value_micros.saturating_add(sum.value_micros);
    }

    /// The mean, exact to the millisecond that each was told by; `None` where none was counted.
    pub fn mean(&self) -> Option<Span> {
        if self.sum.count == 0 {
            return None;
        }
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // of years at most
        let millis = (self.sum.value() / self.sum.count as f64 * HOUR_MILLIS).round() as i64;
        Some(Span::from_millis(millis))
    }

    /// Between which bounds the median lies, of an even number the lower one: at least half took no longer than the
    /// second, which is `None` where they took longer than any bound, and at least half took longer than the first.
    pub fn median(&self) -> Option<(Span, Option<Span>)> {
        if self.sum.count == 0 {
            return None;
        }
        let mut left = self.sum.count.div_ceil(2);
        let mut from = Span::default();
        for bound in bounds().map(Some).chain([None]) {
            let count = self.by_bound.get(&bound).copied().unwrap_or_default();
            if count >= left {
                return Some((from, bound));
            }
            left -= count;
            from = bound.unwrap_or(from);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::CampaignName;

    fn took(minutes: &[i64]) -> Took {
        let mut counts = Counts::default();
        let key = CountKey::of(&CampaignName::from("cart"), What::Took);
        for minutes in minutes {
            add(&mut counts, key.clone(), Span::from_mins(*minutes));
        }
        let mut took = Took::default();
        for (key, sum) in counts.iter() {
            took.add(key, sum);
        }
        took
    }

    #[test]
    fn the_mean_is_exact_and_the_median_lies_where_half_of_them_are() {
        let took = took(&[0, 5, 6, 61, 300]);
        assert_eq!(took.mean(), Some(Span::from_millis(4_464_000)));
        assert_eq!(took.median(), Some((Span::from_mins(5), Some(Span::from_mins(15)))));
        assert_eq!(took.sum.count, 5);
    }

    #[test]
    fn what_took_longer_than_any_bound_has_none() {
        let most = Span::from_days(90);
        assert_eq!(took(&[1, 130_000, 300_000]).median(), Some((most, None)));
        assert_eq!(took(&[129_600]).median(), Some((Span::from_days(60), Some(most))));
    }

    #[test]
    fn nothing_is_said_of_nobody() {
        assert_eq!((took(&[]).mean(), took(&[]).median()), (None, None));
    }
}
