//! What conditions see: on entering, in steps, and asked about an event.

use super::Turn;
use super::enter::Trigger;
use crate::domain::condition::Scope;
use crate::domain::event::{Event, Properties};
use crate::domain::profile::{Enrollment, Profile};
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What conditions see of a profile at `now`, in its time zone, when something of that name happened.
pub fn scope<'s>(
    profile: &'s Profile,
    rules: &'s Rules,
    (zone, now): (&'s TimeZone, Timestamp),
    (event, event_time, event_name): (&'s Properties, Timestamp, &'s str),
) -> Scope<'s> {
    Scope {
        now,
        zone,
        event,
        event_time,
        event_name,
        item: None,
        offer: None,
        answer: None,
        key: "",
        traits: &profile.traits.values,
        account: profile.traits.of_account(),
        lists: &profile.state.lists,
        tallies: &profile.state.tallies,
        segments: &rules.workspace.segments,
        scores: &rules.workspace.scores,
        moments: rules.workspace.moments.as_ref(),
    }
}

impl Turn<'_> {
    /// The profile alone, with this event.
    fn scope<'s>(&'s self, event: &'s Properties, event_time: Timestamp, event_name: &'s str) -> Scope<'s> {
        scope(
            self.profile,
            self.rules,
            (&self.zone, self.now),
            (event, event_time, event_name),
        )
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
