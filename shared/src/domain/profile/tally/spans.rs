//! Entries that are made of several events: all of a session, or of a part of a day.

use super::log::{Log, Noted};
use super::{DAY_PART, Kind, SESSION_GAP};

impl Log {
    /// What the event becomes together with those of the same values that it belongs to.
    pub(super) fn joined(&mut self, event: Noted) -> Noted {
        let kind = self.kind;
        let mut whole = event;
        // One that comes between two joins them: each of them is close to it.
        self.exact.retain(|known| {
            let joins = known.group == event.group && kind.makes_one_of(known, &event);
            if joins {
                whole.from = whole.from.min(known.from);
                whole.at = whole.at.max(known.at);
            }
            !joins
        });
        whole
    }
}

impl Kind {
    fn makes_one_of(self, one: &Noted, other: &Noted) -> bool {
        match self {
            Self::Sessions => {
                one.from.saturating_sub(other.at) < SESSION_GAP.millis
                    && other.from.saturating_sub(one.at) < SESSION_GAP.millis
            }
            Self::Days => part(one) == part(other),
            Self::Latest | Self::First | Self::Values => false,
        }
    }
}

/// Parts of days stand on a grid, so that it does not matter in which order events come.
fn part(noted: &Noted) -> i64 {
    noted.from.div_euclid(DAY_PART.millis)
}
