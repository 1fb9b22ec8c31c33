//! What conditions see: on entering, in steps, and asked about an event.

use super::Turn;
use super::enter::Trigger;
use crate::domain::condition::Scope;
use crate::domain::event::{Event, Properties};
use crate::domain::profile::Enrollment;
use crate::domain::time::Timestamp;
use serde_json::Value;

impl Turn<'_> {
    /// The profile alone, with this event.
    fn scope<'s>(&'s self, event: &'s Properties, event_time: Timestamp, event_name: &'s str) -> Scope<'s> {
        Scope {
            now: self.now,
            zone: &self.zone,
            event,
            event_time,
            event_name,
            item: None,
            offer: None,
            answer: None,
            key: "",
            traits: &self.profile.traits.values,
            account: self.profile.traits.of_account(),
            lists: &self.profile.state.lists,
            tallies: &self.profile.state.tallies,
            segments: &self.rules.workspace.segments,
            scores: &self.rules.workspace.scores,
            moments: self.rules.workspace.moments.as_ref(),
        }
    }

    /// What a trigger's conditions see.
    pub(super) fn entry_scope<'s>(&'s self, trigger: &'s Trigger<'_>, item: Option<&'s Value>) -> Scope<'s> {
        Scope {
            item,
            ..self.scope(trigger.properties, trigger.at, trigger.name)
        }
    }

    /// What conditions of steps see: the trigger, as far as it was kept.
    pub(super) fn step_scope<'s>(&'s self, enrollment: &'s Enrollment) -> Scope<'s> {
        Scope {
            item: enrollment.item.as_ref(),
            offer: enrollment.offer.as_ref(),
            answer: enrollment.answer.as_ref(),
            key: &enrollment.key,
            ..self.scope(&enrollment.event, enrollment.entered, &enrollment.event_name)
        }
    }

    /// What a condition of `enrollment` sees when it is asked about `event`.
    pub(super) fn event_scope<'s>(&'s self, enrollment: &'s Enrollment, event: &'s Event) -> Scope<'s> {
        Scope {
            item: enrollment.item.as_ref(),
            offer: enrollment.offer.as_ref(),
            answer: enrollment.answer.as_ref(),
            key: &enrollment.key,
            ..self.scope(&event.properties, event.at, &event.name)
        }
    }
}
