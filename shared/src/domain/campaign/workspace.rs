//! What holds for all campaigns of a team.

use super::{Addresses, Channel, LocalTime, Moments, Purpose, Score};
use crate::domain::condition::Expr;
use crate::domain::id::Version;
use crate::domain::line::WAITS_AT_MOST;
use crate::domain::service::Service;
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The checked `workspace.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Derived from the content.
    pub version: Version,
    /// Frequency caps; all of them hold.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// When not to disturb.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// IANA zone of people who have none of their own.
    pub time_zone: String,
    /// Language of people who have none of their own, and of templates that lack theirs.
    pub locale: String,
    /// Things a profile holds, built from events.
    #[serde(default)]
    pub lists: BTreeMap<String, ListRule>,
    /// Named conditions over a profile.
    #[serde(default)]
    pub segments: BTreeMap<String, Expr>,
    /// What events add up to, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, Score>,
    /// What tells the micromoment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moments: Option<Moments>,
    /// Events that a browser's word is not enough for.
    #[serde(default)]
    pub server_only: Vec<String>,
    /// An event older than this on arrival updates history and starts nothing.
    pub late_after: Span,
    /// How long what is kept of people is.
    #[serde(default)]
    pub kept: Kept,
    /// Who messages come from.
    #[serde(default)]
    pub senders: Senders,
    /// Hosts that services may be called on, with their port where that is not 443.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Traits that hold addresses, where services say which.
    #[serde(default, skip_serializing_if = "Addresses::is_empty")]
    pub addresses: Addresses,
    /// Events that are made of the entries of others' lists.
    #[serde(default)]
    pub derived: Vec<Derived>,
    /// Share of profiles kept out of every marketing message, in hundredths of a per cent.
    #[serde(default)]
    pub holdout_bp: u16,
    /// Push services besides those of the usual browsers: hosts, or what hosts end with behind `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub push_services: Vec<String>,
    /// Events that are not the person's own doing: they do not end a spell of inactivity.
    #[serde(default)]
    pub passive: Vec<String>,
    /// What topics are called on the preference page, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, BTreeMap<String, String>>,
}

/// How long what is kept of people is, by kind. DynamoDB deletes it by itself some time after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Items of inboxes: what happened to a person.
    pub events: Span,
    /// Items of outboxes: what was decided to be sent, to which address, with what in it.
    pub messages: Span,
    /// Whose message it is that a service's id stands for.
    pub origins: Span,
}

impl Kept {
    /// What was accepted is folded within a day, or found again in the inbox within another where the stream lost it.
    pub const EVENTS_MIN: Span = Span::from_days(2);
    /// A message waits for its provider for a week at most.
    pub const MESSAGES_MIN: Span = Span::from_millis(WAITS_AT_MOST.millis + 86_400_000);
    /// A service reports within a day what it will.
    pub const ORIGINS_MIN: Span = Span::from_days(1);
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            events: Span::from_days(90),
            messages: Span::from_days(90),
            origins: Span::from_days(30),
        }
    }
}

/// At most so many messages of a purpose in a sliding window, per profile: all of them, or those by some channels
/// or about some topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Which messages count and are held back.
    pub purpose: Purpose,
    /// By which channels; by any where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// About which topics; about any where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// How many.
    pub at_most: u16,
    /// Window, half-open: `(now − window, now]`.
    pub window: Span,
}

/// As people are told of it: `2 in 1d by sms, viber about offers`.
impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.at_most, self.window)?;
        if !self.channels.is_empty() {
            let channels: Vec<&str> = self.channels.iter().map(|channel| channel.name()).collect();
            write!(f, " by {}", channels.join(", "))?;
        }
        if !self.topics.is_empty() {
            write!(f, " about {}", self.topics.join(", "))?;
        }
        Ok(())
    }
}

