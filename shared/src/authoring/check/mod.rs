//! From files as they are written to definitions that can be stored: what cannot work is refused
//! here, with its place.

mod campaign;
mod caps;
mod circles;
mod enter;
mod program;
mod scores;
mod segments;
mod service;
mod shown;
mod workspace;

pub use campaign::{Checked, Shelf, campaign};
pub use circles::{Starter, circles};
pub use service::service;
pub use workspace::{TeamWords, workspace};

use super::condition::{self, Checked as Expression, Mistake, Surroundings, Type, Vocabulary, Wanted};
use super::raw::{At, EventName, Report, Share};
use crate::domain::condition::{Expr, Reads, Scope};

/// Checks an expression that stands in the file at `offset`; mistakes go to the report.
fn expression(
    text: &str,
    offset: usize,
    wanted: Wanted,
    surroundings: &Surroundings<'_>,
    report: &mut Report<'_>,
) -> Option<(Expr, Type)> {
    expression_at(text, 0, text, offset, wanted, surroundings, report)
}

/// The same of an expression that was made of `written`, which begins at byte `lead` of it.
fn expression_at(
    text: &str,
    lead: usize,
    written: &str,
    offset: usize,
    wanted: Wanted,
    surroundings: &Surroundings<'_>,
    report: &mut Report<'_>,
) -> Option<(Expr, Type)> {
    told(
        condition::check(text, wanted, surroundings),
        lead,
        written,
        offset,
        report,
    )
}

/// What a check of an expression came to; mistakes go to the report.
fn told(
    checked: Result<Expression, Vec<Mistake>>,
    lead: usize,
    written: &str,
    offset: usize,
    report: &mut Report<'_>,
) -> Option<(Expr, Type)> {
    let (checked, mistakes) = match checked {
        Ok(checked) => (Some((checked.expr, checked.kind)), checked.warnings),
        Err(mistakes) => (None, mistakes),
    };
    for mut mistake in mistakes {
        let within = mistake.offset.saturating_sub(lead).min(written.len());
        if within >= written.len() && ends_at_comma(report.source, offset, written) {
            mistake.message += "; inside `{ … }` a comma ends the expression, unless it stands in quotes";
        }
        report.inside(offset, written, within, mistake.message, mistake.warning);
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

/// Refuses an expression that is looked at as time passes and moves in a way that cannot be followed: everybody whom it
/// concerns would be looked at every minute.
fn at_rest(expr: &Expr, offset: usize, vocabulary: &Vocabulary, report: &mut Report<'_>) {
    if let Some(part) = expr.restless(&|segment| vocabulary.is_restless(segment)) {
        report.error(
            offset,
            format!(
                "`{part}` moves all the time, in a way that cannot be followed: everybody would be looked at every minute. \
                 Compare what moves (`now`, a score, an interest) by itself with something that does not, as in \
                 `score(\"readiness\") > 50` or `now - last(\"Product Viewed\") > 3d`, or ask when an event comes (`on` with `where`)"
            ),
        );
    }
}

/// What a condition comes to that looks at nothing.
fn constant(expr: &Expr) -> Option<Result<bool, String>> {
    (expr.reads() == Reads::default())
        .then(|| Scope::of_nothing(|scope| expr.test(scope).map_err(|error| error.to_string())))
}

/// What stands for every event that the person makes.
const EVERYTHING: &str = "*";

/// Whether `"*"` stands for any event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Star {
    Allowed,
    Refused,
}

/// An event's name; one that is not known but near to a known one looks wrong.
fn event_name(name: &At<EventName>, star: Star, vocabulary: &Vocabulary, report: &mut Report<'_>) -> String {
    let written = &name.value.0;
    if written == EVERYTHING {
        if star == Star::Refused {
            report.error(
                name.offset,
                "`*` means anything the person does in `exit`, `goal`, `without` and `wait for`, expected an event here",
            );
        }
        return written.clone();
    }
    report.events.push((written.clone(), name.offset));
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
fn event_names(names: &[At<EventName>], star: Star, vocabulary: &Vocabulary, report: &mut Report<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        let written = event_name(name, star, vocabulary, report);
        if all.contains(&written) {
            report.error(name.offset, format!("`{written}` is named twice"));
        } else {
            all.push(written);
        }
    }
    all
}

/// The whole, in hundredths of a per cent.
const WHOLE_BP: u32 = 10_000;

/// Checks shares that must make a whole: of `what`, each of them an `one`.
fn shares<'s>(
    shares: impl Iterator<Item = (&'s str, &'s At<Share>)>,
    offset: usize,
    (what, one): (&str, &str),
    report: &mut Report<'_>,
) -> Vec<(String, u16)> {
    let mut all: Vec<(String, u16)> = Vec::new();
    for (name, share) in shares {
        if share.value.0 == 0 {
            report.error(share.offset, format!("nobody gets {one} `{name}`"));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            report.error(
                share.offset,
                format!("found `{name}`, expected a name of letters, digits, `-` and `_` for {one}"),
            );
        }
        if let Some((other, _)) = all.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            report.error(
                share.offset,
                format!("`{other}` and `{name}` differ only in small and capital letters, expected other names"),
            );
        }
        all.push((name.to_owned(), share.value.0));
    }
    let sum: u32 = all.iter().map(|(_, share)| u32::from(*share)).sum();
    if sum != WHOLE_BP {
        report.error(
            offset,
            format!("the shares of the {what} add up to {}, expected 100%", per_cent(sum)),
        );
    }
    if all.len() == 1 {
        report.error(offset, format!("one {one} is no split, expected two or more"));
    }
    all
}

/// `12.5%`.
fn per_cent(hundredths: u32) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => format!("{whole}%"),
        part if part.is_multiple_of(10) => format!("{whole}.{}%", part / 10),
        part => format!("{whole}.{part:02}%"),
    }
}
