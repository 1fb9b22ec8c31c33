//! The control interface over HTTP.

use crate::clients::{INBOX, at, done, http, http_text, printed, probe, put, sdk, stack, stack_with};
use aws_sdk_sns::types::MessageAttributeValue;
use beckon_local::{LocalStack, Options, StopError};
use beckon_shared::wiring::Trigger;
use serde_json::json;

async fn call(stack: &LocalStack, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    http(method, &format!("{}{path}", stack.url()), body).await
}

async fn sms(stack: &LocalStack) {
    let id = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("msg_1");
    aws_sdk_sns::Client::new(&sdk(stack))
        .publish()
        .phone_number("+491701234567")
        .message("Hello")
        .message_attributes("beckon_message", id.build().unwrap())
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_read_and_moved() {
    let stack = stack(Vec::new()).await;
    assert_eq!(
        call(&stack, "GET", "/_local/clock", "").await.1,
        json!({"now": "2026-03-01T10:00:00Z"})
    );
    let moved = call(&stack, "POST", "/_local/clock", r#"{"advance":"1h"}"#).await;
    assert_eq!(moved, (200, json!({"now": "2026-03-01T11:00:00Z"})));
    let moved = call(&stack, "POST", "/_local/clock", r#"{"to":"2026-04-01T00:00:00Z"}"#).await;
    assert_eq!(moved, (200, json!({"now": "2026-04-01T00:00:00Z"})));
    let back = call(&stack, "POST", "/_local/clock", r#"{"to":"2026-03-01T00:00:00Z"}"#).await;
    assert_eq!(back.0, 400);
    for bad in [
        "{}",
        r#"{"advance":"-1h"}"#,
        r#"{"advance":"1h","to":"2027-01-01T00:00:00Z"}"#,
        "no",
    ] {
        let (status, answer) = call(&stack, "POST", "/_local/clock", bad).await;
        assert_eq!(status, 400, "{bad}");
        assert!(answer["error"].is_string());
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_by_channel() {
    let stack = stack(Vec::new()).await;
    sms(&stack).await;
    let (_, all) = call(&stack, "GET", "/_local/messages", "").await;
    assert_eq!(all[0]["channel"], "sms");
    assert_eq!(all[0]["body"], "Hello");
    assert_eq!(all[0]["message"], "msg_1");
    assert_eq!(
        call(&stack, "GET", "/_local/messages?channel=email", "").await.1,
        json!([])
    );
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_reaches_the_function_as_sns_brings_it() {
    let stack = stack(vec![probe(Trigger::Topic)]).await;
    sms(&stack).await;
    let reply = r#"{"message":"msg_1","event":"reply","text":"yes"}"#;
    assert_eq!(call(&stack, "POST", "/_local/feedback", reply).await.0, 200);
    let event = &printed(&stack, "event")[0]["event"];
    assert_eq!(event["Records"][0]["EventSource"], "aws:sns");
    assert!(
        event["Records"][0]["Sns"]["Message"]
            .as_str()
            .unwrap()
            .contains("\"yes\"")
    );
    let open = r#"{"message":"msg_1","event":"open"}"#;
    assert_eq!(call(&stack, "POST", "/_local/feedback", open).await.0, 422);
    let unknown = r#"{"message":"msg_9","event":"open"}"#;
    assert_eq!(call(&stack, "POST", "/_local/feedback", unknown).await.0, 404);
    let odd = r#"{"message":"msg_1","event":"explosion"}"#;
    assert_eq!(call(&stack, "POST", "/_local/feedback", odd).await.0, 400);
    // The probe prints what it is handed, and so a number, which no function of the bundle may.
    let stopped = stack.stop().await;
    assert!(matches!(stopped, Err(StopError::Indiscreet { .. })), "{stopped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_stack_is_as_new_but_for_its_definitions() {
    let stack = stack(vec![probe(Trigger::Stream(INBOX))]).await;
    put(&stack, "P#u1", "E#1", "error").await;
    put(&stack, "C#", "MANIFEST", "keep").await;
    sms(&stack).await;
    call(&stack, "POST", "/_local/clock", r#"{"advance":"1d"}"#).await;
    assert_eq!(stack.queue("set-aside").len(), 1);
    assert_eq!(call(&stack, "POST", "/_local/reset", "").await.0, 200);
    assert_eq!(stack.now(), at("2026-03-01T10:00:00Z"));
    assert_eq!(stack.messages().len(), 0);
    assert_eq!(stack.queue("set-aside").len(), 0);
    let client = aws_sdk_dynamodb::Client::new(&sdk(&stack));
    assert_eq!(client.scan().table_name("beckon-main").send().await.unwrap().count(), 1);
    put(&stack, "P#u1", "E#2", "ok").await;
    call(&stack, "POST", "/_local/idle", "").await;
    assert_eq!(done(&stack), ["P#u1/E#2"]);
    assert_eq!(
        call(&stack, "POST", "/_local/reset", r#"{"definitions":true}"#).await.0,
        200
    );
    assert_eq!(client.scan().table_name("beckon-main").send().await.unwrap().count(), 0);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_leads_clients_here() {
    let stack = stack(Vec::new()).await;
    let (_, variables) = call(&stack, "GET", "/_local/environment", "").await;
    assert_eq!(variables["AWS_ENDPOINT_URL_DYNAMODB"], stack.aws_url());
    assert_eq!(call(&stack, "GET", "/_local/nothing", "").await.0, 404);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_from_elsewhere_do_not_control_it() {
    let stack = stack(vec![probe(Trigger::Http { paths: &["/v1/"] })]).await;
    let own = stack.url().to_owned();
    let status = async |method: &str, path: &str, origin: &str| {
        let url = format!("{}{path}", stack.url());
        http_text(method, &url, &[("origin", origin)], "").await.0
    };
    assert_eq!(status("POST", "/_local/reset", "https://evil.example").await, 403);
    assert_eq!(status("GET", "/_local/messages", "null").await, 403);
    assert_eq!(status("POST", "/_local/idle", &own).await, 200);
    assert_eq!(status("POST", "/v1/track", "https://shop.example").await, 200);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served() {
    let stack = stack(Vec::new()).await;
    let (status, page) = http_text("GET", &format!("{}/", stack.url()), &[], "").await;
    assert_eq!(status, 200);
    assert!(page.contains("<!doctype html>"));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_with_a_folder_goes_on_where_it_stopped() {
    let folder = std::env::temp_dir().join(format!("beckon-local-{}", std::process::id()));
    let options = || Options {
        functions: vec![probe(Trigger::Stream(INBOX))],
        data: Some(folder.clone()),
        ..Options::default()
    };
    let stack = stack_with(options()).await;
    put(&stack, "P#u1", "E#1", "ok").await;
    sms(&stack).await;
    call(&stack, "POST", "/_local/clock", r#"{"advance":"1d"}"#).await;
    assert_eq!(done(&stack), ["P#u1/E#1"]);
    stack.stop().await.unwrap();
    let stack = stack_with(options()).await;
    assert_eq!(stack.now(), at("2026-03-02T10:00:00Z"));
    assert_eq!(stack.messages().len(), 1);
    put(&stack, "P#u1", "E#2", "ok").await;
    stack.idle().await;
    assert_eq!(done(&stack), ["P#u1/E#2"], "what was done is not repeated");
    stack.stop().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
