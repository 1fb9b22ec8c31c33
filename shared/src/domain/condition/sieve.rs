//! Many conditions asked together about one event and profile: each place that several of them look at is looked at
//! once, and of most conditions their simple parts tell surely that they do not hold, or that they do. What is left is
//! asked one by one.

use super::words::{Comparison, Var};
use super::{Expr, Literal, Scope, Value, operate};
use serde_json::Value as Json;

/// Conditions that are asked together, told by their places in the order in which they were put in.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    /// Properties and traits that tests look at, each once.
    places: Vec<Place>,
    conditions: Vec<Part>,
}

/// What is told of a condition without asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sifted {
    /// It surely holds.
    Holds,
    /// It has to be asked.
    MayHold,
}

/// A condition, or a part of one.
#[derive(Debug, Clone)]
enum Part {
    /// Of what is found at the place (in [`Sieve::places`]).
    Test(usize, Asks),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Only its evaluation tells.
    Unknown,
}

/// A property or a trait.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    of: Of,
    /// Through which names.
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Of {
    Event,
    Profile,
    Account,
}

#[derive(Debug, Clone)]
enum Asks {
    /// Whether there is something.
    There,
    /// Whether it compares so with what is written out.
    Compared(Comparison, Literal),
    /// Whether it is one of what is written out.
    OneOf(Vec<Literal>),
}

/// What was found at each place that was looked at: nothing inside where that is an error.
type Seen<'a> = Vec<Option<Option<Value<'a>>>>;

impl Sieve {
    /// Puts in the next condition; one that is not there holds.
    pub fn push(&mut self, condition: Option<&Expr>) {
        let part = condition.map_or_else(|| Part::All(Vec::new()), |condition| self.part(condition));
        self.conditions.push(part);
    }

    /// Puts in one that has to be asked, whatever it is.
    pub fn push_unsifted(&mut self) {
        self.conditions.push(Part::Unknown);
    }

    /// The conditions that hold or may hold. Those that are missing come to false.
    pub fn sift<'s>(&'s self, scope: &'s Scope<'s>) -> impl Iterator<Item = (usize, Sifted)> + use<'s> {
        let mut seen: Seen<'s> = self.places.iter().map(|_| None).collect();
        let conditions = self.conditions.iter().enumerate();
        conditions.filter_map(
            move |(place, condition)| match self.holds(condition, scope, &mut seen) {
                Some(true) => Some((place, Sifted::Holds)),
                Some(false) => None,
                None => Some((place, Sifted::MayHold)),
            },
        )
    }

    fn part(&mut self, condition: &Expr) -> Part {
        let mut parts = |parts: &[Expr]| parts.iter().map(|part| self.part(part)).collect();
        let (place, asks) = match condition {
            Expr::And(all) => return Part::All(parts(all)),
            Expr::Or(any) => return Part::Any(parts(any)),
            Expr::Not(part) => return Part::Not(Box::new(self.part(part))),
            Expr::Has(operand, name) => (place(operand, name), Some(Asks::There)),
            Expr::Compare(how, left, right) => {
                (place_of(left), literal(right).map(|right| Asks::Compared(*how, right)))
            }
            Expr::In(left, right) => (place_of(left), literals(right).map(Asks::OneOf)),
            _ => return Part::Unknown,
        };
        match (place, asks) {
            (Some(place), Some(asks)) => Part::Test(self.number(place), asks),
            _ => Part::Unknown,
        }
    }

    fn number(&mut self, place: Place) -> usize {
        let known = self.places.iter().position(|known| *known == place);
        known.unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        })
    }

    /// Whether it surely holds, or surely does not.
    fn holds<'s>(&'s self, part: &'s Part, scope: &Scope<'s>, seen: &mut Seen<'s>) -> Option<bool> {
        match part {
            Part::Test(place, asks) => {
                let seen = seen.get_mut(*place)?;
                if seen.is_none() {
                    *seen = Some(self.places.get(*place)?.look(scope));
                }
                asks.holds(seen.as_ref()?.as_ref()?)
            }
            Part::All(parts) => self.settled(parts, false, scope, seen),
            Part::Any(parts) => self.settled(parts, true, scope, seen),
            Part::Not(part) => Some(!self.holds(part, scope, seen)?),
            Part::Unknown => None,
        }
    }

    /// One part that surely comes to `settles` decides it all, whatever the others are; otherwise all have to be sure.
    fn settled<'s>(&'s self, parts: &'s [Part], settles: bool, scope: &Scope<'s>, seen: &mut Seen<'s>) -> Option<bool> {
        let mut sure = true;
        for part in parts {
            match self.holds(part, scope, seen) {
                Some(value) if value == settles => return Some(settles),
                Some(_) => {}
                None => sure = false,
            }
        }
        sure.then_some(!settles)
    }
}

