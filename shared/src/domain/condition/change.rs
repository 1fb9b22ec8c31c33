//! When an expression may come to something else by time passing alone.

use super::aggregate::{Aggregate, Measure};
use super::decay::{decayed, falls_after};
use super::eval::{ELEMENTS_MAX, Run};
use super::expr::Expr;
use super::words::{Arithmetic, Function, Quantifier, Var};
use super::{Scope, Value};
use crate::domain::profile::Entry;
use crate::domain::time::{Span, Timestamp, after, before, between, local_date, local_instant};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Unit, Zoned};
use std::cell::Cell;

/// The finest step of time that is told apart.
const STEP: Span = Span::from_millis(1);

impl Expr {
    /// The earliest moment after `scope.now` at which it may come to something else if nothing but
    /// time passes, to the millisecond; `None` where that never happens. It may name a moment at
    /// which nothing changes after all, but misses none: look again then, and ask again.
    ///
    /// What moves with every moment and is compared with nothing (`now`, a score as a number) may
    /// change at once: a millisecond later.
    pub fn next_change(&self, scope: &Scope<'_>) -> Option<Timestamp> {
        // Loops are looked at several times here.
        Run::of(scope, &Cell::new(ELEMENTS_MAX.saturating_mul(16))).turn(self)
    }
}

