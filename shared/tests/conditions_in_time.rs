//! When conditions change by time passing alone: no change comes before the moment that is named.
//! And scores, which fall with time.

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
use beckon_shared::domain::campaign::{Add, MomentKind, Moments, Score, Workspace};
use beckon_shared::domain::condition::{Expr, Scope};
use beckon_shared::domain::event::{Event, EventKind, Properties, Source};
use beckon_shared::domain::profile::Tallies;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after, zone};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// The night in which the clocks of Berlin are set forward.
const NOW: &str = "2026-03-28T22:30:00.250Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    vocabulary.declare_event("Seen", BTreeMap::from([("n".to_owned(), Type::Number)]));
    vocabulary.declare_segment("lately");
    vocabulary.declare_score("readiness");
    vocabulary.declare_moments();
    vocabulary
}

fn checked(text: &str) -> Expr {
    checked::checked(text, Wanted::Condition, &vocabulary())
}

fn seen(at: Timestamp, n: i64) -> Event {
    Event {
        id: at.to_string(),
        kind: EventKind::Track,
        name: "Seen".to_owned(),
        at,
        source: Source::Server,
        hops: 0,
        properties: json!({ "n": n }).as_object().cloned().expect("an object"),
    }
}

fn add(condition: Option<&str>, points: f64) -> Add {
    Add {
        on: "Seen".to_owned(),
        condition: condition.map(|text| match checked(&format!("count(\"Seen\", {text}, 1d) > 0")) {
            Expr::Compare(_, counted, _) => match *counted {
                Expr::Aggregate(aggregate) => aggregate.filter.expect("it is told by the event alone"),
                other => panic!("{other}"),
            },
            other => panic!("{other}"),
        }),
        points,
    }
}

/// What holds for all, with `expr` among what is asked.
fn rules(expr: &Expr) -> Rules {
    let readiness = vec![add(Some("n < 8"), 30.0), add(Some("n >= 8"), -25.0)];
    let kinds = vec![
        (MomentKind::Know, add(Some("n < 6"), 1.0)),
        (MomentKind::Do, add(Some("n == 6"), 2.0)),
        (MomentKind::Buy, add(Some("n > 6"), 3.0)),
    ];
    let segments = BTreeMap::from([
        ("asked".to_owned(), expr.clone()),
        (
            "lately".to_owned(),
            checked("count(\"Seen\", n > 2, 45m) > 0 && hour(now) != 4"),
        ),
    ]);
    Rules::new(
        1,
        Workspace {
            segments,
            scores: BTreeMap::from([(
                "readiness".to_owned(),
                Score::new("readiness", Span::from_hours(1), readiness),
            )]),
            moments: Some(Moments::new(Span::from_mins(30), kinds)),
            ..Workspace::default()
        },
        [],
    )
}

fn noted(rules: &Rules, events: &[Event]) -> Tallies {
    let mut tallies = Tallies::default();
    for event in events {
        for feed in rules.feeds(event, true) {
            if let (Some(sample), Some(keep)) = (feed.sample(event), rules.keep_of(feed.log)) {
                tallies.note(feed.log, sample, keep);
            }
        }
    }
    tallies
}

