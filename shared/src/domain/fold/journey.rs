//! Enrollments take their steps: they wait, and come to messages that are to be decided.

use super::Turn;
use crate::domain::campaign::{Campaign, Step, Wait};
use crate::domain::condition::Scope;
use crate::domain::id::EnrollmentId;
use crate::domain::profile::{Enrollment, Phase};
use crate::domain::time::{Span, Timestamp, after};
use std::cmp::Reverse;

/// Where an enrollment has come to after its waits.
enum Stop {
    /// It waits, or is gone.
    Rests,
    /// It has a message to decide.
    Sends,
}

impl Turn<'_> {
    /// Lets every enrollment go as far as it can. Messages due at one look are decided by
    /// priority, so that under a cap the one that matters most has the place.
    pub(super) fn run(&mut self) {
        let mut ready: Vec<(Reverse<u8>, Timestamp, EnrollmentId)> = Vec::new();
        let ids: Vec<EnrollmentId> = self.running().map(|enrollment| enrollment.id.clone()).collect();
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

    /// Walks an enrollment through its waits, up to a message or a wait that is not over.
    fn advance(&mut self, id: &EnrollmentId, ready: &mut Vec<(Reverse<u8>, Timestamp, EnrollmentId)>) {
        let Some(place) = self.place(id) else { return };
        let Some(enrollment) = self.profile.state.enrollments.get(place).cloned() else {
            return;
        };
        let Some(campaign) = self.rules.version(&enrollment.campaign, &enrollment.version).cloned() else {
            self.end(place, "its version is gone".to_owned());
            return;
        };
        if self.leaves_by_condition(&campaign, &enrollment) {
            self.end(place, "condition".to_owned());
            return;
        }
        let mut moved = enrollment.clone();
        let stop = self.walk(&campaign, &mut moved);
        if moved != enrollment {
            self.folded.changed = true;
        }
        let Some(kept) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        *kept = moved;
        match stop {
            Ok(Stop::Rests) => {}
            Ok(Stop::Sends) => {
                let step = campaign.steps.get(usize::from(kept.step));
                if let Some(Step::Send(send)) = step {
                    ready.push((Reverse(send.priority), kept.since, id.clone()));
                }
            }
            Err(reason) => {
                let enrollment = kept.clone();
                self.or_fault::<(), _>(Err(&reason), &enrollment, "wait");
                self.end(place, reason);
            }
        }
    }

    fn leaves_by_condition(&mut self, campaign: &Campaign, enrollment: &Enrollment) -> bool {
        campaign.exit.iter().filter(|exit| exit.on.is_none()).any(|exit| {
            let Some(condition) = &exit.condition else { return false };
            let result = condition.test(&self.step_scope(enrollment));
            self.or_fault(result, enrollment, "exit.when").unwrap_or(false)
        })
    }

    /// Passes waits that are over. The next step begins when the wait ended, not when that was
    /// noticed, so that nothing drifts.
    fn walk(&self, campaign: &Campaign, enrollment: &mut Enrollment) -> Result<Stop, String> {
        loop {
            let Some(step) = campaign.steps.get(usize::from(enrollment.step)) else {
                let within = campaign.goal.as_ref().map_or(Span::default(), |goal| goal.within);
                enrollment.phase = Phase::Watching(after(self.now, within));
                enrollment.due = None;
                return Ok(Stop::Rests);
            };
            match step {
                Step::Wait(wait) => {
                    let end = self.end_of(wait, enrollment)?;
                    if end > self.now {
                        enrollment.due = Some(end);
                        return Ok(Stop::Rests);
                    }
                    next_step(enrollment, end.max(enrollment.since));
                }
                Step::Send(_) => {
                    if enrollment.deferred && enrollment.due.is_some_and(|due| due > self.now) {
                        return Ok(Stop::Rests);
                    }
                    return Ok(Stop::Sends);
                }
            }
        }
    }

    fn end_of(&self, wait: &Wait, enrollment: &Enrollment) -> Result<Timestamp, String> {
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

    /// What conditions of steps see.
    pub(super) fn step_scope<'s>(&'s self, enrollment: &'s Enrollment) -> Scope<'s> {
        Scope {
            now: self.now,
            zone: &self.zone,
            event: &enrollment.event,
            event_time: enrollment.entered,
            item: enrollment.item.as_ref(),
            key: &enrollment.key,
            traits: &self.profile.traits.values,
            lists: &self.profile.state.lists,
            tallies: &self.profile.state.tallies,
            segments: &self.rules.workspace.segments,
        }
    }
}

pub(super) fn next_step(enrollment: &mut Enrollment, since: Timestamp) {
    enrollment.step = enrollment.step.saturating_add(1);
    enrollment.since = since;
    enrollment.due = None;
    enrollment.deferred = false;
}
