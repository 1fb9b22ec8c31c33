//! What an expression reads.

use super::aggregate::Measure;
use super::expr::{Expr, Literal};
use super::words::Var;
use std::collections::BTreeSet;

/// What an expression looks at, so that campaigns are woken only by what concerns them and
/// profiles keep only what somebody asks for. Segments are named, not looked into: merge the
/// reads of their own expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Properties of the event, by their first name.
    pub event: BTreeSet<String>,
    /// It looks at the event as a whole, so that its properties cannot be told beforehand.
    pub event_whole: bool,
    /// Properties of the item, by their first name.
    pub item: BTreeSet<String>,
    /// It looks at the item as a whole.
    pub item_whole: bool,
    /// Traits, by their first name; those of the account as `account.` and theirs.
    pub traits: BTreeSet<String>,
    /// It looks at the traits as a whole.
    pub traits_whole: bool,
    /// Lists.
    pub lists: BTreeSet<String>,
    /// Earlier events, by the names they are counted under: `page`, `screen` and `*` among them.
    pub counted: BTreeSet<String>,
    /// Scores.
    pub scores: BTreeSet<String>,
    /// It asks for the micromoment.
    pub moment: bool,
    /// Segments.
    pub segments: BTreeSet<String>,
    /// Its value may change by time passing alone: it reads `now`, counts in a window or decays.
    pub now: bool,
    /// It looks at the moment of the event.
    pub event_time: bool,
    /// It looks at the name of the event.
    pub event_name: bool,
    /// It looks at the enrollment's key.
    pub key: bool,
    /// It looks at the enrollment's offer.
    pub offer: bool,
    /// Properties of what was answered or heard last, by their first name.
    pub answer: BTreeSet<String>,
    /// It looks at that as a whole.
    pub answer_whole: bool,
}

impl Reads {
    /// Adds what another expression reads.
    pub fn merge(&mut self, other: Self) {
        self.event.extend(other.event);
        self.item.extend(other.item);
        self.traits.extend(other.traits);
        self.lists.extend(other.lists);
        self.counted.extend(other.counted);
        self.scores.extend(other.scores);
        self.segments.extend(other.segments);
        self.event_whole |= other.event_whole;
        self.item_whole |= other.item_whole;
        self.traits_whole |= other.traits_whole;
        self.now |= other.now;
        self.event_time |= other.event_time;
        self.event_name |= other.event_name;
        self.moment |= other.moment;
        self.key |= other.key;
        self.offer |= other.offer;
        self.answer.extend(other.answer);
        self.answer_whole |= other.answer_whole;
    }

    /// Whether it looks at the event, the item or the key: at what an enrollment has and a
    /// profile alone has not.
    pub fn needs_trigger(&self) -> bool {
        self.event_whole
            || !self.event.is_empty()
            || self.item_whole
            || !self.item.is_empty()
            || self.event_time
            || self.event_name
            || self.key
            || self.offer
            || self.answer_whole
            || !self.answer.is_empty()
    }

    fn note_property(&mut self, of: Var, name: &str) {
        let names = match of {
            Var::Event => &mut self.event,
            Var::Item => &mut self.item,
            Var::Profile => &mut self.traits,
            Var::Account => {
                self.traits.insert(format!("{}.{name}", of.name()));
                return;
            }
            Var::Answer => &mut self.answer,
            Var::Now | Var::EventTime | Var::EventName | Var::Key | Var::Offer => return self.note_whole(of),
        };
        names.insert(name.to_owned());
    }

    fn note_whole(&mut self, var: Var) {
        match var {
            Var::Now => self.now = true,
            Var::Event => self.event_whole = true,
            Var::EventTime => self.event_time = true,
            Var::EventName => self.event_name = true,
            Var::Item => self.item_whole = true,
            Var::Key => self.key = true,
            Var::Profile | Var::Account => self.traits_whole = true,
            Var::Offer => self.offer = true,
            Var::Answer => self.answer_whole = true,
        }
    }

    fn note(&mut self, expr: &Expr) {
        match expr {
            Expr::Field(operand, name) | Expr::Has(operand, name) if let Expr::Var(var) = **operand => {
                return self.note_property(var, name);
            }
            Expr::Index(operand, index) => {
                if let (Expr::Var(var), Expr::Literal(Literal::String(name))) = (&**operand, &**index) {
                    return self.note_property(*var, name);
                }
            }
            Expr::Var(var) => self.note_whole(*var),
            Expr::Items(list) | Expr::ListKey(list) => {
                self.lists.insert(list.clone());
            }
            Expr::Segment(name) => {
                self.segments.insert(name.clone());
            }
            Expr::Aggregate(aggregate) => {
                self.counted.insert(aggregate.event.clone());
                self.now |= aggregate.moves();
                self.event_time |= aggregate.measure == Measure::Previous;
            }
            Expr::Score(name) => {
                self.scores.insert(name.clone());
                self.now = true;
            }
            Expr::Moment | Expr::MomentConfidence => {
                self.moment = true;
                self.now = true;
            }
            Expr::Literal(_)
            | Expr::Span(_)
            | Expr::Bound(_)
            | Expr::Own(_)
            | Expr::Field(..)
            | Expr::Has(..)
            | Expr::List(_)
            | Expr::Not(_)
            | Expr::Negate(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Choose(..)
            | Expr::Compare(..)
            | Expr::Calculate(..)
            | Expr::In(..)
            | Expr::Each(..)
            | Expr::Map(..)
            | Expr::Call(..) => {}
        }
        for part in expr.parts() {
            self.note(part);
        }
    }
}

impl Expr {
    /// What it looks at.
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        reads.note(self);
        reads
    }
}