fn in_scope<T>(rules: &Rules, tallies: &Tallies, now: Timestamp, what: impl FnOnce(&Scope<'_>) -> T) -> T {
    let event: Properties = json!({ "ends_at": "2026-03-29T03:15:00Z", "n": 3, "times": [5, 70, 200] })
        .as_object()
        .cloned()
        .expect("an object");
    let berlin = zone("Europe/Berlin").expect("a zone");
    Scope::of_nothing(|nothing| {
        what(&Scope {
            now,
            zone: &berlin,
            event: &event,
            event_time: at("2026-03-28T21:00:00Z"),
            tallies,
            segments: &rules.workspace.segments,
            scores: &rules.workspace.scores,
            moments: rules.workspace.moments.as_ref(),
            ..*nothing
        })
    })
}

fn simple() -> BoxedStrategy<String> {
    let how = || prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")];
    let window = || prop_oneof![Just("10m"), Just("1h"), Just("2h30m"), Just("1d")];
    prop_oneof![
        (window(), how(), 0..4).prop_map(|(window, how, n)| format!("count(\"Seen\", {window}) {how} {n}")),
        (window(), how(), 0..4).prop_map(|(window, how, n)| format!("count(\"Seen\", n > {n}, {window}) {how} {n}")),
        (window(), 0..4).prop_map(|(window, n)| format!("count(\"Seen\", n == event.n + {n}, {window}) > 0")),
        (window(), 0..4).prop_map(|(window, n)| {
            format!("count(\"Seen\", event_time + minutes(n * 10) > now - 3h, {window}) > {n}")
        }),
        (window(), how(), 0..4).prop_map(|(window, how, n)| format!("sessions(\"Seen\", {window}) {how} {n}")),
        (window(), how(), 0..4).prop_map(|(window, how, n)| format!("distinct(\"Seen\", n, {window}) {how} {n}")),
        (window(), how(), 0..20).prop_map(|(window, how, n)| format!("sum(\"Seen\", n, {window}) {how} {n}")),
        (window(), 0..10).prop_map(|(window, n)| format!("first(min(\"Seen\", n, {window}), 9) > {n}")),
        (window(), 0..10).prop_map(|(window, n)| format!("latest(\"Seen\", n, {window}) == {n}")),
        (window(), 0..10).prop_map(|(window, n)| format!("earliest(\"Seen\", n, {window}) != {n}")),
        (window(), 0..10).prop_map(|(window, n)| format!("top(\"Seen\", n, {window}) != {n}")),
        (window(), window()).prop_map(|(window, gap)| format!("first(gap(\"Seen\", {window}), 1h) < {gap}")),
        (how(), window()).prop_map(|(how, span)| format!("now - last(\"Seen\") {how} {span}")),
        (how(), window()).prop_map(|(how, span)| format!("now {how} last(\"Seen\", n < 5) + {span}")),
        (how(), window()).prop_map(|(how, span)| format!("timestamp(event.ends_at) - now {how} {span}")),
        (window(), how(), 0..4).prop_map(|(window, how, n)| format!("streak(\"Seen\", {window}) {how} {n}")),
        (window(), window()).prop_map(|(window, gap)| format!("first(rhythm(\"Seen\", {window}), 1h) < {gap}")),
        (how(), window()).prop_map(|(how, span)| format!("now {how} at(\"02:30\", now + 20m) - {span}")),
        (how(), window()).prop_map(|(how, span)| format!("now {how} at(\"23:45\", event_time + {span})")),
        (how(), 0..24).prop_map(|(how, hour)| format!("hour(now) {how} {hour}")),
        (how(), 0..60).prop_map(|(how, minute)| format!("minute(now + 90s) {how} {minute}")),
        (how(), 1..8).prop_map(|(how, day)| format!("weekday(now - 30m) {how} {day}")),
        Just("date(now) == \"2026-03-29\" && day(now) == 29".to_owned()),
        (how(), 0..30).prop_map(|(how, tenths)| format!(
            "interest(\"Seen\", 20m) {how} {}.{}",
            tenths / 10,
            tenths % 10
        )),
        (how(), 0..110).prop_map(|(how, points)| format!("score(\"readiness\") {how} {points}")),
        prop_oneof![Just("know"), Just("do"), Just("buy")].prop_map(|kind| format!("moment() == \"{kind}\"")),
        (0..10).prop_map(|tenths| format!("moment_confidence() > 0.{tenths}")),
        Just("lately".to_owned()),
        Just("event.times.exists(t, now - event_time < minutes(t))".to_owned()),
        (0..300)
            .prop_map(|minutes| format!("event.times.filter(t, event_time + minutes(t + {minutes}) > now).size() > 1")),
        (0..3).prop_map(|n| format!("[1, 2].exists(x, count(\"Seen\", 1h) == x + {n})")),
    ]
    .boxed()
}

fn compound(depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return simple();
    }
    prop_oneof![
        3 => simple(),
        1 => (compound(depth - 1), compound(depth - 1)).prop_map(|(a, b)| format!("({a} && {b})")),
        1 => (compound(depth - 1), compound(depth - 1)).prop_map(|(a, b)| format!("({a} || {b})")),
        1 => compound(depth - 1).prop_map(|a| format!("!({a})")),
        1 => (compound(depth - 1), compound(depth - 1), compound(depth - 1)).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(chance::fixed(600))]

    #[test]
    fn nothing_changes_before_the_moment_that_is_named(
        text in compound(2),
        told in prop::collection::vec((0..14_400_000_i64, 0..10_i64), 0..12),
        probes in prop::collection::vec(1..100_000_000_i64, 40),
    ) {
        let expr = checked(&text);
        prop_assert_eq!(expr.restless(&|_| false), None, "{} can be followed", text);
        let rules = rules(&expr);
        let mut now = at(NOW);
        let events: Vec<Event> = told.iter().map(|(ago, n)| seen(after(now, Span::from_millis(-ago)), *n)).collect();
        let tallies = noted(&rules, &events);
        let value = |now| in_scope(&rules, &tallies, now, |scope| expr.test(scope).map_err(|error| error.to_string()));
        // Where something is likely to happen: what leaves a window, what meets, what the clock shows.
        let windows = [10, 20, 30, 45, 60, 150, 1_440].map(Span::from_mins);
        let edges = events.iter().flat_map(|event| windows.map(|window| after(event.at, window)));
        let hours = (0..40).map(|hour| after(at("2026-03-28T22:00:00Z"), Span::from_mins(hour * 30)));
        let close = edges.chain(hours).flat_map(|edge| [-1, 0, 1].map(|beside| after(edge, Span::from_millis(beside))));
        let spread = probes.iter().map(|probe| after(now, Span::from_millis(*probe)));
        let mut moments: Vec<Timestamp> = close.chain(spread).collect();
        moments.sort_unstable();
        for _ in 0..25 {
            let here = value(now);
            let next = in_scope(&rules, &tallies, now, |scope| expr.next_change(scope));
            prop_assert!(next.is_none_or(|next| next > now), "{} does not get on from {}", text, now);
            let before = next.map(|next| after(next, Span::from_millis(-1)));
            for moment in moments.iter().copied().chain(before) {
                if moment > now && next.is_none_or(|next| moment < next) {
                    prop_assert_eq!(value(moment), here.clone(), "{} at {}, between {} and {:?}", text, moment, now, next);
                }
            }
            let Some(next) = next else { break };
            now = next;
        }
    }

    #[test]
    fn a_score_falls_below_a_value_when_it_says(
        told in prop::collection::vec((0..14_400_000_i64, 0..10_i64), 0..40),
        limit in 1..100_i32,
    ) {
        let rules = rules(&checked("score(\"readiness\") > 50"));
        let now = at(NOW);
        let events: Vec<Event> = told.iter().map(|(ago, n)| seen(after(now, Span::from_millis(-ago)), *n)).collect();
        let tallies = noted(&rules, &events);
        let score = &rules.workspace.scores["readiness"];
        let limit = f64::from(limit);
        match score.falls_below(&tallies, now, limit) {
            None => prop_assert!(score.value(&tallies, now) < limit),
            Some(falls) => {
                prop_assert!(score.value(&tallies, falls) < limit);
                let before = after(falls, Span::from_millis(-2));
                prop_assert!(falls <= after(now, Span::from_millis(2)) || score.value(&tallies, before) >= limit);
            }
        }
        let explained = score.explain(&tallies, now);
        let sum: f64 = explained.contributions.iter().map(|part| part.worth).sum();
        prop_assert!((sum.clamp(0.0, 100.0) - explained.value).abs() < 1e-6);
    }
}

