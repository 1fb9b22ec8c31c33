//! What lets a profile in.

use super::LocalTime;
use crate::domain::condition::Expr;
use crate::domain::recurrence::Recurrence;
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};

/// One way in. A campaign has one or several, of which at most one has a [`Watch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enter {
    /// Event names; `page` and `screen` stand for those calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// Traits that an identify call sets to a new value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<String>,
    /// Events that must have come one after another; the last of them is the trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// What the profile itself comes to, by an event or by time passing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// Only if something has not happened for so long after the trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Without>,
    /// An array in the event: one entrance for each of its elements, known as `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Expr>,
    /// Must hold, for the event and the profile as it is then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
    /// Tells enrollments apart; without it, or where it is null, there is one per profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Expr>,
    /// Whether the same key may come in again after its enrollment ended.
    pub again: Again,
    /// What a trigger does inside a running enrollment of its key.
    pub meanwhile: Meanwhile,
    /// What becomes of profiles for which it holds already when the campaign is applied.
    #[serde(default)]
    pub existing: Existing,
}

/// Events in order, within a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// At least two.
    pub parts: Vec<Part>,
    /// From the first to the last, at most this long.
    pub within: Span,
}

/// One event of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What later parts, steps and templates call it; empty where they do not speak of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Event names, any of them.
    pub on: Vec<String>,
    /// Must hold for that event; sees the properties of earlier parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
    /// Properties that later parts' conditions, steps and templates read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<String>,
}

/// The longest sequence.
pub const PARTS_MAX: usize = 5;

/// What a profile comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// A date of the person's comes.
    Date(DateTrigger),
    /// A condition becomes true that was not: a segment is entered or left, for one.
    Becomes(Expr),
    /// A number passes a threshold.
    Crosses(Crossing),
    /// Nothing at all was done for so long. Once a spell: its key is when the person was last active.
    Inactive(Span),
    /// A calendar's occurrence comes. Its key is that occurrence.
    Schedule(Schedule),
}

/// A date at a local time, once or again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateTrigger {
    /// Gives `1990-05-14`, `--05-14` or an instant; null where the person has none.
    pub date: Expr,
    /// How often it comes; once unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Moved by this much: negative for before it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub moved_millis: i64,
    /// Local time of day; the date's own moment unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<LocalTime>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
fn is_nothing(millis: &i64) -> bool {
    *millis == 0
}

/// How often a date comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// Once a calendar year, whatever edits of the date say. Its key is the year.
    Year,
    /// Once a calendar month. Its key is the month.
    Month,
}

/// A threshold with two sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The number; null leaves everything as it is.
    pub of: Expr,
    /// Which way is the trigger.
    pub way: Way,
    /// The threshold: reached counts as passed.
    pub at: f64,
    /// It must have gone back to here before it can pass again (hysteresis).
    pub back: f64,
}

/// Which way a threshold is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// From below to the threshold or above it.
    Up,
    /// From above to the threshold or below it.
    Down,
}

/// A calendar for everybody who is in the condition then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// When.
    pub on: Recurrence,
    /// IANA zone of its times; each person's own unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What becomes of occurrences that came while the campaign was paused.
    #[serde(default)]
    pub missed: Missed,
}

/// What becomes of occurrences that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// They are gone.
    #[default]
    Skip,
    /// The last of them comes when the campaign goes on.
    Last,
}

/// An absence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// Whether it happened after all: counts in a window of `span`, asked of each event as it comes, and of all when
    /// that is over.
    pub happened: Expr,
    /// How long after the trigger.
    pub span: Span,
}

/// Whether a key may enter again once its enrollment has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// Once in a lifetime of the state's memory (the last 32 keys of a campaign).
    Never,
    /// At once.
    Always,
    /// This long after it entered last.
    After(Span),
}

/// What a trigger does to a running enrollment of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meanwhile {
    /// Nothing.
    Ignore,
    /// The wait that it is in counts from this trigger; what was done stays done.
    Move,
    /// The enrollment starts over, from this trigger.
    Restart,
}

/// What becomes of profiles that are there already when a campaign is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Existing {
    /// They enter when it comes to hold again.
    #[default]
    Ignore,
    /// They enter at once.
    Enter,
}
