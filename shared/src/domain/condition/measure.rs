//! What aggregates come to, out of what a profile keeps.

use super::aggregate::{Aggregate, Measure};
use super::decay::decayed;
use super::eval::{ELEMENTS_MAX, Run};
use super::{EvalError, Scope, Value};
use crate::domain::event::Event;
use crate::domain::profile::{Entry, SESSION_GAP, step_of};
use crate::domain::time::{Span, Timestamp, local_date};
use jiff::civil::Date;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The event whose properties bare names stand for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Own<'a> {
    /// As it comes.
    Event(&'a Event),
    /// As it was kept.
    Kept(&'a Aggregate, &'a [Json]),
}

impl<'a> Own<'a> {
    fn property(self, name: &str) -> Value<'a> {
        match self {
            Self::Event(event) => event.properties.get(name).map_or(Value::Null, Value::of),
            Self::Kept(aggregate, values) => aggregate
                .place_of(name)
                .and_then(|place| values.get(place))
                .map_or(Value::Null, Value::of),
        }
    }
}

impl<'a> Run<'_, 'a> {
    /// A property of the event that is counted.
    pub(super) fn own(&self, name: &str) -> Result<Value<'a>, EvalError> {
        self.own
            .map(|own| own.property(name))
            .ok_or_else(|| EvalError(format!("`{name}` is used outside an aggregate")))
    }

    /// The events that an aggregate looks at now, oldest first.
    pub(super) fn entries(&self, aggregate: &'a Aggregate) -> Result<Vec<Entry<'a>>, EvalError> {
        let until = match aggregate.measure {
            Measure::Previous => self.scope.event_time.as_millisecond().saturating_sub(1),
            _ => self.scope.now.as_millisecond(),
        };
        let beyond = aggregate
            .horizon()
            .map_or(i64::MIN, |window| until.saturating_sub(window.millis));
        let mut entries = Vec::new();
        let Some(log) = self.scope.tallies.log(aggregate.log) else {
            return Ok(entries);
        };
        for entry in log.entries() {
            if entry.at > beyond && entry.from <= until && self.counts(aggregate, &entry)? {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Whether what stands outside lets the event count. One that lacks what is asked about it
    /// does not.
    fn counts(&self, aggregate: &'a Aggregate, entry: &Entry<'a>) -> Result<bool, EvalError> {
        let Some(asks) = &aggregate.asks else { return Ok(true) };
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| EvalError(format!("it looks at more than {ELEMENTS_MAX} elements")))?);
        Ok(self.about(aggregate, entry).test(asks).unwrap_or(false))
    }

    /// The same evaluation, asked about one of the events.
    pub(super) fn about(&self, aggregate: &'a Aggregate, entry: &Entry<'a>) -> Self {
        Self {
            own: Some(Own::Kept(aggregate, entry.values)),
            ..*self
        }
    }

    pub(super) fn aggregate(&self, aggregate: &'a Aggregate) -> Result<Value<'a>, EvalError> {
        let entries = self.entries(aggregate)?;
        let whole = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(match aggregate.measure {
            Measure::Count => whole(entries.iter().map(|entry| entry.weight).sum()),
            Measure::Sessions if aggregate.asks.is_some() => whole(sessions(&entries)),
            Measure::Sessions => whole(entries.iter().map(|entry| entry.weight).sum()),
            Measure::Distinct => whole(self.distinct(aggregate, &entries)),
            Measure::Sum => exact(
                entries
                    .iter()
                    .filter_map(|entry| entry.amount)
                    .map(|amount| amount.sum)
                    .sum(),
            ),
            Measure::Min => least(
                entries
                    .iter()
                    .filter_map(|entry| entry.amount)
                    .map(|amount| amount.min)
                    .min(),
            ),
            Measure::Max => least(
                entries
                    .iter()
                    .filter_map(|entry| entry.amount)
                    .map(|amount| amount.max)
                    .max(),
            ),
            Measure::Average => average(&entries),
            Measure::Latest | Measure::Previous => entries.last().map_or(Value::Null, value),
            Measure::Earliest => entries.first().map_or(Value::Null, value),
            Measure::Top => top(&entries),
            Measure::Interest => {
                let half_life = aggregate.window.unwrap_or_default();
                Value::Double(decayed(entries.into_iter(), self.scope.now, half_life, |_| 1.0))
            }
            Measure::Last => entries
                .last()
                .and_then(|entry| Timestamp::from_millisecond(entry.at).ok())
                .map_or(Value::Null, Value::Time),
            Measure::Gap => gap(&entries).map_or(Value::Null, Value::Span),
            Measure::Rhythm => rhythm(&entries).map_or(Value::Null, Value::Span),
            Measure::Streak => whole(streak(&entries, self.scope)),
        })
    }
}

impl Run<'_, '_> {
    /// How many values there are, of those that are known: the others are as many for each of these.
    fn distinct(&self, aggregate: &Aggregate, entries: &[Entry<'_>]) -> u64 {
        let now = self.scope.now.as_millisecond();
        let beyond = aggregate
            .window
            .map_or(i64::MIN, |window| now.saturating_sub(window.millis));
        let log = self.scope.tallies.log(aggregate.log);
        let step = log.map_or(0, |log| log.complete_step(beyond));
        let known = entries
            .iter()
            .filter(|entry| step == 0 || step_of(entry.values) >= step);
        (values(known).fold(Vec::new(), distinct).len() as u64) << step
    }
}

/// The kept property that an aggregate is of.
fn value<'a>(entry: &Entry<'a>) -> Value<'a> {
    entry.values.first().map_or(Value::Null, Value::of)
}

fn values<'e, 'a: 'e>(entries: impl Iterator<Item = &'e Entry<'a>>) -> impl Iterator<Item = &'a Json> {
    entries
        .filter_map(|entry| entry.values.first())
        .filter(|value| !value.is_null())
}

fn distinct<'a>(mut known: Vec<&'a Json>, value: &'a Json) -> Vec<&'a Json> {
    if !known.contains(&value) {
        known.push(value);
    }
    known
}

/// How many runs of events without a long pause in them, where one may be in several entries.
fn sessions(entries: &[Entry<'_>]) -> u64 {
    let mut spans: Vec<(i64, i64)> = entries.iter().map(|entry| (entry.from, entry.at)).collect();
    spans.sort_unstable();
    let (mut count, mut until) = (0, None::<i64>);
    for (from, at) in spans {
        if until.is_none_or(|until| from.saturating_sub(until) >= SESSION_GAP.millis) {
            count += 1;
        }
        until = until.max(Some(at));
    }
    count
}

/// Millionths as a number: a whole one where it is.
fn exact<'a>(millionths: i128) -> Value<'a> {
    if millionths % 1_000_000 == 0
        && let Ok(whole) = i64::try_from(millionths / 1_000_000)
    {
        return Value::Int(whole);
    }
    #[allow(clippy::cast_precision_loss)] // as every number with a fraction
    Value::Double(millionths as f64 / 1e6)
}

fn least<'a>(millionths: Option<i64>) -> Value<'a> {
    millionths.map_or(Value::Null, |millionths| exact(millionths.into()))
}

fn average<'a>(entries: &[Entry<'_>]) -> Value<'a> {
    let count: u64 = entries.iter().map(|entry| entry.weight).sum();
    let sum: i128 = entries
        .iter()
        .filter_map(|entry| entry.amount)
        .map(|amount| amount.sum)
        .sum();
    if count == 0 {
        return Value::Null;
    }
    #[allow(clippy::cast_precision_loss)] // a mean is no exact number
    Value::Double(sum as f64 / 1e6 / count as f64)
}

