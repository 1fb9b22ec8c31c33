//! Aggregates: what earlier events of one name come to, as conditions ask for it.

use super::expr::Expr;
use super::show::joined;
use crate::domain::id::draw;
use crate::domain::profile::{Kind, LogId};
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// What is made of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many there are: exact up to 64, and within the bound of [`crate::domain::profile::Log`]
    /// beyond.
    Count,
    /// In how many sessions: thirty minutes or more without one begin another. As exact as a count; where it is told
    /// later which events count, of the latest 64.
    Sessions,
    /// How many different values; exact up to 64, and estimated beyond: with a standard error of about a sixth.
    Distinct,
    /// The sum of the values; 0 where there are none. As exact as a count, and so are the
    /// least, the greatest and the mean.
    Sum,
    /// The least value; null where there are none.
    Min,
    /// The greatest value; null where there are none.
    Max,
    /// The mean of the values; null where there are none.
    Average,
    /// The value in the last of them.
    Latest,
    /// The value in the first of them.
    Earliest,
    /// The value in the last of them strictly before `event_time`.
    Previous,
    /// The most frequent value, as exact as a count; of equally frequent ones the most recent.
    Top,
    /// Each counts one when it happens and half as much after every half-life.
    Interest,
    /// When it happened last.
    Last,
    /// The median time from one of them to the next, among the latest 64; null for fewer than
    /// three.
    Gap,
    /// The same where it is steady: no time from one to the next differs from the median by more than
    /// a quarter of it; null otherwise.
    Rhythm,
    /// On how many days in a row it happened, up to today, yesterday or the day before: a single day
    /// without is forgiven. At most a year of them.
    Streak,
}

impl Measure {
    /// Every one of them.
    pub const ALL: [Self; 16] = [
        Self::Count,
        Self::Sessions,
        Self::Distinct,
        Self::Sum,
        Self::Min,
        Self::Max,
        Self::Average,
        Self::Latest,
        Self::Earliest,
        Self::Previous,
        Self::Top,
        Self::Interest,
        Self::Last,
        Self::Gap,
        Self::Rhythm,
        Self::Streak,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sessions => "sessions",
            Self::Distinct => "distinct",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Average => "average",
            Self::Latest => "latest",
            Self::Earliest => "earliest",
            Self::Previous => "previous",
            Self::Top => "top",
            Self::Interest => "interest",
            Self::Last => "last",
            Self::Gap => "gap",
            Self::Rhythm => "rhythm",
            Self::Streak => "streak",
        }
    }

    /// Whether it is of a property.
    pub const fn is_of_property(self) -> bool {
        match self {
            Self::Distinct | Self::Latest | Self::Earliest | Self::Previous | Self::Top => true,
            Self::Count | Self::Sessions | Self::Interest | Self::Last | Self::Gap | Self::Rhythm | Self::Streak => {
                false
            }
            Self::Sum | Self::Min | Self::Max | Self::Average => true,
        }
    }

    /// Whether it calculates with the property's numbers.
    pub const fn is_of_numbers(self) -> bool {
        matches!(self, Self::Sum | Self::Min | Self::Max | Self::Average)
    }

    /// Whether it is said with a window; `None` where that is left to the author.
    pub const fn has_window(self) -> Option<bool> {
        match self {
            Self::Latest | Self::Earliest => None,
            Self::Previous | Self::Last => Some(false),
            Self::Count | Self::Sessions | Self::Distinct | Self::Sum | Self::Min | Self::Max => Some(true),
            Self::Average | Self::Top | Self::Interest | Self::Gap | Self::Rhythm | Self::Streak => Some(true),
        }
    }

    const fn kind(self, has_window: bool) -> Kind {
        match self {
            Self::Sessions => Kind::Sessions,
            Self::Distinct => Kind::Values,
            Self::Streak => Kind::Days,
            Self::Earliest if !has_window => Kind::First,
            Self::Count | Self::Sum | Self::Min | Self::Max | Self::Average | Self::Latest | Self::Earliest => {
                Kind::Latest
            }
            Self::Previous | Self::Top | Self::Interest | Self::Last | Self::Gap | Self::Rhythm => Kind::Latest,
        }
    }
}

/// One aggregate, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// What is made of the events.
    pub measure: Measure,
    /// The events: a track event's name, `page`, `screen`, or `*` for whatever the person does.
    pub event: String,
    /// The property that is looked at, in terms of the event's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Expr>,
    /// Which of them count, as far as the event itself tells: asked once, when it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
    /// Which of them count, as far as it takes what is outside: asked at every look, about the
    /// kept properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Expr>,
    /// The properties that `asks` looks at, kept of every event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// The window `(now − window, now]`; of an interest, the half-life; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
    /// Where a profile keeps the events.
    pub log: LogId,
}

