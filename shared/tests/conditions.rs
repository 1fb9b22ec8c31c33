//! Conditions, from the text that people write to what they come to.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::condition::{Surroundings, Type, Vocabulary, Wanted, check};
use beckon_shared::domain::campaign::{ListRule, Workspace};
use beckon_shared::domain::condition::{Expr, Scope};
use beckon_shared::domain::event::{Event, EventKind, Properties, Source};
use beckon_shared::domain::profile::{List, Tallies};
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

fn cart_rule() -> ListRule {
    ListRule {
        key: Some("cart_id".into()),
        by: "product_id".into(),
        put: vec!["Product Added".into()],
        drop: vec![],
        replace: vec![],
        clear: vec![],
        keep: vec!["price".into()],
    }
}

/// Nothing is known of the event and the item, so that nothing is refused for its type.
fn untyped(vocabulary: &Vocabulary) -> Surroundings<'_> {
    Surroundings {
        event: Ok(Type::Any),
        item: Ok(Type::Any),
        key: Ok(()),
        offer: Ok(Type::Any),
        answer: Ok(Type::Any),
        ..Surroundings::of_profile(vocabulary, "")
    }
}

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    vocabulary.declare_list("cart", &cart_rule());
    vocabulary.declare_segment("loyal");
    vocabulary
}

fn compiled(text: &str, wanted: Wanted) -> Expr {
    let vocabulary = vocabulary();
    let expr = match check(text, wanted, &untyped(&vocabulary)) {
        Ok(checked) => checked.expr,
        Err(mistakes) => panic!("{text}: {mistakes:?}"),
    };
    // What is stored is what is run.
    let stored = serde_json::to_string(&expr).expect("it is written");
    serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{text}: {stored}: {error}"))
}

