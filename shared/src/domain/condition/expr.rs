//! The stored tree of a condition.

use super::aggregate::Aggregate;
use super::words::{Arithmetic, Comparison, Function, Quantifier, Var};
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
    /// `count(event, window)` and its like: what earlier events come to.
    Aggregate(Box<Aggregate>),
    /// A bare name in an aggregate: a property of the event that is counted.
    Own(String),
    /// `score("readiness")`: 0 to 100.
    Score(String),
    /// `moment()`: what the person wants just now, in a word; null where nothing tells.
    Moment,
    /// `moment_confidence()`: the share of what tells so, 0 to 1; 0 where nothing tells.
    MomentConfidence,
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
            | Self::Own(_)
            | Self::Score(_)
            | Self::Moment
            | Self::MomentConfidence => Vec::new(),
            // What is told by the counted event alone was looked at when it came.
            Self::Aggregate(aggregate) => aggregate.asks.iter().collect(),
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
