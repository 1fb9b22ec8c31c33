//! Evaluation: from a tree and a scope to a value.

use super::each::Bound;
use super::expr::{DEPTH_MAX, Expr};
use super::measure::Own;
use super::words::{Quantifier, Var};
use super::{Scope, Value, call, operate};
use crate::domain::event::Properties;
use std::borrow::Cow;
use std::cell::Cell;

/// How deep evaluation goes, through segments that name segments: eight full trees.
const EVALUATION_DEPTH_MAX: u16 = 8 * DEPTH_MAX;

/// How many elements the loops of one evaluation look at, together: loops in loops over a large
/// event must not hold up everybody else.
pub(super) const ELEMENTS_MAX: u32 = 100_000;

/// Why an expression has no value: in words for the campaign's owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);

impl EvalError {
    /// `expr` came to a value of a kind that does not serve where `expected` does.
    pub(super) fn kind(expr: &Expr, found: &Value<'_>, expected: &str) -> Self {
        if found.is_null() {
            Self(format!("`{expr}` is missing, expected {expected}"))
        } else {
            Self(format!("`{expr}` is {}, expected {expected}", found.kind()))
        }
    }
}

impl Expr {
    /// What it comes to in this scope.
    pub fn eval<'a>(&'a self, scope: &Scope<'a>) -> Result<Value<'a>, EvalError> {
        Run::of(scope, &Cell::new(ELEMENTS_MAX)).eval(self)
    }

    /// Whether it holds. An expression that comes to anything but yes or no is an error.
    pub fn test(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        Run::of(scope, &Cell::new(ELEMENTS_MAX)).test(self)
    }
}

/// One evaluation at one level of the tree.
#[derive(Clone, Copy)]
pub(super) struct Run<'r, 'a> {
    pub(super) scope: &'r Scope<'a>,
    pub(super) bound: Option<&'r Bound<'r, 'a>>,
    /// The event that an aggregate looks at.
    pub(super) own: Option<Own<'a>>,
    pub(super) depth: u16,
    /// Elements that loops may still look at.
    pub(super) left: &'r Cell<u32>,
}

impl<'r, 'a> Run<'r, 'a> {
    pub(super) fn of(scope: &'r Scope<'a>, left: &'r Cell<u32>) -> Self {
        Self {
            scope,
            bound: None,
            own: None,
            depth: 0,
            left,
        }
    }

    pub(super) fn eval(&self, expr: &'a Expr) -> Result<Value<'a>, EvalError> {
        let within = self.deeper()?;
        match expr {
            Expr::Literal(literal) => Ok(Value::from(literal)),
            Expr::Span(span) => Ok(Value::Span(*span)),
            Expr::Var(var) => Ok(self.var(*var)),
            Expr::Bound(index) => self.bound(*index),
            Expr::Items(name) => Ok(match self.scope.lists.get(name) {
                Some(list) => Value::Items(list),
                None => Value::List(Vec::new()),
            }),
            Expr::ListKey(name) => Ok(match self.scope.lists.get(name).and_then(|list| list.key.as_deref()) {
                Some(key) => Value::String(Cow::Borrowed(key)),
                None => Value::Null,
            }),
            Expr::Field(operand, name) => within.property(operand, name),
            Expr::Has(operand, name) => Ok(Value::Bool(!within.property(operand, name)?.is_null())),
            Expr::Index(operand, index) => within.index(operand, index),
            Expr::List(parts) => Ok(Value::List(within.all(parts)?)),
            Expr::Negate(operand) => operate::negate(within.eval(operand)?, operand),
            Expr::Choose(test, then, otherwise) => {
                if within.test(test)? {
                    within.eval(then)
                } else {
                    within.eval(otherwise)
                }
            }
            Expr::Calculate(how, left, right) => {
                operate::calculate(*how, within.eval(left)?, within.eval(right)?, (left, right))
            }
            Expr::Each(Quantifier::Filter, range, body) => within.filter(range, body),
            Expr::Map(range, filter, body) => within.map(range, filter.as_deref(), body),
            Expr::Aggregate(aggregate) => within.aggregate(aggregate),
            Expr::Own(name) => self.own(name),
            Expr::Score(name) => within.score(name),
            Expr::Moment => Ok(within
                .moment()
                .map_or(Value::Null, |moment| Value::String(Cow::Borrowed(moment.kind.name())))),
            Expr::MomentConfidence => Ok(Value::Double(within.moment().map_or(0.0, |moment| moment.confidence))),
            Expr::Call(function, parts) => call::call(*function, within.all(parts)?, parts, self.scope.zone),
            Expr::Segment(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare(..)
            | Expr::In(..)
            | Expr::Each(..) => self.test(expr).map(Value::Bool),
        }
    }

    /// The expressions that are yes or no have their home here, so that conditions, which are
    /// made of them, carry no values about.
    pub(super) fn test(&self, expr: &'a Expr) -> Result<bool, EvalError> {
        let within = self.deeper()?;
        match expr {
            Expr::Segment(name) => within.segment(name),
            Expr::Not(operand) => Ok(!within.test(operand)?),
            Expr::And(parts) => within.settled(parts, false),
            Expr::Or(parts) => within.settled(parts, true),
            Expr::Compare(how, left, right) => {
                operate::compare(*how, &within.eval(left)?, &within.eval(right)?, (left, right))
            }
            Expr::In(left, right) => operate::contained(&within.eval(left)?, &within.eval(right)?, (left, right)),
            Expr::Each(Quantifier::All, range, body) => within.any(range, body, false),
            Expr::Each(Quantifier::Exists, range, body) => within.any(range, body, true),
            Expr::Each(Quantifier::ExistsOne, range, body) => within.exactly_one(range, body),
            Expr::Literal(_)
            | Expr::Span(_)
            | Expr::Var(_)
            | Expr::Bound(_)
            | Expr::Items(_)
            | Expr::ListKey(_)
            | Expr::Field(..)
            | Expr::Has(..)
            | Expr::Index(..)
            | Expr::List(_)
            | Expr::Negate(_)
            | Expr::Choose(..)
            | Expr::Calculate(..)
            | Expr::Each(..)
            | Expr::Map(..)
            | Expr::Aggregate(_)
            | Expr::Own(_)
            | Expr::Score(_)
            | Expr::Moment
            | Expr::MomentConfidence
            | Expr::Call(..) => match within.eval(expr)? {
                Value::Bool(value) => Ok(value),
                other => Err(EvalError::kind(expr, &other, "true or false")),
            },
        }
    }

    pub(super) fn deeper(&self) -> Result<Self, EvalError> {
        if self.depth >= EVALUATION_DEPTH_MAX {
            return Err(EvalError("conditions are nested too deep".to_owned()));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..*self
        })
    }

    fn var(&self, var: Var) -> Value<'a> {
        match var {
            Var::Now => Value::Time(self.scope.now),
            Var::Event => Value::Map(self.scope.event),
            Var::EventTime => Value::Time(self.scope.event_time),
            Var::EventName => Value::String(Cow::Borrowed(self.scope.event_name)),
            Var::Item => self.scope.item.map_or(Value::Null, Value::of),
            Var::Key => Value::String(Cow::Borrowed(self.scope.key)),
            Var::Profile => Value::Map(self.scope.traits),
            Var::Account => Value::Map(self.scope.account),
            Var::Offer => self.scope.offer.map_or(Value::Null, Value::of),
            Var::Answer => self.scope.answer.map_or(Value::Null, Value::of),
        }
    }

