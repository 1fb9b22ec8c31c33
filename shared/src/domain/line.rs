//! Waiting in line for a provider that takes less than there is: who goes first, and how many go at once.
//!
//! One provider carries all messages of a channel, so they wait in one line: transactional ones before marketing, higher
//! priority before lower, then in the order in which they have to leave. What does not expire has to leave within a
//! day of its decision, so it goes before what came later, and what expires sooner goes before it.

use super::campaign::{Channel, Purpose};
use super::id::MessageId;
use super::message::Message;
use super::time::{Span, Timestamp, after, between};

/// Channels whose messages wait in a line. Of the others each message waits by itself: devices have many push
/// services, webhooks as many services as there are files.
pub const LINES: [Channel; 4] = [Channel::Email, Channel::Sms, Channel::Viber, Channel::Whatsapp];

/// Whether messages of the channel wait in a line.
pub fn has_line(channel: Channel) -> bool {
    LINES.contains(&channel)
}

/// How soon after its decision a message has to leave that does not say so.
const WANTED_WITHIN: Span = Span::from_hours(24);

/// How long after its decision a message is given up that could not leave, whatever its provider says.
pub const WAITS_AT_MOST: Span = Span::from_days(7);

/// Where a message stands in its channel's line. Places are in the order in which messages leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 0 to 1999: below 1000 for what people ask for, less for what has a higher priority.
    pub urgency: u16,
    /// When it has to leave.
    pub wanted: Timestamp,
    /// When it was decided.
    pub decided: Timestamp,
    /// How many times it was handed to the provider.
    pub tries: u32,
    /// When the provider refused it last; 1970, if it was not handed over yet.
    pub refused: Timestamp,
    /// Until when the provider asked to wait; not later than `refused`, if it did not.
    pub hold: Timestamp,
    /// Which message.
    pub message: MessageId,
}

impl Place {
    /// The place of a message that is put into the line for the first time, without having been tried.
    pub fn of(message: &Message) -> Self {
        let class = match message.purpose {
            Purpose::Transactional | Purpose::Confirmation => 0,
            Purpose::Marketing => 1_000,
        };
        let within = after(message.decided, WANTED_WITHIN);
        Self {
            urgency: class + 999 - u16::from(message.priority),
            wanted: message.expires.map_or(within, |expires| expires.min(within)),
            decided: message.decided,
            tries: 0,
            refused: Timestamp::UNIX_EPOCH,
            hold: Timestamp::UNIX_EPOCH,
            message: message.id.clone(),
        }
    }

    /// The same, after the provider refused it at `at`, the so-manyth time, and asked to wait so long.
    #[must_use]
    pub fn refused(self, tries: u32, at: Timestamp, asked: Option<Span>) -> Self {
        Self {
            tries,
            refused: at,
            hold: asked.map_or(at, |asked| after(at, asked)),
            ..self
        }
    }
}

/// How many messages of a line are called up in a minute: as many as the provider took, and then some more, until it
/// refuses again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// When messages were called up last.
    pub at: Timestamp,
    /// How many might have been.
    pub allowed: u32,
    /// How many were: fewer, where the line was shorter.
    pub called: u32,
    /// What the provider took when it took less than it was given; 0, as long as it has not.
    pub limit: u32,
}

/// Called up first.
const FIRST: u32 = 20;
/// Called up at most in a minute.
pub const CALLED_MAX: u32 = 10_000;
/// A line that nobody was called up from for so long begins anew.
const FORGOTTEN_AFTER: Span = Span::from_mins(20);

