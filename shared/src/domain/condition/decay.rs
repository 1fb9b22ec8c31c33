//! Sums of what counts half as much after every half-life.

use super::operate::truncated;
use crate::domain::profile::Entry;
use crate::domain::time::{Span, Timestamp};

/// How many half-lives an event counts for: what is older weighs less than one part in 65,000.
const HALF_LIVES: i64 = 16;

/// How far back such a sum looks.
pub fn horizon(half_life: Span) -> Span {
    Span::from_millis(half_life.millis.saturating_mul(HALF_LIVES))
}

/// How fine a decaying sum asks for: as cells are a quarter of it at most, what is added up there is taken to have
/// happened at most a seventh of the half-life earlier or later, and counts at most a tenth of what it was worth more
/// or less.
pub fn fineness(half_life: Span) -> Span {
    Span::from_millis(half_life.millis.saturating_mul(8) / 7)
}

/// The sum of what each is worth, halved with every half-life that has passed since.
pub(super) fn decayed<'e>(
    entries: impl Iterator<Item = Entry<'e>>,
    now: Timestamp,
    half_life: Span,
    worth: impl Fn(&Entry<'e>) -> f64,
) -> f64 {
    let now = now.as_millisecond();
    #[allow(clippy::cast_precision_loss)] // weights and ages are far below 2⁵³
    entries
        .map(|entry| {
            let age = now.saturating_sub(entry.at).max(0) as f64 / half_life.millis.max(1) as f64;
            worth(&entry) * entry.weight as f64 * (-age).exp2()
        })
        .sum()
}

/// How long a sum that is halved with every half-life takes to come to `value`.
pub(super) fn falls_after(sum: f64, value: f64, half_life: Span) -> Option<Span> {
    let ratio = sum / value;
    // At or beyond it already, or on the other side of 0.
    if !(ratio.is_finite() && ratio >= 1.0) {
        return None;
    }
    #[allow(clippy::cast_precision_loss)] // lengths of time are far below 2⁵³ ms
    let millis = ratio.log2() * half_life.millis as f64;
    truncated(millis.floor()).map(Span::from_millis)
}
