//! What happens to a person, as the core sees it: one shape for what a web app says, what a
//! provider reports and what `send` found out.

use super::id::{ProfileId, digest};
use super::profile::MergedPast;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object: event properties or traits.
pub type Properties = Map<String, Value>;

/// Stands for anything the person does, where an event's name is expected.
pub const ACTIVITY: &str = "*";
/// Stands for page calls, where an event's name is expected.
pub const PAGE: &str = "page";
/// Stands for screen calls, where an event's name is expected.
pub const SCREEN: &str = "screen";

/// Which Segment call it was (Segment specification, "Spec").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// Something the person did.
    Track,
    /// Traits of the person.
    Identify,
    /// A page view.
    Page,
    /// A screen view.
    Screen,
    /// The account the person belongs to, with its traits.
    Group,
    /// Two ids of one person.
    Alias,
}

/// Who says so, which decides what may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The team's own server, with a secret key.
    Server,
    /// A browser, with a publishable key: anybody can say anything.
    Browser,
    /// SES, SNS or another provider, over an authenticated path.
    Provider,
    /// Beckon itself: what `send` found out about a message.
    System,
}

/// One thing that happened to one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The sender's id of it (`messageId`): the same id is the same event.
    #[serde(rename = "i")]
    pub id: String,
    /// Which call.
    #[serde(rename = "k")]
    pub kind: EventKind,
    /// A track call's event name; a page's or screen's name; empty elsewhere.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it happened, corrected for the sender's clock.
    #[serde(rename = "t", with = "millis")]
    pub at: Timestamp,
    /// Who says so.
    #[serde(rename = "s")]
    pub source: Source,
    /// How many campaigns it has come through: events that campaigns emit may start campaigns that
    /// emit, but not for ever. 0: it came from outside.
    #[serde(rename = "h", default, skip_serializing_if = "is_zero")]
    pub hops: u8,
    /// Its properties; for identify and group calls the traits.
    #[serde(rename = "p", default, skip_serializing_if = "Map::is_empty")]
    pub properties: Properties,
}

/// What waits in a profile's inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// The profile's alarm is due: time to look at what waits.
    Alarm {
        /// Its own id: the same id is the same alarm.
        id: String,
    },
    /// This profile turned out to be the same person as another: it goes over into that one.
    Join {
        /// Derived from both: repeating it is harmless.
        id: String,
        /// The profile that goes on.
        into: ProfileId,
        /// When that was said.
        #[serde(with = "millis")]
        at: Timestamp,
    },
    /// Another profile went over into this one.
    Merge {
        /// Derived from both: repeating it is harmless.
        id: String,
        /// Which.
        from: ProfileId,
        /// When that was said.
        #[serde(with = "millis")]
        at: Timestamp,
        /// What it was.
        #[serde(with = "crate::domain::profile::packed")]
        past: Box<MergedPast>,
    },
    /// To an account: a profile belongs to it, or does not any more.
    Member {
        /// Its own id.
        id: String,
        /// Which profile.
        profile: ProfileId,
        /// When that was said.
        #[serde(with = "millis")]
        at: Timestamp,
        /// Who says so.
        source: Source,
        /// What was said of the account.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        traits: Properties,
        /// It belongs to another now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leaves: bool,
    },
    /// From an account to a member: what the account is.
    Account {
        /// Its own id.
        id: String,
        /// Which account.
        account: ProfileId,
        /// Counts its changes: an older word that comes late does not win.
        revision: u64,
        /// When the last of its traits was said.
        #[serde(with = "millis")]
        at: Timestamp,
        /// All its traits.
        traits: Properties,
    },
    /// The person is to be forgotten.
    Erase {
        /// Its own id.
        id: String,
        /// Everything that was said or received up to then.
        #[serde(with = "millis")]
        at: Timestamp,
    },
}

impl Input {
    /// The id by which a repeat is known.
    pub fn id(&self) -> &str {
        match self {
            Self::Event(event) => &event.id,
            Self::Alarm { id }
            | Self::Join { id, .. }
            | Self::Merge { id, .. }
            | Self::Member { id, .. }
            | Self::Account { id, .. }
            | Self::Erase { id, .. } => id,
        }
    }

    /// The word to `from` that it is the same person as `into`. The same two make the same word,
    /// however often and whenever it is said.
    pub fn join(from: &ProfileId, into: &ProfileId, at: Timestamp) -> Self {
        Self::Join {
            id: format!("join_{}", digest(&["join", from.as_str(), into.as_str()])),
            into: into.clone(),
            at,
        }
    }

    /// The word to a profile that it is to forget everything up to `at`.
    pub fn erase(profile: &ProfileId, at: Timestamp) -> Self {
        let millis = at.as_millisecond().to_string();
        Self::Erase {
            id: format!("erase_{}", digest(&["erase", profile.as_str(), &millis])),
            at,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// One item of an inbox: the inputs that reached one profile in one request.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxItem {
    /// Whose.
    pub profile: ProfileId,
    /// Identifies it among items of its `at`: the same request repeated makes the same item.
    pub id: String,
    /// The time in its key: as the sender gave it, uncorrected, so that a retry (whose
    /// correction may differ) has the same key.
    pub at: Timestamp,
    /// When it was accepted.
    pub received: Timestamp,
    /// What happened, in the order it was said.
    pub inputs: Vec<Input>,
}

/// Instants as whole milliseconds since 1970.
pub mod millis {
    use super::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes milliseconds.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        at.as_millisecond().serialize(serializer)
    }

    /// Reads milliseconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }

    /// The same for an instant that may be absent.
    pub mod option {
        use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

        /// Writes milliseconds or nothing.
        pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            at.map(|at| at.as_millisecond()).serialize(serializer)
        }

        /// Reads milliseconds or nothing.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            Option::<i64>::deserialize(deserializer)?
                .map(|at| Timestamp::from_millisecond(at).map_err(serde::de::Error::custom))
                .transpose()
        }
    }
}
