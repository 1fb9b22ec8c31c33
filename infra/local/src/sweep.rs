//! When the recurring schedule of the bundle fires, and when the table forgets what has expired.
//!
//! While time flows, the sweep runs every [`wiring::SWEEP_EVERY_MINS`], as it does in AWS. While
//! somebody advances the clock over a long stretch, sweeps that could find nothing are left out:
//! at least every 60th part of the stretch (but no more often than the schedule says, and at
//! least every twelve hours) one runs, and the one that follows an entry of the due index
//! that nobody has taken out always does, at its own time. So thirty days pass in seconds, and a
//! lost schedule is found as late as it would be in AWS.

use beckon_shared::wiring;
use jiff::{SignedDuration, Timestamp};

/// The longest stretch without a sweep, and the time between two TTL sweeps. DynamoDB itself
/// promises "within a few days" only.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(12);
/// Into how many parts an advance is divided by its sweeps.
const PARTS: i32 = 60;

/// The times of the sweeps.
#[derive(Debug, Clone)]
pub struct Sweeps {
    last: Timestamp,
    gap: SignedDuration,
    expiry: Timestamp,
}

impl Sweeps {
    /// Sweeps from `now` on.
    pub fn new(now: Timestamp) -> Self {
        Self {
            last: now,
            gap: every(),
            expiry: plus(now, LONGEST_GAP),
        }
    }

    /// Spaces the sweeps for an advance over `stretch`, or, without one, as in AWS.
    pub fn space(&mut self, stretch: Option<SignedDuration>) {
        let gap = stretch
            .and_then(|stretch| stretch.checked_div(PARTS))
            .unwrap_or(every());
        self.gap = whole_intervals(gap.clamp(every(), LONGEST_GAP));
    }

    /// When the next sweep runs. `earliest_due` is the earliest entry of the due index.
    pub fn next(&self, earliest_due: Option<Timestamp>) -> Timestamp {
        let regular = plus(self.last, self.gap);
        match earliest_due {
            // The first time of the schedule at which the entry is overdue.
            Some(due) => {
                let late = due.duration_since(self.last).max(SignedDuration::ZERO);
                let found = plus(plus(self.last, whole_intervals(late)), every());
                regular.min(found)
            }
            None => regular,
        }
    }

    /// Whether sweeps are left out, so that the due index has to be looked at.
    pub fn is_spaced(&self) -> bool {
        self.gap > every()
    }

    /// Takes note that a sweep was started at `now`.
    pub fn ran(&mut self, now: Timestamp) {
        self.last = plus(self.last, whole_intervals(now.duration_since(self.last)));
    }

    /// When the table forgets next what has expired.
    pub fn next_expiry(&self) -> Timestamp {
        self.expiry
    }

    /// Takes note that the table forgot what had expired by `now`.
    pub fn expired(&mut self, now: Timestamp) {
        self.expiry = plus(now, LONGEST_GAP);
    }
}

fn every() -> SignedDuration {
    SignedDuration::from_mins(i64::from(wiring::SWEEP_EVERY_MINS))
}

/// As much of `stretch` as is a multiple of the interval.
fn whole_intervals(stretch: SignedDuration) -> SignedDuration {
    let every = every().as_secs();
    SignedDuration::from_secs(stretch.as_secs().div_euclid(every).saturating_mul(every))
}

fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn start() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn by_itself_the_sweep_runs_at_its_interval() {
        let mut sweeps = Sweeps::new(start());
        assert_eq!(sweeps.next(None).duration_since(start()), every());
        sweeps.ran(sweeps.next(None));
        assert_eq!(sweeps.next(None).duration_since(start()), every() * 2);
        assert!(!sweeps.is_spaced());
    }

    #[test]
    fn over_a_long_stretch_idle_sweeps_are_left_out() {
        let mut sweeps = Sweeps::new(start());
        sweeps.space(Some(DAY * 30));
        assert_eq!(sweeps.next(None).duration_since(start()), DAY * 30 / PARTS);
        sweeps.space(Some(DAY * 730));
        assert_eq!(sweeps.next(None).duration_since(start()), LONGEST_GAP);
        sweeps.space(Some(SignedDuration::from_mins(1)));
        assert_eq!(sweeps.next(None).duration_since(start()), every());
    }

    #[test]
    fn the_sweep_after_something_overdue_keeps_its_time() {
        let mut sweeps = Sweeps::new(start());
        sweeps.space(Some(DAY * 30));
        let due = plus(start(), SignedDuration::from_mins(62));
        assert_eq!(
            sweeps.next(Some(due)).duration_since(start()),
            SignedDuration::from_mins(65)
        );
        let long_ago = plus(start(), -DAY);
        assert_eq!(sweeps.next(Some(long_ago)).duration_since(start()), every());
    }
}
