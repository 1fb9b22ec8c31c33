//! Frequency caps: exact, because one writer counts and decides in one place.

use crate::domain::campaign::{Cap, Purpose};
use crate::domain::profile::{Ledger, Sent};
use crate::domain::time::Timestamp;

/// The first cap under which one more such message does not fit; `None` where it fits under all. Only marketing is
/// counted and held back.
pub fn full<'c>(caps: &'c [Cap], ledger: &Ledger, purpose: Purpose, message: &Sent, now: Timestamp) -> Option<&'c Cap> {
    if purpose != Purpose::Marketing {
        return None;
    }
    let mut asked = caps
        .iter()
        .filter(|cap| cap.purpose == purpose && message.counts_under(cap));
    asked.find(|cap| ledger.count_under(cap, now) >= usize::from(cap.at_most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::{Channel, ChannelSet};
    use crate::domain::time::{Span, after};

    fn cap(at_most: u16, channels: &[Channel], topics: &[&str]) -> Cap {
        Cap {
            purpose: Purpose::Marketing,
            channels: channels.to_vec(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            at_most,
            window: Span::from_days(1),
        }
    }

    fn start() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().expect("a timestamp")
    }

    fn news(channel: Channel, at: Timestamp) -> Sent {
        Sent::new(at, channel, "news", ChannelSet::default())
    }

    #[test]
    fn a_message_exactly_a_day_later_is_free() {
        let caps = [cap(1, &[], &[])];
        let mut ledger = Ledger::default();
        ledger.note(Purpose::Marketing, news(Channel::Email, start()), &caps);
        let has_room = |purpose: Purpose, at: Timestamp| {
            let message = news(Channel::Email, at);
            full(&caps, &ledger, purpose, &message, at).is_none()
        };
        let day = Span::from_days(1);
        let a_moment_before = after(start(), Span::from_millis(day.millis - 1));
        assert!(!has_room(Purpose::Marketing, a_moment_before));
        assert!(has_room(Purpose::Marketing, after(start(), day)));
        assert!(has_room(Purpose::Transactional, start()));
    }

    #[test]
    fn each_cap_asks_only_of_its_own_messages() {
        let caps = [cap(1, &[Channel::Sms], &[]), cap(2, &[], &["offers"]), cap(3, &[], &[])];
        let mut ledger = Ledger::default();
        ledger.note(Purpose::Marketing, news(Channel::Sms, start()), &caps);
        let held_by = |ledger: &Ledger, channel: Channel, topic: &str| {
            let message = Sent::new(start(), channel, topic, ChannelSet::default());
            full(&caps, ledger, Purpose::Marketing, &message, start()).map(ToString::to_string)
        };
        assert_eq!(
            held_by(&ledger, Channel::Sms, "offers").as_deref(),
            Some("1 in 1d by sms")
        );
        assert_eq!(held_by(&ledger, Channel::Email, "news"), None);
        for _ in 0..2 {
            let offer = Sent::new(start(), Channel::Email, "offers", ChannelSet::default());
            assert_eq!(held_by(&ledger, Channel::Email, "offers"), None);
            ledger.note(Purpose::Marketing, offer, &caps);
        }
        assert_eq!(
            held_by(&ledger, Channel::Email, "offers").as_deref(),
            Some("2 in 1d about offers")
        );
        assert_eq!(held_by(&ledger, Channel::Email, "news").as_deref(), Some("3 in 1d"));
    }
}
