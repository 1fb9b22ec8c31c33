//! Scores and the micromoment: what a person's events add up to, by rules of the workspace.

use crate::domain::condition::{Expr, Feed, Kept, decay};
use crate::domain::id::draw;
use crate::domain::profile::{Keep, Kind, LogId};
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How many contributions are kept as they were; older ones are added up.
const KEPT: usize = 32;

/// A number from 0 to 100 that events raise and lower and that time brings back to 0: how ready
/// a person is to buy, for one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// In which time a contribution loses half its weight.
    pub half_life: Span,
    /// What adds to it.
    pub adds: Vec<Add>,
    /// Where a profile keeps what contributed.
    pub log: LogId,
}

/// Points for an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Add {
    /// The event: a track event's name, `page`, `screen`, or `*` for whatever the person does.
    pub on: String,
    /// Which of them, by their own properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
    /// How many points; negative ones lower the score.
    pub points: f64,
}

impl Score {
    /// The score of this name.
    pub fn new(name: &str, half_life: Span, adds: Vec<Add>) -> Self {
        Self {
            half_life,
            adds,
            log: LogId::of(draw(&["score", name])),
        }
    }

    /// How far back it looks.
    pub fn horizon(&self) -> Span {
        decay::horizon(self.half_life)
    }

    /// What must be kept for it.
    pub fn feeds(&self) -> impl Iterator<Item = Feed> {
        self.adds.iter().map(|add| {
            add.feed(
                self.log,
                self.horizon(),
                decay::fineness(self.half_life),
                vec![Json::from(add.on.as_str())],
            )
        })
    }
}

impl Add {
    /// `fineness`: what is added up, as sums over the last so long ask for.
    fn feed(&self, log: LogId, window: Span, fineness: Span, said: Vec<Json>) -> Feed {
        let said = said.into_iter().map(Kept::Said);
        Feed {
            log,
            event: self.on.clone(),
            filter: self.condition.clone(),
            values: said.chain([Kept::number(self.points)]).collect(),
            amount: None,
            keep: Keep {
                kind: Kind::Latest,
                most: KEPT,
                added_up: Some(fineness),
                sampled: false,
                window: Some(window),
                newest: false,
                each: None,
            },
        }
    }
}

/// What a person is after just now ("micromoments", Google 2015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MomentKind {
    /// To know something.
    Know,
    /// To go somewhere.
    Go,
    /// To do something.
    Do,
    /// To buy something.
    Buy,
}

impl MomentKind {
    /// Every one of them; of equally likely ones the last is taken.
    pub const ALL: [Self; 4] = [Self::Know, Self::Go, Self::Do, Self::Buy];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Know => "know",
            Self::Go => "go",
            Self::Do => "do",
            Self::Buy => "buy",
        }
    }
}

/// What tells the micromoment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How long an event tells anything.
    pub lasts: Span,
    /// Which events tell of what.
    pub adds: Vec<(MomentKind, Add)>,
    /// Where a profile keeps them.
    pub log: LogId,
}

impl Moments {
    /// Moments by these rules.
    pub fn new(lasts: Span, adds: Vec<(MomentKind, Add)>) -> Self {
        Self {
            lasts,
            adds,
            log: LogId::of(draw(&["moments"])),
        }
    }

    /// What must be kept for them.
    pub fn feeds(&self) -> impl Iterator<Item = Feed> {
        self.adds.iter().map(|(kind, add)| {
            let said = vec![Json::from(kind.name()), Json::from(add.on.as_str())];
            add.feed(self.log, self.lasts, self.lasts, said)
        })
    }
}
