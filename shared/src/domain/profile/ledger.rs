//! Messages sent lately, as far as caps need to know.

use crate::domain::campaign::{Cap, Channel, ChannelSet, Purpose};
use crate::domain::id::draw;
use crate::domain::time::{Span, Timestamp, before, in_window};
use serde::{Deserialize, Serialize};

/// Most sends that are kept whatever they are about: caps above this are refused when the workspace is checked.
pub const LEDGER_KEPT: usize = 32;

/// Most sends that are kept besides for caps by channel or topic: such caps may not ask for more in all.
pub const LEDGER_KEPT_APART: usize = 64;

/// One message that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent(
    /// When it was decided, in milliseconds.
    pub i64,
    /// How it travelled.
    pub Channel,
    /// What else caps may ask of it; nothing of most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    Option<Apart>,
);

/// What caps ask of some messages: the channels by which the same message went before it came to this one, and its
/// topic's mark, 0 where no cap asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Apart(ChannelSet, u32);

impl Sent {
    /// A message about the topic, decided now, that went by these channels already.
    pub fn new(at: Timestamp, channel: Channel, topic: &str, tried: ChannelSet) -> Self {
        Self(at.as_millisecond(), channel, Some(Apart(tried, mark(topic))))
    }

    /// Whether it counts under the cap. What goes from channel to channel is one message: it counts at the first that
    /// the cap speaks of.
    pub fn counts_under(&self, cap: &Cap) -> bool {
        let Self(_, channel, apart) = self;
        let Apart(tried, topic) = apart.unwrap_or_default();
        let is_meant = |channel: Channel| cap.channels.is_empty() || cap.channels.contains(&channel);
        is_meant(*channel)
            && !tried.iter().any(is_meant)
            && (cap.topics.is_empty() || cap.topics.iter().any(|named| mark(named) == topic))
    }

    /// Whether it is no later channel of a message that went by others before.
    fn is_first(&self) -> bool {
        self.2.is_none_or(|Apart(tried, _)| tried.is_empty())
    }

    fn is_within(&self, now: Timestamp, window: Span) -> bool {
        Timestamp::from_millisecond(self.0).is_ok_and(|at| in_window(at, now, window))
    }

    /// Without what no cap asks for.
    fn packed(mut self, caps: &[Cap]) -> Self {
        let Some(Apart(tried, topic)) = self.2 else { return self };
        let asked = caps
            .iter()
            .flat_map(|cap| &cap.topics)
            .any(|named| mark(named) == topic);
        let apart = Apart(tried, if asked { topic } else { 0 });
        self.2 = Some(apart).filter(|apart| *apart != Apart::default());
        self
    }
}

/// What a topic is known by: four bytes, never 0.
fn mark(topic: &str) -> u32 {
    // Cutting off is what is meant.
    #[allow(clippy::cast_possible_truncation)]
    let cut = draw(&["topic", topic]) as u32;
    cut.max(1)
}

/// The last marketing messages, oldest first. Transactional ones are exempt and not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(Vec<Sent>);

impl Ledger {
    /// Notes a message, with what the caps ask of it. A later channel of a message counts only where a cap says so.
    pub fn note(&mut self, purpose: Purpose, sent: Sent, caps: &[Cap]) {
        let counts = sent.is_first() || caps.iter().any(|cap| sent.counts_under(cap));
        if purpose == Purpose::Marketing && counts {
            self.0.push(sent.packed(caps));
        }
    }

