//! Functions of values.

use super::expr::Expr;
use super::operate::{too_large, truncated};
use super::value::instant;
use super::words::Function;
use super::{EvalError, Value};
use crate::domain::campaign::LocalTime;
use crate::domain::time::{Span, Timestamp, local_date, local_instant};
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// Calls `function` with the values that `parts` came to.
pub(super) fn call<'a>(
    function: Function,
    values: Vec<Value<'a>>,
    parts: &[Expr],
    zone: &TimeZone,
) -> Result<Value<'a>, EvalError> {
    if function == Function::First {
        return Ok(values.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null));
    }
    match (function, values.as_slice(), parts) {
        (Function::StartsWith | Function::EndsWith | Function::Contains, [text, piece], [of, with]) => {
            let (text, piece) = (string(text, of)?, string(piece, with)?);
            Ok(Value::Bool(match function {
                Function::StartsWith => text.starts_with(piece),
                Function::EndsWith => text.ends_with(piece),
                _ => text.contains(piece),
            }))
        }
        (Function::At, [time, day], [of_time, of_day]) => at(string(time, of_time)?, day, of_day, zone),
        (_, [value], [of]) => of_one(function, value, of, zone),
        _ => Err(EvalError(format!(
            "`{}` does not take {} arguments",
            function.name(),
            values.len()
        ))),
    }
}

fn of_one<'a>(function: Function, value: &Value<'a>, of: &Expr, zone: &TimeZone) -> Result<Value<'a>, EvalError> {
    match function {
        Function::Size => size(value, of),
        Function::String => to_string(value, of),
        Function::Int => to_int(value, of),
        Function::Double => to_double(value, of),
        Function::Timestamp => to_time(value, of, zone),
        Function::Duration => to_span(value, of),
        Function::Days => units(value, of, 86_400_000),
        Function::Hours => units(value, of, 3_600_000),
        Function::Minutes => units(value, of, 60_000),
        Function::Year
        | Function::Month
        | Function::Day
        | Function::Weekday
        | Function::Hour
        | Function::Minute
        | Function::Date => calendar(function, value, of, zone),
        Function::Lower => Ok(Value::String(Cow::Owned(string(value, of)?.to_lowercase()))),
        Function::Round => match value {
            Value::Int(number) => Ok(Value::Int(*number)),
            Value::Double(number) => truncated(number.round()).map(Value::Int).ok_or_else(too_large),
            other => Err(EvalError::kind(of, other, "a number")),
        },
        Function::First | Function::At | Function::StartsWith | Function::EndsWith | Function::Contains => {
            Err(EvalError(format!("`{}` does not take one argument", function.name())))
        }
    }
}

fn string<'v>(value: &'v Value<'_>, of: &Expr) -> Result<&'v str, EvalError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(EvalError::kind(of, other, "text")),
    }
}

fn size<'a>(value: &Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Map(properties) => properties.len(),
        other => other
            .list_len()
            .ok_or_else(|| EvalError::kind(of, other, "a list or text"))?,
    };
    i64::try_from(size).map(Value::Int).map_err(|_| too_large())
}

fn to_string<'a>(value: &Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    let text = match value {
        Value::String(text) => return Ok(Value::String(text.clone())),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Time(at) => at.to_string(),
        Value::Span(span) => span.to_string(),
        other => return Err(EvalError::kind(of, other, "something that can be written as text")),
    };
    Ok(Value::String(Cow::Owned(text)))
}

fn to_int<'a>(value: &Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    match value {
        Value::Int(number) => Ok(Value::Int(*number)),
        Value::Double(number) => truncated(*number).map(Value::Int).ok_or_else(too_large),
        Value::String(text) => text
            .parse()
            .map(Value::Int)
            .map_err(|_| EvalError(format!("`{of}` is not a whole number"))),
        Value::Time(at) => Ok(Value::Int(at.as_second())),
        other => Err(EvalError::kind(of, other, "a number, text or a point in time")),
    }
}

