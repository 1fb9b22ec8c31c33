//! The world in memory behaves as simulations rely on: its stream, its schedules, its providers.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "store_contract/fixtures.rs"]
#[allow(dead_code)]
mod fixtures;

use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::outbox::{Postponed, Settled};
use beckon_shared::ports::sender::{Content, Outgoing, SendError, Taken};
use beckon_shared::ports::set_aside::SetAsideRecord;
use beckon_shared::ports::{Clock, Inbox, Outbox, PortError, Profiles, Scheduler, Sender, SetAside};
use beckon_shared::store::stream;
use beckon_tests::memory::{Change, Fault, MemoryWorld, When, run};
use fixtures::*;

fn world() -> MemoryWorld {
    MemoryWorld::new(at("2026-03-01T10:00:00Z"))
}

/// Drives a call to its answer.
fn done<T>(call: impl Future<Output = T>) -> T {
    run(call).finished().expect("it does not crash")
}

#[test]
fn an_append_reaches_evaluate_once_and_whole() {
    let world = world();
    let put = item("u1", "req-1", "2026-03-01T10:00:00Z");
    for _ in 0..2 {
        done(world.store.append(&put, expires())).unwrap();
    }
    let records = world.store.records_from(0);
    assert_eq!(records.len(), 1);
    assert!(records[0].is_for_evaluate() && !records[0].is_for_send());
    assert_eq!(records[0].inbox_item(), Some(put.clone()));
    let event = records[0].event_record();
    assert_eq!(event.event_name, "INSERT");
    assert_eq!(stream::inbox_item(&event.change.new_image), Ok(put));
    assert_eq!(stream::place(&event.change.keys), "P#u1 E#001772359200000#req-1");
}

#[test]
fn a_message_reaches_send_each_time_that_it_is_queued() {
    let world = world();
    let (id, messages, now) = (profile_id("u1"), [message("u1", "msg_1")], world.clock.now());
    let key = &messages[0].id;
    done(world.store.save(&id, &mut profile(), &decided(true, &messages))).unwrap();
    done(world.store.claim(&id, key, now, now)).unwrap();
    done(world.store.postpone(&id, key, 1, Postponed::Retry, now)).unwrap();
    done(world.store.requeue(&id, key, now)).unwrap();
    done(world.store.claim(&id, key, now, now)).unwrap();
    done(world.store.settle(&id, key, 2, &Settled::Unknown)).unwrap();
    let records = world.store.records_from(0);
    let seen: Vec<_> = records
        .iter()
        .map(|record| (record.change, record.is_for_send()))
        .collect();
    assert_eq!(
        seen,
        [
            (Change::Insert, false), // the state
            (Change::Insert, false), // the traits
            (Change::Insert, true),
            (Change::Modify, false),
            (Change::Modify, false),
            (Change::Modify, true),
            (Change::Modify, false),
            (Change::Modify, false),
        ]
    );
    let queued = records[5].event_record();
    let (profile, message) = stream::outbox_key(&queued.change.new_image).unwrap();
    assert_eq!((&profile, &message), (&id, key));
}

#[test]
fn the_stream_is_read_on_from_a_position_in_order_of_sequence_numbers() {
    let world = world();
    for number in 0..12 {
        let item = item("u1", &format!("req-{number}"), "2026-03-01T10:00:00Z");
        done(world.store.append(&item, expires())).unwrap();
    }
    let records = world.store.records_from(9);
    let ids: Vec<_> = records.iter().map(|record| record.inbox_item().unwrap().id).collect();
    assert_eq!(ids, ["req-9", "req-10", "req-11"]);
    assert!(records.iter().all(|record| record.sequence().parse::<u64>().is_err()));
    assert!(records.is_sorted_by_key(|record| record.sequence().parse::<u128>().unwrap()));
    assert_eq!(world.store.records_from(12), []);
}

#[test]
fn what_has_expired_is_removed_and_reaches_nobody() {
    let world = world();
    let kept = item("u1", "kept", "2026-03-01T10:00:00Z");
    done(
        world
            .store
            .append(&item("u1", "old", "2026-03-01T10:00:00Z"), at("2026-03-02T00:00:00Z")),
    )
    .unwrap();
    done(world.store.append(&kept, expires())).unwrap();
    world.store.expire(at("2026-03-03T00:00:00Z"));
    assert_eq!(world.store.inbox(&profile_id("u1")).unwrap(), [kept]);
    let removed = &world.store.records_from(2)[0];
    assert_eq!(removed.change, Change::Remove);
    assert!(!removed.is_for_evaluate() && !removed.is_for_send());
}

