//! The page, phones and browsers on the real local stack, with the real functions: what a page finds a moment after
//! it told what its visitor does, and what SNS and the push services are handed.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_local::{LocalStack, Options, SentMessage};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

/// A random id, as pages make them.
const DEVICE: &str = "8d0b5f6e-3c1d-4a55-9f0e-7b6a2c9d1e40";

/// The stack with campaigns of a folder in force.
async fn stack(campaigns: &Path) -> LocalStack {
    let stack = LocalStack::start(Options::default()).await.expect("the stack starts");
    let beckon = Options::default().binaries.join("beckon");
    assert!(
        beckon.exists(),
        "{} is missing: `cargo build --workspace --bins` makes it",
        beckon.display()
    );
    let applied = Command::new(beckon)
        .arg("apply")
        .arg(campaigns)
        .args(["--local", stack.url()])
        .output()
        .await
        .expect("the command starts");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    stack
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the project")
}

/// A browser's request. Gives status, head and body.
async fn http(stack: &LocalStack, method: &str, path: &str, body: &str) -> (u16, String, Value) {
    let host = stack.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (
        status,
        head.to_ascii_lowercase(),
        serde_json::from_str(body).unwrap_or(Value::Null),
    )
}

async fn tells(stack: &LocalStack, key: &str, mut message: Value) {
    message["writeKey"] = json!(key);
    let (status, _, body) = http(stack, "POST", "/v1/track", &message.to_string()).await;
    assert_eq!((status, body), (200, json!({ "success": true })));
}

async fn finds(stack: &LocalStack) -> (String, Value) {
    let path = format!("/v1/onsite?anonymousId={DEVICE}&writeKey=local-browser");
    let (status, head, body) = http(stack, "GET", &path, "").await;
    assert_eq!(status, 200, "{body}");
    (head, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_finds_the_chats_question_a_moment_after_it_told_of_its_visitor() {
    let stack = stack(&project().join("campaigns")).await;
    finds(&stack).await;
    let engaged = json!({
        "anonymousId": DEVICE, "event": "Page Engaged",
        "properties": { "visible_secs": 45, "scroll_depth": 0.4, "clicks": 0 },
    });
    tells(&stack, "local-browser", engaged).await;
    let asks_until_it_is_there = async {
        loop {
            let (head, found) = finds(&stack).await;
            if found["messages"] != json!([]) {
                return (head, found);
            }
        }
    };
    // A bound for a busy machine: with four functions that start cold it takes less than a second.
    let found = tokio::time::timeout(Duration::from_secs(60), asks_until_it_is_there).await;
    let (head, found) = found.expect("it comes");
    assert!(
        head.contains("cache-control: no-store") && head.contains("access-control-allow-origin: *"),
        "{head}"
    );
    assert!(found["poll"].is_u64());
    let question = &found["messages"][0];
    assert_eq!(
        (&question["form"], &question["campaign"]),
        (&json!("chat"), &json!("idle-chat"))
    );
    assert_eq!(question["title"], "Hello, is something missing here?");
    let listed: Vec<SentMessage> = stack.messages();
    let [listed] = listed.as_slice() else {
        panic!("one message left, not {listed:?}")
    };
    assert_eq!(listed.channel, "onsite");
    assert_eq!(listed.message.as_deref(), question["message"].as_str());
    assert_eq!(listed.subject.as_deref(), question["title"].as_str());

    let seen = json!({
        "anonymousId": DEVICE, "event": "Message Opened", "properties": { "message": question["message"] },
    });
    tells(&stack, "local-browser", seen).await;
    stack.idle().await;
    assert_eq!(finds(&stack).await.1["messages"], json!([]));
    stack.stop().await.expect("the stack stops");
}

const CAMPAIGN: &str = "
campaign: parcel
about: Say that a parcel has arrived.
archetype: routine
purpose: transactional
topic: orders
enter: { on: Order Delivered, key: event.order_id }
steps:
  - send: phone
    by: push
    template: parcel
  - send: browser
    by: webpush
    template: parcel
";

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_and_a_browser_are_notified_until_they_are_gone() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-devices");
    std::fs::create_dir_all(folder.join("templates/parcel")).unwrap();
    let text = "---\nlink: https://shop.example.com/orders\n---\nParcel {{ event.order_id }}\n\nIt has arrived.";
    for (file, text) in [
        ("parcel.yaml", CAMPAIGN),
        ("workspace.yaml", "email: { from: Shop <hello@shop.example.com> }\n"),
        ("templates/parcel/push.en.txt", text),
        ("templates/parcel/webpush.en.txt", text),
        ("templates/parcel/sample.json", r#"{"event":{"order_id":"o-1"}}"#),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let stack = stack(&folder).await;
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    for (event, properties) in [
        ("Device Registered", json!({ "token": "ann-phone", "platform": "apns" })),
        (
            "Device Registered",
            json!({ "token": "ann-old-phone-gone", "platform": "fcm" }),
        ),
        (
            "Web Push Subscribed",
            json!({ "endpoint": "https://web.push.apple.com/ann", "keys": keys }),
        ),
        (
            "Web Push Subscribed",
            json!({ "endpoint": "https://fcm.googleapis.com/fcm/send/gone", "keys": keys }),
        ),
    ] {
        let message = json!({ "userId": "ann", "event": event, "properties": properties });
        tells(&stack, "local-browser", message).await;
    }
    for order in ["o-1", "o-2", "o-3"] {
        let delivered = json!({ "userId": "ann", "event": "Order Delivered", "properties": { "order_id": order } });
        tells(&stack, "local-server", delivered).await;
        stack.idle().await;
    }
    let messages = stack.messages();
    let to = |channel: &str, ending: &str| -> Vec<&SentMessage> {
        let of = messages.iter().filter(|message| message.channel == channel);
        of.filter(|message| message.to.ends_with(ending)).collect()
    };
    // SNS is told of a token that is gone by the first notification for it: the second is refused.
    assert_eq!(to("push", "gone").len(), 1);
    assert_eq!(to("webpush", "gone").len(), 0);
    let (phone, browser) = (to("push", "ann-phone"), to("webpush", "/ann"));
    assert_eq!((phone.len(), browser.len()), (3, 3));
    assert_eq!(phone[0].subject.as_deref(), Some("Parcel o-1"));
    assert_eq!(phone[0].text.as_deref(), Some("It has arrived."));
    assert_eq!(phone[0].campaign.as_deref(), Some("parcel"));
    assert!(
        browser[0]
            .text
            .as_deref()
            .unwrap()
            .contains("only the browser can read")
    );
    assert_eq!(browser[0].profile.as_deref(), Some("ann"));
    stack.stop().await.expect("the stack stops");
}
