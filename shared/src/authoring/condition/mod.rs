//! Conditions as people write them: parsed as CEL, type-checked, and turned into the tree that
//! is stored and evaluated.

mod aggregates;
mod calls;
mod catalogue;
mod lengths;
mod loops;
mod operators;
mod place;
mod syntax;
mod translate;
mod types;
mod vocabulary;

pub use types::{Shape, Type};
pub use vocabulary::Vocabulary;

use crate::domain::condition::Expr;
use std::collections::BTreeMap;

/// Longest expression that is read, in bytes.
pub const LENGTH_MAX_BYTES: usize = 4_096;

/// What an expression must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Yes or no.
    Condition,
    /// A length of time.
    Length,
    /// An instant, or a text that says one.
    Moment,
    /// What tells enrollments apart: a text, a number, or yes or no.
    Key,
    /// A number.
    Number,
    /// A list.
    List,
    /// Anything that can be kept: no length of time.
    Value,
}

/// What is known where an expression stands; where something is not, why.
#[derive(Debug, Clone)]
pub struct Surroundings<'v> {
    /// Events, traits, lists and segments.
    pub vocabulary: &'v Vocabulary,
    /// What `event` is.
    pub event: Result<Type, &'static str>,
    /// What `item` is.
    pub item: Result<Type, &'static str>,
    /// Whether there is a `key`.
    pub key: Result<(), &'static str>,
    /// Earlier events of a sequence, by name: each is a field of `item`.
    pub earlier: BTreeMap<String, Type>,
    /// What `offer` is.
    pub offer: Result<Type, &'static str>,
    /// What `answer` is.
    pub answer: Result<Type, &'static str>,
}

impl<'v> Surroundings<'v> {
    /// Where there is nothing but a profile, for this reason.
    pub fn of_profile(vocabulary: &'v Vocabulary, why: &'static str) -> Self {
        Self {
            vocabulary,
            event: Err(why),
            item: Err(why),
            key: Err(why),
            earlier: BTreeMap::new(),
            offer: Err(why),
            answer: Err(why),
        }
    }
}

/// Something that is wrong with an expression, or looks so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes from the expression's start.
    pub offset: usize,
    /// What was found and what was expected.
    pub message: String,
    /// It may be as meant.
    pub warning: bool,
}

impl Mistake {
    fn error(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            warning: false,
        }
    }
}

/// An expression that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Its tree.
    pub expr: Expr,
    /// What it comes to.
    pub kind: Type,
    /// What looks wrong but may be meant.
    pub warnings: Vec<Mistake>,
}

/// Reads, checks and translates an expression. Gives every mistake that it finds.
pub fn check(source: &str, wanted: Wanted, surroundings: &Surroundings<'_>) -> Result<Checked, Vec<Mistake>> {
    checked(source, wanted, surroundings, None)
}

/// The same for a condition on an event of this name by its own properties, which are said with
/// bare names.
pub fn check_own(source: &str, event: &str, vocabulary: &Vocabulary) -> Result<Checked, Vec<Mistake>> {
    const WHY: &str = "only the event's own properties are, by their bare names";
    let surroundings = Surroundings::of_profile(vocabulary, WHY);
    let own = vocabulary.counted(event);
    let checked = checked(source, Wanted::Condition, &surroundings, Some(own))?;
    if checked.expr.is_told_by_own() {
        Ok(checked)
    } else {
        Err(vec![Mistake::error(
            0,
            "expected a condition on the event's own properties alone, such as `group == \"pricing\"`",
        )])
    }
}

fn checked(
    source: &str,
    wanted: Wanted,
    surroundings: &Surroundings<'_>,
    own: Option<Type>,
) -> Result<Checked, Vec<Mistake>> {
    if source.trim().is_empty() {
        return Err(vec![Mistake::error(0, "expected an expression, found nothing")]);
    }
    if source.len() > LENGTH_MAX_BYTES {
        return Err(vec![Mistake::error(
            0,
            format!(
                "an expression of {} bytes, expected at most {LENGTH_MAX_BYTES}",
                source.len()
            ),
        )]);
    }
    let rewritten = lengths::rewrite(source).map_err(|mistake| vec![mistake])?;
    let tree = syntax::parse(&rewritten)?;
    let (translated, found) = translate::translate(&tree, wanted, surroundings, own);
    let places = if found.is_empty() {
        None
    } else {
        Some(syntax::places(&rewritten))
    };
    let mut mistakes: Vec<Mistake> = found
        .into_iter()
        .map(|found| found.placed(&tree, source, &rewritten, places.as_ref()))
        .collect();
    mistakes.sort_by_key(|mistake| mistake.offset);
    match translated {
        Some((expr, kind)) if mistakes.iter().all(|mistake| mistake.warning) => Ok(Checked {
            expr,
            kind,
            warnings: mistakes,
        }),
        _ => Err(mistakes),
    }
}
