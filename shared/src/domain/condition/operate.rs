//! What operators do with values.

use super::expr::Expr;
use super::words::{Arithmetic, Comparison};
use super::{EvalError, Value};
use crate::domain::time::{Span, Timestamp, between};
use jiff::SignedDuration;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The expressions whose values are worked on, for messages.
type Sides<'e> = (&'e Expr, &'e Expr);

/// `left how right`.
pub(super) fn compare(
    how: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    sides: Sides<'_>,
) -> Result<bool, EvalError> {
    holds(how, left, right).ok_or_else(|| incomparable(left, right, sides))
}

/// `left how right`; nothing where they cannot be compared.
pub(super) fn holds(how: Comparison, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    let order = match how {
        Comparison::Equal => return Some(equal(left, right)),
        Comparison::NotEqual => return Some(!equal(left, right)),
        Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => order(left, right)?,
    };
    // Nothing is known of a NaN: every comparison with it is false.
    Some(order.is_some_and(|order| is_met(how, order)))
}

/// Whether values in this order compare so.
pub(super) fn is_met(how: Comparison, order: Ordering) -> bool {
    match how {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
    }
}

/// Nothing where they have no order; nothing inside where nothing is known of it.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Option<Ordering>> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(Some(a.cmp(b))),
        (Value::Double(a), Value::Double(b)) => Some(a.partial_cmp(b)),
        (Value::Int(a), Value::Double(b)) => Some(int_with_double(*a, *b)),
        (Value::Double(a), Value::Int(b)) => Some(int_with_double(*b, *a).map(Ordering::reverse)),
        (Value::String(a), Value::String(b)) => Some(Some(a.cmp(b))),
        (Value::Bool(a), Value::Bool(b)) => Some(Some(a.cmp(b))),
        (Value::Time(a), Value::Time(b)) => Some(Some(a.cmp(b))),
        (Value::Span(a), Value::Span(b)) => Some(Some(a.cmp(b))),
        _ => None,
    }
}

fn incomparable(left: &Value<'_>, right: &Value<'_>, sides: Sides<'_>) -> EvalError {
    match (left, right) {
        (Value::Null, _) => missing(sides.0),
        (_, Value::Null) => missing(sides.1),
        _ => EvalError(format!(
            "`{}` is {} and `{}` is {}: they cannot be compared",
            sides.0,
            left.kind(),
            sides.1,
            right.kind()
        )),
    }
}

fn missing(side: &Expr) -> EvalError {
    EvalError(format!("`{side}` is missing"))
}

/// Exact, where turning the whole number into a fraction would round it.
pub(super) fn int_with_double(int: i64, double: f64) -> Option<Ordering> {
    /// 2⁶³: the first fraction beyond every whole number.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= BEYOND {
        Some(Ordering::Less)
    } else if double < -BEYOND {
        Some(Ordering::Greater)
    } else {
        #[allow(clippy::cast_possible_truncation)] // in range, and the rest is looked at below
        let whole = double.trunc() as i64;
        Some(
            int.cmp(&whole)
                .then_with(|| 0.0.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal)),
        )
    }
}

/// Whether two values are equal; those of different kinds are not.
pub(super) fn equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a == b,
        (Value::Int(a), Value::Double(b)) | (Value::Double(b), Value::Int(a)) => {
            int_with_double(*a, *b) == Some(Ordering::Equal)
        }
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Span(a), Value::Span(b)) => a == b,
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, one)| b.get(name).is_some_and(|other| same(one, other)))
        }
        _ => match (left.list_len(), right.list_len()) {
            (Some(a), Some(b)) => a == b && left.elements().zip(right.elements()).all(|(a, b)| equal(&a, &b)),
            _ => false,
        },
    }
}

fn same(one: &Json, other: &Json) -> bool {
    equal(&Value::of(one), &Value::of(other))
}

/// `left in right`.
pub(super) fn contained(left: &Value<'_>, right: &Value<'_>, sides: Sides<'_>) -> Result<bool, EvalError> {
    match right {
        Value::Map(properties) => match left {
            Value::String(name) => Ok(properties.contains_key(&**name)),
            _ => Ok(false),
        },
        _ if right.list_len().is_some() => Ok(right.elements().any(|element| equal(left, &element))),
        _ => Err(EvalError::kind(sides.1, right, "a list")),
    }
}

/// `-value`.
pub(super) fn negate<'a>(value: Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    match value {
        Value::Int(number) => number.checked_neg().map(Value::Int).ok_or_else(too_large),
        Value::Double(number) => Ok(Value::Double(-number)),
        Value::Span(span) => span
            .millis
            .checked_neg()
            .map(|millis| Value::Span(Span::from_millis(millis)))
            .ok_or_else(too_large),
        other => Err(EvalError::kind(of, &other, "a number or a length of time")),
    }
}