impl Asks {
    /// Nothing where that is an error.
    fn holds(&self, value: &Value<'_>) -> Option<bool> {
        match self {
            Self::There => Some(!value.is_null()),
            Self::Compared(how, written) => operate::holds(*how, value, &Value::from(written)),
            Self::OneOf(literals) => {
                let mut literals = literals.iter().map(Value::from);
                Some(literals.any(|literal| operate::equal(value, &literal)))
            }
        }
    }
}

impl Place {
    /// What is there; nothing where that is an error.
    fn look<'s>(&self, scope: &Scope<'s>) -> Option<Value<'s>> {
        let (first, rest) = self.names.split_first()?;
        let mut found = match self.of {
            Of::Event => scope.event,
            Of::Profile => scope.traits,
            Of::Account => scope.account,
        }
        .get(first);
        for name in rest {
            found = match found {
                None | Some(Json::Null) => None,
                Some(Json::Object(properties)) => properties.get(name),
                Some(Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_)) => return None,
            };
        }
        Some(found.map_or(Value::Null, Value::of))
    }
}

fn place(operand: &Expr, name: &str) -> Option<Place> {
    let mut place = match operand {
        Expr::Var(var) => Place {
            of: of(*var)?,
            names: Vec::new(),
        },
        _ => place_of(operand)?,
    };
    place.names.push(name.to_owned());
    Some(place)
}

fn place_of(expr: &Expr) -> Option<Place> {
    match expr {
        Expr::Field(operand, name) => place(operand, name),
        _ => None,
    }
}

fn of(var: Var) -> Option<Of> {
    match var {
        Var::Event => Some(Of::Event),
        Var::Profile => Some(Of::Profile),
        Var::Account => Some(Of::Account),
        Var::Now | Var::EventTime | Var::EventName | Var::Item | Var::Key | Var::Offer | Var::Answer => None,
    }
}

fn literal(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::Literal(literal) => Some(literal.clone()),
        _ => None,
    }
}

fn literals(expr: &Expr) -> Option<Vec<Literal>> {
    match expr {
        Expr::List(elements) => elements.iter().map(literal).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Sifted::{Holds, MayHold};
    use super::*;
    use serde_json::json;

    fn compared(name: &str, how: Comparison, number: i64) -> Expr {
        Expr::Compare(
            how,
            Box::new(Expr::property(Var::Event, name)),
            Box::new(Expr::int(number)),
        )
    }

    fn has(name: &str) -> Expr {
        Expr::Has(Box::new(Expr::Var(Var::Event)), name.to_owned())
    }

    /// What is told of the conditions for an event of these properties.
    fn sifted(conditions: &[Option<Expr>], properties: &serde_json::Value) -> Vec<(usize, Sifted)> {
        let mut sieve = Sieve::default();
        conditions.iter().for_each(|condition| sieve.push(condition.as_ref()));
        let properties = properties.as_object().cloned().unwrap_or_default();
        Scope::of_nothing(|nothing| {
            let scope = Scope {
                event: &properties,
                ..*nothing
            };
            sieve.sift(&scope).collect()
        })
    }

    #[test]
    fn what_surely_does_not_hold_is_sifted_out() {
        let words = vec![Expr::text("a"), Expr::text("b")];
        let one_of = Expr::In(
            Box::new(Expr::property(Var::Event, "word")),
            Box::new(Expr::List(words)),
        );
        let conditions = [
            None,
            Some(compared("n", Comparison::Greater, 3)),
            Some(Expr::And(vec![compared("n", Comparison::Less, 3), has("word")])),
            Some(has("other")),
            Some(one_of),
        ];
        assert_eq!(
            sifted(&conditions, &json!({ "n": 4, "word": "c" })),
            [(0, Holds), (1, Holds)]
        );
        assert_eq!(
            sifted(&conditions, &json!({ "n": 2, "word": "b" })),
            [(0, Holds), (2, Holds), (4, Holds)]
        );
        assert_eq!(
            sifted(&conditions, &json!({ "other": 1, "n": 4 })),
            [(0, Holds), (1, Holds), (3, Holds)]
        );
    }

    #[test]
    fn errors_are_for_whoever_asks_the_condition_itself() {
        let nested = Expr::Field(Box::new(Expr::property(Var::Event, "n")), "inside".to_owned());
        let conditions = [
            // A number has no order with what is missing, and no properties.
            Some(compared("missing", Comparison::Less, 3)),
            Some(Expr::Compare(
                Comparison::Equal,
                Box::new(nested),
                Box::new(Expr::int(1)),
            )),
            // Another part decides.
            Some(Expr::And(vec![
                compared("missing", Comparison::Less, 3),
                has("missing"),
            ])),
            // And here one does not.
            Some(Expr::Or(vec![has("missing"), compared("missing", Comparison::Less, 3)])),
            Some(Expr::Not(Box::new(has("missing")))),
        ];
        assert_eq!(
            sifted(&conditions, &json!({ "n": 4 })),
            [(0, MayHold), (1, MayHold), (3, MayHold), (4, Holds)]
        );
    }
}
