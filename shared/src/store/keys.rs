//! Keys and attribute names of the one table.
//!
//! | access | key |
//! |---|---|
//! | append to an inbox; read one, in order of event time | `PK = P#<profile>`, `SK = E#<time>#<id>` |
//! | look back in an inbox, newest first | `PK = P#<profile>`, `SK` from `E#<time>` on |
//! | load a profile in one query | `PK = P#<profile>`, `SK` from `STATE` to `TRAITS` |
//! | save a profile, conditional on its version | the same items |
//! | a message of an outbox; all of them, for people | `PK = P#<profile>`, `SK = M#<message>` |
//! | what is placed on the page for a profile, and its state with it, in one query | `PK = P#<profile>`, `SK` from `S#` to `STATE`; `S#<message>` is a placed message |
//! | what is in force | `PK = C#`, `SK = MANIFEST` |
//! | a version of a definition | `PK = C#`, `SK = CAMPAIGN#<name>#<version>`, `TEMPLATE#<name>#<version>`, `SERVICE#<name>#<version>`, `WORKSPACE#<version>` |
//! | whether an address is suppressed | `PK = A#<channel>#<hash of address>`, `SK = SUPPRESSED` |
//! | how often it was asked lately whose an address is | `PK = L#<channel>#<hash of address>`, `SK = ASKED` |
//! | whose message it is that a service names, or what it says of one that nobody knows yet | `PK = X#<service>#<hash of its id or of the address>`, `SK = ORIGIN` |
//! | how far the sweep has come | `PK = W#`, `SK = SWEEP` |
//! | when the last outage of the stream ended | `PK = W#`, `SK = OUTAGE` |
//! | who waits for a channel's provider, in the order in which they leave (the same index) | `due_pk = L#<channel>#<shard>`, `due_sk = <urgency>#<time it has to leave>#…#<message>` |
//! | how many were called up from a line last | `PK = W#`, `SK = LINE#<channel>` |
//! | what a batch counted | `PK = R#B#<batch>`, `SK = BATCH` |
//! | whose totals wait to be merged, in that order (the same index) | `due_pk = R#W<shard>`, `due_sk = <time>#<batch>` |
//! | what a campaign counted on a day; a campaign's or all campaigns' month | `PK = R#<year-month>`, `SK = D#<campaign>#<day>#<shard>` |
//! | what is due on a day, by time (index [`crate::wiring::DUE_INDEX`], keys only, sparse) | `due_pk = <day>#<shard>`, `due_sk = <time>#<profile>` |
//!
//! `<time>` is whole milliseconds since 1970 in 15 digits, so that keys sort by time; what is
//! before 1970 counts as 1970. `<day>` is its date in UTC. DynamoDB takes 2,048 bytes of `PK`
//! and 1,024 of `SK` (Developer Guide, "Quotas"): profile ids are short by construction, other
//! texts that senders choose are replaced by their hash where they are long.

use crate::domain::address::address_digest;
mod attributes;
mod counting;
mod line;
#[cfg(test)]
mod tests;

pub use attributes::*;
pub use counting::*;
pub use line::*;

use crate::domain::campaign::Channel;
use crate::domain::event::InboxItem;
use crate::domain::id::{MessageId, ProfileId, digest};
use crate::domain::time::{Span, Timestamp, after};
use crate::ports::definitions::DefinitionKey;
use crate::ports::due::Bucket;
use crate::ports::origins::Named;
use std::fmt;

/// Longest text that goes into a key as it is, in bytes.
const PLAIN_MAX_BYTES: usize = 200;
/// What partition keys of suppressed addresses start with.
pub const SUPPRESSION_PREFIX: &str = "A#";
/// What inbox items' sort keys start with.
const INBOX_PREFIX: &str = "E#";
/// What messages' sort keys start with.
const MESSAGE_PREFIX: &str = "M#";
/// What sort keys of messages placed on the page start with. They sort right before [`STATE_SK`].
const PLACED_PREFIX: &str = "S#";
/// What profiles' partition keys start with.
const PROFILE_PREFIX: &str = "P#";
/// Partition of all definitions.
const DEFINITIONS: &str = "C#";
/// Sort key of a profile's state.
const STATE_SK: &str = "STATE";
/// Sort key of a profile's traits.
const TRAITS_SK: &str = "TRAITS";
/// What campaigns' sort keys start with.
const CAMPAIGN_PREFIX: &str = "CAMPAIGN#";
/// What templates' sort keys start with.
const TEMPLATE_PREFIX: &str = "TEMPLATE#";
/// What services' sort keys start with.
const SERVICE_PREFIX: &str = "SERVICE#";
/// What workspaces' sort keys start with.
const WORKSPACE_PREFIX: &str = "WORKSPACE#";

