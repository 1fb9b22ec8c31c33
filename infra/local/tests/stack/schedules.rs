//! One-time schedules, the sweep, and background invocations, on the virtual clock.

use crate::clients::{at, printed, probe, sdk, stack};
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use beckon_local::LocalStack;
use beckon_shared::domain::time::Span;
use beckon_shared::wiring::Trigger;
use serde_json::{Value, json};

async fn create(stack: &LocalStack, name: &str, at: &str, input: &Value) -> Result<(), aws_sdk_scheduler::Error> {
    let target = Target::builder()
        .arn("arn:aws:lambda:us-east-1:000000000000:function:probe")
        .role_arn("arn:aws:iam::000000000000:role/schedule")
        .input(input.to_string())
        .build()
        .unwrap();
    let window = FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::Off)
        .build()
        .unwrap();
    aws_sdk_scheduler::Client::new(&sdk(stack))
        .create_schedule()
        .name(name)
        .group_name("beckon-main")
        .schedule_expression(format!("at({at})"))
        .flexible_time_window(window)
        .action_after_completion(ActionAfterCompletion::Delete)
        .target(target)
        .send()
        .await?;
    Ok(())
}

/// Time and event of each invocation but the sweeps.
fn fired(stack: &LocalStack) -> Vec<(String, Value)> {
    let lines = printed(stack, "event");
    let fired = lines.iter().filter(|line| line["event"].get("sweep").is_none());
    fired
        .map(|line| (line["now"].as_str().unwrap().to_owned(), line["event"]["n"].clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_fire_in_order_each_at_its_own_time() {
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    for (name, at, n) in [
        ("late", "2026-03-03T00:00:00", 3),
        ("early", "2026-03-01T10:30:00", 1),
        ("middle", "2026-03-01T23:59:00", 2),
        ("beyond", "2026-04-30T00:00:00", 4),
    ] {
        create(&stack, name, at, &json!({ "n": n })).await.unwrap();
    }
    stack.advance(Span::from_days(30)).await.unwrap();
    assert_eq!(
        fired(&stack),
        [
            ("2026-03-01T10:30:00Z".to_owned(), json!(1)),
            ("2026-03-01T23:59:00Z".to_owned(), json!(2)),
            ("2026-03-03T00:00:00Z".to_owned(), json!(3)),
        ]
    );
    assert_eq!(stack.now(), at("2026-03-31T10:00:00Z"));
    assert_eq!(stack.schedules().len(), 1, "those that fired are deleted");
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_a_conflict_and_a_lost_one_is_not_found() {
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    create(&stack, "a", "2026-03-02T00:00:00", &json!({})).await.unwrap();
    let again = create(&stack, "a", "2026-03-02T00:00:00", &json!({})).await;
    assert!(
        matches!(again, Err(aws_sdk_scheduler::Error::ConflictException(_))),
        "{again:?}"
    );
    let client = aws_sdk_scheduler::Client::new(&sdk(&stack));
    let found = client
        .get_schedule()
        .name("a")
        .group_name("beckon-main")
        .send()
        .await
        .unwrap();
    assert_eq!(found.schedule_expression(), Some("at(2026-03-02T00:00:00)"));
    client
        .delete_schedule()
        .name("a")
        .group_name("beckon-main")
        .send()
        .await
        .unwrap();
    let gone = client.get_schedule().name("a").group_name("beckon-main").send().await;
    assert!(gone.unwrap_err().into_service_error().is_resource_not_found_exception());
    let bad = create(&stack, "b", "tomorrow", &json!({})).await;
    assert!(
        matches!(bad, Err(aws_sdk_scheduler::Error::ValidationException(_))),
        "{bad:?}"
    );
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_in_the_past_fires_at_once() {
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    create(&stack, "a", "2026-03-01T09:00:00", &json!({"n": 1}))
        .await
        .unwrap();
    stack.idle().await;
    assert_eq!(fired(&stack), [("2026-03-01T10:00:00Z".to_owned(), json!(1))]);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_that_nobody_waits_for_is_tried_three_times_and_then_set_aside() {
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    create(&stack, "a", "2026-03-01T10:30:00", &json!({"n": 1, "do": "error"}))
        .await
        .unwrap();
    stack.advance(Span::from_hours(1)).await.unwrap();
    let times: Vec<_> = fired(&stack).into_iter().map(|(time, _)| time).collect();
    assert_eq!(
        times,
        ["2026-03-01T10:30:00Z", "2026-03-01T10:31:00Z", "2026-03-01T10:33:00Z"]
    );
    let aside = stack.queue("set-aside");
    assert_eq!(aside.len(), 1);
    assert!(aside[0].body.contains("RetriesExhausted"));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_runs_at_its_interval_and_is_spaced_over_long_stretches() {
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    stack.advance(Span::from_mins(20)).await.unwrap();
    let sweeps = |stack: &LocalStack| {
        printed(stack, "event")
            .iter()
            .filter(|l| l["event"]["sweep"] == true)
            .count()
    };
    assert_eq!(sweeps(&stack), 4);
    stack.advance(Span::from_days(30)).await.unwrap();
    assert!((60..70).contains(&sweeps(&stack)), "{}", sweeps(&stack));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_after_something_overdue_comes_at_its_own_time() {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let stack = stack(vec![probe(Trigger::Schedule)]).await;
    let due = at("2026-03-11T10:02:00Z").as_millisecond();
    aws_sdk_dynamodb::Client::new(&sdk(&stack))
        .put_item()
        .table_name("beckon-main")
        .item("PK", S("P#u1".to_owned()))
        .item("SK", S("STATE".to_owned()))
        .item("due_pk", S("2026-03-11#0".to_owned()))
        .item("due_sk", S(format!("{due:015}#u1")))
        .send()
        .await
        .unwrap();
    stack.advance_to(at("2026-03-11T10:05:00Z")).await.unwrap();
    let lines = printed(&stack, "event");
    assert_eq!(lines.last().unwrap()["now"], "2026-03-11T10:05:00Z");
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_is_deleted_as_time_goes_by() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let stack = stack(Vec::new()).await;
    let client = aws_sdk_dynamodb::Client::new(&sdk(&stack));
    for (sk, days) in [("E#1", 1), ("E#2", 40)] {
        let expires = at("2026-03-01T10:00:00Z").as_second() + days * 86_400;
        let put = client.put_item().table_name("beckon-main");
        let put = put.item("PK", S("P#u1".to_owned())).item("SK", S(sk.to_owned()));
        put.item("ttl", N(expires.to_string())).send().await.unwrap();
    }
    stack.advance(Span::from_days(2)).await.unwrap();
    let left = client.scan().table_name("beckon-main").send().await.unwrap();
    assert_eq!(left.count(), 1);
    stack.stop().await.unwrap();
}
