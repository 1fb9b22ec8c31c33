//! YAML as a tree that knows where each part stands. Read without a target type, so that one
//! mistake does not hide the others.

use super::diagnostic::Diagnostic;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};
use std::fmt;

/// Largest file that is read, in bytes.
pub const FILE_MAX_BYTES: usize = 256 * 1024;

/// A part of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub tree: Tree,
    /// Where it stands, in bytes from the file's start.
    pub offset: usize,
}

/// What a part of a file is.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Named parts, in the order of the file.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What kind of thing it is, for messages.
    pub fn kind(&self) -> String {
        match &self.tree {
            Tree::Null => "nothing".to_owned(),
            Tree::Bool(value) => format!("`{value}`"),
            Tree::Int(value) => format!("`{value}`"),
            Tree::Double(value) => format!("`{value}`"),
            Tree::Text(text) => format!("`{}`", shortened(text)),
            Tree::List(_) => "a list".to_owned(),
            Tree::Map(_) => "a group of fields".to_owned(),
        }
    }

    /// As text: texts, numbers, and `true` or `false`.
    pub fn scalar(&self) -> Option<String> {
        match &self.tree {
            Tree::Text(text) => Some(text.clone()),
            Tree::Bool(value) => Some(value.to_string()),
            Tree::Int(value) => Some(value.to_string()),
            Tree::Double(value) => Some(format!("{value:?}")),
            Tree::Null | Tree::List(_) | Tree::Map(_) => None,
        }
    }

    /// The part of this name, if it has named parts.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.tree {
            Tree::Map(fields) => fields
                .iter()
                .find(|(key, _)| matches!(&key.tree, Tree::Text(key) if key == name))
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// Reads a file's text.
pub fn parse(file: &str, source: &str) -> Result<Node, Box<Diagnostic>> {
    if source.len() > FILE_MAX_BYTES {
        let message = format!("the file has {} bytes, expected at most {FILE_MAX_BYTES}", source.len());
        return Err(Box::new(Diagnostic::error(file, message)));
    }
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options::<Node>(source, options).map_err(|error| {
        let found = Diagnostic::error(file, in_words(&error));
        Box::new(match error.location() {
            Some(place) => {
                let line = usize::try_from(place.line()).unwrap_or(1);
                let column = usize::try_from(place.column()).ok();
                found.at(source, line, column)
            }
            None => found,
        })
    })
}

/// The reader's message, without its own place and snippet.
fn in_words(error: &serde_saphyr::Error) -> String {
    let message = error.without_snippet().to_string();
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    if let Some(rest) = message.strip_prefix("duplicate mapping key: ") {
        return format!("field `{}` comes twice", rest.split(", set ").next().unwrap_or(rest));
    }
    let mut letters = message.chars();
    let lower: String = letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default();
    format!("this is not YAML that can be read: {lower}")
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        let offset = spanned.referenced.span().byte_offset().unwrap_or_default();
        Ok(Self {
            tree: spanned.value,
            offset: usize::try_from(offset).unwrap_or_default(),
        })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }
            fn visit_none<E: de::Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
                Tree::deserialize(deserializer)
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(value))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Int(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Tree, E> {
                Ok(i64::try_from(value).map_or_else(|_| Tree::Text(value.to_string()), Tree::Int))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Double(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Tree::List(elements))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Tree::Map(fields))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Where byte `within` of a scalar's text stands in the file. The text may be quoted, folded or
/// indented there: letters are followed, white space and quoting are passed over.
pub fn inside(source: &str, scalar: usize, text: &str, within: usize) -> usize {
    let Some(written) = source.get(scalar..) else {
        return scalar;
    };
    let mut written = written.char_indices();
    // Quotes, and what introduces a block (`|`, `>-`).
    let skip = match written.as_str().chars().next() {
        Some('"' | '\'') => 1,
        Some('|' | '>') => written.as_str().find('\n').map_or(0, |end| end + 1),
        _ => 0,
    };
    while written.offset() < skip && written.next().is_some() {}
    for (at, letter) in text.char_indices() {
        if letter.is_whitespace() {
            if at >= within {
                break;
            }
            continue;
        }
        let found = loop {
            match written.next() {
                Some((offset, same)) if same == letter => break Some(offset),
                // White space, a quote that is doubled, a backslash before what it escapes.
                Some((_, other)) if other.is_whitespace() || matches!(other, '\\' | '\'') => {}
                _ => break None,
            }
        };
        match found {
            Some(offset) if at >= within => return scalar + offset,
            Some(_) => {}
            None => return scalar,
        }
    }
    scalar + written.offset()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_its_place() {
        let source = "a: 1\nb:\n  - { c: \"x\" }\n";
        let node = parse("x.yaml", source).expect("it is read");
        assert_eq!(node.get("a").map(|a| a.offset), source.find('1'));
        let Some(Tree::List(list)) = node.get("b").map(|b| &b.tree) else {
            panic!("a list");
        };
        assert_eq!(list[0].get("c").map(|c| c.offset), source.find("\"x\""));
    }

    #[test]
    fn places_inside_scalars_are_found_however_they_are_written() {
        for (source, text) in [
            ("w: size(a) > b", "size(a) > b"),
            ("w: 'size(a) > b'", "size(a) > b"),
            ("w: \"size(a) > b\"", "size(a) > b"),
            ("w: >-\n  size(a)\n  > b\n", "size(a) > b"),
            ("w: |\n  size(a)\n  > b\n", "size(a)\n> b\n"),
            ("w: size(a)\n  > b", "size(a) > b"),
            ("w: 'it''s > b'", "it's > b"),
            ("w: \"\\\"x\\\" > b\"", "\"x\" > b"),
        ] {
            let node = parse("x.yaml", source).expect("it is read");
            let scalar = node.get("w").expect("it is there");
            assert_eq!(scalar.tree, Tree::Text(text.to_owned()), "{source}");
            let place = inside(source, scalar.offset, text, text.find('b').expect("it is there"));
            assert_eq!(place, source.rfind('b').expect("it is there"), "{source}");
        }
    }

    #[test]
    fn a_field_that_comes_twice_is_refused_with_its_place() {
        let found = parse("x.yaml", "a: 1\na: 2\n").expect_err("it is refused");
        assert_eq!(found.line, Some(2));
    }
}
