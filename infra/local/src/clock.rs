//! The one clock of the stack. Everything in it that has a time reads it here: DynamoDB's TTL
//! and stream records, schedules, retries, messages, and the functions themselves, which are
//! told the time with each invocation.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// Whether virtual time passes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// It flows as real time does, and can be moved ahead. For people.
    Flowing,
    /// It stands still until it is moved. For tests.
    Manual,
}

/// A clock that only ever moves forward, until it is [reset](VirtualClock::reset).
#[derive(Debug)]
pub struct VirtualClock {
    mode: ClockMode,
    hand: Mutex<Hand>,
}

#[derive(Debug, Clone, Copy)]
enum Hand {
    /// Real time plus this.
    Ahead(SignedDuration),
    /// Exactly this.
    Still(Timestamp),
}

impl VirtualClock {
    /// A clock that begins at `start`, or at real now.
    pub fn new(mode: ClockMode, start: Option<Timestamp>) -> Self {
        let clock = Self {
            mode,
            hand: Mutex::new(Hand::Ahead(SignedDuration::ZERO)),
        };
        clock.reset(start);
        clock
    }

    /// Whether time passes by itself when nobody moves it.
    pub fn mode(&self) -> ClockMode {
        self.mode
    }

    /// The virtual now, in UTC.
    pub fn now(&self) -> Timestamp {
        Self::read(*self.hand.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the clock to `start`, or to real now, backwards too. Only for a stack that has been
    /// emptied.
    pub fn reset(&self, start: Option<Timestamp>) {
        let start = start.unwrap_or_else(real_now);
        let hand = match self.mode {
            ClockMode::Flowing => Hand::Ahead(start.duration_since(real_now())),
            ClockMode::Manual => Hand::Still(start),
        };
        *self.hand.lock().unwrap_or_else(PoisonError::into_inner) = hand;
    }

    /// Stops the flow of time while somebody steps through it.
    pub fn hold(&self) {
        let mut hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        *hand = Hand::Still(Self::read(*hand));
    }

    /// Lets time flow on from where it stands, if it flows at all.
    pub fn release(&self) {
        let mut hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        if self.mode == ClockMode::Flowing {
            *hand = Hand::Ahead(Self::read(*hand).duration_since(real_now()));
        }
    }

    /// Moves the clock to `to`; does nothing if it is there or further already.
    pub fn move_to(&self, to: Timestamp) {
        let mut hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        if to > Self::read(*hand) {
            *hand = match *hand {
                Hand::Ahead(_) => Hand::Ahead(to.duration_since(real_now())),
                Hand::Still(_) => Hand::Still(to),
            };
        }
    }

    fn read(hand: Hand) -> Timestamp {
        match hand {
            Hand::Ahead(by) => real_now().checked_add(by).unwrap_or(Timestamp::MAX),
            Hand::Still(at) => at,
        }
    }
}

/// Real time, from which virtual time begins and by which processes are limited.
#[allow(clippy::disallowed_methods, reason = "this is where real time comes in")]
pub fn real_now() -> Timestamp {
    Timestamp::now()
}

impl dynoxide::storage_backend::Clock for VirtualClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_duration().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_manual_clock_stands_until_it_is_moved_and_never_goes_back() {
        let clock = VirtualClock::new(ClockMode::Manual, Some(at("2026-03-01T10:00:00Z")));
        assert_eq!(clock.now(), at("2026-03-01T10:00:00Z"));
        clock.move_to(at("2026-03-01T11:00:00Z"));
        clock.move_to(at("2026-03-01T10:30:00Z"));
        clock.release();
        assert_eq!(clock.now(), at("2026-03-01T11:00:00Z"));
    }

    #[test]
    fn a_flowing_clock_flows_on_from_where_it_was_moved_to() {
        let clock = VirtualClock::new(ClockMode::Flowing, Some(at("2026-03-01T10:00:00Z")));
        clock.hold();
        let held = clock.now();
        assert_eq!(clock.now(), held);
        clock.move_to(at("2027-01-01T00:00:00Z"));
        clock.release();
        let first = clock.now();
        assert!(first >= at("2027-01-01T00:00:00Z"));
        while clock.now() == first {
            std::hint::spin_loop();
        }
        assert!(clock.now() > first);
    }
}
