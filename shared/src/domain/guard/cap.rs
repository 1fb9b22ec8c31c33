//! Frequency caps: exact, because one writer counts and decides in one place.

use crate::domain::campaign::{Cap, Purpose};
use crate::domain::profile::Ledger;
use crate::domain::time::Timestamp;

/// Whether one more message of the purpose fits under every cap.
pub fn has_room(caps: &[Cap], ledger: &Ledger, purpose: Purpose, now: Timestamp) -> bool {
    purpose != Purpose::Marketing
        || caps
            .iter()
            .filter(|cap| cap.purpose == purpose)
            .all(|cap| ledger.count(now, cap.window) < usize::from(cap.at_most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Channel;
    use crate::domain::time::{Span, after};

    #[test]
    fn a_message_exactly_a_day_later_is_free() {
        let caps = [Cap {
            purpose: Purpose::Marketing,
            at_most: 1,
            window: Span::from_days(1),
        }];
        let start: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a timestamp");
        let mut ledger = Ledger::default();
        ledger.note(Purpose::Marketing, Channel::Email, start);
        let day = Span::from_days(1);
        assert!(!has_room(
            &caps,
            &ledger,
            Purpose::Marketing,
            after(start, Span::from_millis(day.millis - 1))
        ));
        assert!(has_room(&caps, &ledger, Purpose::Marketing, after(start, day)));
        assert!(has_room(&caps, &ledger, Purpose::Transactional, start));
    }
}
