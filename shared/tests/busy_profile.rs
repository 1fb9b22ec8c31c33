//! How small the state of somebody busy stays, whatever thirty campaigns ask of it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod checked;

use beckon_shared::authoring::condition::{Vocabulary, Wanted};
use beckon_shared::domain::campaign::{Add, MomentKind, Moments, Score, Workspace};
use beckon_shared::domain::event::{Event, EventKind, Source};
use beckon_shared::domain::profile::State;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp};
use checked::checked;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;

const NOW_MILLIS: i64 = 1_772_000_000_000;
const DAY_MILLIS: i64 = 86_400_000;

fn millis(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a timestamp")
}

/// What thirty campaigns ask, with a score and the micromoment beside them.
const THIRTY: [&str; 30] = [
    "count(\"Order Completed\", 365d) >= 3",
    "count(\"Order Completed\", 3650d) == 1",
    "count(\"Order Completed\", 7d) == 0",
    "rhythm(\"Order Completed\", 730d) != null",
    "last(\"Order Completed\") < now - 60d",
    "sum(\"Order Completed\", total, 365d) > 500",
    "sessions(\"page\", group == event.group, 7d) >= 3",
    "sessions(\"page\", group in [\"promo\", \"pricing\"], 7d) >= 3",
    "count(\"page\", group == \"pricing\", 2d) >= 3",
    "count(\"page\", 30d) > 100",
    "now - last(\"page\") > 14d",
    "count(\"Product Viewed\", category == event.category, 14d) >= 5",
    "distinct(\"Product Viewed\", product_id, 2d) >= 4",
    "top(\"Product Viewed\", category, 30d) == \"shoes\"",
    "count(\"Checkout Started\", 1d) >= 1 && count(\"Order Completed\", 1d) == 0",
    "previous(\"Points Changed\", balance) < 1000",
    "first(previous(\"Loyalty Level Changed\", rank), 0) < 2",
    "streak(\"Progress Made\", 60d) >= 3",
    "first(previous(\"Progress Made\", value, goal_id == event.goal_id), 0) < 50",
    "latest(\"Goal Set\", target, goal_id == event.goal_id) > 10",
    "date(last(\"Progress Made\")) < date(now)",
    "count(\"Lesson Finished\", programme_id == key, 365d) + 1 > 3",
    "distinct(\"Item Collected\", item_id, season == event.season, 365d) >= 5",
    "count(\"Email Opened\", 180d) == 0 && count(\"Email Delivered\", 180d) >= 12",
    "count(\"Email Link Clicked\", 180d) == 0",
    "count(\"Email Bounced\", bounce_type == \"soft\", 30d) >= 3",
    "count(\"Demo Played\", progress > 0.8, 7d) >= 2",
    "count(\"Product Reviewed\", rating <= 2, 30d) >= 1",
    "count(\"Ticket Opened\", 7d) > count(\"Ticket Closed\", 7d)",
    "count(\"*\", 14d) == 0",
];

fn thirty_campaigns() -> Rules {
    let vocabulary = Vocabulary::default();
    let segments = THIRTY.iter().enumerate().map(|(number, text)| {
        let asked = checked(text, Wanted::Condition, &vocabulary);
        (format!("s{number}"), asked)
    });
    let add = |on: &str, points: f64| Add {
        on: on.to_owned(),
        condition: None,
        points,
    };
    let readiness = vec![
        add("Product Viewed", 4.0),
        add("page", 1.0),
        add("Order Completed", -60.0),
    ];
    Rules::new(
        1,
        Workspace {
            segments: segments.collect(),
            scores: BTreeMap::from([(
                "readiness".to_owned(),
                Score::new("readiness", Span::from_days(3), readiness),
            )]),
            moments: Some(Moments::new(
                Span::from_mins(30),
                vec![
                    (MomentKind::Know, add("page", 1.0)),
                    (MomentKind::Buy, add("Checkout Started", 3.0)),
                ],
            )),
            ..Workspace::default()
        },
        [],
    )
}

/// So many events within 30 days, pages for the most part, and what is kept of them.
fn busy(events: i64, rules: &Rules) -> State {
    let mut state = State::default();
    let mut chance = 1_u64;
    let mut draw = |below: u64| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    let names = [
        "Product Viewed",
        "Product Added",
        "Email Opened",
        "Order Completed",
        "Points Changed",
        "Demo Played",
        "Progress Made",
        "Checkout Started",
    ];
    for number in 0..events {
        let is_page = draw(10) < 6;
        let at = NOW_MILLIS - 30 * DAY_MILLIS + 30 * DAY_MILLIS / events * number + draw(1_000) as i64;
        let event = Event {
            id: number.to_string(),
            kind: if is_page { EventKind::Page } else { EventKind::Track },
            name: if is_page { "page".to_owned() } else { names[draw(8).min(draw(8)) as usize].to_owned() },
            at: millis(at),
            source: Source::Browser,
            hops: 0,
            properties: json!({
                "group": (["promo", "pricing", "guide"][draw(3) as usize]), "category": (["shoes", "hats"][draw(2) as usize]),
                "product_id": format!("sku-{}", draw(400)), "total": draw(20_000) as f64 / 100.0, "balance": draw(3_000),
                "progress": draw(100) as f64 / 100.0, "value": draw(100), "album_id": format!("a{}", draw(50))
            })
            .as_object()
            .cloned()
            .expect("an object"),
        };
        state.seen.insert(&event.id);
        for feed in rules.feeds(&event, true) {
            if let (Some(sample), Some(keep)) = (feed.sample(&event), rules.keep_of(feed.log)) {
                state.tallies.note(feed.log, sample, keep);
            }
        }
    }
    state
        .tallies
        .retain(millis(NOW_MILLIS), false, |log| rules.keep_of(log));
    state
}

fn deflated(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn a_busy_profile_stays_small() {
    let rules = thirty_campaigns();
    for (events, most) in [(1_000, 2_500), (200_000, 3_400)] {
        let packed = rmp_serde::to_vec_named(&busy(events, &rules)).unwrap();
        let (bytes, deflated) = (packed.len(), deflated(&packed));
        writeln!(std::io::stdout(), "{events} events: {bytes} bytes, deflated {deflated}").unwrap();
        assert!(deflated <= most, "{events} events take {deflated} bytes");
    }
}