/// A shopper at noon: what she did, what is in her cart.
fn in_scope<T>(asked: &[&Expr], what: impl FnOnce(&Scope<'_>) -> T) -> T {
    let now = at("2026-03-01T12:00:00Z");
    let event = object(json!({
        "total": 59, "price": 19.5, "name": "Order", "big": i64::MAX, "yes": true, "nothing": null,
        "ends_at": "2026-03-02T12:00:00Z", "on": "2026-03-02", "id": 17,
        "products": [{"product_id": "a", "price": 10}, {"product_id": "b", "price": 20.5}],
        "tags": ["new", "sale"], "address": {"city": "Bonn"}
    }));
    let item = json!({"product_id": "b", "supply_days": 30});
    let traits = object(json!({"first_name": "Ada", "timezone": "Europe/Berlin"}));
    let mut tallies = Tallies::default();
    let loyal = compiled("count(\"Order Completed\", 365d) >= 3", Wanted::Condition);
    let asked = asked
        .iter()
        .enumerate()
        .map(|(number, expr)| (format!("asked{number}"), (*expr).clone()));
    let workspace = Workspace {
        segments: asked.chain([("loyal".to_owned(), loyal.clone())]).collect(),
        ..Workspace::default()
    };
    let rules = Rules::new(1, workspace, []);
    for days in [1, 2, 10] {
        let order = Event {
            id: format!("order-{days}"),
            kind: EventKind::Track,
            name: "Order Completed".into(),
            at: before(now, Span::from_days(days)),
            source: Source::Server,
            hops: 0,
            properties: Properties::new(),
        };
        for feed in rules.feeds(&order, true) {
            let sample = feed.sample(&order).expect("every order counts");
            tallies.note(feed.log, sample, rules.keep_of(feed.log).expect("it is kept"));
        }
    }
    let mut cart = List::default();
    for product in ["a", "b"] {
        let added = Event {
            id: product.into(),
            kind: EventKind::Track,
            name: "Product Added".into(),
            at: now,
            source: Source::Server,
            hops: 0,
            properties: object(json!({"cart_id": "c-1", "product_id": product, "price": 5})),
        };
        assert!(cart.take(&cart_rule(), &added));
    }
    let lists = BTreeMap::from([("cart".to_owned(), cart)]);
    let segments = BTreeMap::from([("loyal".to_owned(), loyal)]);
    let account = object(json!({ "id": "acme", "plan": "trial", "seats": 12 }));
    what(&Scope {
        now,
        zone: &zone("Europe/Berlin").expect("a zone"),
        event: &event,
        event_time: at("2026-03-01T11:00:00Z"),
        event_name: "Order Completed",
        item: Some(&item),
        key: "b",
        traits: &traits,
        account: &account,
        lists: &lists,
        tallies: &tallies,
        segments: &segments,
        scores: &BTreeMap::new(),
        moments: None,
        offer: None,
        answer: None,
    })
}

fn holds(text: &str) -> Result<bool, String> {
    let expr = compiled(text, Wanted::Condition);
    in_scope(&[&expr], |scope| expr.test(scope).map_err(|error| error.to_string()))
}

#[test]
fn conditions_that_hold() {
    for text in [
        "event.total > 50",
        "event.total == 59.0 && event.price < event.total",
        "event.price * 2 == 39",
        "event.total / 2 == 29 && event.total % 2 == 1 && event.total / 2.0 == 29.5",
        "event.missing == null && event.nothing == null",
        "!has(event.missing) && !has(event.nothing) && has(event.total)",
        "event.address.city == \"Bonn\" && event[\"name\"] == \"Order\"",
        "event.address.street.number == null",
        "\"sale\" in event.tags && !(\"old\" in event.tags) && \"total\" in event",
        "size(event.tags) == 2 && event.tags.size() == 2 && size(\"приве́т\") == 7",
        "event.products[1].price == 20.5",
        "event.products.exists(p, p.product_id == key)",
        "event.products.all(p, p.price >= 10) && event.products.exists_one(p, p.price > 20)",
        "event.products.filter(p, p.price > 15).map(p, p.product_id) == [\"b\"]",
        "event.products.map(p, p.price > 15, p.price * 2) == [41.0]",
        "event.products.exists(p, cart.items.exists(c, c.product_id == p.product_id && c.price < p.price))",
        "size(cart.items) == 2 && cart.key == \"c-1\" && cart.items[0].product_id == \"a\"",
        "count(\"Order Completed\", 7d) == 2 && count(\"Order Completed\", 1d) == 0",
        "count(\"Order Completed\", 30d) == 3 && count(\"Nothing\", 7d) == 0",
        "last(\"Order Completed\") == now - 1d && last(\"Nothing\") == null",
        "loyal && event_name == \"Order Completed\"",
        "year(now) == 2026 && month(now) == 3 && day(now) == 1 && weekday(now) == 7 && date(now) == \"2026-03-01\"",
        "hour(now) == 13 && minute(now + 90s) == 1 && hour(event.ends_at) == 13 && date(event.on) == event.on",
        "weekday(now + 1d) == 1 && date(timestamp(\"2026-03-01T23:30:00Z\")) == \"2026-03-02\"",
        "lower(event.name) == \"order\" && round(event.price) == 20 && round(-0.5) == -1 && round(event.id) == 17",
        "account.plan == \"trial\" && account.seats > 10 && account.id == \"acme\" && account.missing == null",
        "timestamp(event.ends_at) - now == 1d && timestamp(event.ends_at) > now",
        "timestamp(event.on) == timestamp(\"2026-03-01T23:00:00Z\")",
        "now - event_time == 1h && now - 1d12h < event_time && event_time + 60m == now",
        "days(item.supply_days * first(item.quantity, 1)) - 3d == 27d",
        "hours(1.5) == 90m && minutes(90) == duration(\"1h30m\") && duration(\"-1.5h\") == -90m",
        "first(event.missing, event.nothing, event.name) == \"Order\"",
        "string(event.id) == \"17\" && string(1.0) == \"1\" && string(2d) == \"2d\" && string(true) == \"true\"",
        "int(\"17\") == event.id && int(19.9) == 19 && int(-19.9) == -19 && double(\"1.5\") == 1.5",
        "event.name.startsWith(\"Or\") && event.name.endsWith(\"er\") && event.name.contains(\"rde\")",
        "profile.first_name + \" \" + event.name == \"Ada Order\"",
        "(event.total > 100 ? \"high\" : \"low\") == \"low\"",
        "[1, 2.0] == [1.0, 2] && [1] + [2] == [1, 2] && 1 in [1.0]",
        "event.big == 9223372036854775807 && event.big > 9223372036854775806.0 - 1000000.0",
        // Either side may save the other from its error, in either order.
        "event.total > 50 || event.missing > 1",
        "event.missing > 1 || event.total > 50",
        "!(event.missing > 1 && event.total < 50)",
        "!(event.total < 50 && event.missing > 1)",
    ] {
        assert_eq!(holds(text), Ok(true), "{text}");
    }
}

#[test]
fn what_cannot_be_said_names_what_is_wrong() {
    for (text, message) in [
        ("event.missing > 1", "`event.missing` is missing"),
        ("1 < event.nothing", "`event.nothing` is missing"),
        (
            "event.name > 1",
            "`event.name` is text and `1` is a number: they cannot be compared",
        ),
        (
            "event.total && true",
            "`event.total` is a number, expected true or false",
        ),
        (
            "event.missing.startsWith(\"a\")",
            "`event.missing` is missing, expected text",
        ),
        (
            "event.products[2].price > 1",
            "`event.products` has 2 elements, there is none at 2",
        ),
        (
            "event.products[-1].price > 1",
            "`event.products` has 2 elements, there is none at -1",
        ),
        (
            "event.name.first == 1",
            "`event.name` is text, expected something with a `first`",
        ),
        ("event.big + 1 > 0", "a result is too large"),
        ("event.total / 0 > 1", "a division by zero"),
        (
            "event.total + event.name == \"\"",
            "`event.total` is a number and `event.name` is text: `+` does not work on them",
        ),
        ("event.total + event.missing > 1", "`event.missing` is missing"),
        (
            "timestamp(event.name) > now",
            "`event.name` is not a point in time such as `2026-03-01T10:00:00Z` or `2026-03-01`",
        ),
        ("int(event.name) > 1", "`event.name` is not a whole number"),
        (
            "event.total.exists(x, x > 1)",
            "`event.total` is a number, expected a list",
        ),
        (
            "event.missing.all(x, x > 1)",
            "`event.missing` is missing, expected a list",
        ),
        ("event.products.all(p, p.cost > 1)", "`x.cost` is missing"),
        ("event.missing > 1 && event.total > 50", "`event.missing` is missing"),
    ] {
        assert_eq!(holds(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn values_serve_as_keys_times_and_lengths() {
    let of = |text: &str, wanted, what: fn(&Scope<'_>, &Expr) -> String| {
        let expr = compiled(text, wanted);
        in_scope(&[&expr], |scope| what(scope, &expr))
    };
    let key = |text| {
        of(text, Wanted::Key, |scope, expr| {
            format!("{:?}", expr.eval(scope).unwrap().as_text())
        })
    };
    assert_eq!(key("event.id"), "Some(\"17\")");
    assert_eq!(key("event.name"), "Some(\"Order\")");
    assert_eq!(key("event.yes"), "Some(\"true\")");
    assert_eq!(key("event.missing"), "None");
    let time = |text| {
        of(text, Wanted::Moment, |scope, expr| {
            format!(
                "{:?}",
                expr.eval(scope).unwrap().as_time(scope.zone).map(|at| at.to_string())
            )
        })
    };
    assert_eq!(time("event.ends_at"), "Some(\"2026-03-02T12:00:00Z\")");
    assert_eq!(time("event.on"), "Some(\"2026-03-01T23:00:00Z\")");
    assert_eq!(time("event.total"), "None");
    assert_eq!(time("event.name"), "None");
    assert_eq!(time("now + 1h"), "Some(\"2026-03-01T13:00:00Z\")");
    let length = |text| {
        of(text, Wanted::Length, |scope, expr| {
            format!("{:?}", expr.eval(scope).unwrap().as_span().map(|span| span.to_string()))
        })
    };
    assert_eq!(length("days(2)"), "Some(\"2d\")");
    assert_eq!(length("event.total"), "None");
}

#[test]
fn a_condition_says_what_it_reads() {
    let reads = compiled(
        "event.total > 1 && has(event.cart_id) && event[\"name\"] == profile.first_name && item.price > 1 && \
         size(cart.items) > 0 && cart.key != key && count(\"A\", 7d) + count(\"A\", 30d) > 1 && \
         last(\"B\") == event_time && loyal && event.products.exists(p, p.x == item.y)",
        Wanted::Condition,
    );
    let vocabulary = vocabulary();
    assert!(check("profile.plan == 1", Wanted::Condition, &untyped(&vocabulary)).is_err());
    let reads = reads.reads();
    assert_eq!(Vec::from_iter(&reads.event), ["cart_id", "name", "products", "total"]);
    assert_eq!(Vec::from_iter(&reads.item), ["price", "y"]);
    assert_eq!(Vec::from_iter(&reads.lists), ["cart"]);
    assert_eq!(Vec::from_iter(&reads.counted), ["A", "B"]);
    assert_eq!(Vec::from_iter(&reads.segments), ["loyal"]);
    assert!(reads.now && reads.key && reads.event_time && !reads.event_whole && !reads.item_whole);
    assert!(compiled("size(event) > 1", Wanted::Condition).reads().event_whole);
    assert!(!compiled("event.total > 1", Wanted::Condition).reads().now);
}

#[test]
fn hostile_text_is_refused_and_nothing_breaks() {
    let vocabulary = vocabulary();
    let surroundings = untyped(&vocabulary);
    for piece in [
        "(",
        "[",
        "{",
        "!",
        "-",
        "a.",
        "1+",
        "a?",
        "a?b:",
        "a[",
        "f(",
        "a.exists(x,",
        "\"",
        "'",
        "`",
        "\\",
        "//",
        "&&",
        "1 +",
        "!-",
        "[[",
        "has(",
        "event.a.",
        "event.f().",
        "event.map(x,x).",
        "event.exists(x, ",
        "\u{0}",
        "é",
        "7d",
        "r\"",
        "0x",
        "1e",
        ".5",
        "event.a || ",
        "event.a && (",
        "-(",
        "event[event",
    ] {
        for times in [1, 50, 4_000 / piece.len()] {
            let text = piece.repeat(times);
            assert!(
                check(&text, Wanted::Condition, &surroundings).is_err() || times == 1,
                "{piece} × {times}"
            );
            let closed = format!("{text}true");
            if let Ok(checked) = check(&closed, Wanted::Condition, &surroundings) {
                in_scope(&[], |scope| drop(checked.expr.eval(scope)));
            }
        }
    }
    let long = "event.a == 1 || ".repeat(300);
    assert!(check(&long, Wanted::Condition, &surroundings).is_err());
}

#[test]
fn the_deepest_expression_is_stored_and_run() {
    let vocabulary = vocabulary();
    let deepest = (1..100)
        .map(|depth| format!("{}true{}", "!(".repeat(depth), " || event.total > 1)".repeat(depth)))
        .take_while(|text| check(text, Wanted::Condition, &untyped(&vocabulary)).is_ok())
        .last()
        .expect("some depth is fine");
    let expr = compiled(&deepest, Wanted::Condition);
    in_scope(&[&expr], |scope| expr.test(scope)).expect("it has a value");
}

#[test]
fn loops_in_loops_end() {
    let text = "event.products.all(a, event.products.all(b, event.products.all(c, true)))";
    let expr = compiled(&text.replace("true", "a != null"), Wanted::Condition);
    let many = object(json!({"products": vec![1; 1_000]}));
    in_scope(&[&expr], |scope| {
        let scope = Scope { event: &many, ..*scope };
        let error = expr.test(&scope).expect_err("it is stopped");
        assert_eq!(error.to_string(), "its loops look at more than 100000 elements");
    });
}
