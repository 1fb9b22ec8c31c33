//! What is known of a value before it is there.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A kind of value. Every value may also be missing: null.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Nothing is known.
    Any,
    /// Missing for sure.
    Null,
    /// Yes or no.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A text that says an instant or a date.
    Moment,
    /// An instant.
    Time,
    /// A length of time.
    Span,
    /// A list of such values.
    List(Box<Type>),
    /// Named values.
    Map(Arc<Shape>),
}

/// Which named values there are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// Whose they are, for messages: `event` `Order Completed`.
    pub label: String,
    /// The known ones.
    pub fields: BTreeMap<String, Type>,
    /// There may be others.
    pub open: bool,
    /// How a missing one is declared, for messages.
    pub declare: &'static str,
}

impl Type {
    /// A list of `element`s.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Moment => "text that says a time",
            Self::Time => "a point in time",
            Self::Span => "a length of time",
            Self::List(_) => "a list",
            Self::Map(_) => "a group of properties",
        }
    }

    /// Whether a value of this type may be of the other as well.
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::Text | Self::Moment, Self::Text | Self::Moment) => true,
            (Self::List(a), Self::List(b)) => a.fits(b),
            (Self::Map(_), Self::Map(_)) => true,
            _ => self == other,
        }
    }

    /// The type of a value that is of one or the other.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Text, Self::Moment) | (Self::Moment, Self::Text) => Self::Text,
            (Self::List(a), Self::List(b)) => Self::list(a.join(*b)),
            (Self::Map(a), Self::Map(b)) => Self::Map(Arc::new(a.join(&b))),
            (a, b) if a == b => a,
            _ => Self::Any,
        }
    }

    /// Whether values of this type have an order.
    pub fn ordered(&self) -> bool {
        !matches!(self, Self::Null | Self::List(_) | Self::Map(_))
    }
}

impl Shape {
    /// What is known where it may be this one or the other: every property of either.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut fields = self.fields.clone();
        for (name, kind) in &other.fields {
            let joined = match fields.remove(name) {
                Some(known) => known.join(kind.clone()),
                None => kind.clone(),
            };
            fields.insert(name.clone(), joined);
        }
        Self {
            label: if self.label == other.label {
                self.label.clone()
            } else {
                format!("{} or {}", self.label, other.label)
            },
            fields,
            open: self.open || other.open,
            declare: if self.declare.is_empty() {
                other.declare
            } else {
                self.declare
            },
        }
    }
}
