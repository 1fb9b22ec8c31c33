//! The HTTP request: which call, which key, what body.

use crate::answer::Answer;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use beckon_shared::domain::event::EventKind;
use beckon_shared::segment::{Call, MESSAGE_MAX_BYTES, Refusal};
use beckon_shared::write_keys;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::Read;

/// Most bytes of a body, unpacked.
pub const BODY_MAX_BYTES: usize = 500 * 1024;

/// A body, opened: its messages are not yet looked into.
#[derive(Debug, Default)]
pub struct Letter<'a> {
    /// The key that older SDKs put into the body.
    pub write_key: Option<String>,
    /// When the sender's clock says it left.
    pub sent_at: Option<String>,
    /// Its messages, as they were written.
    pub messages: Vec<&'a str>,
}

/// The call; nothing for a browser's preflight.
pub fn route(request: &LambdaFunctionUrlRequest) -> Result<Option<Call>, Answer> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let kind = path.strip_prefix("/v1/").map(|call| call.trim_end_matches('/'));
    let call = match kind {
        Some("identify") => Call::One(EventKind::Identify),
        Some("track") => Call::One(EventKind::Track),
        Some("page") => Call::One(EventKind::Page),
        Some("screen") => Call::One(EventKind::Screen),
        Some("group") => Call::One(EventKind::Group),
        Some("alias") => Call::One(EventKind::Alias),
        Some("batch" | "import") => Call::Batch,
        Some(_) | None => return Err(Answer::NotFound),
    };
    match request.request_context.http.method.as_deref() {
        Some("OPTIONS") => Ok(None),
        Some("POST") => Ok(Some(call)),
        Some(_) | None => Err(Answer::NotAllowed),
    }
}

/// The body's bytes, unpacked where it is gzip.
pub fn body(request: &LambdaFunctionUrlRequest) -> Result<Vec<u8>, Answer> {
    let text = request.body.as_deref().unwrap_or_default();
    let bytes = if request.is_base64_encoded {
        STANDARD.decode(text).map_err(|_| unreadable("is not valid base64"))?
    } else {
        text.as_bytes().to_vec()
    };
    // The header may be lost on the way; gzip's first bytes (RFC 1952 §2.3.1) never begin JSON.
    let gzip = bytes.starts_with(&[0x1f, 0x8b]) || header(request, "content-encoding") == Some("gzip");
    let bytes = if gzip { unpack(&bytes)? } else { bytes };
    if bytes.len() > BODY_MAX_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Answer> {
    let mut unpacked = Vec::new();
    // One byte over the limit tells that there is more, whatever the rest would unpack to.
    let limit = u64::try_from(BODY_MAX_BYTES + 1).unwrap_or(u64::MAX);
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|_| unreadable("is not valid gzip"))?;
    Ok(unpacked)
}

/// The user name of Basic authentication (RFC 7617), which is the write key.
pub fn key_in_header(request: &LambdaFunctionUrlRequest) -> Result<Option<String>, Answer> {
    match header(request, "authorization") {
        Some(value) => write_keys::key_of(value).map_err(Answer::Unauthorized),
        None => Ok(None),
    }
}

/// Opens the body.
pub fn open(call: Call, body: &[u8]) -> Result<Letter<'_>, Answer> {
    let text = std::str::from_utf8(body)
        .map_err(|error| unreadable(format!("is not UTF-8 after byte {}", error.valid_up_to())))?;
    match call {
        Call::One(_) => {
            let envelope: Envelope = serde_json::from_str(text).map_err(|error| malformed(&error))?;
            if text.len() > MESSAGE_MAX_BYTES {
                return Err(Answer::TooLarge(format!(
                    "the message is {} bytes long, at most {MESSAGE_MAX_BYTES} are taken",
                    text.len()
                )));
            }
            Ok(Letter {
                write_key: envelope.write_key.and_then(text_of),
                sent_at: envelope.sent_at.and_then(text_of),
                messages: vec![text],
            })
        }
        Call::Batch => {
            let envelope: BatchEnvelope<'_> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
            let messages = envelope
                .batch
                .ok_or_else(|| Answer::Unreadable(Refusal::new("batch", "is missing")))?;
            Ok(Letter {
                write_key: envelope.write_key.and_then(text_of),
                sent_at: envelope.sent_at.and_then(text_of),
                messages: messages.into_iter().map(RawValue::get).collect(),
            })
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "writeKey")]
    write_key: Option<serde_json::Value>,
    #[serde(rename = "sentAt")]
    sent_at: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct BatchEnvelope<'a> {
    #[serde(rename = "writeKey")]
    write_key: Option<serde_json::Value>,
    #[serde(rename = "sentAt")]
    sent_at: Option<serde_json::Value>,
    #[serde(borrow)]
    batch: Option<Vec<&'a RawValue>>,
}

fn text_of(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text),
        _ => None,
    }
}

fn header<'r>(request: &'r LambdaFunctionUrlRequest, name: &str) -> Option<&'r str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

fn malformed(error: &serde_json::Error) -> Answer {
    unreadable(format!("cannot be read as JSON: {error}"))
}

fn unreadable(reason: impl Into<String>) -> Answer {
    Answer::Unreadable(Refusal::new("body", reason))
}

fn too_large() -> Answer {
    Answer::TooLarge(format!("the body is larger than {BODY_MAX_BYTES} bytes"))
}
