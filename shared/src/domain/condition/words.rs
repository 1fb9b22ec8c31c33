//! The words that expressions are made of.

use serde::{Deserialize, Serialize};

/// Names that are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Var {
    /// The moment of the look.
    Now,
    /// Properties of the event looked at; in steps, of the trigger.
    Event,
    /// When that event happened.
    EventTime,
    /// The element that an `each` entered for.
    Item,
    /// The enrollment's key.
    Key,
    /// The person's traits.
    Profile,
}

impl Var {
    /// Every one of them.
    pub const ALL: [Self; 6] = [
        Self::Now,
        Self::Event,
        Self::EventTime,
        Self::Item,
        Self::Key,
        Self::Profile,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Event => "event",
            Self::EventTime => "event_time",
            Self::Item => "item",
            Self::Key => "key",
            Self::Profile => "profile",
        }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Equal; values of different kinds are not.
    #[serde(rename = "==")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    AtMost,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    AtLeast,
}

impl Comparison {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// How two values are calculated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    /// Sum; joins strings and lists; moves instants.
    #[serde(rename = "+")]
    Add,
    /// Difference.
    #[serde(rename = "-")]
    Subtract,
    /// Product.
    #[serde(rename = "*")]
    Multiply,
    /// Quotient; of whole numbers without the rest.
    #[serde(rename = "/")]
    Divide,
    /// Rest of a whole division.
    #[serde(rename = "%")]
    Modulo,
}

impl Arithmetic {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

/// What is asked of a list's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    /// Whether the body holds for all of them.
    All,
    /// Whether it holds for any.
    Exists,
    /// Whether it holds for exactly one.
    ExistsOne,
    /// Those for which it holds.
    Filter,
}

impl Quantifier {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::All, Self::Exists, Self::ExistsOne, Self::Filter];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Filter => "filter",
        }
    }
}

/// Functions of values alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `size(x)`: elements of a list, entries of a map, characters of a string.
    Size,
    /// `x.startsWith(y)`.
    StartsWith,
    /// `x.endsWith(y)`.
    EndsWith,
    /// `x.contains(y)`.
    Contains,
    /// `string(x)`.
    String,
    /// `int(x)`: towards zero; of an instant, seconds since 1970.
    Int,
    /// `double(x)`.
    Double,
    /// `timestamp(x)`: an RFC 3339 text, a date (local midnight), or seconds since 1970.
    Timestamp,
    /// `duration(x)`: `1h30m`, `90s`.
    Duration,
    /// `days(n)`, of 24 hours.
    Days,
    /// `hours(n)`.
    Hours,
    /// `minutes(n)`.
    Minutes,
    /// `first(a, b, …)`: the first that is not null.
    First,
}

impl Function {
    /// Every one of them.
    pub const ALL: [Self; 13] = [
        Self::Size,
        Self::StartsWith,
        Self::EndsWith,
        Self::Contains,
        Self::String,
        Self::Int,
        Self::Double,
        Self::Timestamp,
        Self::Duration,
        Self::Days,
        Self::Hours,
        Self::Minutes,
        Self::First,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
            Self::String => "string",
            Self::Int => "int",
            Self::Double => "double",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Days => "days",
            Self::Hours => "hours",
            Self::Minutes => "minutes",
            Self::First => "first",
        }
    }
}