fn to_double<'a>(value: &Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    match value {
        Value::String(text) => text
            .parse()
            .map(Value::Double)
            .map_err(|_| EvalError(format!("`{of}` is not a number"))),
        other => match other.as_number() {
            Some(number) => Ok(Value::Double(number)),
            None => Err(EvalError::kind(of, other, "a number or text")),
        },
    }
}

fn to_time<'a>(value: &Value<'a>, of: &Expr, zone: &TimeZone) -> Result<Value<'a>, EvalError> {
    match value {
        Value::Time(at) => Ok(Value::Time(*at)),
        Value::String(text) => instant(text, zone).map(Value::Time).ok_or_else(|| {
            EvalError(format!(
                "`{of}` is not a point in time such as `2026-03-01T10:00:00Z` or `2026-03-01`"
            ))
        }),
        Value::Int(seconds) => Timestamp::from_second(*seconds)
            .map(Value::Time)
            .map_err(|_| too_large()),
        other => Err(EvalError::kind(of, other, "text")),
    }
}

/// A time of day on the day of an instant, where the person lives.
fn at<'a>(time: &str, day: &Value<'_>, of: &Expr, zone: &TimeZone) -> Result<Value<'a>, EvalError> {
    let time = LocalTime::parse(time).map_err(EvalError)?;
    let day = day
        .as_time(zone)
        .ok_or_else(|| EvalError::kind(of, day, "a point in time"))?;
    Ok(Value::Time(local_instant(local_date(day, zone), time.civil(), zone)))
}

/// What a calendar on the person's wall and the clock beside it say at a point in time.
fn calendar<'a>(function: Function, value: &Value<'_>, of: &Expr, zone: &TimeZone) -> Result<Value<'a>, EvalError> {
    let at = value
        .as_time(zone)
        .ok_or_else(|| EvalError::kind(of, value, "a point in time"))?;
    let local = at.to_zoned(zone.clone());
    Ok(Value::Int(match function {
        Function::Year => local.year().into(),
        Function::Month => local.month().into(),
        Function::Day => local.day().into(),
        Function::Weekday => local.weekday().to_monday_one_offset().into(),
        Function::Hour => local.hour().into(),
        Function::Minute => local.minute().into(),
        _ => return Ok(Value::String(Cow::Owned(local.date().to_string()))),
    }))
}

fn to_span<'a>(value: &Value<'a>, of: &Expr) -> Result<Value<'a>, EvalError> {
    match value {
        Value::Span(span) => Ok(Value::Span(*span)),
        Value::String(text) => length(text)
            .map(Value::Span)
            .ok_or_else(|| EvalError(format!("`{of}` is not a length of time such as `1h30m`"))),
        other => Err(EvalError::kind(of, other, "text")),
    }
}

/// A length of time as CEL's `duration` writes it: like ours, with a sign and fractions too.
fn length(text: &str) -> Option<Span> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    if rest.is_empty() {
        return None;
    }
    if rest == "0" {
        return Some(Span::from_millis(0));
    }
    let mut millis = 0.0;
    while !rest.is_empty() {
        let letters = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at(letters);
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return None;
        }
        let one = Span::parse(&format!("1{unit}")).ok()?;
        #[allow(clippy::cast_precision_loss)] // a unit is a small number
        let unit_millis = one.millis as f64;
        millis += number.parse::<f64>().ok()? * unit_millis;
        rest = tail;
    }
    truncated(sign * millis.round()).map(Span::from_millis)
}

fn units<'a>(value: &Value<'a>, of: &Expr, unit_millis: i64) -> Result<Value<'a>, EvalError> {
    let millis = match value {
        Value::Int(count) => count.checked_mul(unit_millis),
        #[allow(clippy::cast_precision_loss)] // a unit is a small number
        Value::Double(count) => truncated((count * unit_millis as f64).round()),
        other => return Err(EvalError::kind(of, other, "a number")),
    };
    millis
        .map(|millis| Value::Span(Span::from_millis(millis)))
        .ok_or_else(too_large)
}
