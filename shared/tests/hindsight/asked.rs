//! What rules ask: nothing, some, everything.

use crate::checked::checked;
use beckon_shared::authoring::condition::{Vocabulary, Wanted};
use beckon_shared::domain::campaign::{
    Add, Again, Campaign, Derived, Enter, Existing, ListRule, Meanwhile, MomentKind, Moments, Part, Purpose, Score,
    Sequence, Watch, Workspace,
};
use beckon_shared::domain::condition::Expr;
use beckon_shared::domain::id::{CampaignName, Version};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Span;
use std::collections::BTreeMap;

/// What is asked, of every kind.
const ASKED: [&str; 16] = [
    "count(\"Viewed\", 2d) >= 3",
    "count(\"Viewed\", 60d) > 1000",
    "count(\"page\", group == \"pricing\", 9d) >= 3",
    "count(\"page\", group == key, 30d) >= 5",
    "sum(\"Ordered\", total, 365d) > 500",
    "max(\"Ordered\", total, 365d) > 500",
    "sessions(\"page\", 7d) >= 3",
    "distinct(\"Viewed\", product_id, 5d) >= 4",
    "top(\"Viewed\", category, 6d) == \"shoes\"",
    "last(\"Ordered\") < now - 60d",
    "first(previous(\"Ordered\", total), 0) < 2",
    "latest(\"Viewed\", category) == \"shoes\"",
    "count(\"Bought\", category == \"shoes\", 30d) > 2",
    "interest(\"Viewed\", category, 3d) > 2",
    "streak(\"Viewed\", 60d) >= 3",
    "count(\"*\", 4d) == 0",
];

/// Nothing is asked.
pub fn nothing(revision: u64) -> Rules {
    Rules::new(revision, Workspace::default(), [])
}

/// Some of it is asked, and less far back.
pub fn something(revision: u64) -> Rules {
    let workspace = Workspace {
        segments: segments(&[
            "count(\"Viewed\", 1d) >= 1",
            "last(\"page\") < now",
            "sum(\"Ordered\", total, 3d) > 500",
            "distinct(\"Viewed\", product_id, 1d) >= 2",
        ]),
        scores: scores(&[("Viewed", 4.0)]),
        ..Workspace::default()
    };
    Rules::new(revision, workspace, [])
}

/// Segments of these conditions, by their texts.
pub fn segments(texts: &[&str]) -> BTreeMap<String, Expr> {
    let vocabulary = Vocabulary::default();
    let named = texts
        .iter()
        .map(|text| ((*text).to_owned(), checked(text, Wanted::Condition, &vocabulary)));
    named.collect()
}

fn scores(adds: &[(&str, f64)]) -> BTreeMap<String, Score> {
    let adds = adds.iter().map(|(on, points)| add(on, *points)).collect();
    BTreeMap::from([(
        "readiness".to_owned(),
        Score::new("readiness", Span::from_days(3), adds),
    )])
}

fn add(on: &str, points: f64) -> Add {
    Add {
        on: on.to_owned(),
        condition: None,
        points,
    }
}

/// Everything is asked: by segments, a score, the micromoment, lists, and a campaign that is paused, so that its sequence is
/// kept and nobody enters.
pub fn everything(revision: u64) -> Rules {
    let list = |key: Option<&str>, put: &str, clear: &str| ListRule {
        key: key.map(str::to_owned),
        by: "product_id".to_owned(),
        put: vec![put.to_owned()],
        drop: Vec::new(),
        replace: Vec::new(),
        clear: vec![clear.to_owned()],
        keep: vec!["category".to_owned()],
    };
    let workspace = Workspace {
        segments: segments(&ASKED),
        scores: scores(&[("Viewed", 4.0), ("Ordered", -60.0)]),
        moments: Some(Moments::new(
            Span::from_mins(30),
            vec![(MomentKind::Know, add("page", 1.0))],
        )),
        lists: BTreeMap::from([
            ("seen".to_owned(), list(None, "Viewed", "Ordered")),
            ("owned".to_owned(), list(None, "Bought", "Never")),
        ]),
        derived: vec![Derived {
            event: "Bought".to_owned(),
            from: "Ordered".to_owned(),
            each: "products".to_owned(),
        }],
        ..Workspace::default()
    };
    Rules::new(revision, workspace, [(campaign(), true)])
}

fn campaign() -> Campaign {
    let enter = |sequence, watch| Enter {
        on: Vec::new(),
        traits: Vec::new(),
        sequence,
        watch,
        without: None,
        each: None,
        condition: None,
        key: None,
        again: Again::Always,
        meanwhile: Meanwhile::Ignore,
        existing: Existing::default(),
    };
    let part = |name: &str, on: &str| Part {
        name: name.to_owned(),
        on: vec![on.to_owned()],
        condition: None,
        keeps: vec!["category".to_owned()],
    };
    let sequence = Sequence {
        parts: vec![part("first", "Viewed"), part("", "Ordered")],
        within: Span::from_days(3),
    };
    Campaign {
        name: CampaignName::from("later"),
        version: Version::from("v1"),
        about: String::new(),
        archetype: None,
        purpose: Purpose::Marketing,
        topic: "offers".to_owned(),
        enter: vec![
            enter(Some(sequence), None),
            enter(None, Some(Watch::Inactive(Span::from_days(300)))),
        ],
        exit: Vec::new(),
        goal: None,
        holdout_bp: 0,
        steps: Vec::new(),
        keeps: Vec::new(),
        keeps_of_item: Vec::new(),
        shows_traits: Vec::new(),
        shows_lists: Vec::new(),
        shows: BTreeMap::new(),
    }
}