/// `left how right`.
pub(super) fn calculate<'a>(
    how: Arithmetic,
    left: Value<'a>,
    right: Value<'a>,
    sides: Sides<'_>,
) -> Result<Value<'a>, EvalError> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => ints(how, a, b).map(Value::Int),
        (Value::Double(a), Value::Double(b)) => doubles(how, a, b).map(Value::Double),
        #[allow(clippy::cast_precision_loss)] // as every spreadsheet does
        (Value::Int(a), Value::Double(b)) => doubles(how, a as f64, b).map(Value::Double),
        #[allow(clippy::cast_precision_loss)]
        (Value::Double(a), Value::Int(b)) => doubles(how, a, b as f64).map(Value::Double),
        (left, right) => match how {
            Arithmetic::Add => add(left, right, sides),
            Arithmetic::Subtract => subtract(&left, &right, sides),
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo => Err(unsuited(how, &left, &right, sides)),
        },
    }
}

fn add<'a>(left: Value<'a>, right: Value<'a>, sides: Sides<'_>) -> Result<Value<'a>, EvalError> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => Ok(Value::String(Cow::Owned(a.into_owned() + &b))),
        (Value::Time(at), Value::Span(span)) | (Value::Span(span), Value::Time(at)) => moved(at, span.millis),
        (Value::Span(a), Value::Span(b)) => span(a.millis.checked_add(b.millis)),
        (left, right) if left.list_len().is_some() && right.list_len().is_some() => {
            Ok(Value::List(left.elements().chain(right.elements()).collect()))
        }
        (left, right) => Err(unsuited(Arithmetic::Add, &left, &right, sides)),
    }
}

fn subtract<'a>(left: &Value<'a>, right: &Value<'a>, sides: Sides<'_>) -> Result<Value<'a>, EvalError> {
    match (left, right) {
        (Value::Time(a), Value::Time(b)) => Ok(Value::Span(between(*b, *a))),
        (Value::Time(at), Value::Span(span)) => match span.millis.checked_neg() {
            Some(millis) => moved(*at, millis),
            None => Err(too_large()),
        },
        (Value::Span(a), Value::Span(b)) => span(a.millis.checked_sub(b.millis)),
        _ => Err(unsuited(Arithmetic::Subtract, left, right, sides)),
    }
}

fn moved<'a>(at: Timestamp, millis: i64) -> Result<Value<'a>, EvalError> {
    at.checked_add(SignedDuration::from_millis(millis))
        .map(Value::Time)
        .map_err(|_| too_large())
}

fn span<'a>(millis: Option<i64>) -> Result<Value<'a>, EvalError> {
    millis
        .map(|millis| Value::Span(Span::from_millis(millis)))
        .ok_or_else(too_large)
}

fn unsuited(how: Arithmetic, left: &Value<'_>, right: &Value<'_>, sides: Sides<'_>) -> EvalError {
    if left.is_null() {
        missing(sides.0)
    } else if right.is_null() {
        missing(sides.1)
    } else {
        EvalError(format!(
            "`{}` is {} and `{}` is {}: `{}` does not work on them",
            sides.0,
            left.kind(),
            sides.1,
            right.kind(),
            how.symbol()
        ))
    }
}

fn ints(how: Arithmetic, a: i64, b: i64) -> Result<i64, EvalError> {
    if b == 0 && matches!(how, Arithmetic::Divide | Arithmetic::Modulo) {
        return Err(EvalError("a division by zero".to_owned()));
    }
    match how {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.checked_rem(b),
    }
    .ok_or_else(too_large)
}

fn doubles(how: Arithmetic, a: f64, b: f64) -> Result<f64, EvalError> {
    match how {
        Arithmetic::Add => Ok(a + b),
        Arithmetic::Subtract => Ok(a - b),
        Arithmetic::Multiply => Ok(a * b),
        Arithmetic::Divide => Ok(a / b),
        Arithmetic::Modulo => Err(EvalError("`%` works on whole numbers only".to_owned())),
    }
}

/// The result is beyond what a number or an instant can be.
pub(super) fn too_large() -> EvalError {
    EvalError("a result is too large".to_owned())
}

/// A whole number, also one that is written with a fraction of zero.
pub(super) fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Double(number) => truncated(*number).filter(|_| number.fract() == 0.0),
        _ => None,
    }
}

/// A number without its fraction, where it is one of 64 bits.
pub(super) fn truncated(number: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // in range by the comparison
    (number.abs() < 9_223_372_036_854_775_808.0).then_some(number as i64)
}
