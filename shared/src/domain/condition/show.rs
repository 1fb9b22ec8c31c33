//! Expressions as people write them, for messages.

use super::expr::{Expr, Literal};
use super::words::Function;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Span(span) => span.fmt(f),
            Self::Var(var) => f.write_str(var.name()),
            Self::Bound(index) => write!(f, "{}", bound_name(*index)),
            Self::Items(list) => write!(f, "{list}.items"),
            Self::ListKey(list) => write!(f, "{list}.key"),
            Self::Segment(name) => f.write_str(name),
            Self::Field(operand, name) => write!(f, "{operand}.{name}"),
            Self::Has(operand, name) => write!(f, "has({operand}.{name})"),
            Self::Index(operand, index) => write!(f, "{operand}[{index}]"),
            Self::List(parts) => {
                f.write_char('[')?;
                joined(f, parts, ", ")?;
                f.write_char(']')
            }
            Self::Not(operand) => write!(f, "!{operand}"),
            Self::Negate(operand) => write!(f, "-{operand}"),
            Self::And(parts) => joined(f, parts, " && "),
            Self::Or(parts) => {
                f.write_char('(')?;
                joined(f, parts, " || ")?;
                f.write_char(')')
            }
            Self::Choose(test, then, otherwise) => write!(f, "({test} ? {then} : {otherwise})"),
            Self::Compare(how, left, right) => write!(f, "{left} {} {right}", how.symbol()),
            Self::Calculate(how, left, right) => write!(f, "({left} {} {right})", how.symbol()),
            Self::In(left, right) => write!(f, "{left} in {right}"),
            Self::Each(how, range, body) => write!(f, "{range}.{}(x, {body})", how.name()),
            Self::Map(range, None, body) => write!(f, "{range}.map(x, {body})"),
            Self::Map(range, Some(filter), body) => write!(f, "{range}.map(x, {filter}, {body})"),
            Self::Aggregate(aggregate) => aggregate.fmt(f),
            Self::Own(name) => f.write_str(name),
            Self::Score(name) => write!(f, "score({name:?})"),
            Self::Moment => f.write_str("moment()"),
            Self::MomentConfidence => f.write_str("moment_confidence()"),
            Self::Call(function @ (Function::StartsWith | Function::EndsWith | Function::Contains), parts) => {
                if let [target, rest @ ..] = parts.as_slice() {
                    write!(f, "{target}.{}(", function.name())?;
                    joined(f, rest, ", ")?;
                }
                f.write_char(')')
            }
            Self::Call(function, parts) => {
                write!(f, "{}(", function.name())?;
                joined(f, parts, ", ")?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::String(value) => write!(f, "{value:?}"),
        }
    }
}

/// Writes the parts with `between` between them.
pub(super) fn joined<'e>(
    f: &mut Formatter<'_>,
    parts: impl IntoIterator<Item = &'e Expr>,
    between: &str,
) -> fmt::Result {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

/// Stored trees do not keep the names that loops gave.
fn bound_name(index: u8) -> String {
    if index == 0 {
        "x".to_owned()
    } else {
        format!("x{index}")
    }
}
