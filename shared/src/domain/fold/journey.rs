//! Enrollments take their steps: they wait, and come to messages that are to be decided.

use super::Turn;
use crate::domain::campaign::{Arm, Await, Campaign, Hours, Loop, Send, Split, Step, Wait};
use crate::domain::decision::Verdict;
use crate::domain::id::{EnrollmentId, draw};
use crate::domain::profile::{Enrollment, Phase};
use crate::domain::recurrence::number as weekday;
use crate::domain::time::{Span, Timestamp, after, local_date, local_instant};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cmp::Reverse;

/// Most steps that an enrollment takes without waiting.
const STEPS_AT_ONCE: usize = 1_000;

/// Where an enrollment has come to.
pub(super) enum Stop {
    /// It waits, or is gone.
    Rests,
    /// It has a message to decide, of this priority.
    Sends(u8),
    /// It ends here.
    Leaves,
}

impl Turn<'_> {
    /// Lets every enrollment go as far as it can. Messages due at one look are decided by
    /// priority, so that under a cap the one that matters most has the place.
    pub(super) fn run(&mut self) {
        let mut ready: Vec<(Reverse<u8>, Timestamp, EnrollmentId)> = Vec::new();
        let moving = self.running().filter(|enrollment| !self.sleeps(enrollment));
        let ids: Vec<EnrollmentId> = moving.map(|enrollment| enrollment.id.clone()).collect();
        for id in ids {
            self.advance(&id, &mut ready);
        }
        while let Some(next) = ready.iter().min().cloned() {
            ready.retain(|other| other.2 != next.2);
            if self.decide_message(&next.2) {
                self.advance(&next.2, &mut ready);
            }
        }
    }

    fn running(&self) -> impl Iterator<Item = &Enrollment> {
        self.profile
            .state
            .enrollments
            .iter()
            .filter(|enrollment| enrollment.phase == Phase::Running)
    }

    pub(super) fn place(&self, id: &EnrollmentId) -> Option<usize> {
        self.profile
            .state
            .enrollments
            .iter()
            .position(|enrollment| enrollment.id == *id)
    }

    /// Whether the enrollment waits for a length of time that is not over, and nothing else could move it.
    fn sleeps(&self, enrollment: &Enrollment) -> bool {
        let Some(due) = enrollment.due.filter(|due| *due > self.now) else {
            return false;
        };
        let version = self.rules.version(&enrollment.campaign, &enrollment.version);
        version.is_some_and(|campaign| {
            let step = campaign.steps.get(usize::from(enrollment.step));
            matches!(step, Some(Step::Wait(Wait::For(span))) if after(enrollment.since, *span) == due)
                && campaign.exit.iter().all(|exit| exit.on.is_some())
        })
    }

    /// Walks an enrollment through its waits, up to a message or a wait that is not over.
    fn advance(&mut self, id: &EnrollmentId, ready: &mut Vec<(Reverse<u8>, Timestamp, EnrollmentId)>) {
        let Some(place) = self.place(id) else { return };
        let Some(mut moved) = self.profile.state.enrollments.get(place).cloned() else {
            return;
        };
        let rules = self.rules;
        let Some(campaign) = rules.version(&moved.campaign, &moved.version) else {
            self.end(place, "its version is gone".to_owned());
            return;
        };
        if self.leaves_by_condition(campaign, &moved) {
            self.end(place, "condition".to_owned());
            return;
        }
        let stop = self.walk(campaign, &mut moved);
        let Some(place) = self.place(id) else { return };
        let Some(kept) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        if *kept != moved {
            *kept = moved;
            self.folded.changed = true;
        }
        match stop {
            Ok(Stop::Rests) => {}
            Ok(Stop::Sends(priority)) => ready.push((Reverse(priority), kept.since, id.clone())),
            Ok(Stop::Leaves) => self.finish_early(place, campaign),
            Err(reason) => {
                let enrollment = kept.clone();
                self.or_fault::<(), _>(Err(&reason), &enrollment, "steps");
                self.end(place, reason);
            }
        }
    }

    /// Ends an enrollment as its campaign says. Its goal stays open.
    fn finish_early(&mut self, place: usize, campaign: &Campaign) {
        let until = self.goal_open_until(campaign);
        let Some(enrollment) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        enrollment.phase = Phase::Watching(until);
        enrollment.due = None;
        let enrollment = enrollment.clone();
        let reason = "exit".to_owned();
        self.decide_for(&enrollment, Verdict::Exit { reason });
    }

    pub(super) fn goal_open_until(&self, campaign: &Campaign) -> Timestamp {
        let within = campaign.goal.as_ref().map_or(Span::default(), |goal| goal.within);
        after(self.now, within)
    }

    fn leaves_by_condition(&mut self, campaign: &Campaign, enrollment: &Enrollment) -> bool {
        campaign.exit.iter().filter(|exit| exit.on.is_none()).any(|exit| {
            let Some(condition) = &exit.condition else { return false };
            let result = condition.test(&self.step_scope(enrollment));
            self.or_fault(result, enrollment, "exit.when").unwrap_or(false)
        })
    }

    /// When time alone may make a condition of leaving true for somebody.
    pub(super) fn exits_due(&self) -> impl Iterator<Item = Timestamp> {
        self.running().filter_map(|enrollment| {
            let campaign = self.rules.version(&enrollment.campaign, &enrollment.version)?;
            let exits = campaign.exit.iter().filter(|exit| exit.on.is_none());
            let conditions = exits.filter_map(|exit| exit.condition.as_ref());
            let scope = self.step_scope(enrollment);
            conditions
                .filter_map(|condition| self.changes_at(condition, &scope))
                .min()
        })
    }

    /// Takes steps up to a message, a wait that is not over, or the end. The next step begins when a
    /// wait ended, not when that was noticed, so that nothing drifts.
    fn walk(&mut self, campaign: &Campaign, enrollment: &mut Enrollment) -> Result<Stop, String> {
        for _ in 0..STEPS_AT_ONCE {
            let Some(step) = campaign.steps.get(usize::from(enrollment.step)) else {
                enrollment.phase = Phase::Watching(self.goal_open_until(campaign));
                enrollment.due = None;
                return Ok(Stop::Rests);
            };
            if let Some(stop) = self.step(campaign, step, enrollment)? {
                return Ok(stop);
            }
        }
        Err(format!("it takes more than {STEPS_AT_ONCE} steps without waiting"))
    }

    /// Takes one step; `None` where it goes on from there.
    fn step(&mut self, campaign: &Campaign, step: &Step, enrollment: &mut Enrollment) -> Result<Option<Stop>, String> {
        match step {
            Step::Wait(wait) => {
                let end = self.end_of(wait, enrollment)?;
                if end > self.now {
                    enrollment.due = Some(end);
                    return Ok(Some(Stop::Rests));
                }
                enrollment.go_on(end.max(enrollment.since));
            }
            Step::Await(wait) => return Ok(self.await_more(wait, enrollment)),
            Step::Branch(arms) => self.branch(arms, enrollment),
            Step::Split(split) => {
                let to = self.arm(campaign, split, enrollment);
                let next = enrollment.step.saturating_add(1);
                enrollment.go_to(to.unwrap_or(next), enrollment.since);
            }
            Step::Jump(to) => enrollment.go_to(*to, enrollment.since),
            Step::Loop(back) => self.go_round(back, enrollment),
            Step::Send(send) => return Ok(self.come_to_message(send, enrollment)),
            Step::Set(values) => self.set_traits(values, enrollment),
            Step::List(change) => self.change_list(change, enrollment),
            Step::Emit(emit) => self.emit(emit, enrollment),
            Step::Offer(offer) => self.offer(campaign, offer, enrollment),
            Step::Call(call) => return Ok(self.call(campaign, call, enrollment)),
            Step::Handover(handover) => return Ok(self.hand_over(campaign, handover, enrollment)),
            Step::Exit => return Ok(Some(Stop::Leaves)),
        }
        Ok(None)
    }

    fn await_more(&mut self, wait: &Await, enrollment: &mut Enrollment) -> Option<Stop> {
        let end = after(enrollment.since, wait.at_most);
        let mut turns = None;
        if wait.on.is_empty()
            && let Some(condition) = &wait.condition
        {
            let result = condition.test(&self.step_scope(enrollment));
            if self.or_fault(result, enrollment, "wait for").unwrap_or(false) {
                enrollment.go_to(wait.then, self.now);
                return None;
            }
            turns = self.changes_at(condition, &self.step_scope(enrollment));
        }
        if end > self.now {
            enrollment.due = turns.filter(|turns| *turns < end).or(Some(end));
            return Some(Stop::Rests);
        }
        enrollment.go_on(end);
        None
    }

    fn branch(&mut self, arms: &[Arm], enrollment: &mut Enrollment) {
        for arm in arms {
            let result = arm.when.test(&self.step_scope(enrollment));
            if self.or_fault(result, enrollment, "branch").unwrap_or(false) {
                return enrollment.go_to(arm.to, enrollment.since);
            }
        }
        enrollment.go_on(enrollment.since);
    }

    /// The arm of the split: the same for this profile every time.
    fn arm(&self, campaign: &Campaign, split: &Split, enrollment: &Enrollment) -> Option<u16> {
        let who = enrollment.drawn_for(self.id);
        let place = draw(&["split", who.as_str(), campaign.name.as_str(), &split.name]);
        drawn(place, split.arms.iter().map(|arm| (arm.weight_bp, arm))).map(|arm| arm.to)
    }

    fn go_round(&mut self, back: &Loop, enrollment: &mut Enrollment) {
        let done = enrollment
            .rounds
            .get(&enrollment.step)
            .copied()
            .unwrap_or_default()
            .saturating_add(1);
        let wanted = match &back.condition {
            Some(condition) => {
                let result = condition.test(&self.step_scope(enrollment));
                self.or_fault(result, enrollment, "repeat").unwrap_or(false)
            }
            None => true,
        };
        if done < back.at_most && wanted {
            enrollment.rounds.insert(enrollment.step, done);
            enrollment.go_to(back.to, enrollment.since);
        } else {
            enrollment.go_on(enrollment.since);
        }
    }

    /// A message that is due, unless it waits: for the end of quiet hours, or for word of it.
    fn come_to_message(&self, send: &Send, enrollment: &mut Enrollment) -> Option<Stop> {
        let waits = enrollment.deferred || enrollment.tried > 0;
        if waits && enrollment.due.is_some_and(|due| due > self.now) {
            return Some(Stop::Rests);
        }
        if usize::from(enrollment.tried) >= send.by.len() {
            enrollment.go_on(self.now);
            return None;
        }
        Some(Stop::Sends(send.priority))
    }

    /// When the wait is over, as things stand.
    pub(super) fn end_of(&self, wait: &Wait, enrollment: &Enrollment) -> Result<Timestamp, String> {
        match wait {
            Wait::For(span) => Ok(after(enrollment.since, *span)),
            Wait::ForExpr(expr) => {
                let value = expr
                    .eval(&self.step_scope(enrollment))
                    .map_err(|error| error.to_string())?;
                let span = value
                    .as_span()
                    .ok_or_else(|| format!("is {} and no length of time", value.kind()))?;
                Ok(after(enrollment.since, span))
            }
            Wait::Local(hours) => Ok(local_hours(hours, enrollment.since, &self.zone)),
            Wait::Until(expr) => {
                let value = expr
                    .eval(&self.step_scope(enrollment))
                    .map_err(|error| error.to_string())?;
                value
                    .as_time(&self.zone)
                    .ok_or_else(|| format!("is {} and no point in time", value.kind()))
            }
        }
    }
}

