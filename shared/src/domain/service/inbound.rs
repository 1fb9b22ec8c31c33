//! What a service says by itself: delivery reports, replies. One call may say several things.

use super::reading::{IdPlace, scalar};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most things that one call may say.
pub const HEARD_MAX: usize = 200;
/// Longest reply that is kept, in characters.
pub const TEXT_MAX_CHARS: usize = 2_000;
/// Seconds since 1970 stay below this for three thousand years; milliseconds passed it in 1973.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// How a service's calls are verified and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// How a call shows that it is the service's.
    pub signature: Signature,
    /// Name of the secret that a call with `hub.verify_token` must repeat before its challenge is
    /// answered (Meta's verification of a callback's address).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
    /// Where a text stands in a call that is only there to be answered with it (Slack's `url_verification`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// The field of a form in which a call stands, where it comes as a form (Slack's `payload`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_field: Option<String>,
    /// By what name calls know the person, in Jinja, where it is not the address that the message went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What calls say. Every rule is tried.
    pub rules: Vec<InboundRule>,
}

/// How a call shows that it is the service's. Secrets are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// As the Standard Webhooks specification says, with a time.
    Standard {
        /// Name of the secret.
        secret: String,
    },
    /// As Slack does: `X-Slack-Signature`, with a time.
    Slack {
        /// Name of the secret.
        secret: String,
    },
    /// HMAC-SHA256 of the body in hexadecimal, in a header of the service's.
    Hmac {
        /// Name of the secret.
        secret: String,
        /// The header.
        header: String,
        /// What stands before the hexadecimal digits, such as `sha256=`.
        #[serde(default)]
        prefix: String,
    },
    /// The secret itself, in a header of the service's.
    Token {
        /// Name of the secret.
        secret: String,
        /// The header.
        header: String,
    },
}

impl Signature {
    /// Name of its secret.
    pub fn secret(&self) -> &str {
        match self {
            Self::Standard { secret }
            | Self::Slack { secret }
            | Self::Hmac { secret, .. }
            | Self::Token { secret, .. } => secret,
        }
    }
}

/// What one kind of thing in a call means. Places are JSON pointers, within the thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundRule {
    /// Where the things stand: a pointer with `*` for every element of a list. Empty: the call itself.
    #[serde(default)]
    pub each: String,
    /// What must stand in the thing.
    #[serde(default)]
    pub when: BTreeMap<String, Value>,
    /// The event that it becomes.
    pub event: String,
    /// Where the service's id of our message stands.
    #[serde(default)]
    pub message: Option<IdPlace>,
    /// Where the person's address stands, for what answers no message in particular.
    #[serde(default)]
    pub from: Option<String>,
    /// Where a reply's text stands.
    #[serde(default)]
    pub text: Option<String>,
    /// Where its time stands: seconds or milliseconds since 1970, or RFC 3339.
    #[serde(default)]
    pub at: Option<String>,
    /// Where an id of its own stands, by which a repeat is known.
    #[serde(default)]
    pub id: Option<String>,
}

/// One thing that a call says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The event that it becomes.
    pub event: String,
    /// The service's id of our message.
    pub message: Option<String>,
    /// The person's address.
    pub from: Option<String>,
    /// A reply's text.
    pub text: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Its own id.
    pub id: Option<String>,
}

impl Inbound {
    /// What a call says, at most [`HEARD_MAX`] things.
    pub fn read(&self, call: &Value) -> Vec<Heard> {
        let mut heard = Vec::new();
        for rule in &self.rules {
            for thing in things(call, &rule.each) {
                let fits = rule
                    .when
                    .iter()
                    .all(|(place, wanted)| thing.pointer(place) == Some(wanted));
                if fits && heard.len() < HEARD_MAX {
                    heard.push(rule.heard(thing));
                }
            }
        }
        heard
    }

    /// What a call wants to be answered with, if that is all it wants.
    pub fn challenge<'c>(&self, call: &'c Value) -> Option<&'c str> {
        call.pointer(self.challenge.as_deref()?)?.as_str()
    }

    /// Whether people are looked for by their address.
    pub fn asks_by_address(&self) -> bool {
        self.rules.iter().any(|rule| rule.from.is_some())
    }
}

