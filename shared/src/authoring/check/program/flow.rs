//! Steps that lead the way: waits, branches, splits, loops.

use super::ways::{self, Ways};
use super::{Label, Writer};
use crate::authoring::check::campaign::at_event;
use crate::authoring::check::{Star, at_rest, condition, event_names, expression, shares};
use crate::authoring::condition::{Surroundings, Type, Wanted};
use crate::authoring::raw::{
    At, Expression, RawAwaited, RawBranch, RawBranchArm, RawHours, RawIf, RawRepeat, RawSplit, RawSplitArm, RawThen,
    RawWait, RawWaitFor, RawWaitUntil, Share, Until, WaitFor,
};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Arm, Await, Hours, Loop, Split, SplitArm, Step, Wait};
use crate::domain::condition::{Expr, Reads, Scope};
use crate::domain::time::Span;

impl Writer<'_, '_, '_> {
    fn condition(&mut self, text: &At<Expression>, known: &Surroundings<'_>) -> Option<Expr> {
        condition(&text.value.0, text.offset, known, self.report)
    }

    pub(super) fn wait(&mut self, raw: &RawWait, ways: Ways) -> Ways {
        if let Some(wait) = self.length(raw, &ways) {
            self.push(Step::Wait(wait));
        }
        ways
    }

    fn length(&mut self, raw: &RawWait, ways: &Ways) -> Option<Wait> {
        let text = match &raw.wait.value.0 {
            WaitFor::Span(span) => return Some(Wait::For(*span)),
            WaitFor::Expression(text) => text,
        };
        let known = self.known(ways);
        let (expr, _) = expression(text, raw.wait.offset, Wanted::Length, &known, self.report)?;
        if expr.reads() != Reads::default() {
            return Some(Wait::ForExpr(expr));
        }
        match Scope::of_nothing(|scope| expr.eval(scope).map(|value| value.as_span())) {
            Ok(Some(span)) if span >= Span::default() && Span::parse(&span.to_string()).is_ok() => {
                Some(Wait::For(span))
            }
            Ok(_) => {
                self.report.error(
                    raw.wait.offset,
                    format!("found `{text}`, expected a length of time of at most ten years that is not negative"),
                );
                None
            }
            Err(error) => {
                self.report
                    .error(raw.wait.offset, format!("`{text}` has no value: {error}"));
                None
            }
        }
    }

    pub(super) fn wait_until(&mut self, raw: &RawWaitUntil, ways: Ways) -> Ways {
        let wait = match &raw.until.value {
            Until::Local(hours) => self.hours(hours, raw.until.offset).map(Wait::Local),
            Until::Moment(text) => self.moment(&text.0, raw.until.offset, &ways).map(Wait::Until),
        };
        if let Some(wait) = wait {
            self.push(Step::Wait(wait));
        }
        ways
    }

    fn moment(&mut self, text: &str, offset: usize, ways: &Ways) -> Option<Expr> {
        let known = self.known(ways);
        let (expr, _) = expression(text, offset, Wanted::Moment, &known, self.report)?;
        let clock_alone = Reads {
            now: true,
            ..Reads::default()
        };
        if expr.reads() == clock_alone {
            self.report.error(
                offset,
                "`now` moves on with the clock: this wait would never end; expected `wait` with a length of time",
            );
            return None;
        }
        Some(expr)
    }

    fn hours(&mut self, raw: &RawHours, offset: usize) -> Option<Hours> {
        let days = raw.on.as_ref().map_or_else(Vec::new, |on| on.value.0.clone());
        // Every day is what nothing says, too.
        let days = if days.len() == 7 { Vec::new() } else { days };
        match (&raw.at, &raw.from, &raw.to) {
            (Some(at), None, None) => Some(Hours {
                from: at.value.0,
                to: None,
                days,
            }),
            (None, Some(from), Some(to)) if from.value.0 == to.value.0 => {
                self.report
                    .error(to.offset, "the hours end when they begin, expected another time");
                None
            }
            (None, Some(from), Some(to)) => Some(Hours {
                from: from.value.0,
                to: Some(to.value.0),
                days,
            }),
            _ => {
                self.report
                    .error(offset, "expected either `at` with a time of day, or `from` and `to`");
                None
            }
        }
    }

    pub(super) fn wait_for(&mut self, raw: &RawWaitFor, ways: Ways, last: bool) -> Ways {
        let then = self.label();
        let mut heard = ways.clone();
        if let Some(awaited) = self.awaited(&raw.what, then, &ways) {
            if !awaited.on.is_empty() {
                heard = heard.heard(at_event(&self.around.known, &awaited.on).event.unwrap_or(Type::Any));
            }
            self.push(Step::Await(awaited));
        }
        let arms = [(then, raw.then.as_ref())];
        self.parted(Some(raw.otherwise.as_ref()), &arms, (&ways, &heard), last)
    }

    fn awaited(&mut self, raw: &At<RawAwaited>, then: Label, ways: &Ways) -> Option<Await> {
        let what = &raw.value;
        let Some(at_most) = &what.at_most else {
            self.report.error(
                raw.offset,
                "`wait for` lacks `at most`: it could wait for ever, expected a time such as `24h`",
            );
            return None;
        };
        if at_most.value.0 == Span::default() {
            self.report
                .error(at_most.offset, "expected a time longer than nothing, such as `24h`");
        }
        let known = self.known(ways);
        let Some(event) = &what.event else {
            for (field, place) in [
                ("of", what.of.as_ref().map(|at| at.offset)),
                ("where", what.condition.as_ref().map(|at| at.offset)),
            ] {
                if let Some(place) = place {
                    self.report
                        .error(place, format!("`{field}` goes with `event`, which is not here"));
                }
            }
            let Some(when) = &what.when else {
                self.report
                    .error(raw.offset, "expected an event (`event`) or a condition (`when`)");
                return None;
            };
            let asked = self.condition(when, &known)?;
            at_rest(&asked, when.offset, known.vocabulary, self.report);
            return Some(Await {
                on: Vec::new(),
                of: None,
                condition: Some(asked),
                at_most: at_most.value.0,
                then,
                keeps: Vec::new(),
            });
        };
        if let Some(when) = &what.when {
            self.report.error(
                when.offset,
                "beside `event` write `where`: it is asked when the event comes",
            );
        }
        let on = event_names(&event.0, Star::Allowed, known.vocabulary, self.report);
        if let Some(of) = &what.of
            && !ways.has_sent(&of.value.0)
        {
            let name = &of.value.0;
            let message = if self.sends.contains(name) {
                format!("step `{name}` is not before this one on any way, expected a `send` step that is")
            } else {
                let hint = did_you_mean(name, self.sends.iter().map(String::as_str));
                format!("there is no `send` step `{name}` before this one{hint}")
            };
            self.report.error(of.offset, message);
        }
        let then_known = at_event(&known, &on);
        let asked = what.condition.as_ref().map(|text| self.condition(text, &then_known));
        Some(Await {
            on,
            of: what.of.as_ref().map(|of| of.value.0.clone()),
            condition: match asked {
                Some(asked) => Some(asked?),
                None => None,
            },
            at_most: at_most.value.0,
            then,
            // What is read of it is known once all of the campaign is.
            keeps: Vec::new(),
        })
    }

    pub(super) fn either(&mut self, raw: &RawIf, offset: usize, ways: Ways, last: bool) -> Ways {
        if raw.then.is_none() && raw.otherwise.is_none() {
            self.report
                .error(offset, "it goes on the same either way, expected `then` or `else`");
        }
        let then = self.label();
        let known = self.known(&ways);
        if let Some(when) = self.condition(&raw.test, &known) {
            self.push(Step::Branch(vec![Arm { when, to: then }]));
        }
        self.parted(
            Some(raw.otherwise.as_ref()),
            &[(then, raw.then.as_ref())],
            (&ways, &ways),
            last,
        )
    }

    pub(super) fn branch(&mut self, raw: &RawBranch, ways: Ways, last: bool) -> Ways {
        let known = self.known(&ways);
        let count = raw.branch.value.len();
        let mut arms = Vec::new();
        let mut written: Vec<(Label, Option<&At<RawThen>>)> = Vec::new();
        let mut otherwise = None;
        for (at, arm) in raw.branch.value.iter().enumerate() {
            match way(arm) {
                Way::If(test, then) => {
                    let to = self.label();
                    if let Some(when) = self.condition(test, &known) {
                        arms.push(Arm { when, to });
                    }
                    written.push((to, Some(then)));
                }
                Way::Else(then) if at + 1 == count => otherwise = Some(then),
                Way::Else(then) => self.report.error(
                    then.offset,
                    "`else` is never looked behind, expected it in the last place",
                ),
                Way::Neither => self.report.error(
                    arm.offset,
                    "expected a way with `if` and `then`, or in the last place one with `else`",
                ),
            }
        }
        if written.is_empty() && !self.report.has_errors() {
            self.report.error(
                raw.branch.offset,
                "no way has a condition, expected at least one with `if` and `then`",
            );
        }
        self.push(Step::Branch(arms));
        self.parted(Some(otherwise), &written, (&ways, &ways), last)
    }

    pub(super) fn split(&mut self, raw: &RawSplit, ways: Ways, last: bool) -> Ways {
        self.name(&raw.split.value.0, raw.split.offset);
        let with_share: Vec<(&str, At<Share>)> = raw
            .arms
            .value
            .iter()
            .map(|(name, arm)| (name.as_str(), share(arm)))
            .collect();
        let drawn = shares(
            with_share.iter().map(|(name, share)| (*name, share)),
            raw.arms.offset,
            ("arms", "arm"),
            self.report,
        );
        let mut written: Vec<(Label, Option<&At<RawThen>>)> = Vec::new();
        for arm in raw.arms.value.values() {
            let label = self.label();
            let steps = match &arm.value {
                RawSplitArm::Share(_) => None,
                RawSplitArm::Fields(fields) => fields.steps.as_ref(),
            };
            written.push((label, steps));
        }
        if written.iter().all(|(_, steps)| steps.is_none()) {
            self.report.error(
                raw.arms.offset,
                "the same happens in every arm, expected `steps` in one at least",
            );
        }
        let arms = drawn
            .into_iter()
            .zip(&written)
            .map(|((name, weight_bp), (to, _))| SplitArm {
                name,
                weight_bp,
                to: *to,
            })
            .collect();
        self.push(Step::Split(Split {
            name: raw.split.value.0.clone(),
            arms,
        }));
        self.parted(None, &written, (&ways, &ways), last)
    }

    pub(super) fn repeat(&mut self, raw: &RawRepeat, ways: Ways) -> Ways {
        let rounds = &raw.repeat.value;
        if rounds.at_most.value.0 < 2 {
            self.report.error(
                rounds.at_most.offset,
                "one round is no repetition, expected two or more",
            );
        }
        let inside = ways.clone().around(&raw.steps.value);
        let known = self.known(&inside);
        let asked = rounds.test.as_ref().and_then(|text| self.condition(text, &known));
        let (begin, end) = (self.label(), self.label());
        if let Some(when) = &asked {
            self.push(Step::Branch(vec![Arm {
                when: when.clone(),
                to: begin,
            }]));
            self.push(Step::Jump(end));
        }
        self.place(begin);
        if !ways::waits(&raw.steps.value) {
            self.report
                .warning(raw.repeat.offset, "its rounds follow at once: nothing in them waits");
        }
        let mut after = self.block(&raw.steps.value, inside, false);
        if !after.open() {
            self.report.error(
                raw.repeat.offset,
                "no second round is ever begun: every way through its steps ends with `exit`",
            );
        }
        self.push(Step::Loop(Loop {
            to: begin,
            at_most: rounds.at_most.value.0,
            condition: asked,
        }));
        self.place(end);
        if rounds.test.is_some() {
            after.join(&ways);
        }
        after
    }
}

/// A way of a branch.
enum Way<'r> {
    If(&'r At<Expression>, &'r At<RawThen>),
    Else(&'r At<RawThen>),
    Neither,
}

fn way(arm: &At<RawBranchArm>) -> Way<'_> {
    match (&arm.value.test, &arm.value.then, &arm.value.otherwise) {
        (Some(test), Some(then), None) => Way::If(test, then),
        (None, None, Some(then)) => Way::Else(then),
        _ => Way::Neither,
    }
}

fn share(arm: &At<RawSplitArm>) -> At<Share> {
    match &arm.value {
        RawSplitArm::Share(share) => At {
            value: share.clone(),
            offset: arm.offset,
        },
        RawSplitArm::Fields(fields) => fields.share.clone(),
    }
}