/// When it is one of the hours, at or after the instant.
fn local_hours(hours: &Hours, since: Timestamp, zone: &TimeZone) -> Timestamp {
    let from = hours.from.civil();
    let on = |day: Date| hours.days.is_empty() || hours.days.contains(&weekday(day.weekday()));
    let start = local_date(since, zone);
    // Yesterday's hours may reach into today.
    let days = (-1..=7_i32).filter_map(|step| start.checked_add(step.days()).ok());
    for day in days.filter(|day| on(*day)) {
        let begins = local_instant(day, from, zone);
        let Some(to) = hours.to else {
            if begins >= since {
                return begins;
            }
            continue;
        };
        let last = if to.civil() > from {
            Some(day)
        } else {
            day.tomorrow().ok()
        };
        let ends = last.map_or(begins, |last| local_instant(last, to.civil(), zone));
        if ends > since {
            return begins.max(since);
        }
    }
    since
}

/// What is drawn at a place of 64 bits, by weights of 10,000 in all.
pub(super) fn drawn<T>(place: u64, weighted: impl Iterator<Item = (u16, T)>) -> Option<T> {
    let mut place = place % 10_000;
    for (weight, what) in weighted {
        let weight = u64::from(weight);
        if place < weight {
            return Some(what);
        }
        place -= weight;
    }
    None
}