impl Aggregate {
    /// An aggregate whose parts are checked.
    pub fn new(
        measure: Measure,
        event: String,
        of: Option<Expr>,
        filter: Option<Expr>,
        asks: Option<Expr>,
        window: Option<Span>,
    ) -> Self {
        let mut kept = Vec::new();
        if let Some(asks) = &asks {
            own_names(asks, &mut kept);
            kept.sort();
            kept.dedup();
        }
        let mut aggregate = Self {
            measure,
            event,
            of,
            filter,
            asks,
            kept,
            window,
            log: LogId::default(),
        };
        aggregate.log = aggregate.derive_log();
        aggregate
    }

    /// Equal logs have equal ids, whichever campaign asks and however far back.
    fn derive_log(&self) -> LogId {
        // Expressions are made of names and numbers: they can always be written.
        let written = |expr: &Option<Expr>| serde_json::to_string(expr).unwrap_or_default();
        let (of, filter) = (written(&self.of), written(&self.filter));
        let role = if self.measure.is_of_numbers() {
            "amount"
        } else {
            "value"
        };
        let mut parts = vec!["log", self.kind().name(), &self.event, role, &of, &filter];
        parts.extend(self.kept.iter().map(String::as_str));
        LogId::of(draw(&parts))
    }

    /// The log of an event's moments alone: what `last(event)` and `count(event, …)` look at.
    pub fn plain_log(event: &str) -> LogId {
        Self::new(Measure::Last, event.to_owned(), None, None, None, None).log
    }

    pub(super) fn kind(&self) -> Kind {
        self.measure.kind(self.window.is_some())
    }

    /// Whether its value may change by time passing alone.
    pub fn moves(&self) -> bool {
        self.window.is_some()
    }

    /// How many values of a sample are what is measured, before those that `asks` looks at.
    pub(super) fn own_values(&self) -> usize {
        usize::from(self.measure.is_of_property() && !self.measure.is_of_numbers())
    }

    /// Where the kept property of this name is among a sample's values.
    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        self.kept
            .iter()
            .position(|kept| kept == name)
            .map(|place| place + self.own_values())
    }
}

/// The bare names in an expression.
fn own_names(expr: &Expr, names: &mut Vec<String>) {
    if let Expr::Own(name) = expr {
        names.push(name.clone());
    }
    for part in expr.parts() {
        own_names(part, names);
    }
}

impl Expr {
    /// Whether the counted event alone tells what it comes to, whenever it is asked.
    pub fn is_told_by_own(&self) -> bool {
        self.is_own_within(0)
    }

    /// The same, inside so many loops of its own.
    fn is_own_within(&self, loops: u8) -> bool {
        match self {
            Self::Bound(index) => *index < loops,
            Self::Var(_)
            | Self::Items(_)
            | Self::ListKey(_)
            | Self::Segment(_)
            | Self::Aggregate(_)
            | Self::Score(_)
            | Self::Moment
            | Self::MomentConfidence => false,
            Self::Call(function, parts) => !function.is_local() && parts.iter().all(|part| part.is_own_within(loops)),
            Self::Each(_, range, body) => range.is_own_within(loops) && body.is_own_within(loops.saturating_add(1)),
            Self::Map(range, filter, body) => {
                range.is_own_within(loops)
                    && filter
                        .iter()
                        .chain([body])
                        .all(|part| part.is_own_within(loops.saturating_add(1)))
            }
            Self::Literal(_)
            | Self::Span(_)
            | Self::Own(_)
            | Self::Field(..)
            | Self::Has(..)
            | Self::Index(..)
            | Self::List(_)
            | Self::Not(_)
            | Self::Negate(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Choose(..)
            | Self::Compare(..)
            | Self::Calculate(..)
            | Self::In(..) => self.parts().into_iter().all(|part| part.is_own_within(loops)),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?}", self.measure.name(), self.event)?;
        if let Some(of) = &self.of {
            write!(f, ", {of}")?;
        }
        let filters: Vec<&Expr> = self.filter.iter().chain(&self.asks).collect();
        if !filters.is_empty() {
            f.write_str(", ")?;
            joined(f, filters, " && ")?;
        }
        if let Some(window) = self.window {
            write!(f, ", {window}")?;
        }
        f.write_str(")")
    }
}
