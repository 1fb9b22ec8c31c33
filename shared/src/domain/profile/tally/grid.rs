//! The grid of time by which old events are added up.
//!
//! Cells are intervals of 2ˡ milliseconds, aligned to 1970, so that each is made of two of the
//! level below. An event belongs to the largest cell whose end is at least four times its own
//! length older than the newest event; but a quarter of the shortest window that anybody looks at is fine enough for
//! any. What has been added up therefore only ever becomes part of something larger, and the cell of an event depends
//! on its time and the newest one alone.

use crate::domain::time::Span;

/// Level of the finest cells: two milliseconds.
pub(super) const FINEST: u8 = 1;
/// Level of the coarsest: 2⁴⁰ ms are about 35 years.
pub(super) const COARSEST: u8 = 40;

/// How fine and how coarse cells get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    finest: u8,
    coarsest: u8,
}

impl Levels {
    /// Those that windows from the shortest to the longest ask for; without a longest they reach back for ever.
    pub fn of(shortest: Span, longest: Option<Span>) -> Self {
        Self {
            finest: (FINEST..=COARSEST)
                .rev()
                .find(|level| (1_i64 << level) <= shortest.millis / 4)
                .unwrap_or(FINEST),
            coarsest: coarsest(longest.map(|window| window.millis)),
        }
    }
}

/// A cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Its beginning, in milliseconds since 1970.
    pub start: i64,
    /// Its length is two to this power, in milliseconds.
    pub level: u8,
}

impl Place {
    /// The cell of a time where `newest` is the time of the newest event.
    pub fn of(at: i64, newest: i64, levels: Levels) -> Self {
        Self::at_level(at, FINEST).raised(newest, levels)
    }

    /// The cell that this one has become part of.
    pub fn raised(self, newest: i64, levels: Levels) -> Self {
        let mut place = self;
        while place.level < levels.coarsest {
            let larger = Self::at_level(place.start, place.level + 1);
            let is_young = newest.saturating_sub(larger.end()) < larger.length().saturating_mul(4);
            if is_young && larger.level > levels.finest {
                break;
            }
            place = larger;
        }
        place
    }

    fn at_level(at: i64, level: u8) -> Self {
        let length = 1_i64 << level;
        Self {
            start: at.div_euclid(length) * length,
            level,
        }
    }

    pub fn length(self) -> i64 {
        1 << self.level
    }

    /// The first moment after it.
    pub fn end(self) -> i64 {
        self.start.saturating_add(self.length())
    }

    /// The moment at which all that it holds is taken to have happened: less than an eighth of
    /// its age, or a millisecond, from when it did.
    pub fn middle(self) -> i64 {
        self.start.saturating_add(self.length() / 2)
    }
}

/// The coarsest level that anybody who looks back this far can see: a quarter of the window, or
/// the next longer one.
fn coarsest(window: Option<i64>) -> u8 {
    match window {
        Some(window) => (FINEST..COARSEST)
            .find(|level| (1_i64 << level) >= window / 4)
            .unwrap_or(COARSEST),
        None => COARSEST,
    }
}

/// The first moment that may still be in the window: all times of one cell leave it at once.
pub(super) fn first_inside(latest: i64, window: i64) -> i64 {
    Place::at_level(latest.saturating_sub(window), coarsest(Some(window))).start
}