#[test]
fn a_condition_that_time_does_not_touch_never_changes() {
    for text in [
        "event.n > 2",
        "last(\"Seen\") != null",
        "previous(\"Seen\", n) > 1",
        "event_time > timestamp(event.ends_at)",
    ] {
        let expr = checked(text);
        let rules = rules(&expr);
        let tallies = noted(&rules, &[seen(at("2026-03-28T20:00:00Z"), 3)]);
        assert_eq!(
            in_scope(&rules, &tallies, at(NOW), |scope| expr.next_change(scope)),
            None,
            "{text}"
        );
    }
}

#[test]
fn moments_that_are_easily_told_are_told_exactly() {
    let events = [seen(at("2026-03-28T22:00:00Z"), 3), seen(at("2026-03-28T22:20:00Z"), 7)];
    for (text, next) in [
        ("count(\"Seen\", 1h) > 1", "2026-03-28T23:00:00Z"),
        ("count(\"Seen\", n > 5, 1h) > 0", "2026-03-28T23:20:00Z"),
        ("hour(now) == 5", "2026-03-28T23:00:00Z"),
        ("date(now) == \"2026-03-30\"", "2026-03-28T23:00:00Z"),
        ("weekday(now + 1h) == 1", "2026-03-29T21:00:00Z"),
        ("moment() == \"buy\"", "2026-03-28T22:50:00Z"),
    ] {
        let expr = checked(text);
        let rules = rules(&expr);
        let tallies = noted(&rules, &events);
        let found = in_scope(&rules, &tallies, at("2026-03-28T22:30:01Z"), |scope| {
            expr.next_change(scope)
        });
        assert_eq!(found, Some(at(next)), "{text}");
    }
}