/// How a value moves between the moments at which it jumps.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pace {
    /// Not at all.
    Still,
    /// An instant or a length of time that grows by so much for each millisecond that passes.
    Even(i64),
    /// A number that is halved with every half-life, as a score and an interest are.
    Decay { half_life: Span, sum: f64 },
    /// In a way that is not followed.
    Unknown,
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl<'a> Run<'_, 'a> {
    fn at_once(&self) -> Timestamp {
        after(self.scope.now, STEP)
    }

    /// When it may come to something else: when it jumps, or at once where it moves.
    fn turn(&self, expr: &'a Expr) -> Option<Timestamp> {
        match self.pace(expr) {
            Pace::Still => self.jump(expr),
            Pace::Even(_) | Pace::Decay { .. } | Pace::Unknown => Some(self.at_once()),
        }
    }

    /// How the value moves.
    fn pace(&self, expr: &'a Expr) -> Pace {
        let Ok(within) = self.deeper() else {
            return Pace::Unknown;
        };
        match expr {
            Expr::Var(Var::Now) => Pace::Even(1),
            Expr::Calculate(how, left, right) => match (how, within.pace(left), within.pace(right)) {
                (_, Pace::Still, Pace::Still) => Pace::Still,
                (Arithmetic::Add, one, other) => even(one, other, 1),
                (Arithmetic::Subtract, one, other) => even(one, other, -1),
                (Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo, ..) => Pace::Unknown,
            },
            Expr::Negate(operand) => match within.pace(operand) {
                Pace::Still => Pace::Still,
                Pace::Even(slope) => Pace::Even(-slope),
                Pace::Decay { .. } | Pace::Unknown => Pace::Unknown,
            },
            Expr::Choose(test, then, otherwise) => match within.test(test) {
                Ok(true) => within.pace(then),
                Ok(false) => within.pace(otherwise),
                Err(_) => Pace::Still,
            },
            Expr::Aggregate(aggregate) if aggregate.measure == Measure::Interest => {
                let half_life = aggregate.window.unwrap_or_default();
                match within.entries(aggregate) {
                    Ok(entries) => Pace::Decay {
                        half_life,
                        sum: decayed(entries.into_iter(), within.scope.now, half_life, |_| 1.0),
                    },
                    Err(_) => Pace::Still,
                }
            }
            Expr::Score(name) => match within.scope.scores.get(name) {
                Some(score) => Pace::Decay {
                    half_life: score.half_life,
                    sum: score.raw(within.scope.tallies, within.scope.now),
                },
                None => Pace::Still,
            },
            Expr::Call(Function::First, parts) => {
                let given = |part: &&'a Expr| within.eval(part).is_ok_and(|value| !value.is_null());
                let first = parts.iter().find(given);
                first.map_or(Pace::Still, |part| within.pace(part))
            }
            Expr::Call(Function::Timestamp | Function::Duration, parts) => match parts.as_slice() {
                [part] => within.pace(part),
                _ => Pace::Unknown,
            },
            Expr::Call(function, parts) if function.is_calendar() => {
                let instant = parts.last().map_or(Pace::Still, |part| within.pace(part));
                let others = parts.iter().rev().skip(1).all(|part| within.pace(part) == Pace::Still);
                match instant {
                    // What they jump at is found.
                    Pace::Still | Pace::Even(1) if others => Pace::Still,
                    Pace::Still | Pace::Even(_) | Pace::Decay { .. } | Pace::Unknown => Pace::Unknown,
                }
            }
            Expr::Map(range, filter, body) => {
                let bodies = filter.iter().chain([body]);
                within.stillness(range, bodies.map(|body| &**body))
            }
            Expr::Each(Quantifier::Filter, range, _) => within.stillness(range, std::iter::empty()),
            Expr::Field(operand, _) => within.stillness(operand, std::iter::empty()),
            Expr::List(_) | Expr::Index(..) | Expr::Call(..) => {
                if expr.parts().into_iter().all(|part| within.pace(part) == Pace::Still) {
                    Pace::Still
                } else {
                    Pace::Unknown
                }
            }
            // Yes or no: what they jump at is found.
            Expr::Has(..)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare(..)
            | Expr::In(..)
            | Expr::Each(..)
            | Expr::Segment(_) => Pace::Still,
            Expr::Literal(_)
            | Expr::Span(_)
            | Expr::Var(_)
            | Expr::Own(_)
            | Expr::Items(_)
            | Expr::ListKey(_)
            | Expr::Aggregate(_)
            | Expr::Moment
            | Expr::MomentConfidence => Pace::Still,
            // Those of lists that move are not followed: the whole loop is looked at again.
            Expr::Bound(_) => Pace::Still,
        }
    }

    /// Whether a list that is computed stays as it is between jumps.
    fn stillness(&self, range: &'a Expr, bodies: impl Iterator<Item = &'a Expr>) -> Pace {
        let mut moves = self.pace(range) != Pace::Still;
        for body in bodies {
            moves |= self
                .each(range, |run| run.pace(body) != Pace::Still)
                .into_iter()
                .any(|moves| moves);
        }
        if moves { Pace::Unknown } else { Pace::Still }
    }

    /// Looks at a loop's body with each element.
    fn each<T>(&self, range: &'a Expr, mut look: impl FnMut(&Run<'_, 'a>) -> T) -> Vec<T> {
        let mut seen = Vec::new();
        // A range without a value has no elements to look at; it may get one only where it jumps.
        self.with_elements(range, |run| seen.push(look(run))).ok();
        seen
    }

    /// The earliest moment at which the value may jump, or for yes and no, turn.
    fn jump(&self, expr: &'a Expr) -> Option<Timestamp> {
        let Ok(within) = self.deeper() else {
            return Some(self.at_once());
        };
        let of_parts = || expr.parts().into_iter().filter_map(|part| within.jump(part)).min();
        let of_turning_parts = || expr.parts().into_iter().filter_map(|part| within.turn(part)).min();
        match expr {
            Expr::Aggregate(aggregate) => within.leaves(aggregate),
            Expr::Score(name) => {
                let score = within.scope.scores.get(name)?;
                let mut entries = score.entries(within.scope.tallies, within.scope.now);
                within.ends(entries.next().map(|entry| entry.at), score.horizon())
            }
            Expr::Moment | Expr::MomentConfidence => {
                let moments = within.scope.moments?;
                let mut told = moments.entries(within.scope.tallies, within.scope.now);
                within.ends(told.next().map(|entry| entry.at), moments.lasts)
            }
            Expr::Compare(_, left, right) => earlier(of_parts(), within.meeting(left, right)),
            Expr::Call(function, parts) if function.is_calendar() => {
                let turns = parts.last().and_then(|part| within.turn_of_calendar(*function, part));
                earlier(of_parts(), turns)
            }
            Expr::Segment(name) => {
                let segment = within.scope.segments.get(name)?;
                within.of_profile_alone(|run| run.turn(segment))
            }
            Expr::Each(_, range, body) => {
                let own = within.each(range, |run| run.turn(body));
                own.into_iter().flatten().chain(within.turn(range)).min()
            }
            Expr::Map(range, filter, body) => {
                let bodies = filter.iter().chain([body]);
                bodies
                    .flat_map(|body| within.each(range, |run| run.jump(body)))
                    .flatten()
                    .chain(within.jump(range))
                    .min()
            }
            Expr::In(..) | Expr::Not(_) | Expr::And(_) | Expr::Or(_) | Expr::Has(..) => of_turning_parts(),
            Expr::Choose(test, ..) => earlier(within.turn(test), of_parts()),
            Expr::Field(..)
            | Expr::Index(..)
            | Expr::List(_)
            | Expr::Negate(_)
            | Expr::Calculate(..)
            | Expr::Call(..) => of_parts(),
            Expr::Literal(_)
            | Expr::Span(_)
            | Expr::Var(_)
            | Expr::Bound(_)
            | Expr::Own(_)
            | Expr::Items(_)
            | Expr::ListKey(_) => None,
        }
    }

    /// When the oldest event leaves the window, or what is asked of one of them turns.
    fn leaves(&self, aggregate: &'a Aggregate) -> Option<Timestamp> {
        let candidates = self.candidates(aggregate);
        let asks = aggregate.asks.as_ref().and_then(|asks| {
            candidates
                .iter()
                .filter_map(|entry| self.about(aggregate, entry).turn(asks))
                .min()
        });
        // What leaves is what comes last in it: all of a session or a cell goes at once.
        let oldest = candidates.iter().map(|entry| entry.at).min();
        let end = aggregate.horizon().and_then(|window| self.ends(oldest, window));
        // Days in a row are counted from today.
        let tomorrow = || next_turn(Function::Date, self.scope.now, self.scope.zone);
        let day = (aggregate.measure == Measure::Streak).then(tomorrow).flatten();
        [asks, end, day].into_iter().flatten().min()
    }

    /// What an aggregate may count, whatever is asked of it.
    fn candidates(&self, aggregate: &'a Aggregate) -> Vec<Entry<'a>> {
        let now = self.scope.now.as_millisecond();
        let beyond = aggregate
            .horizon()
            .map_or(i64::MIN, |window| now.saturating_sub(window.millis));
        let log = self.scope.tallies.log(aggregate.log);
        log.into_iter()
            .flat_map(|log| log.entries())
            .filter(|entry| entry.at > beyond)
            .collect()
    }

    fn ends(&self, oldest: Option<i64>, window: Span) -> Option<Timestamp> {
        let at = Timestamp::from_millisecond(oldest?.checked_add(window.millis)?).ok()?;
        Some(self.ahead(at))
    }

    /// The moment, or the next one where it has been, however it was rounded.
    fn ahead(&self, at: Timestamp) -> Timestamp {
        if at > self.scope.now { at } else { self.at_once() }
    }

    /// When two values that move towards each other meet.
    fn meeting(&self, left: &'a Expr, right: &'a Expr) -> Option<Timestamp> {
        match (self.pace(left), self.pace(right)) {
            (Pace::Still, Pace::Still) => None,
            (Pace::Decay { half_life, sum }, Pace::Still) => self.fall(half_life, sum, right),
            (Pace::Still, Pace::Decay { half_life, sum }) => self.fall(half_life, sum, left),
            (Pace::Even(_) | Pace::Still, Pace::Even(_) | Pace::Still) => {
                let slope = slope_of(self.pace(left)) - slope_of(self.pace(right));
                let apart = match (self.eval(left).ok()?, self.eval(right).ok()?) {
                    (Value::Time(one), Value::Time(other)) => between(other, one).millis,
                    (Value::Span(one), Value::Span(other)) => one.millis.saturating_sub(other.millis),
                    // They are not compared: there is no value, and time makes none.
                    _ => return None,
                };
                if slope == 0 {
                    return None;
                }
                // Whole milliseconds: it may turn in the one at which they meet, or in the next.
                let way = -i128::from(apart) / i128::from(slope);
                match i64::try_from(way).ok()? {
                    ..=-2 => None,
                    way => Some(after(self.scope.now, Span::from_millis((way - 1).max(1)))),
                }
            }
            (Pace::Unknown | Pace::Decay { .. } | Pace::Even(_), _) | (Pace::Still, Pace::Unknown) => {
                Some(self.at_once())
            }
        }
    }

    /// When a sum that decays falls to a number.
    fn fall(&self, half_life: Span, sum: f64, limit: &'a Expr) -> Option<Timestamp> {
        let limit = self.eval(limit).ok()?.as_number()?;
        // Beyond what a score can be, it stands still until it has come down to that.
        let way = falls_after(sum, limit, half_life)?;
        // A little before, because the sum is not exact to the last digit.
        let way = way.millis.saturating_sub(2).max(1);
        Some(after(self.scope.now, Span::from_millis(way)))
    }

    /// When a calendar function of an instant says something else.
    fn turn_of_calendar(&self, function: Function, part: &'a Expr) -> Option<Timestamp> {
        match self.pace(part) {
            Pace::Still => None,
            Pace::Even(1) => {
                let at = self.eval(part).ok()?.as_time(self.scope.zone)?;
                let turns = next_turn(function, at, self.scope.zone)?;
                let turns = self.scope.now.checked_add(turns.duration_since(at)).ok()?;
                Some(self.ahead(turns))
            }
            Pace::Even(_) | Pace::Decay { .. } | Pace::Unknown => Some(self.at_once()),
        }
    }
}

