//! What `ports::Profiles` promises.

use crate::fixtures::*;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::MessageId;
use beckon_shared::domain::message::Status;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::outbox::Settled;
use beckon_shared::ports::profiles::{Decided, MESSAGES_MAX, SaveError};
use beckon_shared::ports::{Inbox, Outbox, PortError, Profiles};
use serde_json::json;

pub async fn there_is_none_before_the_first_save(store: &impl Profiles) {
    assert_eq!(store.load(&profile_id("u1")).await, Ok(None));
}

pub async fn what_was_saved_is_loaded(store: &impl Profiles) {
    let (id, mut saved) = (profile_id("u1"), profile());
    store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    assert_eq!(store.load(&id).await, Ok(Some(saved.clone())));
    saved.state.alarm = None;
    store.save(&id, &mut saved, &decided(false, &[])).await.unwrap();
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
    assert_eq!(store.load(&profile_id("u2")).await, Ok(None));
}

pub async fn what_is_beside_it_in_the_partition_is_not_loaded(store: &(impl Profiles + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    store
        .append(&item("u1", "req-1", "2026-03-01T10:00:00Z"), expires())
        .await
        .unwrap();
    assert_eq!(store.load(&id).await, Ok(None));
    let queued = [message("u1", "msg_1")];
    store.save(&id, &mut saved, &decided(true, &queued)).await.unwrap();
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
}

pub async fn each_save_counts(store: &impl Profiles) {
    let (id, mut saved) = (profile_id("u1"), Profile::default());
    for version in 1..=4 {
        // Plain, with traits, with messages.
        let messages = [message("u1", &format!("msg_{version}"))];
        let messages = if version > 2 { &messages[..] } else { &[] };
        saved.traits.values = properties(json!({ "n": version }));
        store
            .save(&id, &mut saved, &decided(version % 2 == 0, messages))
            .await
            .unwrap();
        assert_eq!(saved.version, version);
        assert_eq!(store.load(&id).await.unwrap().unwrap().version, version);
    }
}

pub async fn only_one_of_two_writers_saves(store: &impl Profiles) {
    let (id, mut first) = (profile_id("u1"), profile());
    store.save(&id, &mut first, &decided(true, &[])).await.unwrap();
    let mut second = first.clone();
    first.state.cursor = Some("43".to_owned());
    store.save(&id, &mut first, &decided(false, &[])).await.unwrap();
    for traits_changed in [false, true] {
        let refused = store.save(&id, &mut second, &decided(traits_changed, &[])).await;
        assert_eq!(refused, Err(SaveError::Conflict));
        assert_eq!(second.version, 1);
    }
    assert_eq!(store.load(&id).await, Ok(Some(first)));
}

pub async fn only_one_of_two_first_saves_succeeds(store: &impl Profiles) {
    let (id, mut first) = (profile_id("u1"), profile());
    let mut second = first.clone();
    store.save(&id, &mut first, &decided(false, &[])).await.unwrap();
    let refused = store.save(&id, &mut second, &decided(false, &[])).await;
    assert_eq!(refused, Err(SaveError::Conflict));
    let refused = store.save(&id, &mut second, &decided(true, &[])).await;
    assert_eq!(refused, Err(SaveError::Conflict));
}

pub async fn traits_are_written_only_when_they_changed(store: &impl Profiles) {
    let (id, mut saved) = (profile_id("u1"), profile());
    store.save(&id, &mut saved, &decided(false, &[])).await.unwrap();
    let loaded = store.load(&id).await.unwrap().unwrap();
    assert_eq!(loaded.traits, Default::default());
    store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    let traits = saved.traits.clone();
    saved.traits.values.clear();
    store.save(&id, &mut saved, &decided(false, &[])).await.unwrap();
    assert_eq!(store.load(&id).await.unwrap().unwrap().traits, traits);
    saved.traits = Default::default();
    store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    assert_eq!(store.load(&id).await.unwrap().unwrap().traits, Default::default());
}

pub async fn messages_are_queued_with_the_save(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let messages: Vec<_> = (0..MESSAGES_MAX).map(|n| message("u1", &format!("msg_{n}"))).collect();
    store.save(&id, &mut saved, &decided(true, &messages)).await.unwrap();
    for message in &messages {
        let envelope = store.get(&id, &message.id).await.unwrap().unwrap();
        assert_eq!(envelope.message, *message);
        assert_eq!(
            (envelope.status, envelope.attempts, envelope.maybe_sent),
            (Status::Queued, 0, false)
        );
    }
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
}

pub async fn a_conflict_queues_nothing(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let mut stale = saved.clone();
    store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    stale.traits.values.clear();
    let queued = [message("u1", "msg_1")];
    let refused = store.save(&id, &mut stale, &decided(true, &queued)).await;
    assert_eq!(refused, Err(SaveError::Conflict));
    assert_eq!(store.get(&id, &MessageId::from("msg_1")).await, Ok(None));
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
}

pub async fn a_message_that_is_there_is_left_as_it_is(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let first = [message("u1", "msg_1"), message("u1", "msg_2")];
    store.save(&id, &mut saved, &decided(false, &first)).await.unwrap();
    let now = at("2026-03-01T10:00:00Z");
    store.claim(&id, &first[0].id, now, now).await.unwrap();
    let sent = Settled::Sent {
        provider_id: "ses-1".to_owned(),
    };
    store.settle(&id, &first[0].id, 1, &sent).await.unwrap();
    // Both are there and one is new; then all are there, beside changed traits and alone.
    for (traits_changed, count) in [(false, 3), (true, 3), (false, 3)] {
        let mut again: Vec<_> = (1..=count).map(|n| message("u1", &format!("msg_{n}"))).collect();
        again[0].to = "other@example.com".to_owned();
        store
            .save(&id, &mut saved, &decided(traits_changed, &again))
            .await
            .unwrap();
    }
    assert_eq!(saved.version, 4);
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
    let settled = store.get(&id, &first[0].id).await.unwrap().unwrap();
    assert_eq!((settled.status, &settled.message), (Status::Sent, &first[0]));
    let new = store.get(&id, &MessageId::from("msg_3")).await.unwrap().unwrap();
    assert_eq!(new.status, Status::Queued);
}

pub async fn a_message_given_twice_is_one_message(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let twice = [message("u1", "msg_1"), message("u1", "msg_1")];
    store.save(&id, &mut saved, &decided(false, &twice)).await.unwrap();
    assert!(store.get(&id, &twice[0].id).await.unwrap().is_some());
}

pub async fn what_is_too_large_is_named_and_nothing_is_saved(store: &(impl Profiles + Outbox)) {
    let id = profile_id("u1");
    let mut state = profile();
    state.state.cursor = Some("9".repeat(400_000));
    let mut traits = profile();
    traits.traits.values = properties(json!({ "text": "x".repeat(400_000) }));
    let mut large = message("u1", "msg_1");
    large.context = properties(json!({ "text": "x".repeat(400_000) }));
    for (part, mut profile, messages) in [
        ("state", state, vec![]),
        ("traits", traits, vec![]),
        ("message", profile(), vec![message("u1", "msg_0"), large]),
    ] {
        match store.save(&id, &mut profile, &decided(true, &messages)).await {
            Err(SaveError::TooLarge {
                part: named,
                bytes,
                limit,
            }) => {
                assert_eq!(named, part);
                assert!(bytes > 400_000 && limit < 400 * 1024);
            }
            other => panic!("{part}: {other:?}"),
        }
        assert_eq!(profile.version, 0);
    }
    assert_eq!(store.load(&id).await, Ok(None));
    assert_eq!(store.get(&id, &MessageId::from("msg_0")).await, Ok(None));
}

pub async fn more_messages_than_a_transaction_takes_are_refused(store: &impl Profiles) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let messages: Vec<_> = (0..=MESSAGES_MAX).map(|n| message("u1", &format!("msg_{n}"))).collect();
    let refused = store.save(&id, &mut saved, &decided(false, &messages)).await;
    assert!(
        matches!(refused, Err(SaveError::Port(PortError::Fail(_)))),
        "{refused:?}"
    );
    assert_eq!(store.load(&id).await, Ok(None));
}

