//! What the functions print: JSON that can be searched, metrics that CloudWatch reads, and
//! nothing by which a stranger could tell who somebody is.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_local::{FaultKind, LocalStack, Options, Service, campaigns};
use beckon_shared::domain::time::Span;
use serde_json::{Value, json};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FUNCTIONS: [&str; 6] = ["ingest", "evaluate", "check", "send", "feedback", "preferences"];

/// What must be in no line: an address, a number, a name; as a trait, as an id, in a bad event.
const PRIVATE: [&str; 5] = [
    "ann.secret@example.com",
    "+4915199887766",
    "Annabella",
    "ann.id@example.com",
    "example.com",
];

#[tokio::test(flavor = "multi_thread")]
async fn logs_tell_what_happened_and_not_to_whom() {
    let stack = LocalStack::start(Options::default()).await.expect("the stack starts");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns");
    campaigns::apply(&folder, stack.url())
        .await
        .expect("the campaigns are applied");
    let traits = json!({ "email": PRIVATE[0], "phone": PRIVATE[1], "first_name": PRIVATE[2] });
    for user in ["u1", PRIVATE[3]] {
        post(&stack, "identify", &json!({ "userId": user, "traits": traits })).await;
        let cart = json!({ "cart_id": user, "product_id": "p1", "name": "Blue mug" });
        post(
            &stack,
            "track",
            &json!({ "userId": user, "event": "Product Added", "properties": cart }),
        )
        .await;
    }
    // What is refused is answered, not printed.
    post(
        &stack,
        "identify",
        &json!({ "userId": "u2", "traits": { "email": "Annabella@@example.com" } }),
    )
    .await;
    stack.idle().await;
    stack.fault(Service::Ses, FaultKind::Throttle, 1);
    stack.advance(Span::from_hours(2)).await.expect("time passes");
    let mut sent = stack.messages().into_iter();
    let reminder = sent.find(|sent| sent.headers.contains_key("List-Unsubscribe"));
    let reminder = reminder.expect("a reminder left");
    let link = reminder.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    let path = link.strip_prefix(stack.url()).expect("its link leads to the stack");
    let answer = request(&stack, path, "", &json!("List-Unsubscribe=One-Click")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let message = reminder.message.expect("it has an id");
    control(&stack, "feedback", &json!({ "message": message, "event": "bounce" })).await;
    stack.idle().await;

    let mut metrics = Vec::new();
    for function in FUNCTIONS {
        let lines = stack.logs(function);
        assert!(!lines.is_empty(), "{function} prints nothing");
        for line in lines {
            for private in PRIVATE {
                assert!(!line.contains(private), "{function} prints `{private}`: {line}");
            }
            let line: Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("{function} prints no JSON: {line}"));
            let names = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            metrics.extend(
                names
                    .iter()
                    .filter_map(|metric| metric["Name"].as_str().map(str::to_owned)),
            );
            if names.is_empty() {
                assert!(
                    line["span"]["request"].is_string(),
                    "{function} does not name its request: {line}"
                );
            }
        }
    }
    for metric in [
        "accepted",
        "refused",
        "decided",
        "sent",
        "postponed",
        "state_bytes",
        "fold_micros",
        "suppressed",
        "woken",
    ] {
        assert!(
            metrics.iter().any(|name| name == metric),
            "nobody counts `{metric}`, only {metrics:?}"
        );
    }
    stack.stop().await.expect("the stack stops");
}

async fn post(stack: &LocalStack, call: &str, body: &Value) {
    // Basic authentication of `local-server`, with no password.
    let key = "Authorization: Basic bG9jYWwtc2VydmVyOg==\r\n";
    request(stack, &format!("/v1/{call}"), key, body).await;
}

async fn control(stack: &LocalStack, call: &str, body: &Value) {
    let answer = request(stack, &format!("/_local/{call}"), "", body).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn request(stack: &LocalStack, path: &str, headers: &str, body: &Value) -> String {
    let host = stack.url().trim_start_matches("http://");
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    let mut connection = TcpStream::connect(host).await.expect("the stack listens");
    connection
        .write_all(request.as_bytes())
        .await
        .expect("it takes the request");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("it answers");
    answer
}