fn slope_of(pace: Pace) -> i64 {
    match pace {
        Pace::Even(slope) => slope,
        Pace::Still | Pace::Decay { .. } | Pace::Unknown => 0,
    }
}

/// The pace of a sum or difference of instants and lengths of time.
fn even(one: Pace, other: Pace, sign: i64) -> Pace {
    match (one, other) {
        (Pace::Even(_) | Pace::Still, Pace::Even(_) | Pace::Still) => match slope_of(one) + sign * slope_of(other) {
            0 => Pace::Still,
            slope => Pace::Even(slope),
        },
        (Pace::Decay { .. } | Pace::Unknown, _) | (_, Pace::Decay { .. } | Pace::Unknown) => Pace::Unknown,
    }
}

/// When the clock on the wall says another minute, hour or day: at the next one, or where
/// daylight saving sets it.
fn next_turn(function: Function, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let local = at.to_zoned(zone.clone());
    let unit = match function {
        Function::Minute => Unit::Minute,
        Function::Hour => Unit::Hour,
        _ => Unit::Day,
    };
    let plain = match unit {
        Unit::Minute => following(&local, 60),
        Unit::Hour => following(&local, 3_600),
        _ => {
            let tomorrow = local.date().tomorrow().ok()?;
            Some(local_instant(tomorrow, Time::midnight(), zone))
        }
    };
    // A clock that is set jumps to another hour, and maybe over midnight.
    let set = zone.following(at).next().map(|transition| transition.timestamp());
    let set = set.filter(|set| unit != Unit::Day || local_date(before(*set, STEP), zone) != local_date(*set, zone));
    earlier(plain, set)
}

/// When the clock next shows a whole multiple of so many seconds.
fn following(local: &Zoned, secs: i64) -> Option<Timestamp> {
    const SECOND_NANOS: i128 = 1_000_000_000;
    let into = i64::from(local.minute()) * 60 + i64::from(local.second());
    let at = local.timestamp().as_nanosecond();
    let second = at - at.rem_euclid(SECOND_NANOS);
    Timestamp::from_nanosecond(second + i128::from(secs - into % secs) * SECOND_NANOS).ok()
}