    /// Adds what another profile was sent, so that caps count it. What is too much is forgotten by [`Self::keep`], with
    /// which every fold ends.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|sent| sent.0);
    }

    /// How many went out in `(now − window, now]`.
    pub fn count(&self, now: Timestamp, window: Span) -> usize {
        self.0.iter().filter(|sent| sent.is_within(now, window)).count()
    }

    /// How many of those that went out in the cap's window count under it.
    pub fn count_under(&self, cap: &Cap, now: Timestamp) -> usize {
        let counting = self.0.iter().filter(|sent| sent.counts_under(cap));
        counting.filter(|sent| sent.is_within(now, cap.window)).count()
    }

    /// Forgets what no cap asks for: what is older than every window, and of the rest all but the last
    /// [`LEDGER_KEPT`] and, for each cap, as many as it allows.
    pub fn keep(&mut self, caps: &[Cap], now: Timestamp) {
        if let Some(longest) = caps.iter().map(|cap| cap.window).max() {
            let oldest = before(now, longest).as_millisecond();
            self.0.retain(|sent| sent.0 > oldest);
        }
        if self.0.len() <= LEDGER_KEPT {
            return;
        }
        let mut over = self
            .0
            .iter()
            .filter(|sent| sent.is_first())
            .count()
            .saturating_sub(LEDGER_KEPT);
        let mut kept = Vec::with_capacity(self.0.len());
        for sent in &self.0 {
            kept.push(sent.is_first() && over == 0);
            over = over.saturating_sub(usize::from(sent.is_first()));
        }
        for cap in caps {
            let counting = self.0.iter().zip(&mut kept).rev();
            let counting = counting.filter(|(sent, _)| sent.counts_under(cap) && sent.is_within(now, cap.window));
            for (_, kept) in counting.take(usize::from(cap.at_most)) {
                *kept = true;
            }
        }
        let mut kept = kept.into_iter();
        self.0.retain(|_| kept.next().unwrap_or_default());
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::after;

    fn cap(at_most: u16, channels: &[Channel], topics: &[&str]) -> Cap {
        Cap {
            purpose: Purpose::Marketing,
            channels: channels.to_vec(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            at_most,
            window: Span::from_days(7),
        }
    }

    fn start() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().expect("a timestamp")
    }

    fn minute(number: i64) -> Timestamp {
        after(start(), Span::from_mins(number))
    }

    #[test]
    fn a_ledger_from_before_caps_by_channel_is_read_and_counted() {
        let at = start().as_millisecond();
        let before = rmp_serde::to_vec(&vec![(at, Channel::Sms), (at, Channel::Email)]).expect("bytes");
        let ledger: Ledger = rmp_serde::from_slice(&before).expect("a ledger");
        assert_eq!(ledger.count_under(&cap(1, &[Channel::Sms], &[]), start()), 1);
        assert_eq!(ledger.count_under(&cap(1, &[], &[]), start()), 2);
        assert_eq!(ledger.count_under(&cap(1, &[], &["news"]), start()), 0);
        // What no cap asks of is written as before.
        assert_eq!(rmp_serde::to_vec(&ledger).expect("bytes"), before);
    }

    #[test]
    fn what_goes_from_channel_to_channel_counts_once_under_each_cap() {
        let caps = [
            cap(9, &[], &[]),
            cap(9, &[Channel::Sms], &[]),
            cap(9, &[Channel::Viber, Channel::Sms], &[]),
            cap(9, &[], &["news"]),
        ];
        let mut ledger = Ledger::default();
        let mut tried = ChannelSet::default();
        for channel in [Channel::Viber, Channel::Whatsapp, Channel::Sms] {
            ledger.note(Purpose::Marketing, Sent::new(start(), channel, "news", tried), &caps);
            tried = tried.with(channel);
        }
        let stored = rmp_serde::to_vec(&ledger).expect("bytes");
        let ledger: Ledger = rmp_serde::from_slice(&stored).expect("a ledger");
        for cap in &caps {
            assert_eq!(ledger.count_under(cap, start()), 1, "{cap}");
        }
        assert_eq!(ledger.count_under(&cap(9, &[Channel::Email], &[]), start()), 0);
        assert_eq!(ledger.count_under(&cap(9, &[], &["offers"]), start()), 0);
    }

    #[test]
    fn what_a_cap_asks_for_is_kept_among_any_number_of_others() {
        let caps = [cap(2, &[Channel::Sms], &[]), cap(3, &[], &["offers"])];
        let mut ledger = Ledger::default();
        let none = ChannelSet::default();
        for number in 0..4 {
            ledger.note(
                Purpose::Marketing,
                Sent::new(minute(number), Channel::Sms, "offers", none),
                &caps,
            );
        }
        for number in 4..1_000 {
            ledger.note(
                Purpose::Marketing,
                Sent::new(minute(number), Channel::Email, "news", none),
                &caps,
            );
            ledger.keep(&caps, minute(number));
        }
        assert_eq!(ledger.0.len(), LEDGER_KEPT + 3);
        for cap in &caps {
            assert!(
                ledger.count_under(cap, minute(1_000)) >= usize::from(cap.at_most),
                "{cap}"
            );
        }
        ledger.keep(&caps, after(start(), Span::from_days(9)));
        assert!(ledger.is_empty());
    }
}
