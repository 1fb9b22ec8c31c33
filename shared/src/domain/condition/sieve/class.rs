//! Classes of values: what is found at a place is of one of few, and no condition that is sifted tells two values of one
//! class apart. There is one for every value that a condition writes out and one for whatever lies between two of them.

use crate::domain::condition::words::Comparison;
use crate::domain::condition::{Literal, operate};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// The class of a value at one place: its kind and, among numbers and texts, how many of those written out it is behind:
/// what is at such a one is odd, what lies between even.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(u64);

/// Where the kind begins.
const KIND: u32 = 56;

impl Class {
    /// Nobody has looked.
    pub const UNSEEN: Self = Self::first(0);
    /// Looking there is an error.
    pub const ERROR: Self = Self::first(1);
    /// There is nothing.
    pub const NULL: Self = Self::first(2);
    pub const FALSE: Self = Self::first(3);
    pub const TRUE: Self = Self(Self::FALSE.0 + 1);
    const ARRAY: Self = Self::first(4);
    const OBJECT: Self = Self::first(5);
    /// Numbers that are less than all that are written out.
    const NUMBER: Self = Self::first(6);
    /// The like of texts.
    const TEXT: Self = Self::first(7);

    /// Where something begins that conditions may tell from what is before it, whatever they write out.
    pub const FIRSTS: [Self; 8] = [
        Self::ERROR,
        Self::NULL,
        Self::FALSE,
        Self::TRUE,
        Self::ARRAY,
        Self::OBJECT,
        Self::NUMBER,
        Self::TEXT,
    ];

    const fn first(kind: u64) -> Self {
        Self(kind << KIND)
    }

    const fn boolean(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// At the place that a search in a sorted list tells.
    fn among(first: Self, found: Result<usize, usize>) -> Self {
        let behind = match found {
            Ok(place) => 2 * place + 1,
            Err(place) => 2 * place,
        };
        Self(first.0 + behind as u64)
    }

    /// The next one of its kind.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether a value of this class compares so with one that is written out and of the other; nothing where that is an error.
    pub fn holds(self, how: Comparison, written: Self) -> Option<bool> {
        if self == Self::ERROR {
            return None;
        }
        match how {
            Comparison::Equal => Some(self == written),
            Comparison::NotEqual => Some(self != written),
            Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => {
                let kind = self.0 >> KIND;
                let ordered = kind == written.0 >> KIND && self != Self::NULL;
                ordered.then(|| operate::is_met(how, self.cmp(&written)))
            }
        }
    }
}

/// What conditions write out for what is at a place, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    numbers: Vec<Number>,
    texts: Vec<String>,
}

impl Classes {
    /// Puts in one more.
    pub fn note(&mut self, literal: &Literal) {
        match literal {
            Literal::Null | Literal::Bool(_) => {}
            Literal::Int(number) => self.note_number(Number::Int(*number)),
            Literal::Double(number) => self.note_number(Number::Double(*number)),
            Literal::String(text) => {
                if let Err(place) = self.search_text(text) {
                    self.texts.insert(place, text.clone());
                }
            }
        }
    }

    fn note_number(&mut self, number: Number) {
        if let Err(place) = self.search_number(number) {
            self.numbers.insert(place, number);
        }
    }

    pub fn of_literal(&self, literal: &Literal) -> Class {
        match literal {
            Literal::Null => Class::NULL,
            Literal::Bool(value) => Class::boolean(*value),
            Literal::Int(number) => self.of_number(Number::Int(*number)),
            Literal::Double(number) => self.of_number(Number::Double(*number)),
            Literal::String(text) => self.of_text(text),
        }
    }

    /// Of what is there: nothing is as good as null.
    pub fn of(&self, found: Option<&Json>) -> Class {
        match found {
            None | Some(Json::Null) => Class::NULL,
            Some(Json::Bool(value)) => Class::boolean(*value),
            Some(Json::Array(_)) => Class::ARRAY,
            Some(Json::Object(_)) => Class::OBJECT,
            Some(Json::String(text)) => self.of_text(text),
            Some(Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => self.of_number(Number::Int(number)),
                (None, Some(number)) => self.of_number(Number::Double(number)),
                (None, None) => Class::NULL,
            },
        }
    }

    fn of_number(&self, number: Number) -> Class {
        Class::among(Class::NUMBER, self.search_number(number))
    }

    fn of_text(&self, text: &str) -> Class {
        Class::among(Class::TEXT, self.search_text(text))
    }

    fn search_number(&self, number: Number) -> Result<usize, usize> {
        self.numbers.binary_search_by(|written| written.order(number))
    }

    fn search_text(&self, text: &str) -> Result<usize, usize> {
        self.texts.binary_search_by(|written| written.as_str().cmp(text))
    }
}

/// A number that is one.
#[derive(Debug, Clone, Copy)]
enum Number {
    Int(i64),
    Double(f64),
}

impl Number {
    fn order(self, other: Self) -> Ordering {
        let order = match (self, other) {
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(&other)),
            (Self::Double(one), Self::Double(other)) => one.partial_cmp(&other),
            (Self::Int(one), Self::Double(other)) => operate::int_with_double(one, other),
            (Self::Double(one), Self::Int(other)) => operate::int_with_double(other, one).map(Ordering::reverse),
        };
        // Conditions with what is no number are not sifted, and JSON has none.
        order.unwrap_or(Ordering::Equal)
    }
}
