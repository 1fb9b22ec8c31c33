//! Somebody who does a lot: what is known of more than is kept as it was, and how far off it is at most.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    missing_docs
)]

mod chance;
mod checked;

use beckon_shared::authoring::condition::{Vocabulary, Wanted};
use beckon_shared::domain::condition::{Expr, Scope, Value};
use beckon_shared::domain::event::{Event, EventKind, Source};
use beckon_shared::domain::profile::Tallies;
use beckon_shared::domain::time::{Timestamp, zone};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const NOW_MILLIS: i64 = 1_772_000_000_000;
const MINUTE_MILLIS: i64 = 60_000;
const DAY_MILLIS: i64 = 86_400_000;

fn millis(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a timestamp")
}

fn view(at: i64, product: usize, category: &str) -> Event {
    Event {
        id: format!("{at}"),
        kind: EventKind::Track,
        name: "Product Viewed".to_owned(),
        at: millis(at),
        source: Source::Browser,
        hops: 0,
        properties: json!({"product_id": format!("p{product}"), "category": category})
            .as_object()
            .cloned()
            .expect("an object"),
    }
}

fn checked(text: &str) -> Expr {
    checked::checked(text, Wanted::Condition, &Vocabulary::default())
}

/// What is kept of the events for a condition, as it is stored and read again.
fn noted(expr: &Expr, events: &[Event]) -> Tallies {
    let mut tallies = Tallies::default();
    for event in events {
        for feed in expr.feeds() {
            if let Some(sample) = feed.sample(event) {
                tallies.note(feed.log, sample, feed.keep);
            }
        }
    }
    let packed = rmp_serde::to_vec_named(&tallies).expect("it is written");
    rmp_serde::from_slice(&packed).expect("it is read")
}

/// What it comes to for who just looked at a hat.
fn asked(text: &str, events: &[Event], now: i64) -> Json {
    let expr = checked(&format!("{text} == null"));
    let Expr::Compare(_, asked, _) = &expr else {
        panic!("{expr} is no comparison")
    };
    let tallies = noted(&checked(&format!("[{text}].exists(n, n == null)")), events);
    let event = json!({"category": "hats"}).as_object().cloned().expect("an object");
    let zone = zone("America/St_Johns").expect("a zone");
    Scope::of_nothing(|nothing| {
        let scope = Scope {
            now: millis(now),
            zone: &zone,
            event: &event,
            event_time: millis(now),
            tallies: &tallies,
            ..*nothing
        };
        asked.eval(&scope).unwrap_or(Value::Null).to_json()
    })
}

fn number(value: &Json) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

proptest! {
    #![proptest_config(chance::fixed(60))]

    #[test]
    fn a_streak_counts_days_however_much_was_done_on_them(
        days in prop::collection::vec((0..3_u8, 1..40_usize), 1..50),
        hours in prop::collection::vec(0..DAY_MILLIS, 40),
    ) {
        // Midnight in Newfoundland, three and a half hours behind.
        let midnight = NOW_MILLIS.div_euclid(DAY_MILLIS) * DAY_MILLIS + 210 * MINUTE_MILLIS;
        let now = midnight + DAY_MILLIS - 1;
        let mut events = Vec::new();
        for (ago, (acts, times)) in (0_i64..).zip(&days) {
            if *acts > 0 {
                events.extend(hours.iter().take(*times).map(|hour| view(midnight - ago * DAY_MILLIS + hour, 1, "hats")));
            }
        }
        // Today may still come.
        let (mut streak, mut without) = (0, -1);
        for (acts, _) in &days {
            without = if *acts > 0 { 0 } else { without + 1 };
            streak += i64::from(*acts > 0);
            if without > 1 {
                break;
            }
        }
        prop_assert_eq!(number(&asked("streak(\"Product Viewed\", 60d)", &events, now)), streak);
        events.reverse();
        prop_assert_eq!(number(&asked("streak(\"Product Viewed\", 60d)", &events, now)), streak);
    }

    #[test]
    fn sessions_and_counts_of_one_category_are_those_of_a_window_an_eighth_longer_or_shorter(
        pauses in prop::collection::vec((0..4_i64, 1..300_i64), 200..600),
    ) {
        let mut at = NOW_MILLIS;
        let mut told: Vec<(i64, bool)> = Vec::new();
        for (kind, minutes) in pauses {
            at -= if kind > 0 { minutes * MINUTE_MILLIS } else { minutes * 1_000 };
            told.push((at, minutes % 3 > 0));
        }
        told.reverse();
        let events: Vec<Event> = told.iter().map(|(at, hat)| view(*at, 1, if *hat { "hats" } else { "shoes" })).collect();
        let hats = |window: i64| told.iter().filter(|(at, hat)| *hat && *at > NOW_MILLIS - window).count() as i64;
        // A session counts as long as its end is in the window.
        let sessions = |window: i64| {
            let mut ends: Vec<i64> = Vec::new();
            for (at, _) in &told {
                match ends.last_mut() {
                    Some(end) if at - *end < 30 * MINUTE_MILLIS => *end = *at,
                    _ => ends.push(*at),
                }
            }
            ends.into_iter().filter(|end| *end > NOW_MILLIS - window).count() as i64
        };
        let (shorter, longer) = (7 * DAY_MILLIS / 8 * 7 - 1, 7 * DAY_MILLIS / 8 * 9 + 1);
        for (text, exact) in [
            ("count(\"Product Viewed\", category == event.category, 7d)", &hats as &dyn Fn(i64) -> i64),
            ("sessions(\"Product Viewed\", 7d)", &sessions),
        ] {
            let counted = number(&asked(text, &events, NOW_MILLIS));
            prop_assert!((exact(shorter)..=exact(longer)).contains(&counted), "{}: {}", text, counted);
        }
    }

    #[test]
    fn different_values_are_exact_up_to_64_and_estimated_beyond(
        many in prop_oneof![1..200_usize, 200..4_000_usize], again in 1..3_usize, salt in 0..1_000_000_usize,
    ) {
        let all: Vec<Event> = (0..many * again).map(|number| {
            // A second round, in another order.
            let product = if number < many { number } else { (number * 7) % many };
            view(NOW_MILLIS - (many * again - number) as i64 * 1_000, salt + product, "hats")
        }).collect();
        let different = |within: &[Event]| within.iter().map(|event| event.properties["product_id"].to_string()).collect::<BTreeSet<_>>().len();
        for text in ["distinct(\"Product Viewed\", product_id, 7d)", "distinct(\"Product Viewed\", product_id, category == event.category, 7d)"] {
            let estimated = number(&asked(text, &all, NOW_MILLIS)) as f64;
            let truth = different(&all) as f64;
            let off = (estimated - truth).abs() / truth;
            prop_assert!(if truth <= 64.0 { off == 0.0 } else { off < 0.6 }, "{} of {}", estimated, truth);
            let expr = checked(&format!("[{text}].exists(n, n == null)"));
            let kept = noted(&expr, &all);
            let entries: usize = kept.logs().map(|log| log.entries().count()).sum();
            prop_assert!(entries <= 65 * (2 + many.ilog2() as usize), "{} of {} are kept", entries, many);
            // In whatever order they came, and whoever they were first heard of as.
            let mut back = all.clone();
            back.reverse();
            prop_assert_eq!(&noted(&expr, &back), &kept);
            let (mut one, other) = (noted(&expr, &all[..many / 2]), noted(&expr, &all[many / 2..]));
            one.merge(other);
            one.retain(millis(NOW_MILLIS), true, |_| Some(expr.feeds()[0].keep));
            prop_assert_eq!(&one, &kept);
        }
    }
}

