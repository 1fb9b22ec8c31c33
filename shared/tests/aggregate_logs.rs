//! What profiles keep of events: the same in whichever order they arrive, exact where it is said
//! to be, within the stated bound beyond. How small it stays: `busy_profile.rs`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod chance;
mod checked;

use beckon_shared::authoring::condition::{Type, Vocabulary, Wanted};
use beckon_shared::domain::condition::{Expr, Scope, Value};
use beckon_shared::domain::event::{Event, EventKind, Source};
use beckon_shared::domain::profile::{Keep, Kind, Tallies};
use beckon_shared::domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;

const NOW_MILLIS: i64 = 1_772_000_000_000;
const DAY_MILLIS: i64 = 86_400_000;

fn millis(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a timestamp")
}

/// A product is looked at.
fn view(at: i64, product: u8, price: i32) -> Event {
    Event {
        id: format!("{at}"),
        kind: EventKind::Track,
        name: "Product Viewed".to_owned(),
        at: millis(at),
        source: Source::Browser,
        hops: 0,
        properties:
            json!({"product_id": format!("p{product}"), "category": product % 3, "price": f64::from(price) / 100.0})
                .as_object()
                .cloned()
                .expect("an object"),
    }
}

fn checked(text: &str, wanted: Wanted) -> Expr {
    let mut vocabulary = Vocabulary::default();
    let kinds = [
        ("product_id", Type::Text),
        ("category", Type::Number),
        ("price", Type::Number),
    ];
    vocabulary.declare_event(
        "Product Viewed",
        kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect(),
    );
    checked::checked(text, wanted, &vocabulary)
}

fn noted<'e>(expr: &Expr, events: impl IntoIterator<Item = &'e Event>) -> Tallies {
    let feeds = expr.feeds();
    let mut tallies = Tallies::default();
    for event in events {
        for feed in feeds.iter().filter(|feed| feed.event == event.name) {
            if let Some(sample) = feed.sample(event) {
                tallies.note(feed.log, sample, feed.keep);
            }
        }
    }
    tallies
}

fn value(expr: &Expr, tallies: &Tallies, now: i64) -> serde_json::Value {
    let event = json!({"category": 1}).as_object().cloned().expect("an object");
    Scope::of_nothing(|nothing| {
        let scope = Scope {
            now: millis(now),
            event: &event,
            event_time: millis(now),
            tallies,
            ..*nothing
        };
        expr.eval(&scope).unwrap_or(Value::Null).to_json()
    })
}

/// Times that come close together, far apart, and at the same moment.
fn times(most: usize) -> impl Strategy<Value = Vec<(i64, u8, i32)>> {
    let ago = prop_oneof![0..50_i64, 0..100_000_i64, 0..DAY_MILLIS, 0..(40 * DAY_MILLIS)];
    prop::collection::vec((ago.prop_map(|ago| NOW_MILLIS - ago), 0..12_u8, -500..500_i32), 0..most)
}

const ASKED: [&str; 16] = [
    "count(\"Product Viewed\", 7d)",
    "count(\"Product Viewed\", 30d)",
    "count(\"Product Viewed\", category == event.category, 7d)",
    "distinct(\"Product Viewed\", product_id, 7d)",
    "distinct(\"Product Viewed\", product_id, category == event.category, 7d)",
    "sum(\"Product Viewed\", price, 7d)",
    "min(\"Product Viewed\", price, 30d)",
    "average(\"Product Viewed\", price, category == event.category, 30d)",
    "latest(\"Product Viewed\", product_id)",
    "earliest(\"Product Viewed\", product_id)",
    "previous(\"Product Viewed\", price)",
    "top(\"Product Viewed\", category, 7d)",
    "interest(\"Product Viewed\", 1d)",
    "gap(\"Product Viewed\", 7d)",
    "interest(\"Product Viewed\", category == event.category, 1d)",
    "streak(\"Product Viewed\", 60d)",
];

/// Which of the events count is told when it is asked: the latest of those that are alike are kept.
const TOLD_LATER: [&str; 4] = [
    "count(\"Product Viewed\", category == event.category, 7d) >= 3",
    "count(\"Product Viewed\", category == event.category, 14d) == 0",
    "latest(\"Product Viewed\", product_id, category == event.category) == \"p1\"",
    "previous(\"Product Viewed\", price, category == event.category) < 0.0",
];