#[test]
fn what_is_called_restless_would_be_looked_at_without_end() {
    let events = [seen(at("2026-03-28T22:00:00Z"), 3), seen(at("2026-03-28T22:20:00Z"), 7)];
    for (text, part) in [
        ("interest(\"Seen\", 20m) * 2 > 1", "(interest(\"Seen\", 20m) * 2)"),
        (
            "score(\"readiness\") > interest(\"Seen\", 20m)",
            "score(\"readiness\") > interest(\"Seen\", 20m)",
        ),
        ("days(score(\"readiness\")) > 3d", "days(score(\"readiness\"))"),
        ("round(score(\"readiness\")) == 7", "round(score(\"readiness\"))"),
        (
            "hour(event_time + (event_time - now)) > 3",
            "hour((event_time + (event_time - now)))",
        ),
        ("now in [event_time]", "now"),
        (
            "event.n > 2 && (score(\"readiness\") + 5 > 3)",
            "(score(\"readiness\") + 5)",
        ),
        (
            "!([1, 2].exists(x, interest(\"Seen\", 20m) / x > 0.1))",
            "(interest(\"Seen\", 20m) / x)",
        ),
    ] {
        let expr = checked(text);
        let found = expr.restless(&|_| false).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(part), "{text}");
        let rules = rules(&expr);
        let tallies = noted(&rules, &events);
        let next = in_scope(&rules, &tallies, at(NOW), |scope| expr.next_change(scope));
        assert_eq!(next, Some(after(at(NOW), Span::from_millis(1))), "{text}");
    }
    let by_segment = checked("lately || event.n > 2");
    assert_eq!(
        by_segment
            .restless(&|segment| segment == "lately")
            .map(ToString::to_string),
        Some("lately".to_owned())
    );
}

#[test]
fn a_moment_is_what_most_points_say_and_buying_comes_first() {
    let rules = rules(&checked("moment() == \"buy\""));
    let moments = rules.workspace.moments.as_ref().expect("they are declared");
    let ago = |mins: i64| after(at(NOW), Span::from_mins(-mins));
    let of = |events: &[Event]| {
        moments
            .now(&noted(&rules, events), at(NOW))
            .map(|now| (now.kind, now.confidence))
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[seen(ago(1), 3)]), Some((MomentKind::Know, 1.0)));
    let know = [seen(ago(1), 1), seen(ago(2), 2), seen(ago(3), 3)];
    assert_eq!(of(&know), Some((MomentKind::Know, 1.0)));
    // Half of all points are enough for buying.
    let torn = [&know[..], &[seen(ago(4), 7)]].concat();
    assert_eq!(of(&torn), Some((MomentKind::Buy, 0.5)));
    let more = [&torn[..], &[seen(ago(5), 4)]].concat();
    assert_eq!(of(&more), Some((MomentKind::Know, 4.0 / 7.0)));
    // Half an hour later it is forgotten.
    assert_eq!(of(&[seen(ago(30), 7), seen(ago(29), 6)]), Some((MomentKind::Do, 1.0)));
}
