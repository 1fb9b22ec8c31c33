#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;

fn body(at: &str, token: &str) -> Vec<u8> {
    json!({
        "GroupName": aws::SCHEDULE_GROUP,
        "ScheduleExpression": format!("at({at})"),
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": aws::function_arn("check"), "RoleArn": "arn:aws:iam::1:role/x", "Input": "{\"n\":1}"},
        "ActionAfterCompletion": "DELETE",
        "ClientToken": token,
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_name_is_taken_once_and_the_same_request_may_repeat() {
    let schedules = Schedules::default();
    assert_eq!(schedules.create("a", &body("2026-07-01T10:00:00", "t1")).status(), 200);
    assert_eq!(schedules.create("a", &body("2026-07-01T10:00:00", "t1")).status(), 200);
    assert_eq!(schedules.create("a", &body("2026-07-01T10:00:00", "t2")).status(), 409);
    assert_eq!(
        schedules.create("b c", &body("2026-07-01T10:00:00", "t3")).status(),
        400
    );
    assert_eq!(schedules.get("a", "other").status(), 404);
    assert_eq!(schedules.delete("a", aws::SCHEDULE_GROUP).status(), 200);
    assert_eq!(schedules.delete("a", aws::SCHEDULE_GROUP).status(), 404);
}

#[test]
fn what_is_due_fires_once_in_order_and_is_gone() {
    let schedules = Schedules::default();
    for (name, at) in [
        ("z", "2026-07-01T10:00:00"),
        ("b", "2026-07-01T10:01:00"),
        ("a", "2026-07-01T10:01:00"),
        ("later", "2026-07-02T10:00:00"),
    ] {
        assert_eq!(schedules.create(name, &body(at, name)).status(), 200);
    }
    let fired = schedules.take_due("2026-07-01T10:05:00Z".parse().unwrap());
    let names: Vec<_> = fired.iter().map(|schedule| schedule.name.as_str()).collect();
    assert_eq!(names, ["z", "a", "b"]);
    assert_eq!(fired[0].input, json!({"n": 1}));
    assert_eq!(schedules.all().len(), 1);
    assert_eq!(schedules.next_due(), Some("2026-07-02T10:00:00Z".parse().unwrap()));
}
