//! Fifty instances of `evaluate` fold one profile at once: caps hold exactly, whoever is first.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use aws_lambda_events::dynamodb::Event;
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::Profiles;
use beckon_shared::store::log::decode_log;
use beckon_tests::memory::{Fault, Record, run};
use beckon_tests::story::Shop;
use beckon_tests::world::{definitions, functions};
use futures::future::join_all;
use serde_json::json;

/// One run, and one message, for each goal.
const TRIED: &str = "campaign: tried
purpose: marketing
topic: news
enter: { on: Goal Set, key: event.goal_id }
steps:
  - send: letter
    by: email
    template: win-back
";

const INSTANCES: usize = 50;
const ROUNDS_MAX: usize = 50;

#[test]
fn one_of_fifty_messages_that_are_decided_at_once_leaves() {
    let definitions = definitions::edited(&[], &[("tried.yaml", TRIED)]).unwrap();
    leaves_of_fifty(definitions, 1, "frequency_cap (1 in 1d)");
}

#[test]
fn a_cap_by_channel_and_topic_holds_at_once_too() {
    let caps = "  - { purpose: marketing, at most: 1, in: 1d }
  - { purpose: marketing, at most: 4, in: 7d }
";
    let own = "  - { at most: 3, in: 1d, channel: [email, sms], topic: news }
  - { at most: 9, in: 1d }
";
    let definitions = definitions::edited(&[("workspace.yaml", caps, own)], &[("tried.yaml", TRIED)]).unwrap();
    leaves_of_fifty(definitions, 3, "frequency_cap (3 in 1d by email, sms about news)");
}

/// Fifty messages are decided at once, each by an instance of its own, and so many leave; what held back the others
/// is told.
fn leaves_of_fifty(definitions: Definitions, leave: usize, held_by: &str) {
    let shop = Shop::opens_with("2026-03-01 09:30", definitions);
    let ann = shop.customer("Ann");
    // A stream keeps a profile's records in order; here each comes to another instance, all at the same time.
    let before = shop.with(|world| {
        world.streams_are_down = true;
        world.outside.store.records_from(0).len()
    });
    for goal in 0..INSTANCES {
        ann.does("Goal Set", json!({ "goal_id": format!("g-{goal}"), "target": 10 }));
    }
    let records = shop.with(|world| world.outside.store.records_from(before));
    assert_eq!(records.len(), INSTANCES);
    shop.with(|world| {
        world.outside.faults.install(|_, _| Some(Fault::Yield));
        let instances: Vec<_> = (0..INSTANCES).map(|_| functions::evaluate(&world.outside)).collect();
        let mut open: Vec<(usize, Event)> = records.iter().map(batch_of).enumerate().collect();
        let mut rounds = 0;
        while !open.is_empty() {
            rounds += 1;
            assert!(rounds <= ROUNDS_MAX, "{} of them never got through", open.len());
            let calls = open
                .iter()
                .map(|(nth, event)| evaluate::handle(&instances[*nth], event.clone()));
            let answers = run(join_all(calls)).finished().expect("they live");
            // What lost too often comes again, as the stream brings it.
            let again = answers.iter().map(|answer| answer.failed().next().is_some());
            open = open
                .into_iter()
                .zip(again)
                .filter_map(|(one, again)| again.then_some(one))
                .collect();
        }
        assert!(rounds > 1, "nobody was in anybody's way");
        world.outside.faults.clear();
        let messages = world.outside.store.messages(&ann.profile()).unwrap();
        assert_eq!(messages.len(), leave);
        let saved = run(world.outside.store.load(&ann.profile()))
            .finished()
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(saved.state.ledger.count(world.now(), Span::from_days(1)), leave);
        let log = decode_log(&saved.log);
        let spared = log
            .iter()
            .rev()
            .find(|logged| logged.decision == "skip")
            .expect("others did not leave");
        assert_eq!(format!("{} ({})", spared.reason, spared.cap), held_by);
        world.streams_are_down = false;
        world.until_idle();
    });
    for _ in 0..leave {
        ann.receives("tried");
    }
    shop.passes("20m");
    ann.receives_nothing();
}

fn batch_of(record: &Record) -> Event {
    let mut event = Event::default();
    event.records = vec![record.event_record()];
    event
}
