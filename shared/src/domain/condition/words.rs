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
    /// What it is called.
    EventName,
    /// The element that an `each` entered for.
    Item,
    /// The enrollment's key.
    Key,
    /// The person's traits.
    Profile,
    /// The traits of the person's account.
    Account,
    /// The code that the enrollment's last offer gave.
    Offer,
    /// What a service answered to the enrollment's last call, or what its last wait heard.
    Answer,
}

impl Var {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::Now,
        Self::Event,
        Self::EventTime,
        Self::EventName,
        Self::Item,
        Self::Key,
        Self::Profile,
        Self::Account,
        Self::Offer,
        Self::Answer,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Event => "event",
            Self::EventTime => "event_time",
            Self::EventName => "event_name",
            Self::Item => "item",
            Self::Key => "key",
            Self::Profile => "profile",
            Self::Account => "account",
            Self::Offer => "offer",
            Self::Answer => "answer",
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
    /// The one that says the same of the sides exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
        }
    }

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
    /// `year(t)`, in the person's own time zone, as in all of these that follow.
    Year,
    /// `month(t)`: 1 to 12.
    Month,
    /// `day(t)`: of the month, 1 to 31.
    Day,
    /// `weekday(t)`: 1 for Monday to 7 (ISO 8601).
    Weekday,
    /// `hour(t)`: 0 to 23.
    Hour,
    /// `minute(t)`: 0 to 59.
    Minute,
    /// `date(t)`: text such as `2026-03-01`.
    Date,
    /// `at("10:00", t)`: that time on the day of `t`.
    At,
    /// `lower(text)`: in small letters.
    Lower,
    /// `round(x)`: the nearest whole number, halves away from zero.
    Round,
}

impl Function {
    /// Every one of them.
    pub const ALL: [Self; 23] = [
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
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Weekday,
        Self::Hour,
        Self::Minute,
        Self::Date,
        Self::At,
        Self::Lower,
        Self::Round,
    ];

    /// Whether what it gives depends on the person's time zone.
    pub const fn is_local(self) -> bool {
        match self {
            Self::Timestamp
            | Self::Year
            | Self::Month
            | Self::Day
            | Self::Weekday
            | Self::Hour
            | Self::Minute
            | Self::Date
            | Self::At => true,
            Self::Size
            | Self::StartsWith
            | Self::EndsWith
            | Self::Contains
            | Self::String
            | Self::Int
            | Self::Double
            | Self::Duration
            | Self::Days
            | Self::Hours
            | Self::Minutes
            | Self::First
            | Self::Lower
            | Self::Round => false,
        }
    }

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
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Date => "date",
            Self::At => "at",
            Self::Lower => "lower",
            Self::Round => "round",
        }
    }

    /// Whether it asks the person's calendar or clock about an instant, its last argument.
    pub(super) const fn is_calendar(self) -> bool {
        self.is_local() && !matches!(self, Self::Timestamp)
    }
}
