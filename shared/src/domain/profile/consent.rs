//! What a person agreed to, per channel and topic.

use crate::domain::campaign::Channel;
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
    /// Addresses that providers reported as dead, and why.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    dead: BTreeMap<Channel, String>,
}

/// Stands for every topic.
const ANY: &str = "*";

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

    /// Whether only a browser claimed the channel's address.
    pub fn unconfirmed(&self, channel: Channel) -> bool {
        self.unconfirmed.contains(&channel)
    }

    /// Notes that the channel's address is dead.
    pub fn kill(&mut self, channel: Channel, reason: &str) -> bool {
        self.dead.insert(channel, reason.to_owned()).as_deref() != Some(reason)
    }

    /// Why the channel's address is dead, if it is.
    pub fn dead(&self, channel: Channel) -> Option<&str> {
        self.dead.get(&channel).map(String::as_str)
    }
}