#[test]
fn an_estimate_of_different_values_is_mostly_within_a_sixth() {
    let (mut within, mut sum, tries) = (0, 0.0, 200);
    for round in 0..tries {
        let many = 100 + round * 17;
        let events: Vec<Event> = (0..many)
            .map(|product| view(NOW_MILLIS - product as i64 * 1_000, round * 100_000 + product, "hats"))
            .collect();
        let text = "distinct(\"Product Viewed\", product_id, 7d)";
        let estimated = number(&asked(text, &events, NOW_MILLIS)) as f64;
        let ratio = estimated / many as f64;
        within += usize::from((ratio - 1.0).abs() <= 1.0 / 6.0);
        sum += ratio;
    }
    assert!(within * 3 >= tries * 2, "{within} of {tries}");
    // They are off to neither side.
    let mean = sum / tries as f64;
    assert!((0.95..1.05).contains(&mean), "{mean}");
}

#[test]
fn what_was_most_frequent_stays_so_whatever_came_last() {
    let hour = 60 * MINUTE_MILLIS;
    let mut events: Vec<Event> = (0..300)
        .map(|number| view(NOW_MILLIS - (400 - number) * hour, 1, "shoes"))
        .collect();
    events.extend((300..400).map(|number| view(NOW_MILLIS - (400 - number) * hour, 1, "hats")));
    assert_eq!(
        asked("top(\"Product Viewed\", category, 30d)", &events, NOW_MILLIS),
        json!("shoes")
    );
    assert_eq!(
        asked("top(\"Product Viewed\", category, 4d)", &events, NOW_MILLIS),
        json!("hats")
    );
    // Each of the shoes counted one, and they are eleven half-lives old by now at most.
    let text = "interest(\"Product Viewed\", category == event.category, 2d)";
    let interest = asked(text, &events, NOW_MILLIS).as_f64().unwrap();
    let exact: f64 = (1..=100).map(|ago| (-f64::from(ago) / 48.0).exp2()).sum();
    assert!((interest / exact - 1.0).abs() < 0.05, "{interest} is {exact}");
}

#[test]
fn the_pace_of_what_is_counted_too_is_that_of_the_latest() {
    // Every two days for a year, and every day for as long as 64 of them are kept as they were.
    let late = (0..64).map(|ago| NOW_MILLIS - ago * DAY_MILLIS);
    let early = (0..100).map(|ago| NOW_MILLIS - (65 + 2 * ago) * DAY_MILLIS);
    let mut times: Vec<i64> = late.chain(early).collect();
    times.sort_unstable();
    let events: Vec<Event> = times.into_iter().map(|at| view(at, 1, "hats")).collect();
    let both = checked("gap(\"Product Viewed\", 365d) == 1d && [count(\"Product Viewed\", 365d)].exists(n, n > 150)");
    let tallies = noted(&both, &events);
    let held = Scope::of_nothing(|nothing| {
        both.test(&Scope {
            now: millis(NOW_MILLIS),
            tallies: &tallies,
            ..*nothing
        })
    });
    assert_eq!(held.map_err(|error| error.to_string()), Ok(true));
}
