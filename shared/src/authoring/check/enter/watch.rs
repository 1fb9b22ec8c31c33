//! Entering on what the profile comes to: dates, conditions, thresholds, inactivity.

use super::{Entrance, NO_EVENT, of_event, of_profile, plain, watched};
use crate::authoring::check::{at_rest, condition, expression};
use crate::authoring::condition::{self as conditions, Type, Vocabulary, Wanted};
use crate::authoring::raw::{At, RawEnter, Report};
use crate::domain::campaign::{Crossing, DateTrigger, Watch, Way};
use crate::domain::condition::{Comparison, Expr, Reads};
use crate::domain::time::Span;
use std::collections::{BTreeMap, BTreeSet};

const DATED: &str = "a date starts this campaign, not an event";

/// A date of the person's.
pub(super) fn date(raw: &At<RawEnter>, sound: bool, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let enter = &raw.value;
    let known = of_profile(words, DATED);
    if let [_, second, ..] = enter.at.as_ref().map_or(&[][..], |at| &at.0) {
        report.error(second.offset, "a date comes at one time of day, expected no second one");
    }
    if sound && enter.every.is_some() && enter.at.is_none() {
        report.error(
            raw.offset,
            "`date` lacks a time of day, expected `at: \"09:00\"` or another beside it",
        );
    }
    let moved_millis = match (&enter.before, &enter.after) {
        (None, None) => 0,
        (Some(before), None) => -before.value.0.millis,
        (None, Some(after)) => after.value.0.millis,
        (Some(_), Some(after)) => {
            report.error(after.offset, "a date is moved either `before` or `after`, found both");
            return None;
        }
    };
    let text = enter.date.as_ref()?;
    let date = expression(&text.value.0, text.offset, Wanted::Moment, &known, report);
    let entrance = |date| DateTrigger {
        date,
        every: enter.every.as_ref().map(|every| every.value.0),
        moved_millis,
        at: enter.at.as_ref().and_then(|at| at.0.first()).map(|at| at.value.0),
    };
    let watch = date.map(|(date, _)| Watch::Date(entrance(date)));
    let Some(watch) = watch else {
        plain(enter, &known, report);
        return None;
    };
    Some(watched(enter, watch, false, &known, report))
}

/// A condition that becomes true; asked at events where it or the key looks at one.
pub(super) fn when(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let text = raw.when.as_ref()?;
    let anything = of_event(words, Type::Any);
    // What it reads decides what it is; its mistakes are told below, once.
    let reads = |text: &str, wanted| {
        conditions::check(text, wanted, &anything)
            .map(|checked| checked.expr.reads())
            .unwrap_or_default()
    };
    let mut all = reads(&text.value.0, Wanted::Condition);
    let counted = counted(&all);
    if let Some(key) = &raw.key {
        all.merge(reads(&key.value.0, Wanted::Key));
    }
    let asks_event = all.event_whole || !all.event.is_empty() || all.event_time || all.event_name;
    if !asks_event {
        let known = of_profile(words, NO_EVENT);
        let watch = condition(&text.value.0, text.offset, &known, report).map(Watch::Becomes);
        let Some(watch) = watch else {
            plain(raw, &known, report);
            return None;
        };
        if let Watch::Becomes(asked) = &watch {
            at_rest(asked, text.offset, words, report);
        }
        return Some(watched(raw, watch, true, &known, report));
    }
    if let Some(existing) = &raw.existing {
        report.error(
            existing.offset,
            "the condition or the key looks at `event`: it is asked when one comes, never beforehand",
        );
    }
    let on: Vec<String> = counted
        .into_iter()
        .filter(|event| has(words, event, &all.event))
        .collect();
    if on.is_empty() {
        report.error(
            text.offset,
            format!(
                "the condition or the key looks at `event`, but none of the events that it counts has {}: expected \
                 `on` with the event that is meant",
                properties(&all)
            ),
        );
        return None;
    }
    let event = words.event(&on);
    let known = of_event(words, event.clone());
    let asked = condition(&text.value.0, text.offset, &known, report);
    let mut enter = plain(raw, &known, report);
    enter.on = on;
    enter.condition = match (asked?, enter.condition) {
        (asked, None) => Some(asked),
        (asked, Some(also)) => Some(Expr::And(vec![asked, also])),
    };
    Some(Entrance {
        enter,
        event: Ok(event),
        item: known.item,
        earlier: BTreeMap::new(),
    })
}

/// The events that its aggregates count.
fn counted(reads: &Reads) -> Vec<String> {
    reads.counted.iter().cloned().collect()
}

fn has(words: &Vocabulary, event: &str, properties: &BTreeSet<String>) -> bool {
    match words.event(&[event.to_owned()]) {
        Type::Map(shape) => properties
            .iter()
            .all(|name| shape.open || shape.fields.contains_key(name)),
        // Nobody declared it: it may have anything.
        _ => true,
    }
}

fn properties(reads: &Reads) -> String {
    let names: Vec<String> = reads.event.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "it".to_owned()
    } else {
        names.join(" and ")
    }
}

/// A number that passes a threshold.
pub(super) fn crosses(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let crosses = raw.crosses.as_ref()?;
    let known = of_profile(words, NO_EVENT);
    let value = &crosses.value.value;
    let of = expression(&value.value.0, value.offset, Wanted::Number, &known, report);
    if let Some((of, _)) = &of {
        let asked = Expr::Compare(Comparison::AtLeast, Box::new(of.clone()), Box::new(Expr::int(0)));
        at_rest(&asked, value.offset, words, report);
    }
    let (way, at) = match (&crosses.value.above, &crosses.value.below) {
        (Some(above), None) => (Way::Up, above.value.0),
        (None, Some(below)) => (Way::Down, below.value.0),
        (None, None) => {
            report.error(
                crosses.offset,
                "`crosses` lacks its threshold, expected `above` or `below`",
            );
            return None;
        }
        (Some(_), Some(below)) => {
            report.error(
                below.offset,
                "a threshold is crossed either `above` or `below`, found both",
            );
            return None;
        }
    };
    let back = crosses.value.back.as_ref().map_or(at, |back| back.value.0);
    let wrong_side = match way {
        Way::Up => back > at,
        Way::Down => back < at,
    };
    if let Some(written) = crosses.value.back.as_ref().filter(|_| wrong_side) {
        let expected = match way {
            Way::Up => "at most",
            Way::Down => "at least",
        };
        report.error(
            written.offset,
            format!("found `{back}`, expected {expected} `{at}`: it goes back before it crosses again"),
        );
    }
    let watch = Watch::Crosses(Crossing {
        of: of?.0,
        way,
        at,
        back,
    });
    Some(watched(raw, watch, true, &known, report))
}

/// People who do nothing.
pub(super) fn inactive(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let inactive = raw.inactive.as_ref()?;
    if inactive.value.0 == Span::default() {
        report.error(inactive.offset, "expected a time longer than nothing, such as `30d`");
        return None;
    }
    let known = of_profile(words, NO_EVENT);
    Some(watched(raw, Watch::Inactive(inactive.value.0), false, &known, report))
}
