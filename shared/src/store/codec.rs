//! Items as they are in the table, and back.

pub use super::attributes::{Attributes, DecodeError, Item};
use super::attributes::{malformed, redacted};
use super::keys::{self, Key, Kind, is_hashed};
use super::packing;
use crate::domain::campaign::Channel;
use crate::domain::event::{InboxItem, Input};
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::line::Pace;
use crate::domain::message::{Message, Status};
use crate::domain::profile::{Profile, State, Traits};
use crate::domain::service::Heard;
use crate::domain::time::Timestamp;
use crate::ports::confirmations::Asked;
use crate::ports::definitions::{Definition, DefinitionKey, Manifest};
use crate::ports::origins::Origin;
use crate::ports::outbox::Envelope;
use crate::ports::page::{Placed, Visit};
use crate::ports::suppressions::Suppression;
use crate::ports::{PortError, SweepCursor};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// An item of an inbox.
pub fn encode_inbox(item: &InboxItem, expires: Timestamp) -> Result<Item, PortError> {
    let mut row = keyed(keys::inbox(&item.profile, item.at, &item.id));
    row.insert(keys::BODY.into(), json(&item.inputs)?);
    row.insert(keys::RECEIVED.into(), number(item.received.as_millisecond()));
    row.insert(keys::TTL.into(), number(expires.as_second()));
    if is_hashed(&item.id) {
        row.insert(keys::ID.into(), AttributeValue::S(item.id.clone()));
    }
    Ok(row)
}

/// Reads an item of an inbox.
pub fn decode_inbox(row: &impl Attributes) -> Result<InboxItem, DecodeError> {
    let key = row.key()?;
    let profile = key
        .profile()
        .ok_or_else(|| malformed(keys::PK, "not a profile's partition"))?;
    let (at, id) = key
        .inbox()
        .ok_or_else(|| malformed(keys::SK, "not an inbox item's time and id"))?;
    Ok(InboxItem {
        profile,
        id: row.text(keys::ID).unwrap_or(id).to_owned(),
        at,
        received: row.instant(keys::RECEIVED)?,
        inputs: from_json::<Vec<Input>>(row, keys::BODY)?,
    })
}

/// A profile's state, with its place in the due index where an alarm is set.
pub fn encode_state(id: &ProfileId, version: u64, state: &State) -> Result<Item, PortError> {
    let mut row = keyed(keys::state(id));
    row.insert(keys::VERSION.into(), number(version));
    row.insert(keys::STATE.into(), AttributeValue::B(Blob::new(kept(state)?)));
    if let Some(alarm) = state.alarm {
        let due = keys::due(id, alarm);
        row.insert(keys::DUE_PK.into(), AttributeValue::S(due.pk));
        row.insert(keys::DUE_SK.into(), AttributeValue::S(due.sk));
    }
    Ok(row)
}

/// How many bytes of its item a state takes.
pub fn state_bytes(row: &Item) -> usize {
    row.get(keys::STATE).map_or(0, value_size)
}

fn kept(state: &State) -> Result<Vec<u8>, PortError> {
    packing::deflated(packed(state)?).map_err(|error| PortError::Fail(format!("cannot be packed: {error}")))
}

/// A profile's traits.
pub fn encode_traits(id: &ProfileId, traits: &Traits) -> Result<Item, PortError> {
    let mut row = keyed(keys::traits(id));
    row.insert(keys::TRAITS.into(), AttributeValue::B(Blob::new(packed(traits)?)));
    Ok(row)
}

/// Reads a profile from its state's item and, where it has one, its traits'.
pub fn decode_profile(state: &impl Attributes, traits: Option<&impl Attributes>) -> Result<Profile, DecodeError> {
    Ok(Profile {
        version: state.number(keys::VERSION)?,
        state: unpacked(state, keys::STATE)?,
        traits: match traits {
            Some(traits) => unpacked(traits, keys::TRAITS)?,
            None => Traits::default(),
        },
        log: super::log::read_log(state),
    })
}

/// A message that was just decided.
pub fn encode_message(message: &Message, expires: Timestamp) -> Result<Item, PortError> {
    let mut row = keyed(keys::message(&message.profile, &message.id));
    row.insert(keys::BODY.into(), json(message)?);
    row.insert(keys::STATUS.into(), AttributeValue::S(Status::Queued.name().to_owned()));
    row.insert(keys::ATTEMPTS.into(), number(0));
    row.insert(keys::TTL.into(), number(expires.as_second()));
    Ok(row)
}

/// Reads a message and where it stands.
pub fn decode_envelope(row: &Item) -> Result<Envelope, DecodeError> {
    Ok(Envelope {
        message: from_json(row, keys::BODY)?,
        status: Status::parse(row.text(keys::STATUS)?).ok_or_else(|| malformed(keys::STATUS, "not a status"))?,
        attempts: row.number(keys::ATTEMPTS)?,
        maybe_sent: row.contains_key(keys::MAYBE_SENT),
    })
}

