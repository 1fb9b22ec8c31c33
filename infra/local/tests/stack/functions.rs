//! Functions as processes: over HTTP, kept warm, replaced when they end, gone with the stack.

use crate::clients::{INBOX, done, http, printed, probe, put, stack};
use beckon_shared::wiring::Trigger;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_an_event_and_the_answer_a_response() {
    let stack = stack(vec![probe(Trigger::Http { paths: &["/v1/"] })]).await;
    let (status, answer) = http("POST", &format!("{}/v1/track?x=1", stack.url()), r#"{"a":1}"#).await;
    assert_eq!(status, 200);
    assert_eq!(answer["rawPath"], "/v1/track");
    assert_eq!(answer["queryStringParameters"]["x"], "1");
    assert_eq!(answer["body"], r#"{"a":1}"#);
    assert_eq!(answer["requestContext"]["timeEpoch"], 1_772_359_200_000_i64);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_kept_and_forgotten_when_asked() {
    let stack = stack(vec![probe(Trigger::Stream(INBOX))]).await;
    for sk in ["E#1", "E#2"] {
        put(&stack, "P#u1", sk, "ok").await;
        stack.idle().await;
    }
    stack.forget_instances().await;
    put(&stack, "P#u1", "E#3", "ok").await;
    stack.idle().await;
    let pids: Vec<_> = printed(&stack, "pid").iter().map(|line| line["pid"].as_u64()).collect();
    assert_eq!(pids[0], pids[1]);
    assert_ne!(pids[1], pids[2]);
    assert_eq!(done(&stack).len(), 3);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_is_left_when_the_stack_has_stopped() {
    let stack = stack(vec![probe(Trigger::Stream(INBOX))]).await;
    put(&stack, "P#u1", "E#1", "ok").await;
    stack.idle().await;
    let pid = printed(&stack, "pid")[0]["pid"].as_u64().unwrap();
    let process = std::path::PathBuf::from(format!("/proc/{pid}"));
    assert!(process.exists());
    stack.stop().await.unwrap();
    assert!(!process.exists());
}