proptest! {
    #![proptest_config(chance::fixed(150))]

    #[test]
    fn the_order_of_events_does_not_matter(
        (told, shuffled) in times(300).prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        cut in 0..300_usize,
    ) {
        let all = ASKED.iter().map(|text| format!("[{text}] == []")).chain(TOLD_LATER.map(str::to_owned));
        for text in all {
            let expr = checked(&text, Wanted::Condition);
            let of = |told: &[(i64, u8, i32)]| {
                let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
                noted(&expr, &events)
            };
            let keep = expr.feeds()[0].keep;
            let tidied = |mut tallies: Tallies| {
                tallies.retain(millis(NOW_MILLIS), true, |_| Some(keep));
                tallies
            };
            let straight = of(&told);
            prop_assert_eq!(&of(&shuffled), &straight, "{}", text);
            // Two halves, each of its own profile, merged in either order.
            let (one, other) = shuffled.split_at(cut.min(shuffled.len()));
            let (one, other) = (of(one), of(other));
            let (mut forth, mut back) = (one.clone(), other.clone());
            forth.merge(other);
            back.merge(one);
            let straight = tidied(straight);
            prop_assert_eq!(&tidied(forth), &straight, "{}", text);
            prop_assert_eq!(&tidied(back), &straight, "{}", text);
            // Packed and unpacked it is the same.
            let packed = rmp_serde::to_vec_named(&straight).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<Tallies>(&packed).unwrap(), straight, "{}", text);
        }
    }

    #[test]
    fn sessions_and_days_do_not_depend_on_the_order_either(
        (told, shuffled) in times(60).prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
    ) {
        for text in [
            "sessions(\"Product Viewed\", 7d)", "sessions(\"Product Viewed\", category == event.category, 7d)",
            "streak(\"Product Viewed\", category == event.category, 60d)",
        ] {
            let expr = checked(text, Wanted::Number);
            let of = |told: &[(i64, u8, i32)]| {
                let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
                noted(&expr, &events)
            };
            prop_assert_eq!(of(&shuffled), of(&told), "{}", text);
        }
    }

    #[test]
    fn up_to_64_events_everything_is_exact(told in times(64), edge in 0..64_usize, beside in -1..=1_i64) {
        let window = 7 * DAY_MILLIS;
        // Also at the very millisecond at which an event leaves the window, before and after it.
        let latest = told.iter().map(|(at, ..)| *at).max().unwrap_or(NOW_MILLIS);
        let now = told.get(edge).map_or(NOW_MILLIS, |(at, ..)| (at + window + beside).max(latest));
        let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
        let mut inside: Vec<(i64, u8, i32)> = told.iter().copied().filter(|(at, ..)| *at > now - window && *at <= now).collect();
        inside.sort_unstable();
        let of_category: Vec<_> = inside.iter().filter(|(_, product, _)| product % 3 == 1).collect();
        let mut products: Vec<u8> = inside.iter().map(|(_, product, _)| *product).collect();
        products.sort_unstable();
        products.dedup();
        let mut sessions = 0;
        let mut before = i64::MIN / 2;
        for (at, ..) in &inside {
            sessions += usize::from(at - before >= 30 * 60_000);
            before = *at;
        }
        let sum: i32 = inside.iter().map(|(.., price)| price).sum();
        for (text, expected) in [
            ("count(\"Product Viewed\", 7d)", json!(inside.len())),
            ("count(\"Product Viewed\", category == event.category, 7d)", json!(of_category.len())),
            ("count(\"Product Viewed\", price > 0, 7d)", json!(inside.iter().filter(|(.., price)| *price > 0).count())),
            ("distinct(\"Product Viewed\", product_id, 7d)", json!(products.len())),
            ("sessions(\"Product Viewed\", 7d)", json!(sessions)),
            ("round(sum(\"Product Viewed\", price, 7d) * 100)", json!(sum)),
            ("string(first(max(\"Product Viewed\", price, 7d), 0)) == \"\" ? 0 : round(first(max(\"Product Viewed\", price, 7d), 0) * 100)",
                json!(inside.iter().map(|(.., price)| *price).max().unwrap_or(0))),
        ] {
            let expr = checked(text, Wanted::Number);
            prop_assert_eq!(value(&expr, &noted(&expr, &events), now), expected, "{} at {}", text, now);
        }
    }

    #[test]
    fn a_comparison_with_a_number_needs_no_more_than_that_many(told in times(200), limit in 0..5_i64) {
        let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
        let counts = [
            "count(\"Product Viewed\", 7d)", "distinct(\"Product Viewed\", category, 7d)",
            "sessions(\"Product Viewed\", 7d)", "streak(\"Product Viewed\", 60d)",
        ];
        for how in ["<", "<=", ">", ">=", "==", "!="] {
            for counted in counts {
                for text in [format!("{counted} {how} {limit}"), format!("{limit} {how} {counted}")] {
                    let frugal = checked(&text, Wanted::Condition);
                    let whole = checked(&format!("[{counted}].exists(n, {})", text.replace(counted, "n")), Wanted::Condition);
                    prop_assert!(frugal.feeds()[0].keep.most <= whole.feeds()[0].keep.most);
                    let (one, other) = (noted(&frugal, &events), noted(&whole, &events));
                    prop_assert_eq!(value(&frugal, &one, NOW_MILLIS), value(&whole, &other, NOW_MILLIS), "{}", text);
                }
            }
        }
    }

    #[test]
    fn of_those_that_are_alike_enough_are_kept(told in times(300), limit in 0..5_usize) {
        let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
        // As the event that asks has it.
        let mut alike: Vec<_> = told.iter().filter(|(_, product, _)| product % 3 == 1).collect();
        alike.sort_unstable();
        let within = alike.iter().filter(|(at, ..)| *at > NOW_MILLIS - 7 * DAY_MILLIS).count();
        let before = alike.iter().rfind(|(at, ..)| *at < NOW_MILLIS);
        let alone = |at: i64| alike.iter().filter(|(other, ..)| *other == at).count() == 1;
        let mut asked = vec![
            (format!("count(\"Product Viewed\", category == event.category, 7d) >= {limit}"), json!(within >= limit)),
            (format!("count(\"Product Viewed\", category == event.category, 7d) == {limit}"), json!(within == limit)),
        ];
        // Of those at the same moment one is the last by its value, which is not the order here.
        if let Some((at, product, price)) = before && alone(*at) {
            let cents = "round(previous(\"Product Viewed\", price, category == event.category) * 100)";
            asked.push((format!("{cents} == {price}"), json!(true)));
            let now_too = alike.iter().any(|(at, ..)| *at == NOW_MILLIS);
            let last = format!("latest(\"Product Viewed\", product_id, category == event.category) == \"p{product}\"");
            asked.extend((!now_too).then_some((last, json!(true))));
        }
        for (text, expected) in asked {
            let expr = checked(&text, Wanted::Condition);
            let tallies = noted(&expr, &events);
            prop_assert_eq!(value(&expr, &tallies, NOW_MILLIS), expected, "{}", text);
            let kept = tallies.logs().map(|log| log.entries().count()).sum::<usize>();
            prop_assert!(kept <= 64, "{} are kept", kept);
        }
    }

    #[test]
    fn beyond_that_a_count_is_that_of_a_window_an_eighth_longer_or_shorter(told in times(3_000), later in 0..(10 * DAY_MILLIS)) {
        let now = NOW_MILLIS + later;
        let expr = checked("count(\"Product Viewed\", 7d)", Wanted::Number);
        let events: Vec<Event> = told.iter().map(|(at, product, price)| view(*at, *product, *price)).collect();
        let counted = value(&expr, &noted(&expr, &events), now).as_i64().unwrap();
        let within = |window: i64| told.iter().filter(|(at, ..)| *at > now - window).count() as i64;
        let (least, most) = (within(7 * DAY_MILLIS / 8 * 7 - 1), within(7 * DAY_MILLIS / 8 * 9 + 1));
        prop_assert!(least <= counted && counted <= most, "{} ≤ {} ≤ {}", least, counted, most);
    }
}

#[test]
fn a_log_of_64_takes_five_bytes_an_event() {
    let keep = Keep {
        kind: Kind::Latest,
        most: 64,
        added_up: None,
        sampled: false,
        window: None,
        newest: false,
        each: None,
    };
    let mut tallies = Tallies::default();
    for hour in 0..64 {
        let sample = beckon_shared::domain::profile::Sample::new(NOW_MILLIS - hour * 3_601_234, Vec::new(), None);
        tallies.note(
            checked("count(\"Product Viewed\", 7d)", Wanted::Number).feeds()[0].log,
            sample,
            keep,
        );
    }
    let packed = rmp_serde::to_vec_named(&tallies).unwrap();
    assert!(packed.len() <= 64 * 5 + 24, "{} bytes", packed.len());
}
