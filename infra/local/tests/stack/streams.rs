//! Records go from the table to the function as an event source mapping brings them.

use crate::clients::{INBOX, done, printed, probe, put, stack, stack_with};
use beckon_local::Options;
use beckon_shared::domain::time::Span;
use beckon_shared::wiring::{StreamSource, Trigger};
use serde_json::Value;

fn stream(source: StreamSource) -> Vec<beckon_shared::wiring::Function> {
    vec![probe(Trigger::Stream(source))]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_reaches_the_function_with_the_virtual_time() {
    let stack = stack(stream(INBOX)).await;
    put(&stack, "P#u1", "E#1", "ok").await;
    put(&stack, "P#u1", "STATE", "ok").await;
    stack.idle().await;
    assert_eq!(done(&stack), ["P#u1/E#1"], "the filter keeps the state from it");
    assert_eq!(printed(&stack, "done")[0]["now"], "2026-03-01T10:00:00Z");
    stack.advance(Span::from_hours(2)).await.unwrap();
    put(&stack, "P#u1", "E#2", "ok").await;
    stack.idle().await;
    assert_eq!(printed(&stack, "done")[1]["now"], "2026-03-01T12:00:00Z");
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_write_again_is_no_record() {
    let stack = stack(stream(StreamSource {
        filters: &[r#"{"dynamodb":{"Keys":{"PK":{"S":["P#u1"]}}}}"#],
        ..INBOX
    }))
    .await;
    for _ in 0..3 {
        put(&stack, "P#u1", "STATE", "ok").await;
    }
    stack.idle().await;
    assert_eq!(done(&stack), ["P#u1/STATE"]);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_record_ends_at_the_destination_and_its_shard_goes_on() {
    let stack = stack(stream(INBOX)).await;
    put(&stack, "P#u1", "E#1", "ok").await;
    put(&stack, "P#u1", "E#2", "fail").await;
    for sk in ["E#3", "E#4", "E#5"] {
        put(&stack, "P#u1", sk, "ok").await;
    }
    stack.advance(Span::from_mins(5)).await.unwrap();
    let mut seen = done(&stack);
    seen.dedup();
    assert_eq!(seen.last().map(String::as_str), Some("P#u1/E#5"));
    assert!(!seen.contains(&"P#u1/E#2".to_owned()));
    let aside = stack.queue("set-aside");
    assert_eq!(aside.len(), 1);
    let record: Value = serde_json::from_str(&aside[0].body).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(record["DDBStreamBatchInfo"]["batchSize"], 1);
    assert!(
        record["requestContext"]["functionArn"]
            .as_str()
            .unwrap()
            .ends_with(":probe")
    );
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_a_crash_and_an_empty_identifier_fail_the_whole_batch() {
    for what in ["error", "exit", "empty"] {
        let stack = stack(stream(INBOX)).await;
        put(&stack, "P#u1", "E#1", what).await;
        put(&stack, "P#u1", "E#2", "ok").await;
        stack.advance(Span::from_mins(5)).await.unwrap();
        assert_eq!(done(&stack), ["P#u1/E#2"], "{what}");
        assert_eq!(stack.queue("set-aside").len(), 1, "{what}");
        stack.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_hangs_is_killed_at_its_limit() {
    let mut functions = stream(StreamSource {
        max_retries: 0,
        ..INBOX
    });
    functions[0].timeout_secs = 1;
    let stack = stack(functions).await;
    put(&stack, "P#u1", "E#1", "hang").await;
    stack.idle().await;
    assert_eq!(stack.queue("set-aside").len(), 1);
    put(&stack, "P#u1", "E#2", "ok").await;
    stack.idle().await;
    assert_eq!(done(&stack), ["P#u1/E#2"]);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_are_bounded_and_spaced_on_the_virtual_clock() {
    let stack = stack(stream(StreamSource {
        max_retries: 3,
        ..INBOX
    }))
    .await;
    put(&stack, "P#u1", "E#1", "error").await;
    stack.advance(Span::from_hours(1)).await.unwrap();
    let times: Vec<_> = printed(&stack, "keys").iter().map(|line| line["now"].clone()).collect();
    assert_eq!(
        times,
        [
            "2026-03-01T10:00:00Z",
            "2026-03-01T10:00:01Z",
            "2026-03-01T10:00:03Z",
            "2026-03-01T10:00:07Z"
        ]
    );
    assert_eq!(stack.queue("set-aside").len(), 1);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_given_up_at_its_maximum_age() {
    let stack = stack(stream(StreamSource {
        max_retries: 10_000,
        max_age_secs: 120,
        ..INBOX
    }))
    .await;
    put(&stack, "P#u1", "E#1", "error").await;
    stack.advance(Span::from_hours(1)).await.unwrap();
    let aside = stack.queue("set-aside");
    assert_eq!(aside.len(), 1);
    let record: Value = serde_json::from_str(&aside[0].body).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RecordAgeExceeded");
    // Tries at 0, 1, 3, 7, 15, 31, 63 s; the one at 123 s comes too late.
    assert_eq!(printed(&stack, "keys").len(), 7);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_profiles_records_keep_their_order_while_others_run_beside() {
    let stack = stack_with(Options {
        functions: stream(StreamSource {
            parallelization: 4,
            batch_size: 2,
            ..INBOX
        }),
        ..Options::default()
    })
    .await;
    let meeting = format!("{}/beside-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::create_dir(&meeting).unwrap();
    let beside = format!("beside {meeting}");
    for (sequence, what) in [beside.as_str(), "ok", "ok", "ok", "ok"].into_iter().enumerate() {
        for profile in 0..8 {
            put(&stack, &format!("P#u{profile}"), &format!("E#{sequence}"), what).await;
        }
    }
    stack.idle().await;
    let done = done(&stack);
    assert_eq!(done.len(), 40);
    for profile in 0..8 {
        let prefix = format!("P#u{profile}/");
        let of: Vec<_> = done.iter().filter_map(|key| key.strip_prefix(&prefix)).collect();
        assert_eq!(of, ["E#0", "E#1", "E#2", "E#3", "E#4"], "{prefix}");
    }
    let processes = std::fs::read_dir(&meeting).unwrap().count();
    std::fs::remove_dir_all(&meeting).unwrap();
    assert!(processes > 1, "nothing ran beside anything");
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_without_a_binary_is_named() {
    let stack = stack_with(Options {
        functions: vec![beckon_shared::wiring::Function {
            name: "nowhere",
            ..probe(Trigger::Http { paths: &["/v1/"] })
        }],
        ..Options::default()
    })
    .await;
    let (status, _) = crate::clients::http("POST", &format!("{}/v1/track", stack.url()), "{}").await;
    assert_eq!(status, 502);
    stack.stop().await.unwrap();
}
