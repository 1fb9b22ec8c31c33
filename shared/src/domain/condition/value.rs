//! What an expression comes to.

use super::expr::Literal;
use crate::domain::event::Properties;
use crate::domain::profile::List;
use crate::domain::time::{Span, Timestamp, local_instant};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::borrow::Cow;

/// A value, borrowed from the scope where it can be.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// Missing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    String(Cow<'a, str>),
    /// An instant.
    Time(Timestamp),
    /// A length of time.
    Span(Span),
    /// A list that was computed.
    List(Vec<Value<'a>>),
    /// A list as the event or the profile holds it.
    Array(&'a [Json]),
    /// What is on a profile's list.
    Items(&'a List),
    /// Named values as the event or the profile holds them.
    Map(&'a Properties),
}

impl<'a> Value<'a> {
    /// A JSON value. Whole numbers beyond 64 bits become fractional ones.
    pub fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) => Self::Int(value),
                (None, Some(value)) => Self::Double(value),
                (None, None) => Self::Null,
            },
            Json::String(value) => Self::String(Cow::Borrowed(value)),
            Json::Array(values) => Self::Array(values),
            Json::Object(values) => Self::Map(values),
        }
    }

    /// Whether it is missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of thing it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Double(_) => "a number",
            Self::String(_) => "text",
            Self::Time(_) => "a point in time",
            Self::Span(_) => "a length of time",
            Self::List(_) | Self::Array(_) | Self::Items(_) => "a list",
            Self::Map(_) => "a group of properties",
        }
    }

    /// As a key: texts, whole numbers, and yes or no; also numbers whose fraction is zero.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::String(text) => Some(text.clone().into_owned()),
            Self::Int(number) => Some(number.to_string()),
            Self::Double(number) if number.fract() == 0.0 && number.is_finite() => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Null
            | Self::Double(_)
            | Self::Time(_)
            | Self::Span(_)
            | Self::List(_)
            | Self::Array(_)
            | Self::Items(_)
            | Self::Map(_) => None,
        }
    }

    /// As an instant: one already, an RFC 3339 text, or a date, whose midnight in `zone` it is.
    /// Numbers are refused: nobody can tell seconds from milliseconds.
    pub fn as_time(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Time(at) => Some(*at),
            Self::String(text) => instant(text, zone),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Span(_)
            | Self::List(_)
            | Self::Array(_)
            | Self::Items(_)
            | Self::Map(_) => None,
        }
    }

    /// As a length of time: one already, or a text such as `1d12h`.
    pub fn as_span(&self) -> Option<Span> {
        match self {
            Self::Span(span) => Some(*span),
            Self::String(text) => Span::parse(text).ok(),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Time(_)
            | Self::List(_)
            | Self::Array(_)
            | Self::Items(_)
            | Self::Map(_) => None,
        }
    }

    /// As a number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss)] // a number for reports
            Self::Int(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            Self::Null
            | Self::Bool(_)
            | Self::String(_)
            | Self::Time(_)
            | Self::Span(_)
            | Self::List(_)
            | Self::Array(_)
            | Self::Items(_)
            | Self::Map(_) => None,
        }
    }

    /// As JSON: instants as RFC 3339 text, lengths of time as people write them, numbers that
    /// JSON cannot say as null.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Double(value) => Json::from(*value),
            Self::String(value) => Json::String(value.clone().into_owned()),
            Self::Time(at) => Json::String(at.to_string()),
            Self::Span(span) => Json::String(span.to_string()),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Array(values) => Json::Array(values.to_vec()),
            Self::Items(list) => list.items().cloned().collect(),
            Self::Map(values) => Json::Object((*values).clone()),
        }
    }

    /// How many elements a list has; nothing where it is none.
    pub(super) fn list_len(&self) -> Option<usize> {
        match self {
            Self::List(values) => Some(values.len()),
            Self::Array(values) => Some(values.len()),
            Self::Items(list) => Some(list.len()),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::String(_)
            | Self::Time(_)
            | Self::Span(_)
            | Self::Map(_) => None,
        }
    }

    /// An element of a list.
    pub(super) fn element(&self, index: usize) -> Option<Self> {
        match self {
            Self::List(values) => values.get(index).cloned(),
            Self::Array(values) => values.get(index).map(Self::of),
            Self::Items(list) => list.items().nth(index).map(Self::of),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::String(_)
            | Self::Time(_)
            | Self::Span(_)
            | Self::Map(_) => None,
        }
    }

    /// Elements of a list; none where it is no list.
    pub(super) fn elements(&self) -> impl Iterator<Item = Self> + '_ {
        let (own, array, items) = match self {
            Self::List(values) => (Some(values), None, None),
            Self::Array(values) => (None, Some(*values), None),
            Self::Items(list) => (None, None, Some(*list)),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::String(_)
            | Self::Time(_)
            | Self::Span(_)
            | Self::Map(_) => (None, None, None),
        };
        own.into_iter()
            .flatten()
            .cloned()
            .chain(array.into_iter().flatten().map(Self::of))
            .chain(items.into_iter().flat_map(List::items).map(Self::of))
    }
}

impl<'a> From<&'a Literal> for Value<'a> {
    fn from(literal: &'a Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Double(value) => Self::Double(*value),
            Literal::String(value) => Self::String(Cow::Borrowed(value)),
        }
    }
}

/// An RFC 3339 instant, or a date's midnight in `zone`.
pub(super) fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    // A date and nothing else: jiff would also take the date of a local date and time.
    if text.len() != "2026-03-01".len() {
        return None;
    }
    let date: Date = text.parse().ok()?;
    Some(local_instant(date, Time::midnight(), zone))
}
