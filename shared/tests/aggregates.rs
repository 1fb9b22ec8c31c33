//! Aggregates as people write them: what they come to, and what the check says of mistakes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::condition::{Surroundings, Type, Vocabulary, Wanted, check};
use beckon_shared::domain::campaign::Workspace;
use beckon_shared::domain::condition::{Expr, Scope};
use beckon_shared::domain::event::{Event, EventKind, Properties, Source};
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, before, zone};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn object(value: Json) -> Properties {
    value.as_object().cloned().expect("an object")
}

fn event(kind: EventKind, name: &str, at: Timestamp, properties: Json) -> Event {
    Event {
        id: format!("{name} {at}"),
        kind,
        name: name.to_owned(),
        at,
        source: Source::Browser,
        hops: 0,
        properties: object(properties),
    }
}

fn now() -> Timestamp {
    at("2026-03-08T12:00:00Z")
}

/// What a visitor did in the week before noon.
fn visits() -> Vec<Event> {
    let page = |ago: &str, group: &str, name: &str| {
        let at = before(now(), Span::parse(ago).unwrap());
        event(
            EventKind::Page,
            "page",
            at,
            json!({"group": group, "path": format!("/{name}"), "name": name}),
        )
    };
    let track = |ago: &str, name: &str, properties: Json| {
        event(
            EventKind::Track,
            name,
            before(now(), Span::parse(ago).unwrap()),
            properties,
        )
    };
    vec![
        page("6d", "promo", "Sale"),
        page("5d23h31m", "promo", "Sale"),
        page("5d23h1m", "comparison", "Compare"),
        page("2d", "promo", "Sale"),
        page("1h", "guide", "How to"),
        page("29m59s999ms", "promo", "Sale"),
        track("30d", "Order Completed", json!({"total": 20, "order_id": "o1"})),
        track("20d", "Order Completed", json!({"total": 40.5, "order_id": "o2"})),
        track("16d", "Order Completed", json!({"total": 10, "order_id": "o3"})),
        track("7d", "Order Completed", json!({"order_id": "o4"})),
        track(
            "4d",
            "Product Viewed",
            json!({"category": "shoes", "product_id": "s1", "price": 60}),
        ),
        track(
            "3d",
            "Product Viewed",
            json!({"category": "shoes", "product_id": "s2", "price": 80}),
        ),
        track(
            "2d",
            "Product Viewed",
            json!({"category": "hats", "product_id": "h1", "price": 30}),
        ),
        track(
            "1d",
            "Product Viewed",
            json!({"category": "hats", "product_id": "h1", "price": 30.0}),
        ),
        track("5d", "Points Changed", json!({"balance": 1_200})),
        track("3h", "Points Changed", json!({"balance": 900})),
    ]
}

fn checked(text: &str) -> Expr {
    let vocabulary = Vocabulary::default();
    let surroundings = Surroundings {
        event: Ok(Type::Any),
        item: Ok(Type::Any),
        key: Ok(()),
        ..Surroundings::of_profile(&vocabulary, "there is no event")
    };
    let expr = match check(text, Wanted::Condition, &surroundings) {
        Ok(checked) => checked.expr,
        Err(mistakes) => panic!("{text}: {mistakes:?}"),
    };
    let stored = serde_json::to_string(&expr).expect("it is written");
    let expr: Expr = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{text}: {stored}: {error}"));
    // What it is shown as can be read again.
    let shown = expr.to_string();
    assert!(
        check(&shown, Wanted::Condition, &surroundings).is_ok(),
        "{text} is shown as {shown}"
    );
    expr
}

fn holds(text: &str) -> Result<bool, String> {
    let expr = checked(text);
    let workspace = Workspace {
        segments: BTreeMap::from([("asked".to_owned(), expr.clone())]),
        ..Workspace::default()
    };
    let rules = Rules::new(1, workspace, []);
    let mut profile = Profile::default();
    for event in visits().iter().rev() {
        for feed in rules.feeds(event, true) {
            if let (Some(sample), Some(keep)) = (feed.sample(event), rules.keep_of(feed.log)) {
                profile.state.tallies.note(feed.log, sample, keep);
            }
        }
    }
    // What is packed is what is looked at.
    let packed = rmp_serde::to_vec_named(&profile.state).expect("it is written");
    let state: beckon_shared::domain::profile::State = rmp_serde::from_slice(&packed).expect("it is read");
    assert_eq!(state.tallies, profile.state.tallies, "{text}");
    let looked_at = object(json!({"category": "hats", "product_id": "s1"}));
    let zone = zone("Europe/Berlin").unwrap();
    Scope::of_nothing(|nothing| {
        let scope = Scope {
            now: now(),
            zone: &zone,
            event: &looked_at,
            event_time: at("2026-03-08T09:00:00Z"),
            event_name: "Points Changed",
            key: "shoes",
            tallies: &state.tallies,
            ..*nothing
        };
        expr.test(&scope).map_err(|error| error.to_string())
    })
}