/// An item's primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn of(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }

    /// What the item holds, as far as the key tells.
    pub fn kind(&self) -> Kind {
        match (self.pk.as_str(), self.sk.as_str()) {
            (_, STATE_SK) => Kind::State,
            (_, TRAITS_SK) => Kind::Traits,
            (_, sk) if sk.starts_with(INBOX_PREFIX) => Kind::Inbox,
            (_, sk) if sk.starts_with(MESSAGE_PREFIX) => Kind::Message,
            (_, sk) if sk.starts_with(PLACED_PREFIX) => Kind::Placed,
            (DEFINITIONS, sk) if sk.starts_with(CAMPAIGN_PREFIX) => Kind::Campaign,
            (DEFINITIONS, sk) if sk.starts_with(TEMPLATE_PREFIX) => Kind::Template,
            (DEFINITIONS, sk) if sk.starts_with(SERVICE_PREFIX) => Kind::Service,
            (DEFINITIONS, sk) if sk.starts_with(WORKSPACE_PREFIX) => Kind::Workspace,
            (_, _) => Kind::Other,
        }
    }

    /// The profile whose partition it is in, if it is a profile's.
    pub fn profile(&self) -> Option<ProfileId> {
        let id = self.pk.strip_prefix(PROFILE_PREFIX)?;
        ProfileId::parse(id).ok()
    }

    /// The message, if it is one's.
    pub fn message(&self) -> Option<MessageId> {
        self.sk.strip_prefix(MESSAGE_PREFIX).map(MessageId::from)
    }

    /// Time and id of an inbox item, if it is one's. A long id is there as its hash only.
    pub fn inbox(&self) -> Option<(Timestamp, &str)> {
        let (time, id) = self.sk.strip_prefix(INBOX_PREFIX)?.split_once('#')?;
        Some((parse_time(time)?, id))
    }
}

impl fmt::Display for Key {
    /// `PK SK`: for logs and records that are set aside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pk, self.sk)
    }
}

/// What an item holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Inputs of one request.
    Inbox,
    /// A profile's state.
    State,
    /// A profile's traits.
    Traits,
    /// A message of an outbox.
    Message,
    /// A message placed on the page.
    Placed,
    /// A campaign's version.
    Campaign,
    /// A template's version.
    Template,
    /// A service's version.
    Service,
    /// A workspace's version.
    Workspace,
    /// Something else.
    Other,
}

/// An entry of the due index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Day and shard.
    pub pk: String,
    /// Time and profile.
    pub sk: String,
}

/// A profile's partition.
pub fn profile_pk(profile: &ProfileId) -> String {
    format!("{PROFILE_PREFIX}{profile}")
}

/// An item of an inbox.
pub fn inbox(profile: &ProfileId, at: Timestamp, id: &str) -> Key {
    Key::of(
        profile_pk(profile),
        format!("{INBOX_PREFIX}{}#{}", time(at), bounded(id)),
    )
}

/// Where an item of an inbox is, for people.
pub fn inbox_place(item: &InboxItem) -> String {
    inbox(&item.profile, item.at, &item.id).to_string()
}

/// The sort keys between which a profile's inbox lies.
pub fn inbox_range() -> (&'static str, &'static str) {
    (INBOX_PREFIX, "E$")
}

/// The sort keys between which lies what of an inbox is later than the moment.
pub fn inbox_after(at: Timestamp) -> (String, &'static str) {
    let first = after(at, Span::from_millis(1));
    (format!("{INBOX_PREFIX}{}", time(first)), inbox_range().1)
}

/// An item of a profile's partition by its sort key.
pub fn in_partition(profile: &ProfileId, sk: &str) -> Key {
    Key::of(profile_pk(profile), sk)
}

/// A profile's state.
pub fn state(profile: &ProfileId) -> Key {
    Key::of(profile_pk(profile), STATE_SK)
}

/// A profile's traits.
pub fn traits(profile: &ProfileId) -> Key {
    Key::of(profile_pk(profile), TRAITS_SK)
}

