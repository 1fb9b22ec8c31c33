//! Filter patterns of event source mappings: the part of EventBridge's content filtering that
//! Lambda documents (AWS Lambda, "Control which events Lambda sends to your function", "Filter
//! rule syntax").
//!
//! A pattern is a JSON object; its leaves are arrays, of which one element must match: a plain
//! value exactly, or an operator: `{"prefix": …}`, `{"suffix": …}`, `{"equals-ignore-case": …}`,
//! `{"anything-but": …}`, `{"exists": …}`, `{"numeric": …}`. All fields of an object must match.

use serde_json::{Map, Value};

/// A pattern that was read and found good.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    fields: Vec<(String, Node)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Object(Pattern),
    AnyOf(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Is(Value),
    Prefix(String),
    Suffix(String),
    IgnoringCase(String),
    Not(Vec<Rule>),
    Exists(bool),
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not JSON.
    #[error("the pattern is not JSON: {0}")]
    Json(String),
    /// Something in it means nothing.
    #[error("`{path}` in the pattern {problem}")]
    Meaning {
        /// Where, with dots.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value: Value = serde_json::from_str(text).map_err(|error| PatternError::Json(error.to_string()))?;
        match value {
            Value::Object(object) => Self::read(&object, ""),
            _ => Err(meaning("", "has to be an object")),
        }
    }

    /// Whether the pattern lets `record` through.
    pub fn matches(&self, record: &Value) -> bool {
        self.fields.iter().all(|(name, node)| {
            let found = record.get(name);
            match node {
                Node::Object(pattern) => pattern.matches(found.unwrap_or(&Value::Null)),
                Node::AnyOf(rules) => rules.iter().any(|rule| rule.matches(found)),
            }
        })
    }

    fn read(object: &Map<String, Value>, path: &str) -> Result<Self, PatternError> {
        if object.is_empty() {
            return Err(meaning(path, "must not be empty"));
        }
        let fields = object
            .iter()
            .map(|(name, value)| {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                let node = match value {
                    Value::Object(inner) => Node::Object(Self::read(inner, &path)?),
                    Value::Array(rules) if !rules.is_empty() => Node::AnyOf(
                        rules
                            .iter()
                            .map(|rule| Rule::read(rule, &path))
                            .collect::<Result<_, _>>()?,
                    ),
                    _ => return Err(meaning(&path, "has to be an object or an array with something in it")),
                };
                Ok((name.clone(), node))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { fields })
    }
}

impl Rule {
    fn read(value: &Value, path: &str) -> Result<Self, PatternError> {
        let object = match value {
            Value::Object(object) => object,
            Value::Array(_) => return Err(meaning(path, "has an array inside an array")),
            plain => return Ok(Self::Is(plain.clone())),
        };
        let mut entries = object.iter();
        let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
            return Err(meaning(path, "has to have one operator for each object"));
        };
        let text = || {
            let text = operand.as_str().map(str::to_owned);
            text.ok_or_else(|| meaning(path, "compares with something that is not a text"))
        };
        match operator.as_str() {
            "prefix" => Ok(Self::Prefix(text()?)),
            "suffix" => Ok(Self::Suffix(text()?)),
            "equals-ignore-case" => Ok(Self::IgnoringCase(text()?)),
            "exists" => match operand {
                Value::Bool(wanted) => Ok(Self::Exists(*wanted)),
                _ => Err(meaning(path, "asks for `exists` with neither true nor false")),
            },
            "anything-but" => {
                let but = match operand {
                    Value::Array(values) => values.iter().map(|value| Self::read(value, path)).collect(),
                    value => Self::read(value, path).map(|rule| vec![rule]),
                };
                but.map(Self::Not)
            }
            "numeric" => read_numeric(operand, path).map(Self::Numeric),
            _ => Err(meaning(path, "has an operator that is not known")),
        }
    }

    fn matches(&self, found: Option<&Value>) -> bool {
        let text = found.and_then(Value::as_str);
        match self {
            Self::Is(wanted) => found.is_some_and(|found| same(found, wanted)),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::IgnoringCase(wanted) => text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase()),
            Self::Not(rules) => found.is_some() && !rules.iter().any(|rule| rule.matches(found)),
            // Only leaves count as being there, as EventBridge documents for `exists`.
            Self::Exists(wanted) => found.is_some_and(|found| !found.is_object()) == *wanted,
            Self::Numeric(bounds) => found.and_then(Value::as_f64).is_some_and(|number| {
                bounds.iter().all(|(comparison, bound)| match comparison {
                    Comparison::Less => number < *bound,
                    Comparison::AtMost => number <= *bound,
                    Comparison::Equal => number == *bound,
                    Comparison::AtLeast => number >= *bound,
                    Comparison::Greater => number > *bound,
                })
            }),
        }
    }
}

