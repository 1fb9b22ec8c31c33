//! What the AWS services share on the wire: names, ids, and errors in the shape that the SDKs
//! parse.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The region of everything local.
pub const REGION: &str = "us-east-1";
/// The account of everything local.
pub const ACCOUNT: &str = "000000000000";
/// The one schedule group that exists.
pub const SCHEDULE_GROUP: &str = "beckon-main";
/// The one SES configuration set that exists. Its events go to [`FEEDBACK_TOPIC`].
pub const CONFIGURATION_SET: &str = "beckon-main";
/// The SNS topic that SES publishes its events to.
pub const FEEDBACK_TOPIC: &str = "beckon-main-feedback";
/// The queue for records and invocations that were given up.
pub const SET_ASIDE_QUEUE: &str = "set-aside";
/// The queue for schedules that could not be delivered.
pub const SCHEDULE_DLQ: &str = "schedule-dlq";

/// The ARN of a local function.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of a local queue.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The ARN of a local topic.
pub fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

/// An id in the form of a UUID that follows from `seed` alone.
pub fn derived_id(seed: &str) -> String {
    let digest = hex(&Sha256::digest(seed.as_bytes()));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON response.
pub fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error as the JSON protocols carry it: the code in `__type` (AWS JSON 1.0) and in the
/// header `x-amzn-errortype` (REST JSON), the message in both spellings that are in use.
#[derive(Debug, Clone)]
pub struct JsonError {
    /// HTTP status.
    pub status: StatusCode,
    /// Error code, with its namespace where the protocol has one.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

impl JsonError {
    /// As a response.
    pub fn respond(self) -> Response {
        let body = json!({"__type": self.code, "message": self.message, "Message": self.message});
        let mut response = json(self.status, &body);
        let bare = self.code.rsplit('#').next().unwrap_or(self.code);
        if let Ok(code) = HeaderValue::from_str(bare) {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }
}

/// Text as XML shows it.
pub fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_follow_from_their_seed_and_look_like_uuids() {
        assert_eq!(derived_id("a"), derived_id("a"));
        assert_ne!(derived_id("a"), derived_id("b"));
        let lengths: Vec<usize> = derived_id("a").split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