#[test]
fn aggregates_come_to_what_they_say() {
    for text in [
        "count(\"page\", 7d) == 6 && count(\"page\", group == \"promo\", 7d) == 4",
        "count(\"page\", group in [\"promo\", \"comparison\"], 7d) == 5 && count(\"page\", name == \"Sale\", 2d) == 1",
        "count(\"page\", name == \"Sale\" && path == \"/Sale\", 3d) == 2",
        // Whatever was done, but for orders of 30 days ago sharp: exactly a window ago has left.
        "count(\"*\", 30d) == 15 && count(\"*\", 1h) == 1",
        // 29 minutes apart is one session, 30 is another; the guide is no reason to stay in one.
        "sessions(\"page\", group in [\"promo\", \"comparison\"], 7d) == 4",
        "sessions(\"page\", 7d) == 5 && sessions(\"page\", group == event.category, 7d) == 0",
        "sessions(\"page\", 90m) == 2",
        "distinct(\"Product Viewed\", category, 7d) == 2 && distinct(\"Product Viewed\", product_id, 7d) == 3",
        "distinct(\"Product Viewed\", product_id, category == key, 7d) == 2",
        "sum(\"Order Completed\", total, 25d) == 50.5 && sum(\"Order Completed\", total, 31d) == 70.5",
        "sum(\"Order Completed\", total, total > 15, 31d) == 60.5 && sum(\"Order Completed\", total, 1d) == 0",
        "min(\"Order Completed\", total, 31d) == 10 && max(\"Order Completed\", total, 31d) == 40.5",
        "average(\"Order Completed\", total, 31d) == 23.5 && average(\"Order Completed\", total, 1d) == null",
        "min(\"Product Viewed\", price, category == event.category, 7d) == 30",
        "latest(\"Product Viewed\", category) == \"hats\" && earliest(\"Product Viewed\", category) == \"shoes\"",
        "latest(\"Product Viewed\", price, category == key) == 80 && latest(\"Order Completed\", total) == null",
        "latest(\"Product Viewed\", price, 12h) == null && earliest(\"Product Viewed\", price, 3d) == 30",
        "earliest(\"Product Viewed\", product_id, category == event.category) == \"h1\"",
        // The event that is looked at is not before itself.
        "previous(\"Points Changed\", balance) == 1200 && latest(\"Points Changed\", balance) == 900",
        "first(previous(\"Points Changed\", balance, balance < 1000), 0) == 0",
        "previous(\"Points Changed\", balance) >= 1000 && latest(\"Points Changed\", balance) < 1000",
        // As many shoes as hats: the hats were seen last.
        "top(\"Product Viewed\", category, 7d) == \"hats\" && top(\"Product Viewed\", category, price > 40, 7d) == \"shoes\"",
        "top(\"Product Viewed\", category, 1h) == null",
        "interest(\"Product Viewed\", category == \"hats\", 1d) == 0.75",
        "interest(\"Product Viewed\", category == event.category, 1d) == 0.75 && interest(\"Nothing\", 1d) == 0.0",
        "last(\"page\", group == \"comparison\") == now - 5d23h1m && last(\"Nothing\") == null",
        "last(\"Product Viewed\", category == key) == now - 3d && last(\"page\") == now - 29m59s999ms",
        "gap(\"Order Completed\", 60d) == 9d && gap(\"Order Completed\", 8d) == null && gap(\"Points Changed\", 30d) == null",
        "gap(\"Product Viewed\", 7d) == 1d",
        "count(\"Product Viewed\", has(event.category) && category == event.category && price <= 30, 7d) == 2",
        // An event that lacks what is asked does not count.
        "count(\"Order Completed\", total > 0, 60d) == 3 && count(\"Order Completed\", total * 2 > 0, 60d) == 3",
        "[1, 2].exists(n, count(\"Product Viewed\", price > 35 * n, 7d) == 1)",
        "count(\"Product Viewed\", [\"shoes\", \"boots\"].exists(c, c == category), 7d) == 2",
        "count(\"Product Viewed\", weekday(now) == 7 && date(now) != category, 7d) == 4",
    ] {
        assert_eq!(holds(text), Ok(true), "{text}");
    }
    assert_eq!(
        holds("average(\"Order Completed\", total, 1d) > 5"),
        Err("`average(\"Order Completed\", total, 1d)` is missing".to_owned())
    );
}