/// The sort keys between which a profile's state and traits lie, and nothing else.
pub fn profile_range() -> (&'static str, &'static str) {
    (STATE_SK, TRAITS_SK)
}

/// A message. Its id is derived, never a sender's, and short.
pub fn message(profile: &ProfileId, message: &MessageId) -> Key {
    Key::of(profile_pk(profile), format!("{MESSAGE_PREFIX}{message}"))
}

/// A message placed on the page.
pub fn placed(profile: &ProfileId, message: &MessageId) -> Key {
    Key::of(profile_pk(profile), format!("{PLACED_PREFIX}{message}"))
}

/// The sort keys between which lie the messages placed for a profile and its state, and nothing else.
pub fn visit_range() -> (&'static str, &'static str) {
    (PLACED_PREFIX, STATE_SK)
}

/// What the sort keys of a profile's messages start with.
pub fn outbox_prefix() -> &'static str {
    MESSAGE_PREFIX
}

/// What is in force.
pub fn manifest() -> Key {
    Key::of(DEFINITIONS, "MANIFEST")
}

/// A version of a definition.
pub fn definition(key: &DefinitionKey) -> Key {
    let sk = match key {
        DefinitionKey::Campaign(name, version) => format!("{CAMPAIGN_PREFIX}{}#{version}", bounded(name.as_str())),
        DefinitionKey::Template(name, version) => format!("{TEMPLATE_PREFIX}{}#{version}", bounded(name)),
        DefinitionKey::Service(name, version) => format!("{SERVICE_PREFIX}{}#{version}", bounded(name)),
        DefinitionKey::Workspace(version) => format!("{WORKSPACE_PREFIX}{version}"),
    };
    Key::of(DEFINITIONS, sk)
}

/// An address that nothing may be sent to. The address itself is not in it.
pub fn suppression(channel: Channel, address: &str) -> Key {
    Key::of(
        format!(
            "{SUPPRESSION_PREFIX}{}#{}",
            channel.name(),
            address_digest(channel, address)
        ),
        "SUPPRESSED",
    )
}

/// What asked lately whose an address is. The address itself is not in it.
pub fn confirmations(channel: Channel, address: &str) -> Key {
    Key::of(
        format!("L#{}#{}", channel.name(), address_digest(channel, address)),
        "ASKED",
    )
}

/// Whose message it is that a service names. Neither its id nor the address is in it.
pub fn origin(service: &str, named: Named<'_>) -> Key {
    let name = match named {
        Named::Id(id) => digest(&["origin", id]),
        Named::Address(channel, address) => format!("to_{}", address_digest(channel, address)),
        Named::Person(name) => digest(&["person", name]),
    };
    Key::of(format!("X#{service}#{name}"), "ORIGIN")
}

/// The sweep's cursor.
pub fn sweep() -> Key {
    Key::of("W#", "SWEEP")
}

/// When the last outage of the stream ended.
pub fn outage() -> Key {
    Key::of("W#", "OUTAGE")
}

/// The place of a profile's alarm, or of one of its messages, in the due index.
pub fn due(profile: &ProfileId, at: Timestamp) -> Due {
    Due {
        pk: due_pk(Bucket::of(profile, at).shard, at),
        sk: format!("{}#{profile}", time(at)),
    }
}

/// The partition of the due index for a shard on the day of `at`, in UTC.
pub fn due_pk(shard: u16, at: Timestamp) -> String {
    let at = Timestamp::from_millisecond(at.as_millisecond().max(0)).unwrap_or_default();
    format!("{}#{shard}", at.strftime("%Y-%m-%d"))
}

/// A place in the due index after everything due at `at` and before everything due later.
pub fn due_after(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0).saturating_add(1))
}

/// When an entry of the due index is due, read from its `due_sk`.
pub fn due_time(sk: &str) -> Option<Timestamp> {
    parse_time(sk.split_once('#')?.0)
}

/// Milliseconds in 15 digits.
fn time(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

fn parse_time(digits: &str) -> Option<Timestamp> {
    let millis = digits.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}

/// The text itself, or its hash where it is long.
fn bounded(text: &str) -> String {
    if text.len() <= PLAIN_MAX_BYTES {
        text.to_owned()
    } else {
        format!("h_{}", digest(&["key", text]))
    }
}

/// Whether a text is too long to be in a key as it is.
pub fn is_hashed(text: &str) -> bool {
    text.len() > PLAIN_MAX_BYTES
}
