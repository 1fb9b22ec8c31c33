//! What an answer means.
//!
//! | answer | verdict |
//! |---|---|
//! | a status of success, and all that must stand in it stands there | taken |
//! | the same, but something else stands there (Viber's `status` is not 0) | by its code: heals, or fails |
//! | a status or code that the service's file lists | as it says there |
//! | 429, 503 (RFC 6585 §4, RFC 9110 §15.6.4), 408 | retry, after `Retry-After` |
//! | 501, 505 | fail |
//! | any other 5xx | may have been taken; retry where the service knows a repeat by its id |
//! | every other status, redirects included | fail |
//! | a success that cannot be read where it has to be | may have been taken |
//!
//! Reasons are made of statuses and codes: messages of services repeat addresses.

use super::exchange::{Answer, bounded};
use crate::domain::event::Properties;
use crate::domain::service::scalar;
use crate::domain::time::Span;
use crate::ports::call::Call;
use crate::ports::sender::{SendError, Taken};
use serde_json::Value;

/// Largest answer that a `call` step gets, in bytes of JSON: it goes into the profile's inbox.
const KEPT_MAX_BYTES: usize = 8 * 1024;
/// Nesting of groups and lists in it.
const KEPT_MAX_DEPTH: usize = 4;
/// Longest code that is repeated in a reason, in bytes.
const CODE_MAX_BYTES: usize = 64;

/// What the answer means.
pub(super) fn read(call: &Call, answer: &Answer) -> Result<Taken, SendError> {
    let reading = &call.reading;
    let json = answer
        .body
        .as_deref()
        .and_then(|body| serde_json::from_slice::<Value>(body).ok());
    if reading.success.contain(answer.status) {
        let Some(json) = &json else {
            return match reading.needs_json() {
                true => Err(unsure(call, "a success whose answer is not JSON that can be read")),
                false => Ok(Taken::default()),
            };
        };
        if reading.is_as_expected(json) {
            return Ok(Taken {
                id: reading
                    .id
                    .as_ref()
                    .and_then(|place| place.read(json))
                    .unwrap_or_default(),
                answer: if reading.keeps {
                    kept(call, answer.status, json)
                } else {
                    Properties::new()
                },
            });
        }
    }
    Err(refusal(call, answer, json.as_ref()))
}

/// An outcome that nobody knows. Where the service knows a repeat by its id, asking again is safe.
pub(super) fn unsure(call: &Call, what: &str) -> SendError {
    let reason = format!("{}: {what}", call.service);
    match call.idempotency {
        Some(_) => SendError::Retry { reason, after: None },
        None => SendError::Unknown { reason },
    }
}

fn refusal(call: &Call, answer: &Answer, json: Option<&Value>) -> SendError {
    let (reading, status) = (&call.reading, answer.status);
    let code = json.and_then(|json| scalar(json, reading.code.as_deref()?));
    let after = wait(call, answer, json);
    let named = code.as_deref().filter(|code| is_code(code));
    let told = match named {
        Some(code) => format!("answer {status}, code {code}"),
        None => format!("answer {status}"),
    };
    let reason = format!("{}: {told}", call.service);
    let status_text = status.to_string();
    let lists = |listed: &std::collections::BTreeSet<String>| {
        code.as_ref().is_some_and(|code| listed.contains(code)) || listed.contains(&status_text)
    };
    if lists(&reading.fails) {
        return SendError::Fail { reason };
    }
    if lists(&reading.heals) {
        return SendError::Retry { reason, after };
    }
    match status {
        408 | 429 | 503 => SendError::Retry { reason, after },
        501 | 505 => SendError::Fail { reason },
        500..=599 => unsure(call, &told),
        300..=399 => SendError::Fail {
            reason: format!("{reason}: redirects are not followed"),
        },
        _ => SendError::Fail { reason },
    }
}

/// How long the service asks to wait: in the answer, or by `Retry-After`.
fn wait(call: &Call, answer: &Answer, json: Option<&Value>) -> Option<Span> {
    let told = json.and_then(|json| scalar(json, call.reading.wait.as_deref()?));
    match told.and_then(|text| text.trim().parse::<f64>().ok()) {
        Some(secs) => bounded(secs),
        None => answer.wait(call.at_secs),
    }
}

/// Whether it is a code and no sentence that may hold an address.
fn is_code(text: &str) -> bool {
    text.len() <= CODE_MAX_BYTES
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// What a `call` step gets: the answer's own fields, and its `status` where it has none. What is too
/// large is left out, and said.
fn kept(call: &Call, status: u16, json: &Value) -> Properties {
    let mut answer = Properties::new();
    match json {
        Value::Object(fields) if depth(json) <= KEPT_MAX_DEPTH && json.to_string().len() <= KEPT_MAX_BYTES => {
            answer.extend(fields.clone());
        }
        _ => tracing::warn!(
            service = call.service,
            "the answer is no JSON object of at most {KEPT_MAX_BYTES} bytes and {KEPT_MAX_DEPTH} levels: only its \
             status is kept"
        ),
    }
    answer.entry("status").or_insert_with(|| Value::from(status));
    answer
}

fn depth(json: &Value) -> usize {
    match json {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
