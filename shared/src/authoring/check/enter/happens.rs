//! Entering on events and changed traits.

use super::{Entrance, absence, of_event, plain};
use crate::authoring::check::{Star, event_names, expression};
use crate::authoring::condition::{Type, Vocabulary, Wanted};
use crate::authoring::raw::{RawEnter, Report};
use crate::authoring::suggest::did_you_mean;
use std::collections::BTreeMap;

pub(super) fn enter(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let on = event_names(raw.on.as_ref().map_or(&[], |on| &on.0), Star::Refused, words, report);
    let traits = trait_names(raw, words, report);
    let mut event: Option<Type> = (!on.is_empty()).then(|| words.event(&on));
    if !traits.is_empty() {
        // A changed trait comes with the call that changed it.
        event = Some(event.map_or_else(|| words.profile(), |event| event.join(words.profile())));
    }
    let event = event.unwrap_or(Type::Any);
    let mut known = of_event(words, event.clone());
    let each = raw.each.as_ref().and_then(|each| {
        let (each, kind) = expression(&each.value.0, each.offset, Wanted::List, &known, report)?;
        known.item = Ok(match kind {
            Type::List(element) => *element,
            _ => Type::Any,
        });
        Some(each)
    });
    if let Some(written) = &raw.each {
        if known.item.is_err() {
            known.item = Ok(Type::Any);
        }
        if raw.key.is_none() {
            report.error(
                written.offset,
                "all items would share one enrollment, expected a `key` such as `item.product_id`",
            );
        }
    }
    let mut enter = plain(raw, &known, report);
    enter.on = on;
    enter.traits = traits;
    enter.each = each;
    if let Some(without) = &raw.without {
        enter.without = absence::without(without, &known, report);
    }
    Some(Entrance {
        enter,
        event: Ok(event),
        item: known.item,
        earlier: BTreeMap::new(),
    })
}

fn trait_names(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in raw.traits.iter().flat_map(|traits| &traits.0) {
        if names.contains(&name.value) {
            report.error(name.offset, format!("`{}` is named twice", name.value));
            continue;
        }
        known_trait(&name.value, name.offset, words, report);
        names.push(name.value.clone());
    }
    names
}

/// Says so where there is no such trait.
pub(in crate::authoring::check) fn known_trait(name: &str, offset: usize, words: &Vocabulary, report: &mut Report<'_>) {
    // What accounts have nobody declares.
    let is_of_account = name.starts_with("account.");
    if !is_of_account && !words.traits().any(|known| known == name) {
        let hint = did_you_mean(name, words.traits());
        report.error(
            offset,
            format!(
                "there is no trait `{name}`{hint}{} declare it under `traits` in workspace.yaml if it exists",
                if hint.is_empty() { ";" } else { " Or" }
            ),
        );
    }
}