fn forwards(count: usize) -> Vec<InboxItem> {
    (0..count)
        .map(|number| item("u2", &format!("fwd-{number}"), "2026-03-01T10:00:00Z"))
        .collect()
}

async fn inbox(store: &impl Inbox, profile: &str) -> Vec<InboxItem> {
    let (first, last) = (Timestamp::UNIX_EPOCH, at("2099-01-01T00:00:00Z"));
    store.received_between(&profile_id(profile), first, last).await.unwrap()
}

fn forwarding(forwards: &[InboxItem]) -> Decided<'_> {
    Decided {
        forwards,
        ..Decided::nothing(expires())
    }
}

pub async fn forwards_are_put_with_the_save(store: &(impl Profiles + Outbox + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let (messages, mut put) = ([message("u1", "msg_1")], forwards(2));
    // Into its own inbox too.
    put.push(item("u1", "fwd-own", "2026-03-01T10:00:00Z"));
    let decided = Decided {
        forwards: &put,
        ..decided(true, &messages)
    };
    store.save(&id, &mut saved, &decided).await.unwrap();
    assert_eq!(inbox(store, "u2").await.len(), 2);
    assert_eq!(inbox(store, "u1").await, put[2..]);
    assert!(store.get(&id, &messages[0].id).await.unwrap().is_some());
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
}

pub async fn a_forward_that_is_there_is_left_as_it_is(store: &(impl Profiles + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let mut put = forwards(3);
    store.append(&put[0], expires()).await.unwrap();
    put[0].inputs.clear();
    store.save(&id, &mut saved, &forwarding(&put)).await.unwrap();
    store.save(&id, &mut saved, &forwarding(&put)).await.unwrap();
    assert_eq!(saved.version, 2);
    let found = inbox(store, "u2").await;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|item| !item.inputs.is_empty()));
}

