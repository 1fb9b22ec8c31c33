//! The stored tree of a condition.

use crate::domain::time::Span;
use serde::{Deserialize, Serialize};

/// Deepest nesting of a stored expression. As JSON each level is two deep, and a reader of JSON
/// stops at 128.
pub const DEPTH_MAX: u16 = 48;

/// A checked expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A value written out.
    #[serde(rename = "lit")]
    Literal(Literal),
    /// A length of time written out.
    Span(Span),
    /// One of the names that are always there.
    Var(Var),
    /// The variable of an enclosing [`Expr::Each`] or [`Expr::Map`]: 0 is the innermost.
    Bound(u8),
    /// What is on a list: `cart.items`.
    Items(String),
    /// Which list it is: `cart.key`.
    ListKey(String),
    /// Whether the profile is in a segment.
    Segment(String),
    /// `operand.name`; null where it is missing.
    Field(Box<Expr>, String),
    /// `has(operand.name)`: there and not null.
    Has(Box<Expr>, String),
    /// `operand[index]`.
    Index(Box<Expr>, Box<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    #[serde(rename = "neg")]
    Negate(Box<Expr>),
    /// `a && b && …`: false as soon as one is, whatever errors the others make.
    And(Vec<Expr>),
    /// `a || b || …`: true as soon as one is, whatever errors the others make.
    Or(Vec<Expr>),
    /// `condition ? then : otherwise`.
    #[serde(rename = "if")]
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a < b` and its like.
    #[serde(rename = "cmp")]
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a + b` and its like.
    #[serde(rename = "calc")]
    Calculate(Arithmetic, Box<Expr>, Box<Expr>),
    /// `a in b`.
    In(Box<Expr>, Box<Expr>),
    /// `list.all(x, body)` and its like.
    Each(Quantifier, Box<Expr>, Box<Expr>),
    /// `list.map(x, body)` or `list.map(x, filter, body)`: range, filter, body.
    Map(Box<Expr>, Option<Box<Expr>>, Box<Expr>),
    /// `count(event, window)`: how often it happened in `(now − window, now]`.
    Count(String, Span),
    /// `last(event)`: when it happened last; null for never.
    Last(String),
    /// Any other function.
    Call(Function, Vec<Expr>),
}

/// A value written out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`.
    Bool(bool),
    /// `42`.
    Int(i64),
    /// `0.8`.
    Double(f64),
    /// `"promo"`.
    String(String),
}

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

impl Expr {
    /// A property of the event, the item or the profile: `event.total`.
    pub fn property(of: Var, name: &str) -> Self {
        Self::Field(Box::new(Self::Var(of)), name.to_owned())
    }

    /// A whole number written out.
    pub fn int(number: i64) -> Self {
        Self::Literal(Literal::Int(number))
    }

    /// A text written out.
    pub fn text(text: &str) -> Self {
        Self::Literal(Literal::String(text.to_owned()))
    }

    /// The expressions it is made of.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_)
            | Self::Span(_)
            | Self::Var(_)
            | Self::Bound(_)
            | Self::Items(_)
            | Self::ListKey(_)
            | Self::Segment(_)
            | Self::Count(..)
            | Self::Last(_) => Vec::new(),
            Self::Field(a, _) | Self::Has(a, _) | Self::Not(a) | Self::Negate(a) => vec![a],
            Self::Index(a, b)
            | Self::Compare(_, a, b)
            | Self::Calculate(_, a, b)
            | Self::In(a, b)
            | Self::Each(_, a, b) => vec![a, b],
            Self::Choose(a, b, c) => vec![a, b, c],
            Self::Map(a, filter, b) => std::iter::once(&**a)
                .chain(filter.as_deref())
                .chain(std::iter::once(&**b))
                .collect(),
            Self::List(parts) | Self::And(parts) | Self::Or(parts) | Self::Call(_, parts) => parts.iter().collect(),
        }
    }
}
