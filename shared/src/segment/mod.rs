//! Segment messages: what a web app, an SDK or a file of events says (Segment specification,
//! "Spec: Common fields" and its calls), read into the core's [`Event`]s. What cannot be right is
//! refused here, with the field and the reason, where somebody is told.

mod fields;
mod identity;
mod message;
mod times;

use crate::domain::event::{Event, EventKind, Source};
use crate::domain::id::{ProfileId, digest};
use crate::domain::profile::{DEVICE_REGISTERED, DEVICE_REMOVED};
use crate::domain::time::Timestamp;
use message::Message;
use serde_json::Value;

/// Most bytes of one message.
pub const MESSAGE_MAX_BYTES: usize = 32 * 1024;

/// Which call a message came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// One message of this kind.
    One(EventKind),
    /// Several, each of which says its own kind.
    Batch,
}

/// When messages were accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// At this time: what the sender's clock says is corrected by it.
    At(Timestamp),
    /// Each one when it happened: its own time is taken at its word, and it has to have one.
    WhenItHappened,
}

/// What is known before a message is looked into.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// Whose word it is.
    pub source: Source,
    /// When it was accepted.
    pub received: Received,
    /// When the sender's clock says the request left.
    pub sent: Option<&'a str>,
    /// The request's own id, from which ids of messages without one derive.
    pub request: &'a str,
    /// Events that a browser's word is not enough for.
    pub server_only: &'a [String],
}

/// A message that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// About whom.
    pub profile: ProfileId,
    /// What.
    pub event: Event,
    /// The registration of the device that it came from, where it tells one.
    pub device: Option<Event>,
    /// Profiles that it says are the same person: each has to be told to go over into `profile`.
    pub joins: Vec<ProfileId>,
    /// The sender's own time of it, uncorrected: a retry has the same.
    pub key_time: Timestamp,
    /// How long it was.
    pub bytes: usize,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct Refusal {
    /// The field, as the sender calls it.
    pub field: &'static str,
    /// What was found there and what is expected.
    pub reason: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }
}

/// Reads one message, the one at place `index` (from 0) of what was `heard`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(text: &str, call: Call, index: usize, heard: &Heard<'_>) -> Result<Said, Refusal> {
    if text.len() > MESSAGE_MAX_BYTES {
        let reason = format!("is {} bytes long, at most {MESSAGE_MAX_BYTES} are taken", text.len());
        return Err(Refusal::new("message", reason));
    }
    let unreadable = |error: serde_json::Error| Refusal::new("message", format!("cannot be read as JSON: {error}"));
    if !text.trim_start().starts_with('{') {
        let other: Value = serde_json::from_str(text).map_err(unreadable)?;
        let reason = format!("is {}, expected an object", fields::kind_name(&other));
        return Err(Refusal::new("message", reason));
    }
    let mut message: Message = serde_json::from_str(text).map_err(unreadable)?;
    let kind = match call {
        Call::One(kind) => kind,
        Call::Batch => kind_of(&message)?,
    };
    let profile = fields::about(&message)?;
    let name = fields::name(kind, &message)?;
    if heard.source == Source::Browser && heard.server_only.contains(&name) {
        return Err(Refusal::new(
            "event",
            format!("`{name}` is only taken from a server's write key"),
        ));
    }
    let joins = identity::joins(kind, &message, &profile, heard.source)?;
    if kind == EventKind::Group {
        identity::account(&message)?;
    }
    let properties = fields::properties(kind, &mut message)?;
    if kind == EventKind::Track {
        fields::check_device(&name, &properties)?;
    }
    let device = fields::device(&message).filter(|_| name != DEVICE_REGISTERED && name != DEVICE_REMOVED);
    let id = fields::message_id(&message)?;
    let (at, key_time) = times::times(&message, heard, id.is_some())?;
    let event = Event {
        id: id.unwrap_or_else(|| format!("req_{}", digest(&[heard.request, &index.to_string()]))),
        kind,
        name,
        at,
        source: heard.source,
        hops: 0,
        properties,
    };
    let device = device.map(|properties| Event {
        id: format!("{}/device", event.id),
        kind: EventKind::Track,
        name: DEVICE_REGISTERED.to_owned(),
        properties,
        ..event.clone()
    });
    Ok(Said {
        profile,
        event,
        device,
        joins,
        key_time,
        bytes: text.len(),
    })
}

fn kind_of(message: &Message) -> Result<EventKind, Refusal> {
    let expected = "expected track, identify, page, screen, group or alias";
    match message.get("type") {
        Some(Value::String(name)) => match name.as_str() {
            "track" => Ok(EventKind::Track),
            "identify" => Ok(EventKind::Identify),
            "page" => Ok(EventKind::Page),
            "screen" => Ok(EventKind::Screen),
            "group" => Ok(EventKind::Group),
            "alias" => Ok(EventKind::Alias),
            other => Err(Refusal::new(
                "type",
                format!("is `{}`, {expected}", fields::short(other)),
            )),
        },
        None | Some(Value::Null) => Err(Refusal::new("type", format!("is missing, {expected}"))),
        Some(other) => Err(Refusal::new(
            "type",
            format!("is {}, {expected}", fields::kind_name(other)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACK: &str = r#"{"type":"track","userId":"u1","event":"X","timestamp":"2026-03-01T10:00:00Z","sentAt":"2026-03-01T10:00:05Z"}"#;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn heard(received: Received) -> Heard<'static> {
        Heard {
            source: Source::Server,
            received,
            sent: None,
            request: "r1",
            server_only: &[],
        }
    }

    #[test]
    fn a_sender_whose_clock_is_wrong_is_corrected_where_it_was_received() {
        let received = Received::At(at("2026-03-01T12:00:05Z"));
        let said = read(TRACK, Call::Batch, 0, &heard(received)).expect("it is read");
        assert_eq!(said.event.at, at("2026-03-01T12:00:00Z"));
        assert_eq!(said.key_time, at("2026-03-01T10:00:00Z"));
    }

    #[test]
    fn an_event_from_a_file_is_taken_at_its_word() {
        let said = read(TRACK, Call::Batch, 0, &heard(Received::WhenItHappened)).expect("it is read");
        assert_eq!(said.event.at, at("2026-03-01T10:00:00Z"));
        let timeless = r#"{"type":"track","userId":"u1","event":"X"}"#;
        let refusal = read(timeless, Call::Batch, 0, &heard(Received::WhenItHappened)).expect_err("it says no time");
        assert_eq!(refusal.field, "timestamp");
    }

    #[test]
    fn a_message_without_an_id_gets_the_same_one_every_time() {
        let id = |index| {
            read(TRACK, Call::Batch, index, &heard(Received::WhenItHappened))
                .expect("it is read")
                .event
                .id
        };
        assert_eq!(id(0), id(0));
        assert_ne!(id(0), id(1));
    }
}
