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

/// Who claimed an address, and what its owner said. Silence means: yes to an address that the
/// team's own server gave, no to one that only a browser claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// By channel and topic (`*`: every topic), the latest word and when it was said (milliseconds).
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    said: BTreeMap<(Channel, String), (Stand, i64)>,
    /// Channels whose address only a browser claimed so far.
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    unconfirmed: Vec<Channel>,
    /// Addresses that are dead or wanted no longer, and why.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    dead: BTreeMap<Channel, String>,
}

/// Stands for every topic.
const ANY: &str = "*";

/// Reasons to stop marketing to an address that works: its owner has not answered for long.
pub const RESTING: [&str; 2] = ["sunset", "never_opened"];

fn only_rests(reason: &str) -> bool {
    RESTING.contains(&reason)
}

impl Consent {
    /// Notes what the person said; an older word than the one noted is passed over.
    pub fn say(&mut self, channel: Channel, topic: Option<&str>, stand: Stand, at_millis: i64) -> bool {
        let place = (channel, topic.unwrap_or(ANY).to_owned());
        match self.said.get(&place) {
            Some((_, noted)) if *noted > at_millis => false,
            Some((known, noted)) if *known == stand && *noted == at_millis => false,
            Some(_) | None => {
                self.said.insert(place, (stand, at_millis));
                true
            }
        }
    }

    /// Whether marketing of the topic may go to the channel's address.
    pub fn allows(&self, channel: Channel, topic: &str) -> bool {
        let word = |topic: &str| self.said.get(&(channel, topic.to_owned()));
        let latest = [word(topic), word(ANY)].into_iter().flatten().max_by_key(|(_, at)| *at);
        match latest {
            Some((Stand::In, _)) => true,
            Some((Stand::Out, _)) => false,
            None => !self.unconfirmed.contains(&channel),
        }
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
        for ((channel, topic), (stand, at)) in &other.said {
            self.say(*channel, Some(topic), *stand, *at);
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