fn top<'a>(entries: &[Entry<'a>]) -> Value<'a> {
    let mut counts: Vec<(&Json, u64)> = Vec::new();
    // From the most recent on: among equals the first one found stays.
    for entry in entries.iter().rev() {
        let Some(value) = entry.values.first().filter(|value| !value.is_null()) else {
            continue;
        };
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += entry.weight,
            None => counts.push((value, entry.weight)),
        }
    }
    let mut best: Option<(&Json, u64)> = None;
    for (value, count) in counts {
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((value, count));
        }
    }
    best.map_or(Value::Null, |(value, _)| Value::of(value))
}

fn gap(entries: &[Entry<'_>]) -> Option<Span> {
    median(gaps(entries))
}

/// The median gap, where none differs from it by more than a quarter.
fn rhythm(entries: &[Entry<'_>]) -> Option<Span> {
    let gaps = gaps(entries);
    let median = median(gaps.clone())?;
    let steady = |gap: &i64| (gap - median.millis).abs() <= median.millis / 4;
    gaps.iter().all(steady).then_some(median)
}

/// Days in a row, back from the last; a single day without is forgiven, also at the end.
fn streak(entries: &[Entry<'_>], scope: &Scope<'_>) -> u64 {
    let day = |at: i64| {
        Timestamp::from_millisecond(at)
            .ok()
            .map(|at| local_date(at, scope.zone))
    };
    let until = scope.now.as_millisecond();
    // What was between is on one of the two days.
    let ends = entries.iter().flat_map(|entry| [entry.from, entry.at]);
    let days: BTreeSet<Date> = ends.filter(|at| *at <= until).filter_map(day).collect();
    let mut count = 0;
    let mut next = local_date(scope.now, scope.zone);
    for day in days.into_iter().rev() {
        let apart = day.until(next).map_or(i32::MAX, |span| span.get_days());
        if apart > 2 {
            break;
        }
        count += 1;
        next = day;
    }
    count
}

fn gaps(entries: &[Entry<'_>]) -> Vec<i64> {
    let exact = || entries.iter().filter(|entry| !entry.is_sum);
    let pairs = exact().zip(exact().skip(1));
    pairs.map(|(one, next)| next.at.saturating_sub(one.at)).collect()
}

/// The median of two gaps or more.
fn median(mut gaps: Vec<i64>) -> Option<Span> {
    if gaps.len() < 2 {
        return None;
    }
    gaps.sort_unstable();
    let (low, high) = (gaps.get((gaps.len() - 1) / 2)?, gaps.get(gaps.len() / 2)?);
    Some(Span::from_millis(low + (high - low) / 2))
}
