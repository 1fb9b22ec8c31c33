//! From files as they are written to definitions that can be stored: what cannot work is refused
//! here, with its place.

mod campaign;
mod enter;
mod segments;
mod shown;
mod steps;
mod workspace;

pub use campaign::{Shelf, campaign};
pub use workspace::{TeamWords, workspace};

use super::condition::{self, Surroundings, Type, Vocabulary, Wanted};
use super::raw::{At, EventName, Report};
use crate::domain::condition::{Expr, Reads, Scope};
use crate::domain::event::Properties;
use crate::domain::profile::Tallies;
use crate::domain::time::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Checks an expression that stands in the file at `offset`; mistakes go to the report.
fn expression(
    text: &str,
    offset: usize,
    wanted: Wanted,
    surroundings: &Surroundings<'_>,
    report: &mut Report<'_>,
) -> Option<(Expr, Type)> {
    let (checked, mistakes) = match condition::check(text, wanted, surroundings) {
        Ok(checked) => (Some((checked.expr, checked.kind)), checked.warnings),
        Err(mistakes) => (None, mistakes),
    };
    for mut mistake in mistakes {
        if mistake.offset >= text.len() && ends_at_comma(report.source, offset, text) {
            mistake.message += "; inside `{ … }` a comma ends the expression, unless it stands in quotes";
        }
        report.inside(offset, text, mistake.offset, mistake.message, mistake.warning);
    }
    checked
}

/// Whether the scalar is followed by a comma: one of its own, in a flow mapping.
fn ends_at_comma(source: &str, offset: usize, text: &str) -> bool {
    let behind = source.get(offset..).and_then(|rest| rest.strip_prefix(text));
    behind.is_some_and(|behind| behind.trim_start().starts_with(','))
}

/// Checks a condition. One that comes out the same whatever happens is a mistake.
fn condition(text: &str, offset: usize, surroundings: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Expr> {
    let (expr, _) = expression(text, offset, Wanted::Condition, surroundings, report)?;
    if let Some(value) = constant(&expr) {
        let outcome = match value {
            Ok(true) => "always holds: leave it out".to_owned(),
            Ok(false) => "never holds: nothing behind it is ever reached".to_owned(),
            Err(error) => format!("has no value: {error}"),
        };
        report.error(offset, format!("`{text}` {outcome}"));
        return None;
    }
    Some(expr)
}

/// What a condition comes to that looks at nothing.
fn constant(expr: &Expr) -> Option<Result<bool, String>> {
    (expr.reads() == Reads::default()).then(|| alone(|scope| expr.test(scope).map_err(|error| error.to_string())))
}

/// Runs `what` where nothing has happened and nothing is known.
fn alone<T>(what: impl FnOnce(&Scope<'_>) -> T) -> T {
    let nothing = Properties::new();
    what(&Scope {
        now: Timestamp::UNIX_EPOCH,
        zone: &TimeZone::UTC,
        event: &nothing,
        event_time: Timestamp::UNIX_EPOCH,
        item: None,
        key: "",
        traits: &nothing,
        lists: &BTreeMap::new(),
        tallies: &Tallies::default(),
        segments: &BTreeMap::new(),
    })
}

/// An event's name; one that is not known but near to a known one looks wrong.
fn event_name(name: &At<EventName>, vocabulary: &Vocabulary, report: &mut Report<'_>) -> String {
    let written = &name.value.0;
    if let Some(meant) = vocabulary.misspelt_event(written) {
        report.warning(
            name.offset,
            format!(
                "`{written}` is no event that is known, did you mean `{meant}`? Declare it under `events` in \
                 workspace.yaml if it exists"
            ),
        );
    }
    written.clone()
}

/// The names of several events, each once.
fn event_names(names: &[At<EventName>], vocabulary: &Vocabulary, report: &mut Report<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        let written = event_name(name, vocabulary, report);
        if all.contains(&written) {
            report.error(name.offset, format!("`{written}` is named twice"));
        } else {
            all.push(written);
        }
    }
    all
}
