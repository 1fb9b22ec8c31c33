//! Queues in memory, for what was set aside, and the SQS calls that fill them.
//!
//! Wire protocol: AWS JSON 1.0 (Amazon SQS API Reference, "Make a request").

use crate::aws::{self, JsonError};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// One message in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// Its id.
    pub id: String,
    /// When it came, by the virtual clock.
    pub at: Timestamp,
    /// What it says.
    pub body: String,
}

/// All queues, by name. A queue exists as soon as something is put into it, or is created.
#[derive(Debug, Default)]
pub struct Queues {
    queues: Mutex<BTreeMap<String, Vec<QueueMessage>>>,
}

/// Largest message: 1 MiB (Amazon SQS Developer Guide, "Message quotas").
const LARGEST_BODY: usize = 1_048_576;

impl Queues {
    /// Makes a queue that may stay empty.
    pub fn create(&self, queue: &str) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.entry(queue.to_owned()).or_default();
    }

    /// Puts a message into a queue; answers with its id.
    pub fn put(&self, queue: &str, at: Timestamp, body: String) -> String {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let messages = queues.entry(queue.to_owned()).or_default();
        let id = aws::derived_id(&format!("queue {queue} {} {at}", messages.len()));
        messages.push(QueueMessage {
            id: id.clone(),
            at,
            body,
        });
        id
    }

    /// What is in a queue, oldest first.
    pub fn messages(&self, queue: &str) -> Vec<QueueMessage> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.get(queue).cloned().unwrap_or_default()
    }

    /// Everything in all queues.
    pub fn all(&self) -> BTreeMap<String, Vec<QueueMessage>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts back what [`Queues::all`] gave.
    pub fn restore(&self, queues: BTreeMap<String, Vec<QueueMessage>>) {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(queues);
    }

    /// Empties all queues.
    pub fn clear(&self) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.values_mut().for_each(Vec::clear);
    }

    fn exists(&self, queue: &str) -> bool {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.contains_key(queue)
    }
}

/// The name of the queue in its URL or ARN.
pub fn queue_name(url_or_arn: &str) -> &str {
    url_or_arn.rsplit(['/', ':']).next().unwrap_or(url_or_arn)
}

/// Answers a call of SQS.
pub fn answer(queues: &Queues, now: Timestamp, operation: &str, request: &Value) -> Response {
    match operation {
        "SendMessage" => send_message(queues, now, request),
        "GetQueueAttributes" => {
            let queue = queue_name(request.get("QueueUrl").and_then(Value::as_str).unwrap_or_default());
            match queues.exists(queue) {
                true => {
                    let count = queues.messages(queue).len().to_string();
                    aws::json(
                        StatusCode::OK,
                        &json!({"Attributes": {"ApproximateNumberOfMessages": count}}),
                    )
                }
                false => no_queue(queue),
            }
        }
        other => JsonError {
            status: StatusCode::BAD_REQUEST,
            code: "com.amazonaws.sqs#UnsupportedOperation",
            message: format!("the local stack does not know the call `{other}` of SQS"),
        }
        .respond(),
    }
}

fn send_message(queues: &Queues, now: Timestamp, request: &Value) -> Response {
    let queue = queue_name(request.get("QueueUrl").and_then(Value::as_str).unwrap_or_default());
    let body = request.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
    if !queues.exists(queue) {
        return no_queue(queue);
    }
    if body.is_empty() || body.len() > LARGEST_BODY {
        return JsonError {
            status: StatusCode::BAD_REQUEST,
            code: "com.amazonaws.sqs#InvalidParameterValue",
            message: format!(
                "the message body must have 1 to {LARGEST_BODY} bytes, this has {}",
                body.len()
            ),
        }
        .respond();
    }
    let id = queues.put(queue, now, body.to_owned());
    // No MD5: clients check it only where it is given.
    aws::json(StatusCode::OK, &json!({ "MessageId": id }))
}

fn no_queue(queue: &str) -> Response {
    let mut response = JsonError {
        status: StatusCode::BAD_REQUEST,
        code: "com.amazonaws.sqs#QueueDoesNotExist",
        message: format!("the queue `{queue}` does not exist"),
    }
    .respond();
    // Clients go by the code that the older Query protocol had.
    let query = HeaderValue::from_static("AWS.SimpleQueueService.NonExistentQueue;Sender");
    response.headers_mut().insert("x-amzn-query-error", query);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_the_end_of_its_url_or_arn() {
        assert_eq!(queue_name("http://127.0.0.1:1/000000000000/set-aside"), "set-aside");
        assert_eq!(queue_name("arn:aws:sqs:us-east-1:000000000000:set-aside"), "set-aside");
    }
}