    fn property(&self, operand: &'a Expr, name: &str) -> Result<Value<'a>, EvalError> {
        let found = match self.eval(operand)? {
            Value::Map(properties) => properties.get(name),
            Value::Null => None,
            other => return Err(EvalError::kind(operand, &other, &format!("something with a `{name}`"))),
        };
        Ok(found.map_or(Value::Null, Value::of))
    }

    fn index(&self, operand: &'a Expr, index: &'a Expr) -> Result<Value<'a>, EvalError> {
        let (whole, place) = (self.eval(operand)?, self.eval(index)?);
        match (&whole, &place) {
            (Value::Map(properties), Value::String(name)) => Ok(properties.get(&**name).map_or(Value::Null, Value::of)),
            (Value::Null, _) => Err(EvalError::kind(operand, &whole, "a list or a group of properties")),
            _ => {
                let Some(len) = whole.list_len() else {
                    return Err(EvalError::kind(operand, &whole, "a list or a group of properties"));
                };
                let Some(number) = operate::whole(&place) else {
                    return Err(EvalError::kind(index, &place, "a whole number"));
                };
                usize::try_from(number)
                    .ok()
                    .and_then(|number| whole.element(number))
                    .ok_or_else(|| EvalError(format!("`{operand}` has {len} elements, there is none at {number}")))
            }
        }
    }

    fn all(&self, parts: &'a [Expr]) -> Result<Vec<Value<'a>>, EvalError> {
        parts.iter().map(|part| self.eval(part)).collect()
    }

    /// Whether any part comes to `settles`, which decides it all; otherwise the first error counts.
    fn settled(&self, parts: &'a [Expr], settles: bool) -> Result<bool, EvalError> {
        let mut wrong = None;
        for part in parts {
            match self.test(part) {
                Ok(value) if value == settles => return Ok(settles),
                Ok(_) => {}
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        wrong.map_or(Ok(!settles), Err)
    }

    fn segment(&self, name: &str) -> Result<bool, EvalError> {
        let Some(segment) = self.scope.segments.get(name) else {
            return Err(EvalError(format!("there is no segment `{name}`")));
        };
        self.of_profile_alone(|run| run.test(segment))
            .map_err(|error| EvalError(format!("in segment `{name}`: {error}")))
    }

    /// Looks at something that is said of a profile, whatever event came last.
    pub(super) fn of_profile_alone<T>(&self, look: impl FnOnce(&Run<'_, '_>) -> T) -> T {
        let nothing = Properties::new();
        let scope = Scope {
            event: &nothing,
            event_name: "",
            item: None,
            offer: None,
            answer: None,
            key: "",
            ..*self.scope
        };
        look(&Run {
            scope: &scope,
            bound: None,
            own: None,
            depth: self.depth,
            left: self.left,
        })
    }
}
