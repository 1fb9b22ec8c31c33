//! Reading typed parts out of a YAML tree, noting every mistake on the way.

use crate::authoring::diagnostic::Diagnostic;
use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml::{Node, Tree, inside};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What was found in one file.
#[derive(Debug)]
pub struct Report<'f> {
    /// The file, as the caller named it.
    pub file: &'f str,
    /// Its text.
    pub source: &'f str,
    /// The findings so far.
    pub found: Vec<Diagnostic>,
    /// Events that it names, with their places.
    pub events: Vec<(String, usize)>,
    /// Topics that it names, with their places.
    pub topics: Vec<(String, usize)>,
}

impl<'f> Report<'f> {
    /// A report with nothing in it.
    pub fn new(file: &'f str, source: &'f str) -> Self {
        Self {
            file,
            source,
            found: Vec::new(),
            events: Vec::new(),
            topics: Vec::new(),
        }
    }

    /// Notes an error at a byte of the file.
    pub fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.found
            .push(Diagnostic::error(self.file, message).at_offset(self.source, offset));
    }

    /// Notes what looks wrong at a byte of the file.
    pub fn warning(&mut self, offset: usize, message: impl Into<String>) {
        self.found
            .push(Diagnostic::warning(self.file, message).at_offset(self.source, offset));
    }

    /// Notes a finding at byte `within` of the text of the scalar that stands at `scalar`.
    pub fn inside(&mut self, scalar: usize, text: &str, within: usize, message: impl Into<String>, warning: bool) {
        let offset = inside(self.source, scalar, text, within);
        if warning {
            self.warning(offset, message);
        } else {
            self.error(offset, message);
        }
    }

    /// Whether anything was wrong so far.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }
}

/// Something that can be read out of a part of a file.
pub trait Read: Sized {
    /// Reads it; where that fails, the mistakes are in the report.
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self>;
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands, in bytes from the file's start.
    pub offset: usize,
}

impl<T: Read> Read for At<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        Some(Self {
            value: T::read(node, report)?,
            offset: node.offset,
        })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl Read for String {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::Text(text) if text.chars().any(|c| c.is_control() && c != '\n') => {
                report.error(node.offset, "the text contains a control character");
                None
            }
            Tree::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            _ => {
                report.error(node.offset, format!("found {}, expected text", node.kind()));
                None
            }
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::List(elements) => Some(elements.iter().filter_map(|element| T::read(element, report)).collect()),
            _ => {
                report.error(node.offset, format!("found {}, expected a list", node.kind()));
                None
            }
        }
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let Tree::Map(fields) = &node.tree else {
            report.error(
                node.offset,
                format!("found {}, expected a group of fields", node.kind()),
            );
            return None;
        };
        let mut read = Self::new();
        for (name, value) in fields {
            if let (Some(name), Some(value)) = (name.scalar(), T::read(value, report)) {
                read.insert(name, value);
            }
        }
        Some(read)
    }
}

/// One, or a list of them.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
#[schemars(inline)]
#[allow(dead_code)] // what the schema is made of
enum OneOrList<T> {
    One(T),
    List(Vec<T>),
}

/// One, or a list of them: a list of one need not be written as a list.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Read> Read for OneOrMany<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::List(elements) if elements.is_empty() => {
                report.error(node.offset, "found an empty list, expected at least one");
                None
            }
            Tree::List(_) => Vec::read(node, report).map(Self),
            _ => T::read(node, report).map(|one| Self(vec![one])),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        OneOrList::<T>::json_schema(generator)
    }
}

/// The fields of a mapping, none of them unknown.
pub struct Fields<'n> {
    node: &'n Node,
}

impl<'n> Fields<'n> {
    /// The fields of `node`, which is called `what` in messages. Notes fields not in `known`.
    pub fn of(node: &'n Node, what: &str, known: &[&'static str], report: &mut Report<'_>) -> Option<Self> {
        let Tree::Map(fields) = &node.tree else {
            report.error(
                node.offset,
                format!(
                    "found {}, expected {what} with fields such as `{}`",
                    node.kind(),
                    known.first().unwrap_or(&"")
                ),
            );
            return None;
        };
        for (name, _) in fields {
            let written = name.scalar().unwrap_or_default();
            if !known.contains(&written.as_str()) {
                let hint = did_you_mean(&written, known.iter().copied());
                let expected = if hint.is_empty() {
                    format!(", expected one of {}", listed(known))
                } else {
                    hint
                };
                report.error(name.offset, format!("{what} has no field `{written}`{expected}"));
            }
        }
        Some(Self { node })
    }

    /// A field that may be left out.
    pub fn optional<T: Read>(&self, name: &str, report: &mut Report<'_>) -> Option<T> {
        match self.node.get(name) {
            None | Some(Node { tree: Tree::Null, .. }) => None,
            Some(node) => T::read(node, report),
        }
    }

    /// A field that must be there.
    pub fn required<T: Read>(&self, what: &str, name: &str, report: &mut Report<'_>) -> Option<T> {
        match self.node.get(name) {
            Some(node) => T::read(node, report),
            None => {
                report.error(self.node.offset, format!("{what} lacks `{name}`"));
                None
            }
        }
    }
}

/// `` `a`, `b` or `c` ``.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}

/// Declares a mapping of a file: a struct, its schema and how it is read, from one list of
/// fields. Mistakes in one field do not hide those of the others.
macro_rules! mapping {
    (
        $(#[$meta:meta])*
        $name:ident, $what:literal {
            $( $(#[$doc:meta])* $need:ident $field:ident = $key:literal: $kind:ty, )+
        }
    ) => {
        #[derive(Debug, Clone, PartialEq, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $( $(#[$doc])* #[schemars(rename = $key)] pub $field: mapping!(@type $need $kind), )+
        }

        impl $name {
            /// Its fields, as they are written.
            pub const FIELDS: &'static [&'static str] = &[$($key),+];
        }

        impl $crate::authoring::raw::Read for $name {
            fn read(
                node: &$crate::authoring::yaml::Node,
                report: &mut $crate::authoring::raw::Report<'_>,
            ) -> Option<Self> {
                let fields = $crate::authoring::raw::Fields::of(node, $what, Self::FIELDS, report)?;
                $( let $field = mapping!(@read $need fields, report, $what, $key); )+
                Some(Self { $( $field: mapping!(@take $need $field), )+ })
            }
        }
    };
    (@type required $kind:ty) => { $kind };
    (@type optional $kind:ty) => { Option<$kind> };
    (@read required $fields:ident, $report:ident, $what:literal, $key:literal) => {
        $fields.required($what, $key, $report)
    };
    (@read optional $fields:ident, $report:ident, $what:literal, $key:literal) => {
        $fields.optional($key, $report)
    };
    (@take required $field:ident) => { $field? };
    (@take optional $field:ident) => { $field };
}
pub(crate) use mapping;
