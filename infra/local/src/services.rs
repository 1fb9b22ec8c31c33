//! Services in the bundle's place for them: whatever is called over HTTP is called here instead, is recorded as
//! a message of its channel, and is answered as the shipped services answer.

use crate::aws;
use crate::sent::{Sent, SentMessage, tag};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where services are called, behind the address of all AWS services.
pub const PATH: &str = "/services";

/// What the sender tells this place of a message, and no real service.
const TOLD: &str = "beckon-";
/// Headers that hold what nobody needs to see on a page.
const HIDDEN: [&str; 2] = ["authorization", "x-viber-auth-token"];

/// Takes a request to a service.
pub fn take(sent: &Sent, now: Timestamp, headers: &HeaderMap, body: &str) -> Response {
    let told = |name: &str| text(headers, &format!("{TOLD}{name}")).map(str::to_owned);
    let tags: BTreeMap<String, String> = [
        (tag::MESSAGE, told("message")),
        (tag::CAMPAIGN, told("campaign")),
        (tag::STEP, told("step")),
        (tag::PROFILE, told("profile")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let channel = told("channel").unwrap_or_else(|| "webhook".to_owned());
    let shown = headers
        .keys()
        .filter(|name| !name.as_str().starts_with(TOLD) && !HIDDEN.contains(&name.as_str()));
    let shown = shown.filter_map(|name| Some((name.as_str().to_owned(), text(headers, name.as_str())?.to_owned())));
    let pretty = serde_json::from_str::<Value>(body).and_then(|json| serde_json::to_string_pretty(&json));
    let mut number = 0;
    let id = sent.take(|before| {
        number = before + 1;
        let id = aws::derived_id(&format!("service {before} {now}"));
        SentMessage {
            from: told("service"),
            subject: told("service").map(|service| format!("{channel} by {service}")),
            headers: shown.collect(),
            text: Some(pretty.unwrap_or_else(|_| body.to_owned())),
            body: Some(body.to_owned()),
            ..SentMessage::new(now, &channel, told("to").unwrap_or_default(), id, tags)
        }
    });
    aws::json(StatusCode::OK, &answer(&id, number))
}

/// An answer in which each of the shipped services finds what its file looks for.
fn answer(id: &str, number: usize) -> Value {
    json!({
        "id": id,
        "status": 0,
        "message_token": id,
        "messages": [{ "id": id }],
        "ok": true,
        "result": { "message_id": number },
        "results": [{ "id": id }],
    })
}

/// What is too much, with the wait that is asked for (RFC 6585 §4).
pub fn throttled() -> Response {
    let mut response = aws::json(
        StatusCode::TOO_MANY_REQUESTS,
        &json!({ "error": { "code": "RATE_LIMITS" } }),
    );
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

/// What the service does not take, for good.
pub fn refused() -> Response {
    aws::json(StatusCode::BAD_REQUEST, &json!({ "error": { "code": "REFUSED" } }))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
