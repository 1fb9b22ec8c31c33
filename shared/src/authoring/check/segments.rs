//! Segments: named conditions over a profile, which may name each other but not in a circle.

use super::condition;
use super::workspace::named;
use crate::authoring::condition::{Surroundings, Vocabulary};
use crate::authoring::raw::{At, Expression, RawWorkspace, Report};
use crate::domain::condition::Expr;
use std::collections::{BTreeMap, BTreeSet};

/// Deepest nesting of segments that name segments.
const SEGMENT_DEPTH_MAX: usize = 6;

/// Checks the segments and adds their names to the words.
pub(super) fn segments(raw: &RawWorkspace, words: &mut Vocabulary, report: &mut Report<'_>) -> BTreeMap<String, Expr> {
    const WHY: &str = "a segment looks at a profile alone, whatever event came last";
    let written: Vec<(&String, &At<Expression>)> = raw
        .segments
        .iter()
        .flatten()
        .filter(|(name, text)| named(name, text.offset, report).is_some())
        .collect();
    for (name, text) in &written {
        if words.list(name).is_some() {
            report.error(text.offset, format!("`{name}` is both a list and a segment"));
        }
        words.declare_segment(name);
    }
    let surroundings = Surroundings::of_profile(words, WHY);
    let segments: BTreeMap<String, Expr> = written
        .iter()
        .filter_map(|(name, text)| {
            let expr = condition(&text.value.0, text.offset, &surroundings, report)?;
            Some(((*name).clone(), expr))
        })
        .collect();
    for (name, text) in &written {
        match depth(name, &segments, &mut Vec::new()) {
            Err(circle) => report.error(text.offset, format!("segment `{name}` depends on itself: {circle}")),
            Ok(depth) if depth > SEGMENT_DEPTH_MAX => report.error(
                text.offset,
                format!("segments are nested {depth} deep here, expected at most {SEGMENT_DEPTH_MAX}"),
            ),
            Ok(_) => {}
        }
    }
    note_restless(&segments, words);
    segments
}

/// Notes segments that move in a way that cannot be followed, those that name such included.
fn note_restless(segments: &BTreeMap<String, Expr>, words: &mut Vocabulary) {
    for _ in 0..=SEGMENT_DEPTH_MAX {
        for (name, expr) in segments {
            if expr.restless(&|other| words.is_restless(other)).is_some() {
                words.declare_restless(name);
            }
        }
    }
}

/// How deep segments are nested from here, or the way that leads back to this one.
fn depth<'s>(name: &'s str, segments: &'s BTreeMap<String, Expr>, way: &mut Vec<&'s str>) -> Result<usize, String> {
    if way.first() == Some(&name) {
        let circle: Vec<String> = way.iter().chain([&name]).map(|name| format!("`{name}`")).collect();
        return Err(circle.join(" → "));
    }
    // Another circle, which is told of at its own segments.
    if way.contains(&name) {
        return Ok(0);
    }
    let Some(expr) = segments.get(name) else {
        return Ok(0);
    };
    way.push(name);
    let inner: BTreeSet<String> = expr.reads().segments;
    let mut deepest = 0;
    for next in &inner {
        if let Some((next, _)) = segments.get_key_value(next) {
            deepest = deepest.max(depth(next, segments, way)?);
        }
    }
    way.pop();
    Ok(deepest + 1)
}