#[test]
fn what_is_next_due_is_known() {
    let world = world();
    assert_eq!(world.store.next_due(), None);
    for (id, alarm) in [("u1", "2026-04-01T00:00:00Z"), ("u2", "2026-03-09T00:00:00Z")] {
        let mut saved = profile();
        saved.state.alarm = Some(at(alarm));
        done(world.store.save(&profile_id(id), &mut saved, &decided(false, &[]))).unwrap();
    }
    assert_eq!(world.store.next_due(), Some(at("2026-03-09T00:00:00Z")));
    assert_eq!(world.store.profiles(), [profile_id("u1"), profile_id("u2")]);
}

#[test]
fn a_schedule_fires_once_when_it_is_due_unless_it_is_lost() {
    let world = world();
    let buckets = [1, 2, 3].map(|minute| Bucket {
        minute: world.clock.now().as_second() / 60 + minute,
        shard: 0,
    });
    for bucket in buckets.iter().rev().chain(&buckets) {
        done(world.scheduler.ensure(*bucket, bucket.at())).unwrap();
    }
    assert_eq!(world.scheduler.created(), 3);
    assert_eq!(world.scheduler.next(), Some(buckets[0].at()));
    assert_eq!(world.scheduler.fire(world.clock.now()), []);
    world.clock.advance(Span::from_mins(2));
    assert_eq!(world.scheduler.fire(world.clock.now()), buckets[..2]);
    assert_eq!(world.scheduler.fire(world.clock.now()), []);
    assert!(world.scheduler.lose(buckets[2]) && !world.scheduler.lose(buckets[2]));
    assert_eq!(world.scheduler.next(), None);
}

fn outgoing() -> Outgoing {
    let message = message("u1", "msg_1");
    Outgoing {
        message: message.id,
        profile: message.profile,
        campaign: CampaignName::from("abandoned-cart"),
        step: message.step,
        template: message.template,
        channel: Channel::Sms,
        purpose: message.purpose,
        to: message.to,
        device: None,
        contact: None,
        push_services: std::sync::Arc::default(),
        at: message.decided,
        expires: message.expires,
        content: Content::Sms {
            sender_id: None,
            max_price: None,
            text: "Hello".to_owned(),
        },
        headers: Vec::new(),
    }
}

#[test]
fn a_provider_throttles_refuses_and_loses_answers() {
    let world = world();
    let throttled = PortError::Retry("throttled".to_owned());
    for (when, error, heard, left) in [
        (When::Before, throttled.clone(), "throttled (may heal)", 0),
        (
            When::Before,
            PortError::Fail("no such number".to_owned()),
            "no such number",
            0,
        ),
        (When::After, throttled, "throttled (may heal) (may have been taken)", 1),
    ] {
        let fault = Fault::Error(error);
        world
            .faults
            .install(move |call, at| (call == "sender.send" && at == when).then(|| fault.clone()));
        let failed = done(world.sms.send(&outgoing())).expect_err("it fails");
        assert_eq!(failed.to_string(), heard);
        assert_eq!(world.sms.deliveries().len(), left);
    }
    world.faults.clear();
    assert_eq!(done(world.sms.send(&outgoing())), Ok(Taken::under("sms-2")));
    let last = world.sms.deliveries().pop().expect("it left");
    assert_eq!((last.at, last.outgoing), (world.clock.now(), outgoing()));
    world.sms.refuse(|outgoing| {
        (outgoing.to == "ann@example.com").then(|| SendError::Retry {
            reason: "slow down".to_owned(),
            after: Some(Span::from_secs(30)),
        })
    });
    assert!(matches!(
        done(world.sms.send(&outgoing())),
        Err(SendError::Retry { .. })
    ));
    assert_eq!(world.sms.channels(), [Channel::Sms]);
    assert_eq!(world.email.deliveries(), []);
}

#[test]
fn a_lost_answer_leaves_its_effect_and_a_failure_leaves_none() {
    let world = world();
    let lost = PortError::Retry("lost".to_owned());
    for (when, there) in [(When::Before, 0), (When::After, 1)] {
        let fault = Fault::Error(lost.clone());
        world.faults.install(move |_, at| (at == when).then(|| fault.clone()));
        let item = item("u1", "req-1", "2026-03-01T10:00:00Z");
        assert_eq!(done(world.store.append(&item, expires())), Err(lost.clone()));
        assert_eq!(world.store.inbox(&profile_id("u1")).unwrap().len(), there);
    }
    // A save whose answer is lost has counted in the table, not in the caller's hand.
    let mut saved = profile();
    assert!(done(world.store.save(&profile_id("u1"), &mut saved, &decided(false, &[]))).is_err());
    assert_eq!(saved.version, 0);
    assert_eq!(world.store.profile(&profile_id("u1")).unwrap().unwrap().version, 1);
}

#[test]
fn what_is_set_aside_is_kept() {
    let world = world();
    let record = SetAsideRecord {
        function: "evaluate".to_owned(),
        place: "P#u1 E#1#a".to_owned(),
        sequence: None,
        reason: "unreadable".to_owned(),
    };
    done(world.set_aside.set_aside(&record)).unwrap();
    assert_eq!(world.set_aside.records(), [record]);
}