pub async fn a_conflict_forwards_nothing(store: &(impl Profiles + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let mut stale = saved.clone();
    store.save(&id, &mut saved, &decided(false, &[])).await.unwrap();
    let refused = store.save(&id, &mut stale, &forwarding(&forwards(2))).await;
    assert_eq!(refused, Err(SaveError::Conflict));
    assert_eq!(inbox(store, "u2").await, []);
}

pub async fn more_forwards_than_a_transaction_takes_are_put_all_the_same(store: &(impl Profiles + Outbox + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let messages: Vec<_> = (0..MESSAGES_MAX).map(|n| message("u1", &format!("msg_{n}"))).collect();
    let put = forwards(150);
    let decided = Decided {
        forwards: &put,
        ..decided(true, &messages)
    };
    store.save(&id, &mut saved, &decided).await.unwrap();
    assert_eq!(inbox(store, "u2").await.len(), 150);
    assert_eq!(store.load(&id).await, Ok(Some(saved)));
}

pub async fn a_forward_that_is_too_large_is_named_and_nothing_is_saved(store: &(impl Profiles + Inbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let mut put = forwards(2);
    put[1].inputs = vec![Input::Alarm {
        id: "x".repeat(400_000),
    }];
    match store.save(&id, &mut saved, &forwarding(&put)).await {
        Err(SaveError::TooLarge { part, .. }) => assert_eq!(part, "forward"),
        other => panic!("{other:?}"),
    }
    assert_eq!(inbox(store, "u2").await, []);
    assert_eq!(store.load(&id).await, Ok(None));
}
