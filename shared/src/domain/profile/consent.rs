//! What a person agreed to, per channel and topic.

use crate::domain::campaign::{Channel, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stand {
    /// Yes.
    In,
    /// No.
    Out,
}

/// How something was said of consent: with its time, what one has to show who asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The mail program's own button (RFC 8058), or the one on the page that the letter's link opens.
    #[serde(rename = "o")]
    OneClick,
    /// The preference page.
    #[serde(rename = "p")]
    Page,
    /// A word sent back: STOP, START.
    #[serde(rename = "r")]
    Reply,
    /// The button on the page that the confirmation letter's link opens.
    #[serde(rename = "c")]
    Confirmation,
    /// A complaint.
    #[serde(rename = "s")]
    Complaint,
    /// The team's own server.
    #[serde(rename = "a")]
    Api,
    /// A browser.
    #[serde(rename = "b")]
    Browser,
    /// It was not written down.
    #[default]
    #[serde(rename = "u")]
    Unknown,
}

impl By {
    /// All of them.
    const ALL: [Self; 8] = [
        Self::OneClick,
        Self::Page,
        Self::Reply,
        Self::Confirmation,
        Self::Complaint,
        Self::Api,
        Self::Browser,
        Self::Unknown,
    ];

    /// Its name in events and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneClick => "one-click",
            Self::Page => "page",
            Self::Reply => "reply",
            Self::Confirmation => "confirmation",
            Self::Complaint => "complaint",
            Self::Api => "api",
            Self::Browser => "browser",
            Self::Unknown => "unknown",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// What was said last of a channel and topic, when (milliseconds), and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Word(Stand, i64, #[serde(default)] By);

/// One thing that a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'c> {
    /// Of which channel.
    pub channel: Channel,
    /// Of which topic; every one where there is none.
    pub topic: Option<&'c str>,
    /// What.
    pub stand: Stand,
    /// When, in milliseconds since 1970.
    pub at_millis: i64,
    /// How.
    pub by: By,
}

/// Who claimed an address, and what its owner said. Silence means: yes to an address that the
/// team's own server gave, no to one that only a browser claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// By channel and topic (`*`: every topic), the latest word.
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    said: BTreeMap<(Channel, String), Word>,
    /// Channels whose address only a browser claimed so far.
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    unconfirmed: Vec<Channel>,
    /// Addresses that are dead or wanted no longer, and why.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    dead: BTreeMap<Channel, String>,
}

/// Most words that are kept: eight channels with a dozen topics each.
const SAID_MAX: usize = 100;

/// Stands for every topic.
const ANY: &str = "*";

/// Reasons to stop marketing to an address that works: its owner has not answered for long.
pub const RESTING: [&str; 2] = ["sunset", "never_opened"];

fn only_rests(reason: &str) -> bool {
    RESTING.contains(&reason)
}

impl Consent {
    /// Notes what the person said; an older word than the one noted is passed over.
    pub fn say(&mut self, channel: Channel, topic: Option<&str>, stand: Stand, at_millis: i64, by: By) -> bool {
        let place = (channel, topic.unwrap_or(ANY).to_owned());
        match self.said.get(&place) {
            Some(Word(_, noted, _)) if *noted > at_millis => false,
            Some(Word(known, noted, _)) if *known == stand && *noted == at_millis => false,
            Some(_) | None => {
                // What anybody could name without end would fill the profile: of many topics the oldest word goes.
                if self.said.len() >= SAID_MAX && !self.said.contains_key(&place) {
                    let oldest = self.said.iter().min_by_key(|(_, word)| word.1);
                    if let Some(oldest) = oldest.map(|(place, _)| place.clone()) {
                        self.said.remove(&oldest);
                    }
                }
                self.said.insert(place, Word(stand, at_millis, by));
                true
            }
        }
    }

    /// What was said, by channel and topic.
    pub fn said(&self) -> impl Iterator<Item = Said<'_>> {
        self.said
            .iter()
            .map(|((channel, topic), Word(stand, at_millis, by))| Said {
                channel: *channel,
                topic: Some(topic.as_str()).filter(|topic| *topic != ANY),
                stand: *stand,
                at_millis: *at_millis,
                by: *by,
            })
    }

    /// What was said last that concerns the topic.
    fn latest(&self, channel: Channel, topic: &str) -> Option<Stand> {
        let word = |topic: &str| self.said.get(&(channel, topic.to_owned()));
        let latest = [word(topic), word(ANY)].into_iter().flatten().max_by_key(|word| word.1);
        latest.map(|word| word.0)
    }

    /// Whether marketing of the topic may go to the channel's address.
    pub fn allows(&self, channel: Channel, topic: &str) -> bool {
        !self.unconfirmed(channel) && !self.refuses(channel, topic)
    }

    /// Whether the person said no to the topic on the channel.
    pub fn refuses(&self, channel: Channel, topic: &str) -> bool {
        self.latest(channel, topic) == Some(Stand::Out)
    }

    /// Notes that the channel's address is the person's. Says whether that is new.
    pub fn confirm(&mut self, channel: Channel) -> bool {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|known| *known != channel);
        self.unconfirmed.len() != before
    }

    /// Notes a new address: who gave it decides whether it counts as confirmed.
    pub fn new_address(&mut self, channel: Channel, confirmed: bool) {
        self.dead.remove(&channel);
        self.unconfirmed.retain(|known| *known != channel);
        if !confirmed {
            self.unconfirmed.push(channel);
        }
    }

    /// Takes in what was said to another profile: of each channel and topic the latest word. That
    /// an address is dead concerns the channels whose address is the other profile's (`of_theirs`).
    pub fn merge(&mut self, other: &Self, of_theirs: &[Channel]) {
        for ((channel, topic), Word(stand, at, by)) in &other.said {
            self.say(*channel, Some(topic), *stand, *at, *by);
        }
        for channel in of_theirs {
            if let Some(reason) = other.dead(*channel) {
                self.kill(*channel, reason);
            }
        }
    }

    /// Whether only a browser claimed the channel's address.
    pub fn unconfirmed(&self, channel: Channel) -> bool {
        self.unconfirmed.contains(&channel)
    }

    /// Notes that the channel's address is dead, or that marketing to it rests. What rests may die; what
    /// is dead does not rest.
    pub fn kill(&mut self, channel: Channel, reason: &str) -> bool {
        match self.dead(channel) {
            Some(known) if known == reason || (!only_rests(known) && only_rests(reason)) => false,
            Some(_) | None => {
                self.dead.insert(channel, reason.to_owned());
                true
            }
        }
    }

    /// Why nothing goes to the channel's address any more, or no marketing, if so.
    pub fn dead(&self, channel: Channel) -> Option<&str> {
        self.dead.get(&channel).map(String::as_str)
    }

    /// Why messages of this purpose do not go to the channel's address any more, if so.
    pub fn suppressed(&self, channel: Channel, purpose: Purpose) -> Option<&str> {
        self.dead(channel)
            .filter(|reason| purpose == Purpose::Marketing || !only_rests(reason))
    }
}