/// Local hours in which nothing leaves on some channels: deferred, not dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// From, local.
    pub from: LocalTime,
    /// Until, local; before `from` where the night passes midnight.
    pub to: LocalTime,
    /// On these channels.
    pub channels: Vec<Channel>,
}

/// A list that events keep up: a cart, say. At most 50 entries are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRule {
    /// Property that tells one list from its successor (`cart_id`).
    #[serde(default)]
    pub key: Option<String>,
    /// Property that identifies an entry (`product_id`).
    pub by: String,
    /// Events that add an entry: the event's own properties.
    #[serde(default)]
    pub put: Vec<String>,
    /// Events that remove an entry.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Events whose `products` become the whole list.
    #[serde(default)]
    pub replace: Vec<String>,
    /// Events that empty it.
    #[serde(default)]
    pub clear: Vec<String>,
    /// Properties of an entry that are kept, besides `by`.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// An event for each entry of a list in another: `Product Bought` for each of the `products` of
/// `Order Completed`. It has the entry's properties, and the other's own that are no lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// Its name.
    pub event: String,
    /// The event it is made of.
    pub from: String,
    /// The list in that event.
    pub each: String,
}

/// Who messages come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Senders {
    /// `Name <address>` of emails.
    #[serde(default)]
    pub email_from: Option<String>,
    /// Where replies to emails go.
    #[serde(default)]
    pub email_reply_to: Option<String>,
    /// Sender id of SMS (1–11 letters and digits, where the country allows one).
    #[serde(default)]
    pub sms_sender_id: Option<String>,
    /// What one SMS may cost at most; a dearer one is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms_max_price: Option<Price>,
}

/// An amount of US dollars, which is what SNS reckons in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price {
    /// In millionths of a dollar.
    pub micros: u32,
}

impl fmt::Display for Price {
    /// `0.05`: dollars, without zeros at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.micros / 1_000_000, self.micros % 1_000_000);
        let part = format!("{part:06}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            part => write!(f, "{whole}.{part}"),
        }
    }
}

impl Senders {
    /// An address that answers for what is sent: where replies go, else where emails come from.
    pub fn contact(&self) -> Option<&str> {
        let written = self.email_reply_to.as_deref().or(self.email_from.as_deref())?;
        let inner = written.rsplit_once('<').map_or(written, |(_, rest)| rest);
        Some(inner.trim_end().trim_end_matches('>').trim()).filter(|address| !address.is_empty())
    }
}

impl Workspace {
    /// With the traits that the services say hold addresses, and the version that the content has then.
    pub fn address_by(&mut self, services: &[Service]) {
        let named = services
            .iter()
            .filter_map(|service| Some((service, service.address.clone()?)));
        self.addresses = named
            .flat_map(|(service, name)| service.carries.iter().map(move |channel| (*channel, name.clone())))
            .filter(|(channel, _)| channel.address_trait().is_some())
            .collect();
        self.version = Version::of(b"");
        // Texts and numbers always serialise; an empty text would only make versions coincide.
        self.version = Version::of(&serde_json::to_vec(self).unwrap_or_default());
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            version: Version::of(b""),
            caps: Vec::new(),
            quiet_hours: None,
            time_zone: "UTC".to_owned(),
            locale: "en".to_owned(),
            lists: BTreeMap::new(),
            segments: BTreeMap::new(),
            scores: BTreeMap::new(),
            moments: None,
            server_only: Vec::new(),
            late_after: Span::from_days(1),
            kept: Kept::default(),
            senders: Senders::default(),
            push_services: Vec::new(),
            hosts: Vec::new(),
            addresses: Addresses::default(),
            derived: Vec::new(),
            holdout_bp: 0,
            passive: Vec::new(),
            topics: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_in_dollars() {
        for (micros, written) in [
            (50_000, "0.05"),
            (1_000_000, "1"),
            (6_450, "0.00645"),
            (2_500_000, "2.5"),
        ] {
            assert_eq!(Price { micros }.to_string(), written);
        }
    }
}
