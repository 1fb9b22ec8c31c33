//! Conditions and their parts, as far as they are told by the classes of what is at places.

use super::class::Class;
use super::places::Places;
use crate::domain::condition::words::Comparison;
use crate::domain::condition::{Expr, Literal};

/// A condition, or a part of one. `L` is what is written out: first as it is, then its class at the place.
#[derive(Debug, Clone)]
pub(super) enum Part<L = Class> {
    /// Of what is found at the place.
    Test(usize, Asks<L>),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Only its evaluation tells.
    Unknown,
}

#[derive(Debug, Clone)]
pub(super) enum Asks<L> {
    /// Whether there is something.
    There,
    /// Whether it is true, and not false; all else is an error.
    True,
    /// Whether it compares so with what is written out.
    Compared(Comparison, L),
    /// Whether it is one of what is written out.
    OneOf(Vec<L>),
}

impl<'e> Part<&'e Literal> {
    /// Notes where it looks, and what it writes out.
    pub fn of(condition: &'e Expr, places: &mut Places) -> Self {
        let mut parts = |parts: &'e [Expr]| parts.iter().map(|part| Self::of(part, places)).collect();
        let (place, asks) = match condition {
            Expr::And(all) => return Self::All(parts(all)),
            Expr::Or(any) => return Self::Any(parts(any)),
            Expr::Not(part) => return Self::Not(Box::new(Self::of(part, places))),
            Expr::Has(operand, name) => (places.property(operand, name), Some(Asks::There)),
            Expr::Field(operand, name) => (places.property(operand, name), Some(Asks::True)),
            Expr::Compare(how, left, right) => (
                place(left, places),
                literal(right).map(|right| Asks::Compared(*how, right)),
            ),
            Expr::In(left, right) => (place(left, places), literals(right).map(Asks::OneOf)),
            _ => return Self::Unknown,
        };
        let (Some(place), Some(asks)) = (place, asks) else {
            return Self::Unknown;
        };
        match &asks {
            Asks::There | Asks::True => {}
            Asks::Compared(_, literal) => places.writes(place, literal),
            Asks::OneOf(literals) => literals.iter().for_each(|literal| places.writes(place, literal)),
        }
        Self::Test(place, asks)
    }

    /// With the classes of what is written out.
    pub fn classed(self, places: &Places) -> Part {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.classed(places)).collect();
        match self {
            Self::Test(place, asks) => {
                let class = |literal| places.class_of(place, literal);
                Part::Test(
                    place,
                    match asks {
                        Asks::There => Asks::There,
                        Asks::True => Asks::True,
                        Asks::Compared(how, literal) => Asks::Compared(how, class(literal)),
                        Asks::OneOf(literals) => Asks::OneOf(literals.into_iter().map(class).collect()),
                    },
                )
            }
            Self::All(parts) => Part::All(all(parts)),
            Self::Any(parts) => Part::Any(all(parts)),
            Self::Not(part) => Part::Not(Box::new(part.classed(places))),
            Self::Unknown => Part::Unknown,
        }
    }
}

impl Part {
    /// Whether it surely holds, or surely does not, where the classes of what is at places are these.
    pub fn holds(&self, class: &mut dyn FnMut(usize) -> Class) -> Option<bool> {
        match self {
            Self::Test(place, asks) => asks.holds(class(*place)),
            Self::All(parts) => settled(parts, false, class),
            Self::Any(parts) => settled(parts, true, class),
            Self::Not(part) => Some(!part.holds(class)?),
            Self::Unknown => None,
        }
    }

    /// Runs through its tests.
    pub fn tests(&self, each: &mut dyn FnMut(usize, &Asks<Class>)) {
        match self {
            Self::Test(place, asks) => each(*place, asks),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.tests(each)),
            Self::Not(part) => part.tests(each),
            Self::Unknown => {}
        }
    }

    /// The parts that all have to hold.
    pub fn into_all(self, into: &mut Vec<Self>) {
        match self {
            Self::All(parts) => parts.into_iter().for_each(|part| part.into_all(into)),
            other => into.push(other),
        }
    }

    /// The place where it looks, if that tells it whole.
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::Test(place, _) => Some(*place),
            Self::All(parts) | Self::Any(parts) => {
                let (first, rest) = parts.split_first()?;
                let place = first.place()?;
                rest.iter().all(|part| part.place() == Some(place)).then_some(place)
            }
            Self::Not(part) => part.place(),
            Self::Unknown => None,
        }
    }
}

impl Asks<Class> {
    /// Nothing where that is an error.
    fn holds(&self, class: Class) -> Option<bool> {
        match self {
            _ if class == Class::ERROR => None,
            Self::There => Some(class != Class::NULL),
            Self::True => match class {
                Class::TRUE => Some(true),
                Class::FALSE => Some(false),
                _ => None,
            },
            Self::Compared(how, written) => class.holds(*how, *written),
            Self::OneOf(classes) => Some(classes.contains(&class)),
        }
    }

    /// What is written out.
    pub fn written(&self) -> &[Class] {
        match self {
            Self::There | Self::True => &[],
            Self::Compared(_, written) => std::slice::from_ref(written),
            Self::OneOf(written) => written,
        }
    }
}

/// One part that surely comes to `settles` decides it all, whatever the others are; otherwise all have to be sure.
fn settled(parts: &[Part], settles: bool, class: &mut dyn FnMut(usize) -> Class) -> Option<bool> {
    let mut sure = true;
    for part in parts {
        match part.holds(class) {
            Some(value) if value == settles => return Some(settles),
            Some(_) => {}
            None => sure = false,
        }
    }
    sure.then_some(!settles)
}

fn place(expr: &Expr, places: &mut Places) -> Option<usize> {
    match expr {
        Expr::Field(operand, name) => places.property(operand, name),
        _ => None,
    }
}

/// What is written out, unless it is no number where one should be: it has no place in any order.
fn literal(expr: &Expr) -> Option<&Literal> {
    match expr {
        Expr::Literal(Literal::Double(number)) if number.is_nan() => None,
        Expr::Literal(literal) => Some(literal),
        _ => None,
    }
}

fn literals(expr: &Expr) -> Option<Vec<&Literal>> {
    match expr {
        Expr::List(elements) => elements.iter().map(literal).collect(),
        _ => None,
    }
}
