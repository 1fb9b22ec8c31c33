//! What lets a profile in.

use super::{condition, event_names, expression};
use crate::authoring::condition::{Surroundings, Type, Vocabulary, Wanted};
use crate::authoring::raw::{At, RawEnter, Report};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Again, DateTrigger, Enter, Meanwhile};

const DATED: &str = "a date starts this campaign, not an event";
const NO_ITEM: &str = "only a campaign with `each` has items";

/// An entrance, and what steps know of it.
pub(super) struct Entrance {
    pub enter: Enter,
    /// What `event` is.
    pub event: Result<Type, &'static str>,
    /// What `item` is.
    pub item: Result<Type, &'static str>,
}

/// Checks an entrance.
pub(super) fn enter(raw: &At<RawEnter>, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let sound = !report.has_errors();
    let enter = &raw.value;
    let on = event_names(enter.on.as_ref().map_or(&[], |on| &on.0), words, report);
    let traits = trait_names(enter, words, report);
    if enter.date.is_some() {
        return dated(raw, words, report);
    }
    for (field, place) in [
        ("every", enter.every.as_ref().map(|at| at.offset)),
        ("at", enter.at.as_ref().map(|at| at.offset)),
    ] {
        if let Some(place) = place {
            report.error(place, format!("`{field}` goes with `date`, which is not here"));
        }
    }
    if on.is_empty() && traits.is_empty() {
        if sound {
            report.error(
                raw.offset,
                "nothing lets a profile in, expected `on`, `trait` or `date`",
            );
        }
        return None;
    }
    let mut event: Option<Type> = (!on.is_empty()).then(|| words.event(&on));
    if !traits.is_empty() {
        // A changed trait comes with the call that changed it.
        event = Some(event.map_or_else(|| words.profile(), |event| event.join(words.profile())));
    }
    let event = event.unwrap_or(Type::Any);
    let mut known = Surroundings {
        vocabulary: words,
        event: Ok(event.clone()),
        item: Err(NO_ITEM),
        key: Err("it is only made on entering"),
    };
    let each = enter.each.as_ref().and_then(|each| {
        let (each, kind) = expression(&each.value.0, each.offset, Wanted::List, &known, report)?;
        known.item = Ok(match kind {
            Type::List(element) => *element,
            _ => Type::Any,
        });
        Some(each)
    });
    if let Some(written) = &enter.each {
        if known.item.is_err() {
            known.item = Ok(Type::Any);
        }
        if enter.key.is_none() {
            report.error(
                written.offset,
                "all items would share one enrollment, expected a `key` such as `item.product_id`",
            );
        }
    }
    let admits = enter
        .condition
        .as_ref()
        .and_then(|text| condition(&text.value.0, text.offset, &known, report));
    let key = enter.key.as_ref().and_then(|text| {
        let (key, _) = expression(&text.value.0, text.offset, Wanted::Key, &known, report)?;
        Some(key)
    });
    Some(Entrance {
        enter: Enter {
            on,
            traits,
            date: None,
            each,
            condition: admits,
            key,
            again: enter.again.as_ref().map_or(Again::Never, |again| again.value.0),
            meanwhile: enter
                .meanwhile
                .as_ref()
                .map_or(Meanwhile::Ignore, |meanwhile| meanwhile.value.0),
        },
        event: Ok(event),
        item: known.item,
    })
}

fn trait_names(enter: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in enter.traits.iter().flat_map(|traits| &traits.0) {
        if names.contains(&name.value) {
            report.error(name.offset, format!("`{}` is named twice", name.value));
            continue;
        }
        if !words.traits().any(|known| known == name.value) {
            let hint = did_you_mean(&name.value, words.traits());
            report.error(
                name.offset,
                format!(
                    "there is no trait `{}`{hint}{} declare it under `traits` in workspace.yaml if it exists",
                    name.value,
                    if hint.is_empty() { ";" } else { " Or" }
                ),
            );
        }
        names.push(name.value.clone());
    }
    names
}

/// A yearly date. Its key is the year.
fn dated(raw: &At<RawEnter>, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let sound = !report.has_errors();
    let enter = &raw.value;
    let others = [
        ("on", enter.on.as_ref().and_then(|on| on.0.first()).map(|at| at.offset)),
        (
            "trait",
            enter.traits.as_ref().and_then(|on| on.0.first()).map(|at| at.offset),
        ),
        ("each", enter.each.as_ref().map(|at| at.offset)),
        ("key", enter.key.as_ref().map(|at| at.offset)),
        ("again", enter.again.as_ref().map(|at| at.offset)),
        ("meanwhile", enter.meanwhile.as_ref().map(|at| at.offset)),
    ];
    for (field, place) in others {
        if let Some(place) = place {
            report.error(
                place,
                format!("`{field}` does not go with `date`: a date lets a profile in once a calendar year"),
            );
        }
    }
    if sound && enter.every.is_none() {
        report.error(
            raw.offset,
            "`date` lacks how often it comes, expected `every: year` beside it",
        );
    }
    if sound && enter.at.is_none() {
        report.error(
            raw.offset,
            "`date` lacks a time of day, expected `at: \"09:00\"` or another beside it",
        );
    }
    let known = Surroundings {
        vocabulary: words,
        event: Err(DATED),
        item: Err(NO_ITEM),
        key: Err("it is only made on entering"),
    };
    let date = enter
        .date
        .as_ref()
        .and_then(|text| expression(&text.value.0, text.offset, Wanted::Moment, &known, report));
    let admits = enter
        .condition
        .as_ref()
        .and_then(|text| condition(&text.value.0, text.offset, &known, report));
    Some(Entrance {
        enter: Enter {
            on: Vec::new(),
            traits: Vec::new(),
            date: Some(DateTrigger {
                date: date?.0,
                at: enter.at.as_ref()?.value.0,
            }),
            each: None,
            condition: admits,
            key: None,
            again: Again::Always,
            meanwhile: Meanwhile::Ignore,
        },
        event: Err(DATED),
        item: Err(NO_ITEM),
    })
}
