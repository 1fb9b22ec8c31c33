//! What `ports::Inbox` promises.

use crate::fixtures::*;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::inbox::{Appended, LatestPage};
use beckon_shared::ports::{Inbox, PortError};
use serde_json::json;

const MARCH: &str = "2026-03-01T10:00:00Z";

async fn all(store: &impl Inbox, profile: &str) -> Vec<beckon_shared::domain::event::InboxItem> {
    let (first, last) = (Timestamp::UNIX_EPOCH, at("2099-01-01T00:00:00Z"));
    store.received_between(&profile_id(profile), first, last).await.unwrap()
}

pub async fn an_item_is_new_once(store: &impl Inbox) {
    let mut first = item("u1", "req-1", MARCH);
    assert_eq!(store.append(&first, expires()).await, Ok(Appended::New));
    let kept = first.clone();
    first.inputs.clear();
    first.received = at("2026-03-01T10:00:09Z");
    assert_eq!(store.append(&first, expires()).await, Ok(Appended::Repeat));
    assert_eq!(all(store, "u1").await, [kept]);
}

pub async fn an_item_is_told_apart_by_profile_time_and_id(store: &impl Inbox) {
    let items = [
        item("u1", "req-1", MARCH),
        item("u1", "req-1", "2026-03-01T10:00:00.001Z"),
        item("u1", "req-2", MARCH),
        item("u1", &"long".repeat(500), MARCH),
        item("u1", &"Long".repeat(500), MARCH),
        item("u2", "req-1", MARCH),
    ];
    for item in &items {
        assert_eq!(store.append(item, expires()).await, Ok(Appended::New), "{}", item.id);
        assert_eq!(store.append(item, expires()).await, Ok(Appended::Repeat), "{}", item.id);
    }
    assert_eq!(all(store, "u1").await.len(), 5);
    assert_eq!(all(store, "u2").await, [items[5].clone()]);
}

pub async fn what_was_put_is_read(store: &impl Inbox) {
    let mut put = item("u1", &"a#b ".repeat(400), "2026-03-01T10:00:00.123456789Z");
    put.received = at("2026-03-01T10:00:01.999999999Z");
    store.append(&put, expires()).await.unwrap();
    put.at = at("2026-03-01T10:00:00.123Z");
    put.received = at("2026-03-01T10:00:01.999Z");
    for input in &mut put.inputs {
        if let beckon_shared::domain::event::Input::Event(event) = input {
            event.at = put.at;
        }
    }
    assert_eq!(all(store, "u1").await, [put]);
}

pub async fn a_time_before_1970_counts_as_1970(store: &impl Inbox) {
    let mut old = item("u1", "req-1", "1960-01-01T00:00:00Z");
    old.received = at(MARCH);
    store.append(&old, expires()).await.unwrap();
    old.at = Timestamp::UNIX_EPOCH;
    assert_eq!(all(store, "u1").await, [old]);
}

pub async fn what_was_received_between_two_moments_is_read_in_that_order(store: &impl Inbox) {
    // In order of event time they come the other way round.
    for (id, when, received) in [
        ("c", "10:00", 3),
        ("b", "10:01", 2),
        ("a", "10:02", 1),
        ("d", "09:00", 4),
    ] {
        let mut item = item("u1", id, &format!("2026-03-01T{when}:00Z"));
        item.received = millis(1_772_400_000_000 + received);
        store.append(&item, expires()).await.unwrap();
    }
    let read = async |after: i64, until: i64| -> Vec<String> {
        let (after, until) = (millis(1_772_400_000_000 + after), millis(1_772_400_000_000 + until));
        let items = store.received_between(&profile_id("u1"), after, until).await.unwrap();
        items.into_iter().map(|item| item.id).collect()
    };
    assert_eq!(read(0, 9).await, ["a", "b", "c", "d"]);
    assert_eq!(read(1, 3).await, ["b", "c"]);
    assert_eq!(read(4, 9).await, [""; 0]);
    assert_eq!(read(9, 0).await, [""; 0]);
}

