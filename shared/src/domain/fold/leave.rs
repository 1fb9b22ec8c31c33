//! What an event does to enrollments: their goal is reached, or they end early.

use super::Turn;
use crate::domain::campaign::Campaign;
use crate::domain::condition::{Expr, Scope};
use crate::domain::decision::Verdict;
use crate::domain::event::Event;
use crate::domain::profile::{Enrollment, Phase};
use std::sync::Arc;

impl Turn<'_> {
    /// Lets the event crown and end what it concerns: goals first, so that an order which is
    /// both counts before it ends the enrollment.
    pub(super) fn leave(&mut self, event: &Event) {
        let mut place = 0;
        while let Some(enrollment) = self.profile.state.enrollments.get(place) {
            place += 1;
            let Some(campaign) = self.rules.version(&enrollment.campaign, &enrollment.version) else {
                continue;
            };
            // What happened before it entered is none of its business, in whatever order it came.
            if event.at < enrollment.entered {
                continue;
            }
            let campaign = Arc::clone(campaign);
            if let Some(value) = self.reaches_goal(&campaign, place - 1, event) {
                self.win(place - 1, value);
            }
            if self.ends(&campaign, place - 1, event) {
                self.end(place - 1, event.name.clone());
                place -= 1;
            }
        }
    }

    /// Whether the event is the enrollment's goal, and what it is worth.
    fn reaches_goal(&mut self, campaign: &Campaign, place: usize, event: &Event) -> Option<Option<f64>> {
        let goal = campaign.goal.as_ref().filter(|goal| goal.on == event.name)?;
        let enrollment = self.profile.state.enrollments.get(place)?;
        let open = match enrollment.phase {
            Phase::Running => true,
            Phase::Watching(until) => event.at <= until,
        };
        if enrollment.won || !open {
            return None;
        }
        let enrollment = enrollment.clone();
        if let Some(condition) = &goal.condition
            && !self.holds(condition, &enrollment, event, "goal.where")
        {
            return None;
        }
        let value = goal.value.as_ref().and_then(|value| {
            let result = value
                .eval(&self.scope_of(&enrollment, event))
                .map(|value| value.to_json().as_f64());
            self.or_fault(result, &enrollment, "goal.value").flatten()
        });
        Some(value)
    }

    fn win(&mut self, place: usize, value: Option<f64>) {
        let Some(enrollment) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        enrollment.won = true;
        let (campaign, key) = (enrollment.campaign.clone(), enrollment.key.clone());
        self.decide(&campaign, &key, Verdict::Goal { value });
    }

    /// Whether the event ends the enrollment.
    fn ends(&mut self, campaign: &Campaign, place: usize, event: &Event) -> bool {
        let Some(enrollment) = self.profile.state.enrollments.get(place) else {
            return false;
        };
        if enrollment.phase != Phase::Running {
            return false;
        }
        let enrollment = enrollment.clone();
        campaign
            .exit
            .iter()
            .filter(|exit| exit.on.as_ref() == Some(&event.name))
            .any(|exit| {
                exit.condition
                    .as_ref()
                    .is_none_or(|condition| self.holds(condition, &enrollment, event, "exit.where"))
            })
    }

    /// Ends an enrollment early. Its goal stays open: an exit on an order that was not the goal
    /// may still be followed by one that is.
    pub(super) fn end(&mut self, place: usize, reason: String) {
        if place >= self.profile.state.enrollments.len() {
            return;
        }
        let enrollment = self.profile.state.enrollments.remove(place);
        self.decide(&enrollment.campaign, &enrollment.key, Verdict::Exit { reason });
    }

    fn holds(&mut self, condition: &Expr, enrollment: &Enrollment, event: &Event, place: &'static str) -> bool {
        let result = condition.test(&self.scope_of(enrollment, event));
        self.or_fault(result, enrollment, place).unwrap_or(false)
    }

    /// What a condition of `enrollment` sees when it is asked about `event`.
    fn scope_of<'s>(&'s self, enrollment: &'s Enrollment, event: &'s Event) -> Scope<'s> {
        Scope {
            now: self.now,
            zone: &self.zone,
            event: &event.properties,
            event_time: event.at,
            item: enrollment.item.as_ref(),
            key: &enrollment.key,
            traits: &self.profile.traits.values,
            lists: &self.profile.state.lists,
            tallies: &self.profile.state.tallies,
            segments: &self.rules.workspace.segments,
        }
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
                self.decide(&enrollment.campaign, &enrollment.key, Verdict::Fault { place, error });
                None
            }
        }
    }
}
