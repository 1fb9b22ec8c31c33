//! From expressions to what profiles keep: which events are noted where, and what of them.

use super::aggregate::Measure;
use super::eval::{ELEMENTS_MAX, Run};
use super::expr::{Expr, Literal};
use super::measure::Own;
use super::words::Comparison;
use super::{Scope, Value};
use crate::domain::event::Event;
use crate::domain::profile::{Keep, LOG_KEPT, LogId, Sample};
use serde_json::Value as Json;
use std::cell::Cell;

/// Longest text that is kept of a property, in bytes; the rest is cut off.
const TEXT_MAX_BYTES: usize = 128;

/// One way in which events come into a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The log.
    pub log: LogId,
    /// Events of this name: a track event's, `page`, `screen`, or `*`.
    pub event: String,
    /// Which of them.
    pub filter: Option<Expr>,
    /// What is kept of each, beside the time.
    pub values: Vec<Kept>,
    /// The number that is calculated with; events without it are not noted.
    pub amount: Option<Expr>,
    /// How much of it all is kept.
    pub keep: Keep,
}

/// Something that is kept of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// A property, in terms of the event's own.
    Of(Expr),
    /// The same for each.
    Said(Json),
}

impl Kept {
    /// The same number for each.
    pub fn number(number: f64) -> Self {
        Self::Said(worth_keeping(&Value::Double(number)))
    }
}

impl Feed {
    /// What is noted of the event; nothing where it does not count. An event that lacks what the
    /// filter looks at does not.
    pub fn sample(&self, event: &Event) -> Option<Sample> {
        let own = Own::Event(event);
        let amount = match &self.amount {
            Some(amount) => Some(evaluated(amount, own, |value| value.as_number())??),
            None => None,
        };
        let counts = match &self.filter {
            Some(filter) => evaluated(filter, own, |value| matches!(value, Value::Bool(true)))?,
            None => true,
        };
        counts.then(|| {
            let values = self.values.iter().map(|kept| match kept {
                Kept::Of(expr) => evaluated(expr, own, |value| worth_keeping(&value)).unwrap_or_default(),
                Kept::Said(value) => value.clone(),
            });
            Sample::new(event.at.as_millisecond(), values.collect(), amount)
        })
    }
}

/// What an expression of the event's own properties comes to; nothing where it has no value.
fn evaluated<T>(expr: &Expr, own: Own<'_>, take: impl FnOnce(Value<'_>) -> T) -> Option<T> {
    Scope::of_nothing(|scope| {
        let left = Cell::new(ELEMENTS_MAX);
        let run = Run {
            own: Some(own),
            ..Run::of(scope, &left)
        };
        run.eval(expr).ok().map(take)
    })
}

/// Values that can be compared and shown: groups and lists are not kept.
fn worth_keeping(value: &Value<'_>) -> Json {
    match value {
        // JSON does not tell `59` from `59.0`, and neither do we.
        #[allow(clippy::cast_possible_truncation)] // whole, and small enough to be exact
        Value::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => Json::from(*number as i64),
        Value::String(text) => Json::from(cut(text)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Time(_) | Value::Span(_) => {
            value.to_json()
        }
        Value::List(_) | Value::Array(_) | Value::Items(_) | Value::Map(_) => Json::Null,
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

impl Expr {
    /// What must be kept of which events so that it has a value. Segments and scores are
    /// looked at by themselves.
    pub fn feeds(&self) -> Vec<Feed> {
        let mut asked = Vec::new();
        note(self, None, &mut asked);
        let mut feeds: Vec<Feed> = Vec::new();
        for feed in asked {
            match feeds.iter_mut().find(|known| known.log == feed.log) {
                Some(known) => known.keep = known.keep.join(feed.keep),
                None => feeds.push(feed),
            }
        }
        feeds
    }
}

/// `most`: only whether there are at least so many is asked.
fn note(expr: &Expr, most: Option<usize>, feeds: &mut Vec<Feed>) {
    if let Expr::Aggregate(aggregate) = expr {
        let amount = aggregate.of.as_ref().filter(|_| aggregate.measure.is_of_numbers());
        let value = aggregate.of.as_ref().filter(|_| amount.is_none());
        let kept = aggregate.kept.iter().map(|name| Kept::Of(Expr::Own(name.clone())));
        feeds.push(Feed {
            log: aggregate.log,
            event: aggregate.event.clone(),
            filter: aggregate.filter.clone(),
            values: value.cloned().map(Kept::Of).into_iter().chain(kept).collect(),
            amount: amount.cloned(),
            keep: aggregate.keep(most),
        });
    }
    if let Expr::Compare(how, left, right) = expr {
        note(left, asked(*how, left, right), feeds);
        note(right, asked(how.mirrored(), right, left), feeds);
        return;
    }
    for part in expr.parts() {
        note(part, None, feeds);
    }
}

/// How many are enough to tell `counted how limit`.
fn asked(how: Comparison, counted: &Expr, limit: &Expr) -> Option<usize> {
    let Expr::Aggregate(aggregate) = counted else {
        return None;
    };
    let Expr::Literal(Literal::Int(limit)) = limit else {
        return None;
    };
    match aggregate.measure {
        Measure::Count | Measure::Sessions | Measure::Distinct | Measure::Streak => {}
        _ => return None,
    }
    let limit = usize::try_from(*limit).unwrap_or_default();
    Some(match how {
        Comparison::AtLeast | Comparison::Less => limit,
        Comparison::Equal | Comparison::NotEqual | Comparison::Greater | Comparison::AtMost => limit.saturating_add(1),
    })
    // More than are kept exactly are counted like any others.
    .filter(|most| *most <= LOG_KEPT || aggregate.measure == Measure::Streak)
}
