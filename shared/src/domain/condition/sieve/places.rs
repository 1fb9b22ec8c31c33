//! Where conditions look, and what is there: each is looked at once for an event, and only when somebody asks.

use super::class::{Class, Classes};
use crate::domain::condition::words::Var;
use crate::domain::condition::{Expr, Literal, Scope};
use serde_json::Value as Json;

/// Properties and traits, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Vec<Place>);

/// A property or a trait.
#[derive(Debug, Clone)]
struct Place {
    within: Within,
    name: String,
    classes: Classes,
}

/// Whose property it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Event,
    Profile,
    Account,
    /// Of what is at another place.
    Place(usize),
}

impl Places {
    pub const NONE: Self = Self(Vec::new());

    /// The place that `operand.name` is, noted where it is new; nothing where the operand is something else.
    pub fn property(&mut self, operand: &Expr, name: &str) -> Option<usize> {
        let within = match operand {
            Expr::Var(Var::Event) => Within::Event,
            Expr::Var(Var::Profile) => Within::Profile,
            Expr::Var(Var::Account) => Within::Account,
            Expr::Field(operand, name) => Within::Place(self.property(operand, name)?),
            _ => return None,
        };
        let known = self
            .0
            .iter()
            .position(|place| place.within == within && place.name == name);
        Some(known.unwrap_or_else(|| {
            self.0.push(Place {
                within,
                name: name.to_owned(),
                classes: Classes::default(),
            });
            self.0.len() - 1
        }))
    }

    /// A condition writes this out for what is there.
    pub fn writes(&mut self, place: usize, literal: &Literal) {
        if let Some(place) = self.0.get_mut(place) {
            place.classes.note(literal);
        }
    }

    /// The class that the literal is at the place, once everything that is written out is noted.
    pub fn class_of(&self, place: usize, literal: &Literal) -> Class {
        let place = self.0.get(place);
        place.map_or(Class::ERROR, |place| place.classes.of_literal(literal))
    }

    /// Whose property the first of the names that lead there is.
    pub fn root(&self, place: usize) -> Option<Within> {
        match self.0.get(place)?.within {
            Within::Place(outer) => self.root(outer),
            root @ (Within::Event | Within::Profile | Within::Account) => Some(root),
        }
    }
}

/// So many places need no memory of their own.
const FEW: usize = 16;

/// What was found at places for one event.
#[derive(Debug)]
pub(super) struct Sight<'s> {
    places: &'s Places,
    scope: &'s Scope<'s>,
    few: [Found<'s>; FEW],
    more: Vec<Found<'s>>,
}

/// What is at a place, and its class there: [`Class::UNSEEN`] before anybody has looked.
#[derive(Debug, Clone, Copy)]
struct Found<'s> {
    class: Class,
    value: Option<&'s Json>,
}

const UNSEEN: Found<'static> = Found {
    class: Class::UNSEEN,
    value: None,
};

const NOTHING: Found<'static> = Found {
    class: Class::NULL,
    value: None,
};

const ERROR: Found<'static> = Found {
    class: Class::ERROR,
    value: None,
};

impl<'s> Sight<'s> {
    pub fn new(places: &'s Places, scope: &'s Scope<'s>) -> Self {
        Self {
            places,
            scope,
            few: [UNSEEN; FEW],
            more: vec![UNSEEN; places.0.len().saturating_sub(FEW)],
        }
    }

    /// The class of what is at the place.
    pub fn class(&mut self, place: usize) -> Class {
        match self.few.get(place) {
            Some(known) if known.class != Class::UNSEEN => known.class,
            _ => self.found(place).class,
        }
    }

    fn found(&mut self, place: usize) -> Found<'s> {
        let known = self.kept(place).map_or(ERROR, |kept| *kept);
        if known.class != Class::UNSEEN {
            return known;
        }
        let found = self.look(place);
        if let Some(kept) = self.kept(place) {
            *kept = found;
        }
        found
    }

    fn kept(&mut self, place: usize) -> Option<&mut Found<'s>> {
        match place.checked_sub(FEW) {
            None => self.few.get_mut(place),
            Some(place) => self.more.get_mut(place),
        }
    }

    fn look(&mut self, place: usize) -> Found<'s> {
        let Some(place) = self.places.0.get(place) else {
            return ERROR;
        };
        let properties = match place.within {
            Within::Event => self.scope.event,
            Within::Profile => self.scope.traits,
            Within::Account => self.scope.account,
            Within::Place(outer) => match self.found(outer) {
                found if found.class == Class::ERROR => return ERROR,
                Found { value, .. } => match value {
                    Some(Json::Object(properties)) => properties,
                    None | Some(Json::Null) => return NOTHING,
                    Some(Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_)) => return ERROR,
                },
            },
        };
        let value = properties.get(&place.name);
        Found {
            class: place.classes.of(value),
            value,
        }
    }
}
