//! Entering only where something does not happen.

use crate::authoring::check::{Star, event_names, expression_at};
use crate::authoring::condition::{Surroundings, Wanted};
use crate::authoring::raw::{At, RawWithout, Report};
use crate::domain::campaign::Without;
use crate::domain::condition::Expr;
use crate::domain::time::Span;

/// Checks an absence: stored as counts of what must not have happened.
pub(super) fn without(raw: &At<RawWithout>, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Without> {
    let without = &raw.value;
    let span = without.span.value.0;
    if span == Span::default() {
        report.error(
            without.span.offset,
            "expected a time longer than nothing, such as `10m`",
        );
        return None;
    }
    let on = event_names(&without.on.0, Star::Allowed, known.vocabulary, report);
    let mut happened = Vec::new();
    for event in &on {
        happened.push(count(event, span, without, known, report)?);
    }
    let happened = if happened.len() == 1 {
        happened.pop()?
    } else {
        Expr::Or(happened)
    };
    Some(Without { happened, span })
}

/// `count("event", where, span) > 0`, with mistakes in `where` where they stand.
fn count(event: &str, span: Span, raw: &RawWithout, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Expr> {
    let event = serde_json::Value::from(event);
    let (text, offset, lead) = match &raw.condition {
        Some(asked) => {
            let lead = format!("count({event}, ");
            (
                format!("{lead}{}, {span}) > 0", asked.value.0),
                asked.offset,
                lead.len(),
            )
        }
        None => (format!("count({event}, {span}) > 0"), raw.span.offset, 0),
    };
    let asked = raw.condition.as_ref().map_or("", |asked| &asked.value.0);
    expression_at(&text, lead, asked, offset, Wanted::Condition, known, report).map(|(expr, _)| expr)
}