/// A message placed on the page.
pub fn encode_placed(profile: &ProfileId, placed: &Placed) -> Result<Item, PortError> {
    let mut row = keyed(keys::placed(profile, &placed.message));
    row.insert(keys::BODY.into(), json(placed)?);
    row.insert(keys::TTL.into(), number(placed.expires.as_second()));
    Ok(row)
}

/// Reads what waits for a profile from the items between [`keys::visit_range`].
pub fn decode_visit<'r, A: Attributes + 'r>(rows: impl IntoIterator<Item = &'r A>) -> Result<Visit, DecodeError> {
    let mut visit = Visit::default();
    for row in rows {
        match row.key()?.kind() {
            Kind::Placed => visit.placed.push(from_json(row, keys::BODY)?),
            Kind::State => {
                let state = decode_profile(row, None::<&A>)?.state;
                (visit.shown, visit.joined) = (state.shown, state.joined);
            }
            Kind::Inbox
            | Kind::Traits
            | Kind::Message
            | Kind::Campaign
            | Kind::Template
            | Kind::Workspace
            | Kind::Service
            | Kind::Other => {}
        }
    }
    Ok(visit)
}

/// Reads which message an item is.
pub fn decode_message_key(row: &impl Attributes) -> Result<(ProfileId, MessageId), DecodeError> {
    let key = row.key()?;
    let profile = key
        .profile()
        .ok_or_else(|| malformed(keys::PK, "not a profile's partition"))?;
    let message = key.message().ok_or_else(|| malformed(keys::SK, "not a message's id"))?;
    Ok((profile, message))
}

/// A definition, under the key that its name and version give.
pub fn encode_definition(definition: &Definition) -> Result<Item, PortError> {
    let (key, body) = match definition {
        Definition::Campaign(campaign) => (
            DefinitionKey::Campaign(campaign.name.clone(), campaign.version.clone()),
            json(campaign)?,
        ),
        Definition::Template(template) => (
            DefinitionKey::Template(template.name.clone(), template.version.clone()),
            json(template)?,
        ),
        Definition::Service(service) => (
            DefinitionKey::Service(service.name.clone(), service.version.clone()),
            json(service)?,
        ),
        Definition::Workspace(workspace) => (DefinitionKey::Workspace(workspace.version.clone()), json(workspace)?),
    };
    let mut row = keyed(keys::definition(&key));
    row.insert(keys::BODY.into(), body);
    Ok(row)
}

/// Reads a definition; its key says which kind it is.
pub fn decode_definition(row: &impl Attributes) -> Result<Definition, DecodeError> {
    match row.key()?.kind() {
        Kind::Campaign => Ok(Definition::Campaign(from_json(row, keys::BODY)?)),
        Kind::Template => Ok(Definition::Template(from_json(row, keys::BODY)?)),
        Kind::Service => Ok(Definition::Service(from_json(row, keys::BODY)?)),
        Kind::Workspace => Ok(Definition::Workspace(from_json(row, keys::BODY)?)),
        Kind::Inbox | Kind::State | Kind::Traits | Kind::Message | Kind::Placed | Kind::Other => {
            Err(malformed(keys::SK, "not a definition's"))
        }
    }
}

/// What is in force.
pub fn encode_manifest(manifest: &Manifest) -> Result<Item, PortError> {
    let mut row = keyed(keys::manifest());
    row.insert(keys::REVISION.into(), number(manifest.revision));
    row.insert(keys::BODY.into(), json(manifest)?);
    Ok(row)
}

/// Reads what is in force.
pub fn decode_manifest(row: &impl Attributes) -> Result<Manifest, DecodeError> {
    from_json(row, keys::BODY)
}

/// A suppressed address, of which only the hash is kept.
pub fn encode_suppression(channel: Channel, address: &str, suppression: &Suppression) -> Item {
    let mut row = keyed(keys::suppression(channel, address));
    row.insert(keys::REASON.into(), AttributeValue::S(suppression.reason.clone()));
    row.insert(keys::SINCE.into(), number(suppression.since.as_millisecond()));
    row
}

/// Reads why an address is suppressed.
pub fn decode_suppression(row: &impl Attributes) -> Result<Suppression, DecodeError> {
    Ok(Suppression {
        reason: row.text(keys::REASON)?.to_owned(),
        since: row.instant(keys::SINCE)?,
    })
}

/// What asked at an address lately, for the so many-th time.
pub fn encode_asked(key: Key, version: u64, asked: &Asked, expires: Timestamp) -> Result<Item, PortError> {
    let mut row = keyed(key);
    row.insert(keys::VERSION.into(), number(version));
    row.insert(keys::BODY.into(), json(asked)?);
    row.insert(keys::TTL.into(), number(expires.as_second()));
    Ok(row)
}

