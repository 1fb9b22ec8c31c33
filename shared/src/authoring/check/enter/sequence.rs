//! Entering on events that come one after another.

use super::{Entrance, absence, of_event, plain};
use crate::authoring::check::workspace::named;
use crate::authoring::check::{Star, condition, event_names};
use crate::authoring::condition::{Type, Vocabulary};
use crate::authoring::raw::{At, RawEnter, RawPart, Report};
use crate::domain::campaign::{PARTS_MAX, Part, Sequence};
use crate::domain::time::Span;
use std::collections::BTreeMap;

pub(super) fn enter(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let written = raw.sequence.as_ref()?;
    let count = written.value.len();
    if !(2..=PARTS_MAX).contains(&count) {
        report.error(
            written.offset,
            format!("a sequence of {count} events, expected two to {PARTS_MAX}"),
        );
    }
    let mut earlier = BTreeMap::new();
    let mut parts = Vec::new();
    let mut event = Type::Any;
    for (at, raw) in written.value.iter().enumerate() {
        let part = &raw.value;
        let on = event_names(&part.on.0, Star::Refused, words, report);
        event = words.event(&on);
        let mut known = of_event(words, event.clone());
        known.earlier.clone_from(&earlier);
        let asked = part
            .condition
            .as_ref()
            .and_then(|text| condition(&text.value.0, text.offset, &known, report));
        let name = name(raw, at + 1 == count, &earlier, words, report);
        if let Some(name) = &name {
            earlier.insert(name.clone(), event.clone());
        }
        parts.push(Part {
            name: name.unwrap_or_default(),
            on,
            condition: asked,
            // What is read of it is known once all of the campaign is.
            keeps: Vec::new(),
        });
    }
    let Some(within) = &raw.within else {
        report.error(
            written.offset,
            "`sequence` lacks `within`: the time from its first to its last event",
        );
        return None;
    };
    if within.value.0 == Span::default() {
        report.error(within.offset, "expected a time longer than nothing, such as `1d`");
    }
    let mut known = of_event(words, event.clone());
    known.earlier.clone_from(&earlier);
    let mut enter = plain(raw, &known, report);
    enter.sequence = Some(Sequence {
        parts,
        within: within.value.0,
    });
    if let Some(without) = &raw.without {
        enter.without = absence::without(without, &known, report);
    }
    Some(Entrance {
        enter,
        event: Ok(event),
        item: known.item,
        earlier,
    })
}

/// What later parts call it.
fn name(
    raw: &At<RawPart>,
    last: bool,
    earlier: &BTreeMap<String, Type>,
    words: &Vocabulary,
    report: &mut Report<'_>,
) -> Option<String> {
    let name = raw.value.name.as_ref()?;
    if last {
        report.error(name.offset, "the last event of a sequence is `event`, expected no `as`");
        return None;
    }
    named(&name.value, name.offset, report)?;
    if earlier.contains_key(&name.value) || words.list(&name.value).is_some() || words.is_segment(&name.value) {
        report.error(
            name.offset,
            format!("`{}` means something else already, expected another name", name.value),
        );
        return None;
    }
    Some(name.value.clone())
}
