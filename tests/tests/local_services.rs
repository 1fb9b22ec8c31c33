//! A service on the real local stack, with the real functions: a message leaves, and what the service says of it by signed
//! calls is heard; an answer by text message comes over SNS; `why` tells it all.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_local::{LocalStack, Options, SentMessage};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

const CAMPAIGN: &str = "
campaign: parcel
about: Say that a parcel has arrived.
archetype: routine
purpose: transactional
topic: orders
enter: { on: Order Delivered, key: event.order_id }
steps:
  - send: arrived
    by: [viber, sms]
    next: { after: 2h, unless: delivered }
    template: parcel
";

const THANKS: &str = "
campaign: thanks
about: Thank who answers.
archetype: routine
purpose: transactional
topic: orders
enter: { on: Reply Received, where: event.campaign == 'parcel', key: event.message }
steps:
  - send: thanks
    by: sms
    template: thanks
";

/// What the local stack calls the key of Viber's bot.
const VIBER_TOKEN: &str = "local-viber";

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-services");
    for inside in ["services", "templates/parcel", "templates/thanks"] {
        std::fs::create_dir_all(folder.join(inside)).unwrap();
    }
    let viber = Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns/services/viber.yaml");
    std::fs::copy(viber, folder.join("services/viber.yaml")).unwrap();
    let workspace =
        "email: { from: Shop <hello@shop.example.com> }\nhosts: [chatapi.viber.com]\ntraits: { viber_id: text }\n";
    for (file, text) in [
        ("parcel.yaml", CAMPAIGN),
        ("thanks.yaml", THANKS),
        ("workspace.yaml", workspace),
        (
            "templates/parcel/viber.en.txt",
            "Parcel {{ event.order_id }} has arrived.",
        ),
        (
            "templates/parcel/sms.en.txt",
            "Parcel {{ event.order_id }} has arrived.",
        ),
        ("templates/parcel/sample.json", r#"{"event":{"order_id":"o-1"}}"#),
        ("templates/thanks/sms.en.txt", "Thank you!"),
        ("templates/thanks/sample.json", "{}"),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

async fn beckon(stack: &LocalStack, arguments: &[&str]) -> String {
    let beckon = Options::default().binaries.join("beckon");
    assert!(
        beckon.exists(),
        "{} is missing: `cargo build --workspace --bins` makes it",
        beckon.display()
    );
    let told = Command::new(beckon)
        .args(arguments)
        .args(["--local", stack.url()])
        .output()
        .await
        .expect("the command starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap()
}

async fn post(stack: &LocalStack, path: &str, headers: &[(&str, &str)], body: &Value) -> u16 {
    let host = stack.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = body.to_string();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         {headers}Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn tells(stack: &LocalStack, path: &str, mut message: Value) {
    message["writeKey"] = json!("local-server");
    message["userId"] = json!("u1");
    assert_eq!(post(stack, path, &[], &message).await, 200);
    stack.idle().await;
}

/// A callback of Viber's, signed with the bot's token (REST Bot API, "Callbacks").
async fn viber_says(stack: &LocalStack, said: &Value, token: &str) -> u16 {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, token.as_bytes());
    let tag = ring::hmac::sign(&key, said.to_string().as_bytes());
    let digest: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let code = post(
        stack,
        "/v1/inbound/viber",
        &[("X-Viber-Content-Signature", &digest)],
        said,
    )
    .await;
    stack.idle().await;
    code
}

fn left(stack: &LocalStack) -> Vec<(String, String)> {
    let messages = stack.messages().into_iter();
    messages
        .map(|message| (message.channel, message.step.unwrap_or_default()))
        .collect()
}

fn last(stack: &LocalStack) -> SentMessage {
    stack.messages().pop().expect("a message left")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_says_of_a_message_is_heard_and_told() {
    let options = Options {
        start: Some("2026-03-03T10:00:00Z".parse().unwrap()),
        ..Options::default()
    };
    let stack = LocalStack::start(options).await.expect("the stack starts");
    beckon(&stack, &["apply", folder().to_str().unwrap()]).await;
    let traits = json!({ "phone": "+14155550100", "viber_id": "01234567890A=" });
    tells(&stack, "/v1/identify", json!({ "traits": traits })).await;
    let delivered = |order: &str| json!({ "event": "Order Delivered", "properties": { "order_id": order } });
    tells(&stack, "/v1/track", delivered("o-1")).await;
    let message = last(&stack);
    assert_eq!(
        (message.channel.as_str(), message.profile.as_deref()),
        ("viber", Some("u1"))
    );
    let millis = stack.now().as_millisecond();
    let report = json!({
        "event": "delivered", "timestamp": millis, "message_token": message.provider_id, "user_id": "01234567890A=",
    });
    assert_eq!(viber_says(&stack, &report, "somebody-elses").await, 401);
    for _ in 0..2 {
        assert_eq!(viber_says(&stack, &report, VIBER_TOKEN).await, 200);
    }
    let reply = json!({
        "event": "message", "timestamp": millis, "message_token": "4912661846655238145",
        "sender": { "id": "01234567890A=", "name": "Ann" }, "message": { "type": "text", "text": "All is well" },
    });
    assert_eq!(viber_says(&stack, &reply, VIBER_TOKEN).await, 200);
    let steps = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter()
            .map(|(channel, step)| ((*channel).to_owned(), (*step).to_owned()))
            .collect()
    };
    assert_eq!(left(&stack), steps(&[("viber", "arrived"), ("sms", "thanks")]));

    // Viber cannot deliver the next one, so it comes as a text message, and is answered as one.
    tells(&stack, "/v1/track", delivered("o-2")).await;
    let second = last(&stack);
    let failed = json!({
        "event": "failed", "timestamp": millis + 1_000, "message_token": second.provider_id, "user_id": "01234567890A=",
    });
    assert_eq!(viber_says(&stack, &failed, VIBER_TOKEN).await, 200);
    let text = last(&stack);
    assert_eq!((text.channel.as_str(), text.step.as_deref()), ("sms", Some("arrived")));
    let answer = json!({ "message": text.message, "event": "reply", "text": "Where is the cable?" });
    assert_eq!(post(&stack, "/_local/feedback", &[], &answer).await, 200);
    stack.idle().await;
    let all = [
        ("viber", "arrived"),
        ("sms", "thanks"),
        ("viber", "arrived"),
        ("sms", "arrived"),
        ("sms", "thanks"),
    ];
    assert_eq!(left(&stack), steps(&all));

    let told = beckon(&stack, &["why", "u1", "--format", "table"]).await;
    for words in [
        "Message Delivered  {",
        "Message Failed  {",
        r#"Reply Received  {"campaign":"parcel","channel":"viber""#,
        r#"Reply Received  {"campaign":"parcel","channel":"sms""#,
        "arrived by viber",
        "arrived by sms",
        "thanks by sms",
    ] {
        assert!(told.contains(words), "`{words}`: {told}");
    }
    assert_eq!(told.matches("Message Delivered  {").count(), 1, "{told}");
    stack.stop().await.expect("the stack stops");
}
