//! Steps as they are written, made into the flat program that is stored: what is nested becomes jumps.

mod acts;
mod flow;
mod messages;
mod ways;

use ways::Ways;

use super::campaign::Shelf;
use super::shown::Shown;
use crate::authoring::condition::Surroundings;
use crate::authoring::raw::{At, RawStep, RawThen, Report};
use crate::domain::campaign::{Purpose, Step};
use std::collections::BTreeSet;

/// Most steps a campaign may have, nested ones among them.
const STEPS_MAX: usize = 100;
/// How deep steps may be nested.
const DEPTH_MAX: usize = 8;

/// What steps are checked against.
pub(super) struct Around<'c> {
    /// What their expressions may say, before any offer or call.
    pub known: Surroundings<'c>,
    /// The campaign's purpose.
    pub purpose: Purpose,
    /// The templates.
    pub shelf: &'c Shelf<'c>,
    /// Values that the campaign adds for templates, with what they are.
    pub shows: Vec<(String, crate::authoring::condition::Type)>,
}

/// What came of the steps.
pub(super) struct Program {
    /// As they are stored.
    pub steps: Vec<Step>,
    /// What its templates show.
    pub shown: Shown,
    /// The events that it says have happened, with their places.
    pub emits: Vec<(String, usize)>,
}

/// Checks the steps.
pub(super) fn program(raw: &At<Vec<At<RawStep>>>, around: &Around<'_>, report: &mut Report<'_>) -> Program {
    let sound = !report.has_errors();
    let mut writer = Writer {
        around,
        report,
        steps: Vec::new(),
        labels: Vec::new(),
        names: BTreeSet::new(),
        sends: Vec::new(),
        shown: Shown::default(),
        emits: Vec::new(),
        written: 0,
        acts: false,
        depth: 0,
    };
    writer.sends = ways::sends(&raw.value);
    writer.block(&raw.value, Ways::begin(), true);
    let (written, acts) = (writer.written, writer.acts);
    let steps = writer.resolved();
    let Writer { shown, emits, .. } = writer;
    if written > STEPS_MAX {
        report.error(raw.offset, format!("{written} steps, expected at most {STEPS_MAX}"));
    }
    if !acts && sound {
        report.error(
            raw.offset,
            "the campaign does nothing, expected a `send` step or another that acts",
        );
    }
    Program { steps, shown, emits }
}

/// A place in the program that is not yet known: its number stands in the steps until it is.
type Label = u16;

/// The program being written.
struct Writer<'w, 'c, 'f> {
    around: &'w Around<'c>,
    report: &'w mut Report<'f>,
    steps: Vec<Step>,
    /// Where each label is.
    labels: Vec<Option<u16>>,
    /// Names of steps so far.
    names: BTreeSet<String>,
    /// All names of `send` steps, wherever they are.
    sends: Vec<String>,
    shown: Shown,
    emits: Vec<(String, usize)>,
    written: usize,
    /// A step does something besides leading the way.
    acts: bool,
    depth: usize,
}

