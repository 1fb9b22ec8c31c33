//! Looking back makes no difference: a profile that is asked later knows, once it has looked back in its inbox,
//! what it would know had it been asked from the start.
//!
//! The cases are the same in every run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod asked;
#[path = "../chance/mod.rs"]
mod chance;
#[path = "../checked/mod.rs"]
mod checked;

use asked::{everything, nothing, segments, something};
use beckon_shared::domain::campaign::{Derived, Workspace};
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::fold::{Arrival, fold, fold_after};
use beckon_shared::domain::hindsight::due;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Profile, State};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const START_MILLIS: i64 = 1_772_000_000_000;

fn millis(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a timestamp")
}

/// An item of the inbox and when it came to be there, in milliseconds: the stream is in that order.
#[derive(Debug, Clone)]
struct Written {
    at: i64,
    item: InboxItem,
}

/// What happens: after how long, how late it is said, how long it takes to be written, what, of which product.
type Happening = (i64, i64, i64, usize, usize);

fn written(happenings: &[Happening]) -> Vec<Written> {
    let mut received = START_MILLIS;
    let mut all: Vec<Written> = Vec::new();
    for (number, (gap, late, delay, what, product)) in happenings.iter().enumerate() {
        received += gap;
        let category = ["shoes", "hats", "socks"][product % 3];
        let products: Vec<Value> = (0..*product)
            .map(|id| json!({ "product_id": id, "category": category }))
            .collect();
        let group = ["pricing", "promo"][product % 2];
        let (kind, name) = match what {
            0..=3 => (EventKind::Track, "Viewed"),
            4 => (EventKind::Track, "Ordered"),
            5 => (EventKind::Track, "Unheard"),
            _ => (EventKind::Page, "Prices"),
        };
        let properties = json!({
            "product_id": product, "category": category, "total": 10 * product, "products": products, "group": group,
        });
        let event = Event {
            id: format!("e{number}"),
            kind,
            name: name.to_owned(),
            at: millis(received - late),
            source: Source::Browser,
            hops: 0,
            properties: properties.as_object().unwrap().clone(),
        };
        all.push(Written {
            at: received + delay,
            item: InboxItem {
                profile: ann(),
                id: event.id.clone(),
                at: event.at,
                received: millis(received),
                inputs: vec![Input::Event(event)],
            },
        });
    }
    all.sort_by_key(|written| written.at);
    all
}

fn ann() -> ProfileId {
    ProfileId::known("ann").expect("an id")
}

/// Folds one item as `evaluate` does: what changes nothing is not saved, what is newly asked is looked for in as much of
/// the inbox as is written by then.
fn fold_one(stored: &mut Profile, place: usize, inbox: &[Written], lag: i64, rules: &Rules) {
    let written = &inbox[place];
    let now = millis(written.at + lag);
    let sequence = format!("{:05}", place + 1);
    let arrivals: Vec<Arrival<'_>> = written
        .item
        .inputs
        .iter()
        .map(|input| Arrival {
            input,
            received: written.item.received,
            sequence: Some(&sequence),
        })
        .collect();
    let mut profile = stored.clone();
    let folded = match due(&ann(), &profile, rules, now) {
        Some(due) => {
            let there = inbox.iter().filter(|other| other.at <= written.at + lag);
            let mut gathering = due.gather(stored, rules, written.item.received, &written.item.inputs);
            // Newest first, as it is read.
            let mut there: Vec<&InboxItem> = there.map(|other| &other.item).collect();
            there.sort_by_key(|item| std::cmp::Reverse(item.at));
            there.into_iter().for_each(|item| gathering.take(item));
            fold_after(&ann(), &mut profile, gathering.finish(), &arrivals, now, rules)
        }
        None => fold(&ann(), &mut profile, &arrivals, now, rules),
    };
    if folded.changed {
        *stored = profile;
        stored.version += 1;
    }
}

/// What a profile knows of what happened; lists in order of their entries' names.
fn knows(state: &State) -> (Value, Value, Option<Timestamp>) {
    let lists = state.lists.iter().map(|(name, list)| {
        let mut items: Vec<String> = list.items().map(Value::to_string).collect();
        items.sort();
        (name.clone(), json!(items))
    });
    let sequences = serde_json::to_value(&state.sequences).unwrap();
    (Value::Object(lists.collect()), sequences, state.active)
}

