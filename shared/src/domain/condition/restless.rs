//! What cannot be followed as time passes: a condition that would have to be looked at all the time.
//!
//! This says of an expression alone what [`super::change`] says of one and its values.

use super::aggregate::Measure;
use super::expr::Expr;
use super::words::{Arithmetic, Function, Var};

impl Expr {
    /// The part that moves in a way that is not followed, so that the whole would be looked at every minute; `None`
    /// where it can be told when time may change it. `is_restless` says so of segments, by name.
    pub fn restless(&self, is_restless: &dyn Fn(&str) -> bool) -> Option<&Self> {
        Look { is_restless }.settled(self).err()
    }
}

/// How a value moves between the moments at which it jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Not at all.
    Still,
    /// As the clock does.
    Clock,
    /// Evenly, but in another way.
    Even,
    /// As a score and an interest fall.
    Decay,
}

struct Look<'l> {
    is_restless: &'l dyn Fn(&str) -> bool,
}

impl Look<'_> {
    /// That it stands still but for jumps.
    fn settled<'e>(&self, expr: &'e Expr) -> Result<(), &'e Expr> {
        match self.pace(expr)? {
            Pace::Still => Ok(()),
            Pace::Clock | Pace::Even | Pace::Decay => Err(expr),
        }
    }

    /// That all parts do.
    fn all_settled<'e>(&self, expr: &'e Expr) -> Result<Pace, &'e Expr> {
        for part in expr.parts() {
            self.settled(part)?;
        }
        Ok(Pace::Still)
    }

    /// How it moves, or the part whose way cannot be told.
    fn pace<'e>(&self, expr: &'e Expr) -> Result<Pace, &'e Expr> {
        match expr {
            Expr::Var(Var::Now) => Ok(Pace::Clock),
            Expr::Calculate(how, left, right) => {
                let (one, other) = (self.pace(left)?, self.pace(right)?);
                calculated(*how, one, other).ok_or(expr)
            }
            Expr::Negate(operand) => match self.pace(operand)? {
                Pace::Still => Ok(Pace::Still),
                Pace::Clock | Pace::Even => Ok(Pace::Even),
                Pace::Decay => Err(expr),
            },
            Expr::Choose(test, then, otherwise) => {
                self.settled(test)?;
                either(self.pace(then)?, self.pace(otherwise)?).ok_or(expr)
            }
            Expr::Call(Function::First, parts) => {
                let mut pace = Pace::Still;
                for part in parts {
                    pace = either(pace, self.pace(part)?).ok_or(expr)?;
                }
                Ok(pace)
            }
            Expr::Call(Function::Timestamp | Function::Duration, parts) if parts.len() == 1 => {
                parts.first().map_or(Ok(Pace::Still), |part| self.pace(part))
            }
            Expr::Call(function, parts) if function.is_calendar() => {
                let Some((instant, others)) = parts.split_last() else {
                    return Ok(Pace::Still);
                };
                for part in others {
                    self.settled(part)?;
                }
                match self.pace(instant)? {
                    Pace::Still | Pace::Clock => Ok(Pace::Still),
                    Pace::Even | Pace::Decay => Err(expr),
                }
            }
            Expr::Compare(_, left, right) => match (self.pace(left)?, self.pace(right)?) {
                (Pace::Still | Pace::Clock | Pace::Even, Pace::Still | Pace::Clock | Pace::Even)
                | (Pace::Decay, Pace::Still)
                | (Pace::Still, Pace::Decay) => Ok(Pace::Still),
                (Pace::Decay, Pace::Clock | Pace::Even | Pace::Decay) | (Pace::Clock | Pace::Even, Pace::Decay) => {
                    Err(expr)
                }
            },
            Expr::Aggregate(aggregate) if aggregate.measure == Measure::Interest => {
                self.all_settled(expr).map(|_| Pace::Decay)
            }
            Expr::Score(_) => Ok(Pace::Decay),
            Expr::Segment(name) => match (self.is_restless)(name) {
                true => Err(expr),
                false => Ok(Pace::Still),
            },
            Expr::Call(..)
            | Expr::List(_)
            | Expr::Index(..)
            | Expr::Field(..)
            | Expr::Has(..)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::In(..)
            | Expr::Each(..)
            | Expr::Map(..)
            | Expr::Aggregate(_) => match self.all_settled(expr) {
                Ok(pace) => Ok(pace),
                // What is made of it is said, rather than what moves.
                Err(part)
                    if matches!(expr, Expr::Call(..)) && expr.parts().iter().any(|own| std::ptr::eq(*own, part)) =>
                {
                    Err(expr)
                }
                Err(part) => Err(part),
            },
            Expr::Literal(_)
            | Expr::Span(_)
            | Expr::Var(_)
            | Expr::Bound(_)
            | Expr::Own(_)
            | Expr::Items(_)
            | Expr::ListKey(_)
            | Expr::Moment
            | Expr::MomentConfidence => Ok(Pace::Still),
        }
    }
}

/// The pace of what is calculated of two.
fn calculated(how: Arithmetic, one: Pace, other: Pace) -> Option<Pace> {
    match (how, one, other) {
        (_, Pace::Still, Pace::Still) => Some(Pace::Still),
        (_, Pace::Decay, _) | (_, _, Pace::Decay) => None,
        (Arithmetic::Add, Pace::Clock, Pace::Still) | (Arithmetic::Add, Pace::Still, Pace::Clock) => Some(Pace::Clock),
        (Arithmetic::Subtract, Pace::Clock, Pace::Still) => Some(Pace::Clock),
        (Arithmetic::Subtract, Pace::Clock, Pace::Clock) => Some(Pace::Still),
        (Arithmetic::Add | Arithmetic::Subtract, ..) => Some(Pace::Even),
        (Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo, ..) => None,
    }
}

/// The pace of what is one or the other.
fn either(one: Pace, other: Pace) -> Option<Pace> {
    match (one, other) {
        (one, other) if one == other => Some(one),
        (Pace::Still, moving) | (moving, Pace::Still) => Some(moving),
        (Pace::Clock | Pace::Even, Pace::Clock | Pace::Even) => Some(Pace::Even),
        (Pace::Decay, _) | (_, Pace::Decay) => None,
    }
}