/// How many may be called up now, and the provider's limit as far as it is known: after `last`, of which `refused` came
/// back.
pub fn next_pace(last: Option<&Pace>, refused: u32, now: Timestamp) -> (u32, u32) {
    let Some(last) = last else { return (FIRST, 0) };
    if refused == 0 && between(last.at, now) > FORGOTTEN_AFTER {
        return (FIRST, 0);
    }
    if refused >= last.called.max(1) {
        return ((last.allowed / 4).max(1), last.limit);
    }
    if refused > 0 {
        let taken = last.called.saturating_sub(refused);
        return (taken, taken);
    }
    if last.called < last.allowed {
        return (last.allowed, last.limit);
    }
    let more = match last.limit {
        0 => last.allowed,
        // The limit is known: only a little more, to see whether it still holds.
        limit if last.allowed >= limit => (last.allowed / 4).max(1),
        _ => last.allowed,
    };
    (last.allowed.saturating_add(more).min(CALLED_MAX), last.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    fn min(minute: i64) -> Timestamp {
        after(Timestamp::UNIX_EPOCH, Span::from_mins(1_000 + minute))
    }

    /// Lets a line of so many stand before a provider that takes so many a minute, as this says. Gives how long the line
    /// was after each minute, and how often anybody was refused.
    fn stands(waiting: u32, minutes: i64, takes: impl Fn(i64) -> u32) -> (Vec<u32>, u32) {
        let (mut left, mut last, mut refusals) = (waiting, None::<Pace>, 0);
        let (mut lengths, mut refused) = (Vec::new(), 0);
        for minute in 0..minutes {
            let (allowed, limit) = next_pace(last.as_ref(), refused, min(minute));
            let called = allowed.min(left);
            let taken = called.min(takes(minute));
            refused = called - taken;
            left -= taken;
            refusals += refused;
            last = Some(Pace {
                at: min(minute),
                allowed,
                called,
                limit,
            });
            lengths.push(left);
        }
        (lengths, refusals)
    }

    #[test]
    fn a_provider_that_is_back_gets_more_with_every_minute() {
        let (lengths, refusals) = stands(10_000, 12, |_| u32::MAX);
        assert_eq!(refusals, 0);
        assert_eq!(lengths[0], 9_980);
        assert!(lengths[9] == 0, "{lengths:?}");
    }

    #[test]
    fn a_provider_that_takes_little_is_given_about_that() {
        let (lengths, refusals) = stands(1_000, 200, |_| 10);
        let ends = lengths.iter().position(|left| *left == 0).expect("all leave");
        assert!(ends <= 125, "{ends} minutes, where 100 are needed");
        assert!(refusals < 300, "{refusals} refusals for 1,000 messages");
    }

    #[test]
    fn a_provider_that_is_down_is_asked_once_a_minute() {
        let (lengths, refusals) = stands(1_000, 90, |minute| if minute < 60 { 0 } else { 50 });
        assert_eq!(lengths[59], 1_000);
        assert!(refusals < 200, "{refusals}");
        assert!(lengths[89] < 100, "{lengths:?}");
    }

    #[test]
    fn a_line_that_was_empty_for_long_begins_anew() {
        let last = Pace {
            at: min(0),
            allowed: 1,
            called: 1,
            limit: 1,
        };
        assert_eq!(next_pace(Some(&last), 0, min(60)), (FIRST, 0));
        assert_eq!(next_pace(Some(&last), 0, min(1)), (2, 1));
        assert_eq!(next_pace(Some(&last), 1, min(60)), (1, 1));
    }

    #[test]
    fn places_are_in_the_order_in_which_messages_leave() {
        let order: VecDeque<(Purpose, u8, i64, Option<i64>)> = [
            (Purpose::Transactional, 90, 30, None),
            (Purpose::Transactional, 50, 0, None),
            (Purpose::Confirmation, 50, 10, None),
            (Purpose::Marketing, 70, 20, Some(40)),
            (Purpose::Marketing, 70, 0, None),
            (Purpose::Marketing, 70, 5, None),
            (Purpose::Marketing, 10, 0, Some(1)),
        ]
        .into();
        let places: Vec<Place> = order
            .iter()
            .map(|(purpose, priority, decided, expires)| Place::of(&message(*purpose, *priority, *decided, *expires)))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    fn message(purpose: Purpose, priority: u8, decided: i64, expires: Option<i64>) -> Message {
        use crate::domain::campaign::Policy;
        use crate::domain::id::{CampaignName, ProfileId, Version};
        Message {
            id: MessageId::from("msg_1"),
            profile: ProfileId::known("u1").expect("an id"),
            campaign: CampaignName::from("c"),
            version: Version::from("v1"),
            step: "s".to_owned(),
            channel: Channel::Email,
            to: String::new(),
            template: "t".to_owned(),
            variant: None,
            locale: "en".to_owned(),
            topic: "t".to_owned(),
            purpose,
            priority,
            policy: Policy::AtMostOnce,
            decided: min(decided),
            expires: expires.map(min),
            context: serde_json::Map::new(),
        }
    }
}
