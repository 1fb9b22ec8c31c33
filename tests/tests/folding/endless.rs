//! Somebody who does everything for ever, under names that are new each time: whatever is kept by name has to be let go
//! of at some point.

use crate::days::{What, what};
use beckon_shared::domain::event::{Event, EventKind, Input, Source};
use beckon_shared::domain::time::{Span, Timestamp, after};
use fastrand::Rng;
use serde_json::{Value, json};

/// Inputs so far apart on average.
const PAUSE_SECS: i64 = 3_000;
/// Longest text of a property, in characters.
const TEXT_MAX: usize = 200;

/// So many inputs, in order of time.
pub fn inputs(rng: &mut Rng, count: usize) -> Vec<(Timestamp, Input)> {
    let mut now: Timestamp = "2026-03-20T09:30:00Z".parse().expect("a time");
    (0..count)
        .map(|number| {
            now = after(now, Span::from_secs(rng.i64(0..2 * PAUSE_SECS)));
            (now, input(rng, now, number))
        })
        .collect()
}

fn input(rng: &mut Rng, now: Timestamp, number: usize) -> Input {
    let unseen = |what: &str| format!("{what}-{number}");
    let (kind, name, source, properties) = match rng.u8(0..12) {
        0 => (EventKind::Identify, "", Source::Server, traits(rng, number)),
        1 => (
            EventKind::Track,
            "Unsubscribed",
            Source::Server,
            json!({ "channel": "email", "topic": unseen("topic") }),
        ),
        2 => (
            EventKind::Track,
            "Device Registered",
            Source::Browser,
            json!({ "token": unseen("token"), "platform": "fcm", "app": "shop" }),
        ),
        3 => (
            EventKind::Track,
            *rng.choice(&["Email Opened", "Message Read", "Message Failed", "Reply Received"])
                .expect("there are some"),
            Source::Provider,
            json!({ "message": unseen("msg_"), "campaign": unseen("campaign"), "step": unseen("step"), "text": "no" }),
        ),
        _ => match what(rng, now) {
            What::Did(name, properties) => (EventKind::Track, name, Source::Server, properties),
            What::Browsed(name, properties) => (EventKind::Track, name, Source::Browser, properties),
            What::Saw(group) => (EventKind::Page, "", Source::Browser, json!({ "group": group })),
            What::Is(traits) => (EventKind::Identify, "", Source::Server, traits),
            What::Word(..) | What::TurnsOutToBe(_) => (
                EventKind::Track,
                "Offer Redeemed",
                Source::Server,
                json!({ "code": unseen("code") }),
            ),
        },
    };
    let mut properties = properties;
    rename(rng, &mut properties, number);
    Input::Event(Event {
        id: unseen("said"),
        kind,
        name: name.to_owned(),
        at: now,
        source,
        hops: 0,
        properties: properties.as_object().cloned().unwrap_or_default(),
    })
}

/// Many traits, and large ones.
fn traits(rng: &mut Rng, number: usize) -> Value {
    json!({
        "email": format!("a{number}@customers.example"),
        format!("trait-{number}"): "x".repeat(rng.usize(0..4_000)),
        format!("other-{number}"): number,
    })
}

/// Ids are new, and longer than they need to be.
fn rename(rng: &mut Rng, value: &mut Value, number: usize) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if name.ends_with("_id") {
                    let long = "y".repeat(rng.usize(0..TEXT_MAX));
                    *value = json!(format!("{number}-{long}"));
                } else if name == "name" || name == "category" {
                    *value = json!("z".repeat(rng.usize(0..TEXT_MAX)));
                } else {
                    rename(rng, value, number);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(rng, item, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
