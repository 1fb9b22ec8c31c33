//! When a message happened, corrected for the sender's clock.

use super::fields::{kind_name, short};
use super::message::Message;
use super::{Heard, Received, Refusal};
use crate::domain::time::{Timestamp, after, between};
use serde_json::Value;

/// The last millisecond of the year 9999.
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// When it happened, and the time for its key, both in whole milliseconds.
///
/// Segment: `timestamp = receivedAt − (sentAt − originalTimestamp)`, which takes the sender's
/// clock only for the difference. A message that has both its `timestamp` and its
/// `originalTimestamp` was corrected on the way.
pub(super) fn times(message: &Message, heard: &Heard<'_>, has_id: bool) -> Result<(Timestamp, Timestamp), Refusal> {
    let original = time(message, "originalTimestamp")?;
    let timestamp = time(message, "timestamp")?;
    let received = match heard.received {
        Received::At(received) => received,
        Received::WhenItHappened => {
            let at = timestamp.or(original);
            let at = at.ok_or_else(|| Refusal::new("timestamp", "is missing: it says when this happened"))?;
            return Ok((to_millis(at), to_millis(at)));
        }
    };
    let sent = match time(message, "sentAt")? {
        Some(sent) => Some(sent),
        None => heard.sent.and_then(|text| text.parse::<Timestamp>().ok()),
    };
    let at = match (original, timestamp, sent) {
        (Some(_), Some(corrected), _) => corrected,
        (Some(said), None, Some(sent)) | (None, Some(said), Some(sent)) => after(said, between(sent, received)),
        (Some(said), None, None) | (None, Some(said), None) => said,
        (None, None, _) => received,
    };
    // Without a time of its own, a message that has an id has the same key whenever it comes.
    let key_time = original
        .or(timestamp)
        .unwrap_or(if has_id { Timestamp::UNIX_EPOCH } else { received });
    Ok((to_millis(at), to_millis(key_time)))
}

fn time(message: &Message, field: &'static str) -> Result<Option<Timestamp>, Refusal> {
    match message.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| {
            let reason = format!(
                "is `{}`, expected an ISO 8601 time such as `2026-03-01T10:00:00Z`",
                short(text)
            );
            Refusal::new(field, reason)
        }),
        Some(other) => Err(Refusal::new(
            field,
            format!("is {}, expected an ISO 8601 time", kind_name(other)),
        )),
    }
}

fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond().clamp(0, LATEST_MILLIS)).unwrap_or(Timestamp::UNIX_EPOCH)
}