impl<'c> Writer<'_, 'c, '_> {
    /// What expressions may say here.
    fn known(&self, ways: &Ways) -> Surroundings<'c> {
        ways.known(&self.around.known)
    }

    fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn label(&mut self) -> Label {
        self.labels.push(None);
        u16::try_from(self.labels.len() - 1).unwrap_or(u16::MAX)
    }

    /// The label is here.
    fn place(&mut self, label: Label) {
        let here = u16::try_from(self.steps.len()).unwrap_or(u16::MAX);
        if let Some(place) = self.labels.get_mut(usize::from(label)) {
            *place = Some(here);
        }
    }

    /// The steps, with labels replaced by places. One that was never placed is the end.
    fn resolved(&mut self) -> Vec<Step> {
        let end = u16::try_from(self.steps.len()).unwrap_or(u16::MAX);
        let labels = std::mem::take(&mut self.labels);
        let place = |label: &mut u16| {
            *label = labels.get(usize::from(*label)).copied().flatten().unwrap_or(end);
        };
        let mut steps = std::mem::take(&mut self.steps);
        for step in &mut steps {
            match step {
                Step::Await(awaited) => place(&mut awaited.then),
                Step::Branch(arms) => arms.iter_mut().for_each(|arm| place(&mut arm.to)),
                Step::Split(split) => split.arms.iter_mut().for_each(|arm| place(&mut arm.to)),
                Step::Jump(to) => place(to),
                Step::Loop(again) => place(&mut again.to),
                Step::Wait(_)
                | Step::Send(_)
                | Step::Set(_)
                | Step::List(_)
                | Step::Emit(_)
                | Step::Offer(_)
                | Step::Call(_)
                | Step::Handover(_)
                | Step::Exit => {}
            }
        }
        steps
    }

    /// Notes a step's name.
    fn name(&mut self, name: &str, offset: usize) {
        if !self.names.insert(name.to_owned()) {
            self.report.error(offset, format!("two steps are called `{name}`"));
        }
    }

    /// Writes steps in their order. `last`: nothing of the campaign comes after them.
    fn block(&mut self, steps: &[At<RawStep>], mut ways: Ways, last: bool) -> Ways {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            if let Some(step) = steps.first() {
                self.report
                    .error(step.offset, format!("steps are nested more than {DEPTH_MAX} deep"));
            }
            self.depth -= 1;
            return ways;
        }
        let mut before: Option<&RawStep> = None;
        for (at, step) in steps.iter().enumerate() {
            if !ways.open() {
                self.report.error(step.offset, unreachable(before));
                ways = ways.reopened();
            }
            self.written += 1;
            ways = self.step(step, ways, last && at + 1 == steps.len());
            before = Some(&step.value);
        }
        self.depth -= 1;
        ways
    }

    fn step(&mut self, step: &At<RawStep>, ways: Ways, last: bool) -> Ways {
        let waits = match &step.value {
            RawStep::Wait(_) | RawStep::Until(_) => true,
            RawStep::Await(awaited) => awaited.then.is_none() && awaited.otherwise.is_none(),
            _ => false,
        };
        if waits && last && !self.report.has_errors() {
            self.report
                .error(step.offset, "nothing follows this wait, expected a step after it");
        }
        match &step.value {
            RawStep::Wait(raw) => self.wait(raw, ways),
            RawStep::Until(raw) => self.wait_until(raw, ways),
            RawStep::Await(raw) => self.wait_for(raw, ways, last),
            RawStep::If(raw) => self.either(raw, step.offset, ways, last),
            RawStep::Branch(raw) => self.branch(raw, ways, last),
            RawStep::Split(raw) => self.split(raw, ways, last),
            RawStep::Repeat(raw) => self.repeat(raw, ways),
            RawStep::Exit(_) => {
                self.push(Step::Exit);
                ways.closed()
            }
            RawStep::Send(raw) => self.acting(|writer| writer.send(raw, ways)),
            RawStep::Offer(raw) => self.acting(|writer| writer.offer(raw, ways)),
            RawStep::Set(raw) => self.acting(|writer| writer.set(raw, ways)),
            RawStep::Put(raw) => self.acting(|writer| writer.list(&raw.put, true, ways)),
            RawStep::Drop(raw) => self.acting(|writer| writer.list(&raw.drop, false, ways)),
            RawStep::Emit(raw) => self.acting(|writer| writer.emit(raw, ways)),
            RawStep::Call(raw) => self.acting(|writer| writer.call(raw, ways)),
            RawStep::Handover(raw) => self.acting(|writer| writer.handover(raw, ways)),
        }
    }

    fn acting(&mut self, act: impl FnOnce(&mut Self) -> Ways) -> Ways {
        self.acts = true;
        act(self)
    }

    /// Writes ways that part here and meet again. `otherwise` stands right behind the step that parts
    /// them: nothing where that step never goes on there. Each arm begins at its label.
    fn parted(
        &mut self,
        otherwise: Option<Option<&At<RawThen>>>,
        arms: &[(Label, Option<&At<RawThen>>)],
        (ways, ways_of_arms): (&Ways, &Ways),
        last: bool,
    ) -> Ways {
        let end = self.label();
        let mut met = ways.clone().closed();
        let mut to_write = arms
            .iter()
            .filter(|(_, then)| matches!(then.map(|then| &then.value), Some(RawThen::Steps(_))))
            .count();
        if let Some(otherwise) = otherwise {
            let open = match otherwise.map(|then| &then.value) {
                None => {
                    met.join(ways);
                    true
                }
                Some(RawThen::Exit(_)) => {
                    self.push(Step::Exit);
                    false
                }
                Some(RawThen::Steps(steps)) => {
                    let after = self.block(steps, ways.clone(), last);
                    met.join(&after);
                    after.open()
                }
            };
            if open && to_write > 0 {
                self.push(Step::Jump(end));
            }
        }
        let mut straight = Vec::new();
        for (label, then) in arms {
            match then.map(|then| &then.value) {
                None => {
                    met.join(ways_of_arms);
                    straight.push(*label);
                }
                // A label that is never placed is the end of the campaign.
                Some(RawThen::Exit(_)) => {}
                Some(RawThen::Steps(steps)) => {
                    self.place(*label);
                    let after = self.block(steps, ways_of_arms.clone(), last);
                    met.join(&after);
                    to_write -= 1;
                    if after.open() && to_write > 0 {
                        self.push(Step::Jump(end));
                    }
                }
            }
        }
        self.place(end);
        for label in straight {
            self.place(label);
        }
        met
    }
}

fn unreachable(before: Option<&RawStep>) -> String {
    match before {
        Some(RawStep::Exit(_)) | None => "no step is reached behind `exit`, expected it in the last place".to_owned(),
        Some(step) => format!(
            "this step is never reached: every way through the `{}` before it ends with `exit`",
            step.kind()
        ),
    }
}
