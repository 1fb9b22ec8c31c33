//! What is known on the ways that lead to a step.

use crate::authoring::condition::{Shape, Surroundings, Type};
use crate::authoring::raw::{At, RawSplitArm, RawStep, RawThen};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NO_OFFER: &str = "no step before this makes an offer";
const NO_ANSWER: &str = "no step before this waits for an event, or asks a service and keeps what it answers";

/// What may have been done on the ways to here.
#[derive(Debug, Clone)]
pub(in crate::authoring::check) struct Ways {
    open: bool,
    offer: bool,
    /// What may have been answered or heard last.
    answer: Option<Type>,
    sends: BTreeSet<String>,
}

impl Ways {
    /// The beginning.
    pub fn begin() -> Self {
        Self {
            open: true,
            offer: false,
            answer: None,
            sends: BTreeSet::new(),
        }
    }

    /// Whether anybody comes here.
    pub fn open(&self) -> bool {
        self.open
    }

    /// Nobody goes on from here.
    pub fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    /// As though somebody did after all.
    pub fn reopened(mut self) -> Self {
        self.open = true;
        self
    }

    /// An offer is made.
    pub fn offered(mut self) -> Self {
        self.offer = true;
        self
    }

    /// A service is asked, and this kept of its answer.
    pub fn answered(self, keeps: &[String]) -> Self {
        if keeps.is_empty() {
            return self;
        }
        let fields = keeps.iter().map(|name| (name.clone(), Type::Any)).collect();
        self.heard(group("`answer`", fields, "name it under `keep` of the call"))
    }

    /// An event of this kind is heard.
    pub fn heard(mut self, event: Type) -> Self {
        self.answer = Some(event);
        self
    }

    /// A message of this step is sent.
    pub fn sent(mut self, step: &str) -> Self {
        self.sends.insert(step.to_owned());
        self
    }

    /// Whether a message of the step may have been sent.
    pub fn has_sent(&self, step: &str) -> bool {
        self.sends.contains(step)
    }

    /// Meets another way.
    pub fn join(&mut self, other: &Self) {
        if !other.open {
            return;
        }
        self.open = true;
        self.offer |= other.offer;
        self.answer = match (self.answer.take(), other.answer.clone()) {
            (Some(one), Some(other)) => Some(one.join(other)),
            (one, other) => one.or(other),
        };
        self.sends.extend(other.sends.iter().cloned());
    }

    /// What expressions may say here.
    pub fn known<'c>(&self, around: &Surroundings<'c>) -> Surroundings<'c> {
        Surroundings {
            offer: if self.offer { Ok(offer()) } else { Err(NO_OFFER) },
            answer: self.answer.clone().ok_or(NO_ANSWER),
            ..around.clone()
        }
    }

    /// The way into a loop: what its rounds do may have been done before.
    pub fn around(mut self, steps: &[At<RawStep>]) -> Self {
        each(steps, &mut |step| match step {
            RawStep::Send(send) => {
                self.sends.insert(send.send.value.0.clone());
                self.offer |= send.offer.is_some();
            }
            RawStep::Offer(_) => self.offer = true,
            // What an earlier round heard is known to a later one.
            RawStep::Call(_) | RawStep::Await(_) => self.answer = Some(Type::Any),
            _ => {}
        });
        self
    }
}

/// What `offer` is.
fn offer() -> Type {
    group(
        "`offer`",
        [
            ("code".to_owned(), Type::Text),
            ("percent".to_owned(), Type::Number),
            ("ends_at".to_owned(), Type::Moment),
            ("reward".to_owned(), Type::Text),
        ]
        .into(),
        "see what an offer has: `code`, `percent`, `ends_at` and `reward`",
    )
}

fn group(label: &str, fields: BTreeMap<String, Type>, declare: &'static str) -> Type {
    Type::Map(Arc::new(Shape {
        label: label.to_owned(),
        fields,
        open: false,
        declare,
    }))
}

/// The names of all messages, in the order of the file.
pub(super) fn sends(steps: &[At<RawStep>]) -> Vec<String> {
    let mut names = Vec::new();
    each(steps, &mut |step| {
        if let RawStep::Send(send) = step {
            names.push(send.send.value.0.clone());
        }
    });
    names
}

/// Whether any step waits for time to pass.
pub(super) fn waits(steps: &[At<RawStep>]) -> bool {
    let mut waits = false;
    each(steps, &mut |step| {
        waits |= matches!(
            step,
            RawStep::Wait(_) | RawStep::Until(_) | RawStep::Await(_) | RawStep::Handover(_)
        );
    });
    waits
}

/// Every step, nested ones among them.
fn each(steps: &[At<RawStep>], look: &mut dyn FnMut(&RawStep)) {
    for step in steps {
        look(&step.value);
        let nested: Vec<&RawThen> = match &step.value {
            RawStep::Await(raw) => [&raw.then, &raw.otherwise]
                .into_iter()
                .flatten()
                .map(|at| &at.value)
                .collect(),
            RawStep::If(raw) => [&raw.then, &raw.otherwise]
                .into_iter()
                .flatten()
                .map(|at| &at.value)
                .collect(),
            RawStep::Branch(raw) => raw
                .branch
                .value
                .iter()
                .flat_map(|arm| [&arm.value.then, &arm.value.otherwise])
                .flatten()
                .map(|at| &at.value)
                .collect(),
            RawStep::Split(raw) => raw
                .arms
                .value
                .values()
                .filter_map(|arm| match &arm.value {
                    RawSplitArm::Fields(fields) => fields.steps.as_ref().map(|at| &at.value),
                    RawSplitArm::Share(_) => None,
                })
                .collect(),
            RawStep::Repeat(raw) => {
                each(&raw.steps.value, look);
                Vec::new()
            }
            RawStep::Wait(_)
            | RawStep::Until(_)
            | RawStep::Send(_)
            | RawStep::Offer(_)
            | RawStep::Set(_)
            | RawStep::Put(_)
            | RawStep::Drop(_)
            | RawStep::Emit(_)
            | RawStep::Call(_)
            | RawStep::Handover(_)
            | RawStep::Exit(_) => Vec::new(),
        };
        for then in nested {
            if let RawThen::Steps(steps) = then {
                each(steps, look);
            }
        }
    }
}
