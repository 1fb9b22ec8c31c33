//! What an event does to enrollments: their goal is reached, or they end early.

use super::history::is_activity;
use super::{Turn, is_watched};
use crate::domain::campaign::{Again, Campaign};
use crate::domain::condition::{Expr, Scope};
use crate::domain::decision::Verdict;
use crate::domain::event::{ACTIVITY, Event};
use crate::domain::profile::{Enrollment, Phase, Tallies};
use crate::domain::time::{Timestamp, between};

impl Turn<'_> {
    /// Lets the event crown and end what it concerns: goals first, so that an order which is
    /// both counts before it ends the enrollment.
    pub(super) fn leave(&mut self, event: &Event) {
        let mut place = 0;
        while let Some(enrollment) = self.profile.state.enrollments.get(place) {
            place += 1;
            // What happened before it entered is none of its business, in whatever order it came.
            if event.at < enrollment.entered {
                continue;
            }
            let rules = self.rules;
            let Some(campaign) = rules.version(&enrollment.campaign, &enrollment.version) else {
                continue;
            };
            if let Some(value) = self.reaches_goal(campaign, place - 1, event) {
                self.win(place - 1, value, event.at);
            }
            if self.ends(campaign, place - 1, event) || self.followed(campaign, place - 1, event) {
                self.end(place - 1, event.name.clone());
                place -= 1;
            }
        }
    }

    /// Whether the event is the enrollment's goal, and what it is worth.
    fn reaches_goal(&mut self, campaign: &Campaign, place: usize, event: &Event) -> Option<Option<f64>> {
        let goal = campaign.goal.as_ref().filter(|goal| self.is_called(event, &goal.on))?;
        let enrollment = self.profile.state.enrollments.get(place)?;
        let open = match enrollment.phase {
            Phase::Pending => false,
            Phase::Running => true,
            Phase::Watching(until) => event.at <= until && is_watched(until, self.rules.workspace.late_after, self.now),
        };
        if enrollment.won || !open {
            return None;
        }
        if let Some(condition) = &goal.condition {
            let result = condition.test(&self.event_scope(enrollment, event));
            if !self.or_fault_at(result, place, "goal.where").unwrap_or(false) {
                return None;
            }
        }
        let Some(value) = &goal.value else { return Some(None) };
        let enrollment = self.profile.state.enrollments.get(place)?;
        let result = value
            .eval(&self.event_scope(enrollment, event))
            .map(|value| value.to_json().as_f64());
        Some(self.or_fault_at(result, place, "goal.value").flatten())
    }

    fn win(&mut self, place: usize, value: Option<f64>, at: Timestamp) {
        let Some(enrollment) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        enrollment.won = true;
        let enrollment = enrollment.clone();
        let took = between(enrollment.entered, at);
        self.decide_for(&enrollment, Verdict::Goal { value, took });
    }

    /// Whether the event ends the enrollment.
    fn ends(&mut self, campaign: &Campaign, place: usize, event: &Event) -> bool {
        for exit in &campaign.exit {
            if !exit.on.as_ref().is_some_and(|on| self.is_called(event, on)) {
                continue;
            }
            let Some(enrollment) = self.profile.state.enrollments.get(place) else {
                return false;
            };
            if matches!(enrollment.phase, Phase::Watching(_)) {
                return false;
            }
            let Some(condition) = &exit.condition else { return true };
            let result = condition.test(&self.event_scope(enrollment, event));
            if self.or_fault_at(result, place, "exit.where").unwrap_or(false) {
                return true;
            }
        }
        false
    }

    /// Whether the event is what was not to follow. That it did is noticed at once: by the time at which it is asked what
    /// followed, others may have pushed it out of what is kept.
    fn followed(&self, campaign: &Campaign, place: usize, event: &Event) -> bool {
        let pending = self.profile.state.enrollments.get(place);
        let Some(pending) = pending.filter(|pending| pending.phase == Phase::Pending) else {
            return false;
        };
        let enter = campaign.enter.get(usize::from(pending.entrance));
        let Some((without, over)) = enter.and_then(|enter| enter.without.as_ref()).zip(pending.due) else {
            return false;
        };
        let mut alone = Tallies::default();
        for feed in without.happened.feeds() {
            if self.is_called(event, &feed.event)
                && let Some(sample) = feed.sample(event)
            {
                alone.note(feed.log, sample, feed.keep);
            }
        }
        if alone.is_empty() {
            return false;
        }
        let scope = Scope {
            now: over,
            tallies: &alone,
            ..self.step_scope(pending)
        };
        // What errs is told when the time is over.
        without.happened.test(&scope).unwrap_or(false)
    }

    /// Ends an enrollment early. Where it did something already its goal stays open: who comes back
    /// after a letter and orders a day later did what the letter was for.
    pub(super) fn end(&mut self, place: usize, reason: String) {
        if place >= self.profile.state.enrollments.len() {
            return;
        }
        let mut enrollment = self.profile.state.enrollments.remove(place);
        self.folded.changed = true;
        self.close_handover_of(&enrollment.id);
        // What never entered leaves without a word.
        if enrollment.phase == Phase::Pending {
            return;
        }
        self.forget_entrance(&enrollment);
        self.decide_for(&enrollment, Verdict::Exit { reason });
        let version = self.rules.version(&enrollment.campaign, &enrollment.version);
        if let Some(campaign) = version
            && campaign.goal.is_some()
            && enrollment.acted
            && !enrollment.won
        {
            enrollment.phase = Phase::Watching(self.goal_open_until(campaign));
            enrollment.due = None;
            enrollment.deferred = false;
            self.profile.state.enrollments.push(enrollment);
        }
    }

    /// Where a key enters once, a run that ended before it did anything does not count: a cart that
    /// was emptied and is filled again may still be reminded of.
    fn forget_entrance(&mut self, enrollment: &Enrollment) {
        let version = self.rules.version(&enrollment.campaign, &enrollment.version);
        let once = version
            .and_then(|campaign| campaign.enter.get(usize::from(enrollment.entrance)))
            .is_some_and(|enter| enter.again == Again::Never && enter.watch.is_none());
        if once
            && !enrollment.acted
            && let Some(past) = self.profile.state.past.get_mut(&enrollment.campaign)
        {
            past.forget(&enrollment.key);
        }
    }

    pub(super) fn holds(
        &mut self,
        condition: &Expr,
        enrollment: &Enrollment,
        event: &Event,
        place: &'static str,
    ) -> bool {
        let result = condition.test(&self.event_scope(enrollment, event));
        self.or_fault(result, enrollment, place).unwrap_or(false)
    }

    /// Whether a campaign that names `name` means the event.
    pub(super) fn is_called(&self, event: &Event, name: &str) -> bool {
        event.name == name || (name == ACTIVITY && is_activity(event, self.rules))
    }

    /// The result, or a fault in the campaign that is noted and concerns nobody else.
    pub(super) fn or_fault<T, E: ToString>(
        &mut self,
        result: Result<T, E>,
        enrollment: &Enrollment,
        place: &'static str,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let error = error.to_string();
                self.decide_for(enrollment, Verdict::Fault { place, error });
                None
            }
        }
    }

    /// The same for the enrollment at this place.
    fn or_fault_at<T, E: ToString>(&mut self, result: Result<T, E>, place: usize, what: &'static str) -> Option<T> {
        if let (Err(error), Some(enrollment)) = (&result, self.profile.state.enrollments.get(place)) {
            let (enrollment, error) = (enrollment.clone(), error.to_string());
            self.decide_for(&enrollment, Verdict::Fault { place: what, error });
        }
        result.ok()
    }
}
