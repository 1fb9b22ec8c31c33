//! What must be kept of events for an aggregate, and no more: every byte of it is written with every event.

use super::aggregate::{Aggregate, Measure};
use super::decay;
use crate::domain::profile::{DAY_PART, Each, Keep, LOG_KEPT};
use crate::domain::time::Span;

/// How many events are kept for `previous`: those that came since the trigger are among them.
const KEPT_BEFORE: usize = 8;
/// How many of the first events are kept where it is told later which of them counts.
const KEPT_FIRST: usize = 16;
/// By how many more sessions are kept than are asked for: an event that comes late may join two.
const SESSIONS_SPARE: usize = 3;
/// How far back days in a row are looked for at most.
pub const STREAK_MAX: Span = Span::from_days(366);

impl Aggregate {
    /// How far back it looks.
    pub fn horizon(&self) -> Option<Span> {
        match self.measure {
            Measure::Interest => self.window.map(decay::horizon),
            _ => self.window,
        }
    }

    /// What must be kept for it. `most` is how many are asked for, where only that is.
    pub(super) fn keep(&self, most: Option<usize>) -> Keep {
        let told_later = self.asks.is_some();
        let (kind, window) = (self.kind(), self.horizon());
        let exact = |most: usize| Keep {
            kind,
            most: if told_later { LOG_KEPT } else { most.clamp(1, LOG_KEPT) },
            added_up: None,
            sampled: false,
            window,
            newest: false,
            each: None,
        };
        // Where it is told later which of them count, they count or not with all that are alike.
        let own = self.own_values();
        let each = |most: usize| told_later.then_some(Each { most, own });
        let shortest = match (self.measure, self.window) {
            (Measure::Interest, Some(half_life)) => decay::fineness(half_life),
            (_, window) => window.unwrap_or(Span::from_millis(i64::MAX)),
        };
        let coarse = Keep {
            added_up: Some(shortest),
            ..exact(LOG_KEPT)
        };
        match self.measure {
            Measure::Count => most.map_or(coarse, |most| Keep {
                each: each(most.max(1)),
                ..exact(most)
            }),
            Measure::Sum | Measure::Min | Measure::Max | Measure::Average | Measure::Interest | Measure::Top => coarse,
            // One session may be of several kinds of events: sums of each would count it more than once.
            Measure::Sessions if told_later && most.is_none() => exact(LOG_KEPT),
            Measure::Sessions => most.map_or(coarse, |most| {
                let most = most.saturating_add(SESSIONS_SPARE);
                Keep {
                    each: each(most),
                    ..exact(most)
                }
            }),
            Measure::Distinct => Keep {
                sampled: most.is_none(),
                ..exact(most.unwrap_or(LOG_KEPT))
            },
            Measure::Latest | Measure::Last if !told_later && window.is_none() => Keep {
                window: Some(Span::default()),
                newest: true,
                ..exact(1)
            },
            Measure::Latest | Measure::Last => Keep {
                each: each(1),
                ..exact(1)
            },
            Measure::Earliest if window.is_none() => Keep {
                most: if told_later { KEPT_FIRST } else { 1 },
                ..exact(1)
            },
            Measure::Previous => Keep {
                each: each(KEPT_BEFORE),
                ..exact(KEPT_BEFORE)
            },
            Measure::Streak => {
                let reach = most.map_or(STREAK_MAX, streak_of).min(STREAK_MAX);
                let window = window.map_or(reach, |window| window.min(reach));
                let parts = parts_of(window);
                Keep {
                    most: if told_later { parts.max(LOG_KEPT) } else { parts },
                    window: Some(window),
                    ..exact(LOG_KEPT)
                }
            }
            Measure::Earliest | Measure::Gap | Measure::Rhythm => exact(LOG_KEPT),
        }
    }
}

/// How many parts of days the window touches.
fn parts_of(window: Span) -> usize {
    usize::try_from(window.millis / DAY_PART.millis).map_or(usize::MAX, |parts| parts.saturating_add(2))
}

/// Within which time so many days in a row lie, where a single one without is forgiven before each. The day of the last
/// may have begun a day before that, the person may be in another zone by now, and the event that asks may be a day late.
fn streak_of(days: usize) -> Span {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    Span::from_days(days.saturating_mul(2).saturating_add(3))
}