fn read_numeric(operand: &Value, path: &str) -> Result<Vec<(Comparison, f64)>, PatternError> {
    let problem = || meaning(path, "has a `numeric` that is not like [\">\", 0, \"<=\", 5]");
    let parts = operand.as_array().ok_or_else(problem)?;
    let pairs = parts.chunks(2).map(|pair| match pair {
        [Value::String(sign), bound] => {
            let comparison = match sign.as_str() {
                "<" => Comparison::Less,
                "<=" => Comparison::AtMost,
                "=" => Comparison::Equal,
                ">=" => Comparison::AtLeast,
                ">" => Comparison::Greater,
                _ => return Err(problem()),
            };
            Ok((comparison, bound.as_f64().ok_or_else(problem)?))
        }
        _ => Err(problem()),
    });
    let bounds: Vec<_> = pairs.collect::<Result<_, _>>()?;
    match bounds.is_empty() {
        true => Err(problem()),
        false => Ok(bounds),
    }
}

/// Equal as JSON, where `1` and `1.0` are the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn meaning(path: &str, problem: &'static str) -> PatternError {
    PatternError::Meaning {
        path: path.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use beckon_shared::wiring;
    use serde_json::json;

    fn lets(pattern: Value, record: Value) -> bool {
        Pattern::parse(&pattern.to_string()).unwrap().matches(&record)
    }

    #[test]
    fn a_plain_value_matches_exactly_and_any_of_several_will_do() {
        assert!(lets(json!({"a": ["x", "y"]}), json!({"a": "y"})));
        assert!(!lets(json!({"a": ["x"]}), json!({"a": "X"})));
        assert!(!lets(json!({"a": ["x"]}), json!({})));
        assert!(lets(json!({"a": [1]}), json!({"a": 1.0})));
        assert!(lets(json!({"a": [null]}), json!({"a": null})));
    }

    #[test]
    fn all_fields_must_match_at_any_depth() {
        let pattern = json!({"a": {"b": ["x"]}, "c": ["y"]});
        assert!(lets(pattern.clone(), json!({"a": {"b": "x"}, "c": "y"})));
        assert!(!lets(pattern.clone(), json!({"a": {"b": "x"}, "c": "z"})));
        assert!(!lets(pattern, json!({"a": "x", "c": "y"})));
    }

    #[test]
    fn operators_do_as_documented() {
        assert!(lets(json!({"a": [{"prefix": "E#"}]}), json!({"a": "E#1"})));
        assert!(!lets(json!({"a": [{"prefix": "E#"}]}), json!({"a": 5})));
        assert!(lets(json!({"a": [{"suffix": ".png"}]}), json!({"a": "x.png"})));
        assert!(lets(json!({"a": [{"equals-ignore-case": "abc"}]}), json!({"a": "ABC"})));
        assert!(lets(json!({"a": [{"exists": false}]}), json!({"b": 1})));
        assert!(!lets(json!({"a": [{"exists": true}]}), json!({"a": {"b": 1}})));
        assert!(lets(json!({"a": [{"anything-but": ["x", "y"]}]}), json!({"a": "z"})));
        assert!(!lets(json!({"a": [{"anything-but": ["x", "y"]}]}), json!({"a": "x"})));
        assert!(!lets(
            json!({"a": [{"anything-but": {"prefix": "x"}}]}),
            json!({"a": "xy"})
        ));
        assert!(lets(json!({"a": [{"numeric": [">", 0, "<=", 5]}]}), json!({"a": 5})));
        assert!(!lets(json!({"a": [{"numeric": [">", 0, "<=", 5]}]}), json!({"a": 0})));
    }

    #[test]
    fn a_pattern_without_meaning_is_refused_with_its_place() {
        let refused = |pattern: Value| Pattern::parse(&pattern.to_string()).unwrap_err().to_string();
        assert_eq!(
            refused(json!({"a": {"b": "x"}})),
            "`a.b` in the pattern has to be an object or an array with something in it"
        );
        assert_eq!(
            refused(json!({"a": [{"wildcard": "*"}]})),
            "`a` in the pattern has an operator that is not known"
        );
        assert!(refused(json!({"a": [{"numeric": [">"]}]})).contains("numeric"));
        assert!(matches!(Pattern::parse("{"), Err(PatternError::Json(_))));
    }

    #[test]
    fn the_bundles_own_patterns_let_through_what_they_are_for() {
        let inbox = Pattern::parse(wiring::INBOX_FILTER).unwrap();
        let record = |event: &str, sk: &str| json!({"eventName": event, "dynamodb": {"Keys": {"PK": {"S": "P#u1"}, "SK": {"S": sk}}}});
        assert!(inbox.matches(&record("INSERT", "E#1#a")));
        assert!(!inbox.matches(&record("MODIFY", "E#1#a")));
        assert!(!inbox.matches(&record("INSERT", "STATE")));
        let outbox = Pattern::parse(wiring::OUTBOX_FILTER).unwrap();
        let mut message = record("MODIFY", "M#1");
        assert!(!outbox.matches(&message));
        message["dynamodb"]["NewImage"] = json!({"status": {"S": "queued"}});
        assert!(outbox.matches(&message));
    }
}
