//! What scores and the micromoment come to, and why.

use super::EvalError;
use super::Value;
use super::decay::{decayed, falls_after};
use super::eval::Run;
use crate::domain::campaign::{MomentKind, Moments, Score};
use crate::domain::profile::{Entry, LogId, Tallies};
use crate::domain::time::{Span, Timestamp, after};
use serde_json::Value as Json;

/// The highest score.
const SCORE_MAX: f64 = 100.0;

/// A score and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The score, 0 to 100.
    pub value: f64,
    /// What contributed, oldest first: the latest 32 one by one, older ones added up.
    pub contributions: Vec<Contribution>,
}

/// What one event, or several of one kind that were added up, contributed.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// What happened: a track event's name, `page` or `screen`.
    pub event: String,
    /// When, about, where several were added up.
    pub at: Timestamp,
    /// How many there were.
    pub count: u64,
    /// What each was worth when it happened.
    pub points: f64,
    /// What they are worth now, together.
    pub worth: f64,
}

/// What a person is after just now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MomentNow {
    /// What.
    pub kind: MomentKind,
    /// Its share of all points, 0 to 1.
    pub confidence: f64,
}

/// The entries of the window that ends now.
fn entries(tallies: &Tallies, log: LogId, now: Timestamp, window: Span) -> impl Iterator<Item = Entry<'_>> {
    let now = now.as_millisecond();
    let beyond = now.saturating_sub(window.millis);
    tallies
        .log(log)
        .into_iter()
        .flat_map(|log| log.entries())
        .filter(move |entry| entry.at > beyond && entry.at <= now)
}

/// What each of the entry's events was worth: kept behind what they are.
fn points(entry: &Entry<'_>) -> f64 {
    entry.values.last().and_then(Json::as_f64).unwrap_or_default()
}

impl Score {
    /// The score now, 0 to 100.
    pub fn value(&self, tallies: &Tallies, now: Timestamp) -> f64 {
        self.raw(tallies, now).clamp(0.0, SCORE_MAX)
    }

    /// The sum that the score is cut from: it may lie below 0 and above 100.
    pub(super) fn raw(&self, tallies: &Tallies, now: Timestamp) -> f64 {
        decayed(self.entries(tallies, now), now, self.half_life, points)
    }

    pub(super) fn entries<'t>(
        &self,
        tallies: &'t Tallies,
        now: Timestamp,
    ) -> impl Iterator<Item = Entry<'t>> + use<'t> {
        entries(tallies, self.log, now, self.horizon())
    }

    /// The score with what it is made of.
    pub fn explain(&self, tallies: &Tallies, now: Timestamp) -> Explained {
        let contributions = self.entries(tallies, now).map(|entry| Contribution {
            event: entry
                .values
                .first()
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned(),
            at: Timestamp::from_millisecond(entry.at).unwrap_or(now),
            count: entry.weight,
            points: points(&entry),
            worth: decayed(std::iter::once(entry), now, self.half_life, points),
        });
        Explained {
            value: self.value(tallies, now),
            contributions: contributions.collect(),
        }
    }

    /// When it will fall below `value` if nothing more happens, to the millisecond; `None` where
    /// it is below already, or never falls so low.
    pub fn falls_below(&self, tallies: &Tallies, now: Timestamp, value: f64) -> Option<Timestamp> {
        let raw = self.raw(tallies, now);
        if value <= 0.0 || value > SCORE_MAX || raw < value {
            return None;
        }
        let mut at = after(now, falls_after(raw, value, self.half_life)?);
        // What falls out of sight lowers it too, by a hair; what was negative raises it.
        while self.value(tallies, at) >= value && at < after(now, self.horizon()) {
            at = after(at, Span::from_millis(1));
        }
        Some(at)
    }
}

impl Moments {
    pub(super) fn entries<'t>(
        &self,
        tallies: &'t Tallies,
        now: Timestamp,
    ) -> impl Iterator<Item = Entry<'t>> + use<'t> {
        entries(tallies, self.log, now, self.lasts)
    }

    /// What the person is after now; `None` where nothing tells.
    pub fn now(&self, tallies: &Tallies, now: Timestamp) -> Option<MomentNow> {
        let mut sums = MomentKind::ALL.map(|kind| (kind, 0.0));
        for entry in self.entries(tallies, now) {
            let told = entry.values.first().and_then(Json::as_str);
            for (kind, sum) in &mut sums {
                if told == Some(kind.name()) {
                    #[allow(clippy::cast_precision_loss)] // a few events in half an hour
                    let weight = entry.weight as f64;
                    *sum += points(&entry) * weight;
                }
            }
        }
        let all: f64 = sums.iter().map(|(_, sum)| sum.max(0.0)).sum();
        let buys = |(kind, sum): &(MomentKind, f64)| *kind == MomentKind::Buy && *sum * 2.0 >= all;
        let (kind, sum) = sums
            .into_iter()
            .max_by(|one, other| buys(one).cmp(&buys(other)).then(one.1.total_cmp(&other.1)))?;
        (sum > 0.0).then(|| MomentNow {
            kind,
            confidence: sum / all,
        })
    }
}

impl<'a> Run<'_, 'a> {
    pub(super) fn score(&self, name: &str) -> Result<Value<'a>, EvalError> {
        self.scope
            .scores
            .get(name)
            .map(|score| Value::Double(score.value(self.scope.tallies, self.scope.now)))
            .ok_or_else(|| EvalError(format!("there is no score `{name}`")))
    }

    pub(super) fn moment(&self) -> Option<MomentNow> {
        self.scope.moments?.now(self.scope.tallies, self.scope.now)
    }
}