#[test]
fn mistakes_are_told() {
    let vocabulary = Vocabulary::default();
    let surroundings = Surroundings {
        event: Ok(vocabulary.event(&["Order Completed".to_owned()])),
        item: Err("there is no `each`"),
        key: Ok(()),
        ..Surroundings::of_profile(&vocabulary, "there is no event")
    };
    for (text, place, said) in [
        (
            "count(\"page\", grop == \"promo\", 7d) > 1",
            14,
            "`page` has no `grop`, did you mean `group`? Or declare it under `events` in workspace.yaml if it exists",
        ),
        (
            "count(\"page\", group == event.categry, 7d) > 1",
            29,
            "`Order Completed` has no `categry`; declare it under `events` in workspace.yaml if it exists",
        ),
        (
            "count(\"Order Completed\", total == \"ten\", 7d) > 1",
            25,
            "`total` is a number and `\"ten\"` is text: they cannot be compared, leave the quotes out for a number",
        ),
        (
            "count(\"page\") > 1",
            0,
            "expected an event, maybe a filter, and a window, as in `count(\"Order Completed\", 7d)`",
        ),
        (
            "count(\"page\", group, 7d) > 1",
            14,
            "this is text, expected a condition",
        ),
        (
            "count(\"page\", 7) > 1",
            14,
            "this is a number, expected a window such as `7d`",
        ),
        (
            "count(\"page\", days(7)) > 1",
            14,
            "expected a window that is written out, such as `7d`",
        ),
        (
            "count(\"page\", 0d) > 1",
            14,
            "expected a window longer than nothing that is written out, such as `7d`",
        ),
        (
            "count(page, 7d) > 1",
            6,
            "expected an event's name in quotes, such as `\"Order Completed\"`",
        ),
        (
            "streak(\"page\", 367d) > 1",
            15,
            "`367d` is too long: days in a row are looked for in 366d at most",
        ),
        (
            "interest(\"page\", 7) > 1.0",
            17,
            "this is a number, expected a half-life such as `7d`",
        ),
        (
            "sum(\"Order Completed\", order_id, 7d) > 1",
            23,
            "this is text, expected a number",
        ),
        (
            "sum(\"Order Completed\", event.total, 7d) > 1",
            23,
            "expected a property of the counted event, as in `sum(\"Order Completed\", total, 90d)`",
        ),
        (
            "sum(\"Order Completed\", 7d) > 1",
            0,
            "expected an event, a property, maybe a filter, and a window, as in `sum(\"Order Completed\", total, 90d)`",
        ),
        (
            "distinct(\"Order Completed\", products, 7d) > 1",
            28,
            "this is a list, expected text, a number, or true or false",
        ),
        (
            "previous(\"Order Completed\", total, 7d) > 1",
            35,
            "this is a length of time, expected a condition",
        ),
        (
            "count(\"page\", count(\"page\", 7d) > 1, 7d) > 1",
            14,
            "`count` stands inside another aggregate, expected what tells which events count",
        ),
        (
            "sum(\"Order Completed\", total, 7d) > \"1\"",
            0,
            "`sum(\"Order Completed\", total, 7d)` is a number and `\"1\"` is text: they cannot be compared, leave the quotes out for a number",
        ),
        ("total > 1", 0, "there is nothing called `total`"),
        (
            "sesions(\"page\", 7d) > 1",
            0,
            "there is no function `sesions`, did you mean `sessions`?",
        ),
        (
            "score(\"readiness\") > 1",
            0,
            "there is no score `readiness`; scores are declared under `scores` in workspace.yaml",
        ),
        (
            "moment() == \"buy\"",
            0,
            "nothing tells the moment: `moments` is not declared in workspace.yaml",
        ),
        (
            "hour(event.total) > 1",
            5,
            "this is a number, expected one point in time, as in `hour(now) >= 9`",
        ),
    ] {
        let mistakes = check(text, Wanted::Condition, &surroundings).expect_err(text);
        assert_eq!(
            (mistakes[0].offset, mistakes[0].message.as_str()),
            (place, said),
            "{text}"
        );
    }
    let warned = check("count(\"Order Complete\", 7d) > 1", Wanted::Condition, &surroundings).expect("it may be meant");
    assert!(warned.warnings[0].message.contains("did you mean `Order Completed`?"));
}
