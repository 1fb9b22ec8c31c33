//! The fields of a message, one by one.

use super::Refusal;
use super::message::Message;
use crate::domain::event::{EventKind, Properties};
use crate::domain::id::{IdError, ProfileId};
use crate::domain::profile::{self, DEVICE_REGISTERED, Platform};
use serde_json::Value;

/// Longest name of an event, in bytes.
const NAME_MAX_BYTES: usize = 200;
/// Longest message id, in bytes.
const MESSAGE_ID_MAX_BYTES: usize = 200;
/// Deepest nesting of properties.
const DEPTH_MAX: usize = 20;
/// Longest email address, in bytes (RFC 5321 §4.5.3.1.3, less the brackets).
const EMAIL_MAX_BYTES: usize = 254;

/// Who it is about: `userId`, else `anonymousId`.
pub(super) fn about(message: &Message) -> Result<ProfileId, Refusal> {
    let id = |field: &'static str| match message.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(value) => match text_of(Some(value)) {
            Some(text) => Ok(Some(text)),
            None => Err(Refusal::new(field, format!("is {}, expected text", kind_name(value)))),
        },
    };
    let refused = |field: &'static str| move |error: IdError| Refusal::new(field, error.to_string());
    if let Some(user) = id("userId")? {
        return ProfileId::known(&user).map_err(refused("userId"));
    }
    match id("anonymousId")? {
        Some(anonymous) => ProfileId::anonymous(&anonymous).map_err(refused("anonymousId")),
        None => Err(Refusal::new(
            "userId",
            "is missing: a message needs `userId` or `anonymousId`",
        )),
    }
}

/// The event's, page's or screen's name; empty for the other calls.
pub(super) fn name(kind: EventKind, message: &Message) -> Result<String, Refusal> {
    let (field, needed) = match kind {
        EventKind::Track => ("event", true),
        EventKind::Page | EventKind::Screen => ("name", false),
        EventKind::Identify | EventKind::Group | EventKind::Alias => return Ok(String::new()),
    };
    match message.get(field) {
        Some(Value::String(text)) if text.len() > NAME_MAX_BYTES => {
            let reason = format!("is {} bytes long, at most {NAME_MAX_BYTES} are taken", text.len());
            Err(Refusal::new(field, reason))
        }
        Some(Value::String(text)) if text.chars().any(char::is_control) => {
            Err(Refusal::new(field, "contains a control character"))
        }
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        None | Some(Value::Null | Value::String(_)) if needed => Err(Refusal::new(field, "is missing")),
        None | Some(Value::Null | Value::String(_)) => Ok(String::new()),
        Some(other) => Err(Refusal::new(field, format!("is {}, expected text", kind_name(other)))),
    }
}

/// The call's properties or traits. On an identify call the context fills in time zone and
/// locale where the traits do not say them.
pub(super) fn properties(kind: EventKind, message: &mut Message) -> Result<Properties, Refusal> {
    let field = match kind {
        EventKind::Track | EventKind::Page | EventKind::Screen => "properties",
        EventKind::Identify | EventKind::Group | EventKind::Alias => "traits",
    };
    let mut properties = match message.remove(field) {
        None | Some(Value::Null) => Properties::new(),
        Some(Value::Object(properties)) => properties,
        Some(other) => {
            return Err(Refusal::new(
                field,
                format!("is {}, expected an object", kind_name(&other)),
            ));
        }
    };
    if properties.values().any(|value| is_deeper(value, DEPTH_MAX)) {
        return Err(Refusal::new(field, format!("is nested more than {DEPTH_MAX} deep")));
    }
    match kind {
        EventKind::Identify => {
            for name in ["timezone", "locale"] {
                let told = message
                    .get("context")
                    .and_then(|context| context.get(name))
                    .and_then(Value::as_str);
                if let Some(told) = told
                    && !properties.contains_key(name)
                {
                    properties.insert(name.to_owned(), Value::from(told));
                }
            }
            check_addresses(&properties)?;
        }
        EventKind::Group => keep(&mut properties, message, "groupId"),
        EventKind::Alias => keep(&mut properties, message, "previousId"),
        EventKind::Track | EventKind::Page | EventKind::Screen => {}
    }
    Ok(properties)
}

/// Refuses what cannot be a device, where somebody is told.
pub(super) fn check_device(event: &str, properties: &Properties) -> Result<(), Refusal> {
    profile::check_device(event, properties).map_err(|fault| Refusal::new(fault.field, fault.expected))
}

/// The device that a message came from, as what registers it: `context.device.token`, which Segment's mobile
/// libraries send along with everything once the app has one, and `context.device.type` (Segment
/// specification, "Spec: Common fields", "Context").
pub(super) fn device(message: &Message) -> Option<Properties> {
    let context = message.get("context")?;
    let device = context.get("device")?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let platform = match text(device.get("type"))?.to_ascii_lowercase().as_str() {
        "ios" => Platform::Apns,
        "android" => Platform::Fcm,
        _ => return None,
    };
    let app = context.get("app").and_then(|app| text(app.get("namespace")));
    let said = [
        ("token", text(device.get("token"))),
        ("platform", Some(platform.name().to_owned())),
        ("app", app),
    ];
    let properties: Properties = said
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect();
    // What the library sends along by itself is no reason to refuse what it says.
    profile::check_device(DEVICE_REGISTERED, &properties)
        .is_ok()
        .then_some(properties)
}

fn keep(properties: &mut Properties, message: &mut Message, field: &str) {
    if let Some(value) = message.remove(field) {
        properties.insert(field.to_owned(), value);
    }
}

/// An address ends up in a header or a provider's call: what cannot be one is refused here,
/// where somebody is told.
fn check_addresses(traits: &Properties) -> Result<(), Refusal> {
    for (name, field) in [("email", "traits.email"), ("phone", "traits.phone")] {
        match traits.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(Value::String(text)) => {
                if text.chars().any(char::is_control) {
                    return Err(Refusal::new(field, "contains a control character"));
                }
                if name == "email" && !like_email(text) {
                    return Err(Refusal::new(field, "is not an email address"));
                }
            }
            Some(other) => return Err(Refusal::new(field, format!("is {}, expected text", kind_name(other)))),
        }
    }
    Ok(())
}

fn like_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    text.len() <= EMAIL_MAX_BYTES
        && !text.contains(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | ',' | ';' | '"'))
        && parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !local.contains('@'))
}

/// The sender's own id of it.
pub(super) fn message_id(message: &Message) -> Result<Option<String>, Refusal> {
    let field = "messageId";
    match message.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.len() > MESSAGE_ID_MAX_BYTES => {
            let reason = format!("is {} bytes long, at most {MESSAGE_ID_MAX_BYTES} are taken", text.len());
            Err(Refusal::new(field, reason))
        }
        Some(Value::String(text)) if text.chars().any(char::is_control) => {
            Err(Refusal::new(field, "contains a control character"))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(Refusal::new(field, format!("is {}, expected text", kind_name(other)))),
    }
}

/// Texts and whole numbers serve as ids.
pub(super) fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_deeper(value: &Value, depth: usize) -> bool {
    let Some(left) = depth.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, left)),
        Value::Object(fields) => fields.values().any(|field| is_deeper(field, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// What a value is, for people.
pub(super) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// No more of a sender's text than an answer should echo.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(40).collect()
}
