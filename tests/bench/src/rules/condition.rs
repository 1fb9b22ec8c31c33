//! A rule's condition in words of nobody's, and in those of each engine.

use serde_json::{Value, json};

/// Where a value is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// In what: `event`, `profile`.
    pub of: &'static str,
    /// Through which names.
    pub names: &'static [&'static str],
    /// Whether the first of them may be missing.
    pub optional: bool,
}

/// How a value is compared with one that is written out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    All(Vec<Self>),
    /// Any of these.
    Any(Vec<Self>),
    /// The value there, compared with this one; it does not hold where there is none.
    Compared(Place, Comparison, Value),
    /// The value there is one of these.
    OneOf(Place, Vec<&'static str>),
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    fn operator(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Less => "lessThan",
            Self::AtMost => "lessThanInclusive",
            Self::Greater => "greaterThan",
            Self::AtLeast => "greaterThanInclusive",
        }
    }
}

impl Place {
    fn dotted(self) -> String {
        format!("{}.{}", self.of, self.names.join("."))
    }

    /// The one that may be missing.
    fn first(self) -> String {
        format!("{}.{}", self.of, self.names.first().copied().unwrap_or_default())
    }
}

impl Condition {
    /// In CEL, as campaigns have it: asked whether it is there first, since what is missing is an error.
    pub fn cel(&self) -> String {
        let guarded = |place: &Place, test: String| match place.optional {
            true => format!("has({}) && {test}", place.first()),
            false => test,
        };
        match self {
            Self::All(parts) => joined(parts, " && ", Self::cel),
            Self::Any(parts) => joined(parts, " || ", Self::cel),
            Self::Compared(place, how, value) => guarded(place, format!("{} {} {value}", place.dotted(), how.symbol())),
            Self::OneOf(place, words) => guarded(place, format!("{} in {}", place.dotted(), json!(words))),
        }
    }

    /// In the ZEN expression language: what is missing is null, equals nothing else and is in no list, but has no order.
    pub fn zen(&self) -> String {
        match self {
            Self::All(parts) => joined(parts, " and ", Self::zen),
            Self::Any(parts) => joined(parts, " or ", Self::zen),
            Self::Compared(place, how, value) => {
                let test = format!("{} {} {}", place.dotted(), how.symbol(), quoted(value));
                match place.optional && *how != Comparison::Equal {
                    true => format!("({} != null and {test})", place.dotted()),
                    false => test,
                }
            }
            Self::OneOf(place, words) => format!("{} in {}", place.dotted(), json!(words)).replace('"', "'"),
        }
    }

    /// As json-rules-engine has it: what is missing compares as false.
    pub fn json(&self) -> Value {
        let parts = |parts: &[Self]| parts.iter().map(Self::json).collect::<Vec<_>>();
        match self {
            Self::All(all) => json!({ "all": parts(all) }),
            Self::Any(any) => json!({ "any": parts(any) }),
            Self::Compared(place, how, value) => {
                json!({ "fact": place.of, "path": place.names.join("."), "operator": how.operator(), "value": value })
            }
            Self::OneOf(place, words) => {
                json!({ "fact": place.of, "path": place.names.join("."), "operator": "in", "value": words })
            }
        }
    }
}

fn joined(parts: &[Condition], with: &str, word: impl Fn(&Condition) -> String) -> String {
    let parts: Vec<String> = parts.iter().map(word).collect();
    match parts.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(with)),
    }
}

fn quoted(value: &Value) -> String {
    value.to_string().replace('"', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Place = Place {
        of: "event",
        names: &["product", "price"],
        optional: false,
    };
    const LEVEL: Place = Place {
        of: "profile",
        names: &["loyalty", "points"],
        optional: true,
    };

    #[test]
    fn a_condition_reads_the_same_to_everybody() {
        let condition = Condition::All(vec![
            Condition::Compared(PRICE, Comparison::AtLeast, json!(50.0)),
            Condition::Any(vec![
                Condition::Compared(LEVEL, Comparison::Greater, json!(100)),
                Condition::OneOf(PRICE, vec!["a", "b"]),
            ]),
        ]);
        assert_eq!(
            condition.cel(),
            "(event.product.price >= 50.0 && (has(profile.loyalty) && profile.loyalty.points > 100 || event.product.price in [\"a\",\"b\"]))"
        );
        assert_eq!(
            condition.zen(),
            "(event.product.price >= 50.0 and ((profile.loyalty.points != null and profile.loyalty.points > 100) or event.product.price in ['a','b']))"
        );
        assert_eq!(
            condition.json(),
            json!({ "all": [
                { "fact": "event", "path": "product.price", "operator": "greaterThanInclusive", "value": 50.0 },
                { "any": [
                    { "fact": "profile", "path": "loyalty.points", "operator": "greaterThan", "value": 100 },
                    { "fact": "event", "path": "product.price", "operator": "in", "value": ["a", "b"] },
                ] },
            ] })
        );
    }
}
