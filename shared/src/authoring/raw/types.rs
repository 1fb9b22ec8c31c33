//! Types of declared properties and traits.

use super::read::{Read, Report, listed};
use crate::authoring::condition::{Shape, Type};
use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml::{Node, Tree};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a declared property or trait is: `text`, `number`, `bool`, `time` (text that says an
/// instant or date), `any`, a list `[…]` of one of these, or a group of named ones.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyType(pub Type);

impl Read for PropertyType {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        const WORDS: [&str; 5] = ["text", "number", "bool", "time", "any"];
        let kind = match &node.tree {
            Tree::List(elements) => match elements.as_slice() {
                [element] => Type::list(Self::read(element, report)?.0),
                _ => {
                    report.error(node.offset, "expected a list of one type, such as `[text]`");
                    return None;
                }
            },
            Tree::Map(_) => {
                let fields = BTreeMap::<String, Self>::read(node, report)?;
                Type::Map(Arc::new(Shape {
                    label: "the group".to_owned(),
                    fields: fields.into_iter().map(|(name, kind)| (name, kind.0)).collect(),
                    open: false,
                    declare: "declare it in workspace.yaml if it exists",
                }))
            }
            _ => match node.scalar().as_deref() {
                Some("text") => Type::Text,
                Some("number") => Type::Number,
                Some("bool") => Type::Bool,
                Some("time") => Type::Moment,
                Some("any") => Type::Any,
                other => {
                    let hint = other.map(|other| did_you_mean(other, WORDS)).unwrap_or_default();
                    report.error(
                        node.offset,
                        format!(
                            "found {}, expected {}, a list or a group{hint}",
                            node.kind(),
                            listed(&WORDS)
                        ),
                    );
                    return None;
                }
            },
        };
        Some(Self(kind))
    }
}

impl JsonSchema for PropertyType {
    fn schema_name() -> Cow<'static, str> {
        "PropertyType".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<Self>();
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["text", "number", "bool", "time", "any"] },
                { "type": "array", "items": inner, "minItems": 1, "maxItems": 1 },
                { "type": "object", "additionalProperties": inner }
            ]
        })
    }
}
