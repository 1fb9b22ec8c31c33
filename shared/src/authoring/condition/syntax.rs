//! CEL's syntax, by the `cel` crate's parser.

use super::Mistake;
use super::lengths::Rewritten;
use cel::IdedExpr;
use cel::common::ast::SourceInfo;
use cel::parser::{ParseError, PrattParser};
use std::sync::Arc;

/// Deepest nesting that is parsed; a stored tree's own bound is looked at later.
const NESTING_MAX: u16 = 64;

fn parser() -> PrattParser {
    PrattParser::new()
        .max_recursion_depth(NESTING_MAX)
        .error_recovery_limit(4)
        .enable_variadic_operator_asts(true)
}

/// Parses, or says what is wrong with the syntax.
pub(super) fn parse(source: &Rewritten) -> Result<IdedExpr, Vec<Mistake>> {
    parser().parse(&source.text).map_err(|errors| {
        // The first one is what is wrong; what follows mostly follows from it.
        errors
            .errors
            .iter()
            .take(1)
            .map(|error| {
                let behind = source.text.get(place(error, source)..).unwrap_or_default();
                Mistake::error(source.original(place(error, source)), in_words(&error.msg, behind))
            })
            .collect()
    })
}

/// Where each part of an expression stands, by the ids of its nodes. The parser tells places
/// only together with an error, so it parses once more with a bracket too many at the end:
/// ids are given in the order of reading and stay the same.
pub(super) fn places(source: &Rewritten) -> Arc<SourceInfo> {
    match parser().parse(&format!("{} )", source.text)) {
        Ok(_) => Arc::default(),
        Err(errors) => errors
            .errors
            .into_iter()
            .find_map(|error| error.source_info)
            .unwrap_or_default(),
    }
}

/// Where in the rewritten text.
fn place(error: &ParseError, source: &Rewritten) -> usize {
    let (line, column) = error.pos;
    let line = usize::try_from(line).unwrap_or_default().saturating_sub(1);
    let column = usize::try_from(column).unwrap_or_default().saturating_sub(1);
    let before: usize = source.text.split_inclusive('\n').take(line).map(str::len).sum();
    before + column
}

/// The parser's message in the words of this project; `behind` is what stands at its place.
fn in_words(message: &str, behind: &str) -> String {
    let message = message.trim_start_matches("Syntax error: ");
    if let Some(rest) = message.strip_prefix("mismatched input ") {
        let (found, expected) = rest.split_once(" expecting ").unwrap_or((rest, "something else"));
        return format!("found {}, expected {}", token(found), token(expected));
    }
    if let Some(name) = message.strip_prefix("reserved identifier: ") {
        return format!("`{name}` is a word that CEL keeps for itself, expected a name");
    }
    if message.contains("recursion limit") {
        return "the expression is nested too deep".to_owned();
    }
    if message == "argument must be a simple name" {
        return "expected a name for the loop's elements, as in `items.exists(item, item.price > 10)`".to_owned();
    }
    if message == "invalid argument to has() macro" {
        return "expected a property such as `has(event.total)`".to_owned();
    }
    if message == "unexpected token" {
        let found = behind
            .split([' ', '(', ')'])
            .find(|word| !word.is_empty())
            .unwrap_or("<EOF>");
        return format!("found {}, expected a value", token(found));
    }
    if let Some(expected) = message
        .strip_prefix("expected '")
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return format!("expected `{expected}`");
    }
    let mut letters = message.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

fn token(text: &str) -> String {
    match text.trim_matches('\'') {
        "<EOF>" | "end" => "the end of the expression".to_owned(),
        "expression" => "an expression".to_owned(),
        "ident" => "a name".to_owned(),
        other => format!("`{other}`"),
    }
}