pub async fn an_inbox_of_many_pages_is_read_whole(store: &impl Inbox) {
    for number in 0..8 {
        let mut large = item("u1", &format!("req-{number}"), MARCH);
        if let beckon_shared::domain::event::Input::Event(event) = &mut large.inputs[0] {
            event.properties = properties(json!({ "text": "x".repeat(300_000) }));
        }
        store.append(&large, expires()).await.unwrap();
    }
    assert_eq!(all(store, "u1").await.len(), 8);
}

pub async fn an_item_that_is_too_large_is_refused(store: &impl Inbox) {
    let mut large = item("u1", "req-1", MARCH);
    if let beckon_shared::domain::event::Input::Event(event) = &mut large.inputs[0] {
        event.properties = properties(json!({ "text": "x".repeat(400_000) }));
    }
    let refused = store.append(&large, expires()).await;
    assert!(matches!(refused, Err(PortError::Fail(_))), "{refused:?}");
    assert_eq!(all(store, "u1").await, []);
}

fn ids(page: &LatestPage) -> Vec<&str> {
    page.items.iter().map(|item| item.id.as_str()).collect()
}

pub async fn the_latest_are_read_first_and_no_further_than_asked(store: &impl Inbox) {
    for (id, when) in [("b", "10:01"), ("a", "10:00"), ("d", "10:02"), ("c", "10:01")] {
        let item = item("u1", id, &format!("2026-03-01T{when}:00Z"));
        store.append(&item, expires()).await.unwrap();
    }
    store.append(&item("u2", "other", MARCH), expires()).await.unwrap();
    let read = async |after: &str| {
        store
            .latest(&profile_id("u1"), at(after), at(MARCH), None)
            .await
            .unwrap()
    };
    let all = read("2026-03-01T09:59:59.999Z").await;
    assert_eq!((ids(&all), &all.next), (vec!["d", "c", "b", "a"], &None));
    assert_eq!(all.items[3], item("u1", "a", MARCH));
    assert!(all.unreadable == 0 && all.bytes > 400, "{all:?}");
    // What lies exactly there is left out.
    assert_eq!(ids(&read(MARCH).await), ["d", "c", "b"]);
    assert_eq!(ids(&read("2026-03-01T10:02:00Z").await), [""; 0]);
    assert_eq!(ids(&read("1960-01-01T00:00:00Z").await).len(), 4);
}

pub async fn what_may_be_forgotten_is_not_among_the_latest(store: &impl Inbox) {
    let (old, new) = (item("u1", "old", MARCH), item("u1", "new", MARCH));
    store.append(&old, at("2026-03-02T10:00:00Z")).await.unwrap();
    store.append(&new, at("2026-03-02T10:00:01Z")).await.unwrap();
    let read = async |now: &str| {
        let first = Timestamp::UNIX_EPOCH;
        store.latest(&profile_id("u1"), first, at(now), None).await.unwrap()
    };
    assert_eq!(ids(&read("2026-03-02T09:59:59.999Z").await).len(), 2);
    assert_eq!(ids(&read("2026-03-02T10:00:00Z").await), ["new"]);
    assert_eq!(ids(&read("2026-03-02T10:00:01Z").await), [""; 0]);
}

pub async fn the_latest_come_in_pages_that_follow_one_another(store: &impl Inbox) {
    for number in 0..8 {
        let mut large = item("u1", &format!("req-{number}"), MARCH);
        if let beckon_shared::domain::event::Input::Event(event) = &mut large.inputs[0] {
            event.properties = properties(json!({ "text": "x".repeat(300_000) }));
        }
        // Half of them may be forgotten: they fill pages all the same.
        let forgotten = if number % 2 == 0 { MARCH } else { "2036-01-01T00:00:00Z" };
        store.append(&large, at(forgotten)).await.unwrap();
    }
    let (mut next, mut found, mut pages) = (None, Vec::new(), 0);
    loop {
        let first = Timestamp::UNIX_EPOCH;
        let page = store
            .latest(&profile_id("u1"), first, at(MARCH), next.as_ref())
            .await
            .unwrap();
        assert!(page.bytes < 1_500_000, "{}", page.bytes);
        found.extend(page.items.into_iter().map(|item| item.id));
        pages += 1;
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(found, ["req-7", "req-5", "req-3", "req-1"]);
    assert!(pages >= 2, "{pages}");
}