impl InboundRule {
    fn heard(&self, thing: &Value) -> Heard {
        let at = |place: &Option<String>| scalar(thing, place.as_ref()?);
        let text = self.text.as_ref().and_then(|place| thing.pointer(place)?.as_str());
        Heard {
            event: self.event.clone(),
            message: self.message.as_ref().and_then(|place| place.read(thing)),
            from: at(&self.from),
            text: text.map(|text| text.chars().take(TEXT_MAX_CHARS).collect()),
            at: at(&self.at).and_then(|text| instant(&text)),
            id: at(&self.id),
        }
    }
}

/// The things at a pointer in which `*` stands for every element.
fn things<'v>(call: &'v Value, each: &str) -> Vec<&'v Value> {
    let mut found = vec![call];
    for name in each.split('/').skip(1) {
        let inside = |value: &'v Value| -> Vec<&'v Value> {
            match (name, value) {
                ("*", Value::Array(elements)) => elements.iter().collect(),
                ("*", _) => Vec::new(),
                (name, value) => value.pointer(&format!("/{name}")).into_iter().collect(),
            }
        };
        found = found.into_iter().flat_map(inside).take(HEARD_MAX).collect();
    }
    found
}

fn instant(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(number) if number < SECONDS_BELOW => Timestamp::from_second(number).ok(),
        Ok(number) => Timestamp::from_millisecond(number).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(each: &str, status: &str, event: &str) -> InboundRule {
        InboundRule {
            each: each.to_owned(),
            when: BTreeMap::from([("/status".to_owned(), json!(status))]),
            event: event.to_owned(),
            message: Some(IdPlace::One("/id".to_owned())),
            from: None,
            text: None,
            at: Some("/timestamp".to_owned()),
            id: None,
        }
    }

    #[test]
    fn a_call_says_several_things() {
        let inbound = Inbound {
            signature: Signature::Slack { secret: "s".to_owned() },
            verify_token: None,
            challenge: None,
            form_field: None,
            person: None,
            rules: vec![
                rule("/entry/*/statuses/*", "delivered", "Message Delivered"),
                rule("/entry/*/statuses/*", "read", "Message Read"),
            ],
        };
        let call = json!({"entry": [
            {"statuses": [{"id": "a", "status": "read", "timestamp": "1700000000"}]},
            {"statuses": [{"id": "b", "status": "delivered", "timestamp": 1_700_000_000_500_i64}, {"status": "sent"}]},
            {"other": 1},
        ]});
        let heard: Vec<_> = inbound
            .read(&call)
            .into_iter()
            .map(|heard| (heard.event, heard.message, heard.at.map(|at| at.as_millisecond())))
            .collect();
        let expected = [
            ("Message Delivered", "b", 1_700_000_000_500),
            ("Message Read", "a", 1_700_000_000_000),
        ]
        .map(|(event, id, at)| (event.to_owned(), Some(id.to_owned()), Some(at)));
        assert_eq!(heard, expected);
        assert!(inbound.read(&json!("text")).is_empty());
    }

    #[test]
    fn an_id_of_several_parts_is_all_of_them() {
        let places = IdPlace::Several(["/chat/id", "/message_id"].map(str::to_owned).into());
        let read = |call: Value| places.read(&call);
        assert_eq!(
            read(json!({"chat": {"id": -42}, "message_id": 7})).as_deref(),
            Some("-42:7")
        );
        assert_eq!(read(json!({"chat": {"id": -42}})), None);
        assert_eq!(read(json!({"message_id": 7})), None);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert_eq!(
            instant("2026-03-01T10:00:00Z").map(|at| at.as_second()),
            Some(1_772_359_200)
        );
        assert_eq!(instant("tomorrow"), None);
        assert_eq!(
            scalar(&json!({"a": {"b": [1, true]}}), "/a/b/1").as_deref(),
            Some("true")
        );
        assert_eq!(scalar(&json!({"a": "x".repeat(300)}), "/a"), None);
    }
}
