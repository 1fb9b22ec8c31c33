//! Steps that lead the way, and what a step is.

use super::read::{At, OneOrMany, Read, Report, listed, mapping};
use super::send::{RawCall, RawDrop, RawEmit, RawHandover, RawOffer, RawPut, RawSend, RawSet};
use super::values::{Count, EventName, Expression, Length, Name, Share, TimeOfDay, WaitLength};
use super::words::{ExitWord, Weekdays};
use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml::{Node, Tree};
use schemars::JsonSchema;
use std::collections::BTreeMap;

mapping! {
    /// Waits.
    #[schemars(rename = "Wait")]
    RawWait, "a `wait` step" {
        /// How long, from when the step began; the first step begins with the trigger's own time.
        /// Written out (`1h`) or computed (`days(item.supply_days) - 3d`).
        required wait = "wait": At<WaitLength>,
    }
}

mapping! {
    /// Waits until an instant, looked at anew each time: a later end moves the wait, an earlier one
    /// brings it forward. Or until it is such a time where the person lives.
    #[schemars(rename = "WaitUntil")]
    RawWaitUntil, "a `wait until` step" {
        /// When, such as `event.ends_at`: a point in time, RFC 3339 text, or a date (midnight where
        /// the person lives); or a time of day, such as `{ at: "10:00", on: weekdays }`.
        required until = "wait until": At<Until>,
    }
}

/// Until when.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Until {
    /// A time where the person lives.
    Local(RawHours),
    /// A computed instant.
    Moment(Expression),
}

impl Read for Until {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::Map(_) => RawHours::read(node, report).map(Self::Local),
            _ => Expression::read(node, report).map(Self::Moment),
        }
    }
}

mapping! {
    /// A time where the person lives: a moment (`at`), or hours (`from` and `to`) that let the step
    /// pass at once.
    #[schemars(rename = "Hours")]
    RawHours, "a local time" {
        /// This moment of the day: the next one that comes.
        optional at = "at": At<TimeOfDay>,
        /// From this time of the day.
        optional from = "from": At<TimeOfDay>,
        /// Until this time of the day; before `from` where it passes midnight.
        optional to = "to": At<TimeOfDay>,
        /// On these days: `weekdays`, `weekends`, or a list such as `[mon, wed]`. Default: every day.
        optional on = "on": At<Weekdays>,
    }
}

mapping! {
    /// Waits for something to happen.
    #[schemars(rename = "WaitFor")]
    RawWaitFor, "a `wait for` step" {
        /// What is waited for.
        required what = "wait for": At<RawAwaited>,
        /// It happened: steps, or `exit`. Default: on with what follows.
        optional then = "then": At<RawThen>,
        /// It did not happen in time: steps, or `exit`. Default: on with what follows.
        optional otherwise = "else": At<RawThen>,
    }
}

mapping! {
    /// What is waited for: events, or a condition.
    #[schemars(rename = "Awaited")]
    RawAwaited, "`wait for`" {
        /// The event, or several: any of them. `"*"` means anything the person does.
        optional event = "event": OneOrMany<At<EventName>>,
        /// The event must be about the message of this step.
        optional of = "of": At<Name>,
        /// Must hold for that event.
        optional condition = "where": At<Expression>,
        /// Instead of `event`: until this holds.
        optional when = "when": At<Expression>,
        /// After this long it did not happen.
        optional at_most = "at most": At<Length>,
    }
}

mapping! {
    /// One way or another.
    #[schemars(rename = "If")]
    RawIf, "an `if` step" {
        /// The condition.
        required test = "if": At<Expression>,
        /// Where it holds: steps, or `exit`. Default: on with what follows.
        optional then = "then": At<RawThen>,
        /// Where it does not: steps, or `exit`. Default: on with what follows.
        optional otherwise = "else": At<RawThen>,
    }
}

mapping! {
    /// The first of several ways whose condition holds.
    #[schemars(rename = "Branch")]
    RawBranch, "a `branch` step" {
        /// The ways, looked at in this order.
        required branch = "branch": At<Vec<At<RawBranchArm>>>,
    }
}

mapping! {
    /// One of several ways.
    #[schemars(rename = "BranchArm")]
    RawBranchArm, "a way of a `branch`" {
        /// Its condition.
        optional test = "if": At<Expression>,
        /// Where it holds: steps, or `exit`.
        optional then = "then": At<RawThen>,
        /// In the last place, without `if`: where none of the others holds. Default: on with what follows.
        optional otherwise = "else": At<RawThen>,
    }
}

mapping! {
    /// A draw, the same for a profile every time.
    #[schemars(rename = "Split")]
    RawSplit, "a `split` step" {
        /// Its name, unique in the campaign.
        required split = "split": At<Name>,
        /// Its arms with their shares, 100% in all.
        required arms = "arms": At<BTreeMap<String, At<RawSplitArm>>>,
    }
}

mapping! {
    /// An arm of a split.
    #[schemars(rename = "SplitArmFields")]
    RawSplitArmFields, "an arm" {
        /// Who gets it.
        required share = "share": At<Share>,
        /// What happens there: steps, or `exit`. Default: on with what follows.
        optional steps = "steps": At<RawThen>,
    }
}