/// Reads for the how many-th time that was written, and what asked at an address lately.
pub fn decode_asked(row: &impl Attributes) -> Result<(u64, Asked), DecodeError> {
    Ok((row.number(keys::VERSION)?, from_json(row, keys::BODY)?))
}

/// Where a message came from.
pub fn encode_origin(key: Key, origin: &Origin, expires: Timestamp) -> Result<Item, PortError> {
    let mut row = keyed(key);
    row.insert(keys::BODY.into(), json(origin)?);
    row.insert(keys::TTL.into(), number(expires.as_second()));
    Ok(row)
}

/// What is said of a message whose origin is not known yet.
pub fn encode_words(key: Key, words: &[Heard], expires: Timestamp) -> Result<Item, PortError> {
    let mut row = keyed(key);
    row.insert(keys::BODY.into(), json(&words)?);
    row.insert(keys::WORDS.into(), number(words.len()));
    row.insert(keys::TTL.into(), number(expires.as_second()));
    Ok(row)
}

/// What is known of a message that a service names.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Where it came from.
    Origin(Origin),
    /// What was said of it before that was known.
    Words(Vec<Heard>),
}

impl Known {
    /// Where it came from.
    pub fn origin(self) -> Option<Origin> {
        match self {
            Self::Origin(origin) => Some(origin),
            Self::Words(_) => None,
        }
    }
}

/// Reads what is known of a message.
pub fn decode_known(row: &impl Attributes) -> Result<Known, DecodeError> {
    match row.number::<u64>(keys::WORDS) {
        Ok(_) => from_json(row, keys::BODY).map(Known::Words),
        Err(_) => from_json(row, keys::BODY).map(Known::Origin),
    }
}

/// The sweep's cursor.
pub fn encode_cursor(cursor: SweepCursor) -> Item {
    let mut row = keyed(keys::sweep());
    row.insert(keys::SWEPT.into(), number(cursor.swept.as_millisecond()));
    row.insert(keys::SCHEDULED.into(), number(cursor.scheduled.as_millisecond()));
    row
}

/// Reads the sweep's cursor.
pub fn decode_cursor(row: &impl Attributes) -> Result<SweepCursor, DecodeError> {
    Ok(SweepCursor {
        swept: row.instant(keys::SWEPT)?,
        scheduled: row.instant(keys::SCHEDULED)?,
    })
}

/// How many were called up from a line.
pub fn encode_pace(channel: Channel, pace: &Pace) -> Item {
    let mut row = keyed(keys::pace(channel));
    row.insert(keys::SINCE.into(), number(pace.at.as_millisecond()));
    row.insert(keys::ALLOWED.into(), number(pace.allowed));
    row.insert(keys::CALLED.into(), number(pace.called));
    row.insert(keys::LIMIT.into(), number(pace.limit));
    row
}

/// Reads how many were called up from a line.
pub fn decode_pace(row: &impl Attributes) -> Result<Pace, DecodeError> {
    Ok(Pace {
        at: row.instant(keys::SINCE)?,
        allowed: row.number(keys::ALLOWED)?,
        called: row.number(keys::CALLED)?,
        limit: row.number(keys::LIMIT)?,
    })
}

/// An item with nothing but its key.
pub fn keyed(key: Key) -> Item {
    HashMap::from([
        (keys::PK.to_owned(), AttributeValue::S(key.pk)),
        (keys::SK.to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// A number.
pub fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A value as JSON text.
fn json(value: &impl serde::Serialize) -> Result<AttributeValue, PortError> {
    serde_json::to_string(value)
        .map(AttributeValue::S)
        .map_err(|error| PortError::Fail(format!("cannot be written as JSON: {}", redacted(&error.to_string()))))
}

/// Reads a JSON text.
fn from_json<T: serde::de::DeserializeOwned>(row: &impl Attributes, name: &'static str) -> Result<T, DecodeError> {
    serde_json::from_str(row.text(name)?).map_err(|error| {
        let place = format!("at line {} column {}", error.line(), error.column());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        malformed(name, &format!("{} {place}", redacted(what)))
    })
}

/// How many bytes DynamoDB counts for an item: names and values (Developer Guide, "DynamoDB item
/// sizes and formats").
pub fn size(row: &Item) -> usize {
    row.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 1,
    }
}

fn packed(value: &impl serde::Serialize) -> Result<Vec<u8>, PortError> {
    rmp_serde::to_vec_named(value)
        .map_err(|error| PortError::Fail(format!("cannot be packed: {}", redacted(&error.to_string()))))
}

fn unpacked<T: serde::de::DeserializeOwned>(row: &impl Attributes, name: &'static str) -> Result<T, DecodeError> {
    let packed = packing::inflated(row.bytes(name)?).map_err(|_| malformed(name, "not what was deflated"))?;
    rmp_serde::from_slice(&packed).map_err(|error| malformed(name, &redacted(&error.to_string())))
}
