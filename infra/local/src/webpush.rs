//! The push services of all browsers in one: takes what is posted to any of them (RFC 8030 §5) and lists it.
//!
//! What a message says is encrypted for the browser and cannot be read here. Where it comes from is told beside it, to
//! this place only. A subscription whose endpoint ends in `gone` is over.

use crate::sent::{Sent, SentMessage, tag};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Where it is taken.
pub const PATH: &str = "/_push";
/// The header that names the endpoint that was meant.
const ENDPOINT: &str = "beckon-endpoint";
/// Headers that say how a message is to be treated.
const SHOWN: [&str; 5] = ["ttl", "urgency", "topic", "content-encoding", "authorization"];
/// What a message takes at least: the head of its one record, and the tag (RFC 8291 §4).
const SHORTEST_BYTES: usize = 86 + 1 + 16;
/// What every push service takes at most (RFC 8030 §7.2).
const LONGEST_BYTES: usize = 4_096;

/// Takes one message.
pub fn answer(sent: &Sent, now: Timestamp, headers: &HeaderMap, body: &Bytes) -> Response {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let status = match text(ENDPOINT) {
        None => StatusCode::NOT_FOUND,
        Some(endpoint) if endpoint.ends_with("gone") => StatusCode::GONE,
        Some(_) if text("ttl").is_none() => StatusCode::BAD_REQUEST,
        Some(_) if !text("authorization").is_some_and(|key| key.starts_with("vapid t=")) => StatusCode::FORBIDDEN,
        Some(_) if body.len() > LONGEST_BYTES => StatusCode::PAYLOAD_TOO_LARGE,
        Some(_) if body.len() < SHORTEST_BYTES => StatusCode::BAD_REQUEST,
        Some(endpoint) => {
            sent.take(|before| message(&text, endpoint, body.len(), before, now));
            StatusCode::CREATED
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn message(
    text: &impl Fn(&str) -> Option<String>,
    endpoint: String,
    bytes: usize,
    before: usize,
    now: Timestamp,
) -> SentMessage {
    let told = |name: &&str| Some(((*name).to_owned(), text(name)?));
    let tags: BTreeMap<String, String> = [tag::MESSAGE, tag::CAMPAIGN, tag::STEP, tag::PROFILE]
        .iter()
        .filter_map(told)
        .collect();
    let id = text("topic").unwrap_or_else(|| format!("push-{before}"));
    SentMessage {
        headers: SHOWN.iter().filter_map(told).collect(),
        text: Some(format!("({bytes} bytes, encrypted: only the browser can read them)")),
        ..SentMessage::new(now, "webpush", endpoint, id, tags)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn what_it_takes_is_listed_unread_and_what_is_over_is_told_so() {
        let sent = Sent::default();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (ENDPOINT, "https://fcm.googleapis.com/fcm/send/1"),
            ("ttl", "60"),
            ("authorization", "vapid t=a.b.c, k=d"),
            ("beckon_message", "msg_1"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let body = Bytes::from(vec![0; 200]);
        let status = |headers: &HeaderMap| answer(&sent, Timestamp::UNIX_EPOCH, headers, &body).status();
        assert_eq!(status(&headers), StatusCode::CREATED);
        let listed = sent.messages(Some("webpush"));
        assert_eq!(listed[0].message.as_deref(), Some("msg_1"));
        assert!(listed[0].text.as_deref().unwrap().starts_with("(200 bytes, encrypted"));
        headers.insert(ENDPOINT, "https://fcm.googleapis.com/fcm/send/gone".parse().unwrap());
        assert_eq!(status(&headers), StatusCode::GONE);
        headers.remove(ENDPOINT);
        assert_eq!(status(&headers), StatusCode::NOT_FOUND);
        assert_eq!(sent.count(), 1);
    }
}