/// An arm of a split: a share alone, or with steps.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged, rename = "SplitArm")]
pub enum RawSplitArm {
    /// Who gets it; nothing happens there.
    Share(Share),
    /// With steps.
    Fields(RawSplitArmFields),
}

impl Read for RawSplitArm {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::Map(_) => RawSplitArmFields::read(node, report).map(Self::Fields),
            _ => Share::read(node, report).map(Self::Share),
        }
    }
}

mapping! {
    /// Goes round, with a bound.
    #[schemars(rename = "Repeat")]
    RawRepeat, "a `repeat` step" {
        /// How often, and while what holds.
        required repeat = "repeat": At<RawRounds>,
        /// What happens in each round.
        required steps = "steps": At<Vec<At<RawStep>>>,
    }
}

mapping! {
    /// How often.
    #[schemars(rename = "Rounds")]
    RawRounds, "`repeat`" {
        /// How many rounds at most.
        required at_most = "at most": At<Count>,
        /// Looked at before each round. Default: all the rounds.
        optional test = "while": At<Expression>,
    }
}

/// Where it goes on: steps, or the end.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged, rename = "Then")]
pub enum RawThen {
    /// The end, for this person.
    Exit(ExitWord),
    /// Steps.
    Steps(Vec<At<RawStep>>),
}

impl Read for RawThen {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::List(steps) if steps.is_empty() => {
                report.error(node.offset, "found an empty list, expected at least one step");
                None
            }
            Tree::List(_) => Vec::read(node, report).map(Self::Steps),
            Tree::Text(text) if text == "exit" => Some(Self::Exit(ExitWord(()))),
            _ => {
                report.error(
                    node.offset,
                    format!("found {}, expected a list of steps, or `exit`", node.kind()),
                );
                None
            }
        }
    }
}

/// Declares what a step may be: each kind by the field that gives it away.
macro_rules! kinds {
    ($( $(#[$doc:meta])* $name:ident($kind:ty) = $key:literal, )+) => {
        /// One thing that a campaign does.
        #[derive(Debug, Clone, PartialEq, JsonSchema)]
        #[schemars(untagged, rename = "Step")]
        pub enum RawStep {
            $( $(#[$doc])* $name($kind), )+
            /// Ends the enrollment.
            Exit(ExitWord),
        }

        /// The fields that tell which step it is.
        const KINDS: &[&str] = &[$($key),+];

        impl RawStep {
            fn of_kind(kind: &str, node: &Node, report: &mut Report<'_>) -> Option<Self> {
                match kind {
                    $( $key => <$kind>::read(node, report).map(Self::$name), )+
                    _ => None,
                }
            }

            /// What it is called in a file.
            pub fn kind(&self) -> &'static str {
                match self {
                    $( Self::$name(_) => $key, )+
                    Self::Exit(_) => "exit",
                }
            }
        }
    };
}

kinds! {
    /// Waits for a length of time.
    Wait(RawWait) = "wait",
    /// Waits until an instant or a local time.
    Until(RawWaitUntil) = "wait until",
    /// Waits for something to happen.
    Await(RawWaitFor) = "wait for",
    /// Goes one way or another.
    If(RawIf) = "if",
    /// Goes the first of several ways.
    Branch(RawBranch) = "branch",
    /// Goes a way that is drawn.
    Split(RawSplit) = "split",
    /// Goes round.
    Repeat(RawRepeat) = "repeat",
    /// Sends a message.
    Send(RawSend) = "send",
    /// Makes a code.
    Offer(RawOffer) = "offer",
    /// Sets traits.
    Set(RawSet) = "set",
    /// Puts an entry on a list.
    Put(RawPut) = "put",
    /// Takes an entry off a list.
    Drop(RawDrop) = "drop",
    /// Says that something happened.
    Emit(RawEmit) = "emit",
    /// Asks a service.
    Call(RawCall) = "call",
    /// Hands over to people.
    Handover(RawHandover) = "handover",
}

impl Read for RawStep {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let fields = match &node.tree {
            Tree::Map(fields) => fields,
            Tree::Text(text) if text == "exit" => return Some(Self::Exit(ExitWord(()))),
            _ => {
                report.error(
                    node.offset,
                    format!("found {}, expected a step such as `wait: 1h`, or `exit`", node.kind()),
                );
                return None;
            }
        };
        let names: Vec<String> = fields.iter().filter_map(|(name, _)| name.scalar()).collect();
        let has = |kind: &str| names.iter().any(|name| name == kind);
        // A message may bring an offer of its own.
        let kinds: Vec<&str> = KINDS
            .iter()
            .copied()
            .filter(|kind| has(kind) && !(*kind == "offer" && has("send")))
            .collect();
        match kinds.as_slice() {
            [] => {
                let first = names.first().map(String::as_str).unwrap_or_default();
                let hint = did_you_mean(first, KINDS.iter().copied());
                let expected = if hint.is_empty() {
                    format!(", expected one of {} or `exit`", listed_all(KINDS))
                } else {
                    hint
                };
                report.error(node.offset, format!("there is no step `{first}`{expected}"));
                None
            }
            [kind] => Self::of_kind(kind, node, report),
            several => {
                report.error(node.offset, format!("a step is either {}, found both", listed(several)));
                None
            }
        }
    }
}

/// `` `a`, `b`, `c` ``.
fn listed_all(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