/// Folds everything: by these rules from the start, and by those from before until `arrives`.
fn compare(happenings: &[Happening], before: &Rules, arrives: usize, lag: i64) {
    let mut inbox = written(happenings);
    // Something happens in the end, long after.
    let mut last = inbox.last().unwrap().clone();
    last.at += 2 * 86_400_000;
    last.item.received = millis(last.item.received.as_millisecond() + 2 * 86_400_000);
    last.item.inputs = vec![Input::Alarm { id: "last".to_owned() }];
    inbox.push(last);
    let mut after = everything(2);
    let applied = millis(inbox[arrives].at - 1);
    after.were_asked(after.asked_after(before, applied));
    let from_the_start = everything(1);
    let (mut asked_later, mut asked_always) = (Profile::default(), Profile::default());
    for place in 0..inbox.len() {
        let rules = if place < arrives { before } else { &after };
        fold_one(&mut asked_later, place, &inbox, lag, rules);
        fold_one(&mut asked_always, place, &inbox, lag, &from_the_start);
    }
    assert_eq!(asked_later.state.rules_revision, 2, "it has looked back for good");
    assert_eq!(knows(&asked_later.state), knows(&asked_always.state));
    assert_eq!(asked_later.state.tallies, asked_always.state.tallies);
}

/// Seconds or hours apart, said at once or up to a day late.
fn happening(gap_millis: i64) -> impl Strategy<Value = Happening> {
    let late = prop_oneof![3 => Just(0_i64), 1 => 0..80_000_000_i64];
    (1..gap_millis, late, 0..15_000_i64, 0..8_usize, 0..7_usize)
}

fn before(asked_before: bool) -> Rules {
    match asked_before {
        true => something(1),
        false => nothing(1),
    }
}

proptest! {
    #![proptest_config(chance::fixed(200))]

    #[test]
    fn who_is_asked_later_knows_what_who_was_asked_always_knows(
        happenings in prop::collection::vec(happening(30_000_000), 2..50),
        asked_before in any::<bool>(),
        arrives in any::<prop::sample::Index>(),
        lag in 0..30_000_i64,
    ) {
        compare(&happenings, &before(asked_before), arrives.index(happenings.len()), lag);
    }

    #[test]
    fn so_do_the_busy_who_do_something_every_few_seconds(
        happenings in prop::collection::vec(happening(40_000), 2..50),
        asked_before in any::<bool>(),
        arrives in any::<prop::sample::Index>(),
        lag in 0..30_000_i64,
    ) {
        compare(&happenings, &before(asked_before), arrives.index(happenings.len()), lag);
    }

    #[test]
    fn and_those_of_whom_more_happened_than_is_kept_one_by_one(
        happenings in prop::collection::vec(happening(6_000_000), 150..300),
        asked_before in any::<bool>(),
        arrives in any::<prop::sample::Index>(),
    ) {
        compare(&happenings, &before(asked_before), arrives.index(happenings.len()), 1_000);
    }
}

/// Rules that ask this and nothing else.
fn asks(text: &str) -> Rules {
    let workspace = Workspace {
        segments: segments(&[text]),
        ..Workspace::default()
    };
    Rules::new(7, workspace, [])
}

#[test]
fn only_what_was_not_asked_before_is_new_and_only_as_long_as_inboxes_reach() {
    let (first, day) = (millis(START_MILLIS), 86_400_000);
    let two_days = asks("count(\"Viewed\", 2d) >= 3");
    let new = two_days.asked_after(&nothing(6), first);
    assert_eq!(new.len(), 1);
    assert_eq!((new[0].revision, new[0].at, new[0].asks.len()), (7, first, 1));
    for (text, is_new) in [
        ("count(\"Viewed\", 2d) >= 3", false),
        ("count(\"Viewed\", 1d) >= 1", false),
        ("count(\"Viewed\", 3d) >= 3", true),
        ("count(\"Viewed\", 2d) >= 4", true),
        ("count(\"Viewed\", product_id == 1, 2d) >= 3", true),
    ] {
        let asked = asks(text).asked_after(&two_days, first);
        assert_eq!(!asked.is_empty(), is_new, "{text}");
    }
    // What has been asked for a while stays told for as long as an inbox may reach back behind it.
    let mut since = asks("count(\"Viewed\", 2d) >= 3");
    since.were_asked(new.clone());
    for (days, told) in [(1, true), (90, true), (91, false)] {
        let later = millis(START_MILLIS + days * day);
        let asked = asks("count(\"Viewed\", 2d) >= 3").asked_after(&since, later);
        assert_eq!(asked == new, told, "after {days} days");
    }
    // Nobody asks any more: it is new when somebody asks again.
    let again = asks("count(\"Ordered\", 2d) >= 3").asked_after(&since, first);
    assert_eq!((again.len(), again[0].asks != new[0].asks), (1, true));
}

#[test]
fn what_is_made_of_other_events_for_the_first_time_is_new() {
    let derives = |is_made: bool| {
        let bought = Derived {
            event: "Bought".to_owned(),
            from: "Ordered".to_owned(),
            each: "products".to_owned(),
        };
        let workspace = Workspace {
            segments: segments(&["count(\"Bought\", 2d) >= 3"]),
            derived: is_made.then_some(bought).into_iter().collect(),
            ..Workspace::default()
        };
        Rules::new(2, workspace, [])
    };
    let asked = |is: bool, was: bool| derives(is).asked_after(&derives(was), millis(START_MILLIS)).len();
    assert_eq!((asked(true, false), asked(true, true), asked(false, true)), (1, 0, 0));
}
