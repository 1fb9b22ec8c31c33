//! Who enters: triggers, keys, re-entry.

use super::{ENROLLMENTS_MAX, Turn};
use crate::domain::campaign::{Again, Campaign, Meanwhile};
use crate::domain::condition::Scope;
use crate::domain::decision::Verdict;
use crate::domain::event::{Event, Properties};
use crate::domain::id::EnrollmentId;
use crate::domain::profile::{Enrollment, Phase};
use crate::domain::rules::{Active, Rules};
use crate::domain::time::{Timestamp, after};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What asks to enter.
pub(super) struct Trigger<'t> {
    /// The id of the input behind it.
    pub id: &'t str,
    /// When it happened.
    pub at: Timestamp,
    /// What it says.
    pub properties: &'t Properties,
}

impl Turn<'_> {
    /// Lets the profile into every campaign that listens to the event.
    pub(super) fn enter_by_event(&mut self, event: &Event) {
        let rules = self.rules;
        for active in rules.entered_by_event(&event.name) {
            self.knock(active, event);
        }
    }

    /// Lets the profile into every campaign that listens to one of the traits, once each.
    pub(super) fn enter_by_traits(&mut self, event: &Event, changed: &[String]) {
        let rules = self.rules;
        let mut knocked: Vec<&str> = Vec::new();
        for active in changed.iter().flat_map(|name| rules.entered_by_trait(name)) {
            let name = active.campaign.name.as_str();
            if !knocked.contains(&name) {
                knocked.push(name);
                self.knock(active, event);
            }
        }
    }

    fn knock(&mut self, active: &Active, event: &Event) {
        if active.paused || self.is_over(&active.campaign, event.at) {
            return;
        }
        let campaign = Arc::clone(&active.campaign);
        let trigger = Trigger {
            id: &event.id,
            at: event.at,
            properties: &event.properties,
        };
        let Some(each) = &campaign.enter.each else {
            self.try_enter(&campaign, &trigger, None);
            return;
        };
        let items = each
            .eval(&self.entry_scope(&trigger, None))
            .map(|value| value.to_json());
        match items {
            Ok(Value::Array(items)) => {
                for item in &items {
                    self.try_enter(&campaign, &trigger, Some(item));
                }
            }
            Ok(_) => self.entry_fault(&campaign, "enter.each", "is not a list".to_owned()),
            Err(error) => self.entry_fault(&campaign, "enter.each", error.to_string()),
        }
    }

    /// Whether an event that ends the campaign for everyone is known to have happened after the
    /// trigger, which came late.
    fn is_over(&self, campaign: &Campaign, at: Timestamp) -> bool {
        campaign
            .exit
            .iter()
            .filter(|exit| exit.condition.is_none())
            .filter_map(|exit| self.profile.state.tallies.last(exit.on.as_deref()?))
            .any(|last| last > at)
    }

    fn try_enter(&mut self, campaign: &Arc<Campaign>, trigger: &Trigger<'_>, item: Option<&Value>) {
        let scope = self.entry_scope(trigger, item);
        let admitted = campaign
            .enter
            .condition
            .as_ref()
            .map_or(Ok(true), |condition| condition.test(&scope));
        let key = campaign
            .enter
            .key
            .as_ref()
            .map_or(Ok(None), |key| key.eval(&scope).map(|key| key.as_text()));
        match (admitted, key) {
            (Ok(true), Ok(key)) => self.admit(campaign, trigger, item, key.unwrap_or_default()),
            (Ok(false), _) => {}
            (Err(error), _) => self.entry_fault(campaign, "enter.where", error.to_string()),
            (_, Err(error)) => self.entry_fault(campaign, "enter.key", error.to_string()),
        }
    }

    /// Enters, restarts what runs, or does nothing, as the campaign says.
    pub(super) fn admit(&mut self, campaign: &Arc<Campaign>, trigger: &Trigger<'_>, item: Option<&Value>, key: String) {
        let id = EnrollmentId::derive(self.id, &campaign.name, &key, trigger.id);
        let running = self.profile.state.enrollments.iter_mut().find(|enrollment| {
            enrollment.campaign == campaign.name && enrollment.key == key && enrollment.phase == Phase::Running
        });
        let started = Enrollment {
            id,
            campaign: campaign.name.clone(),
            version: campaign.version.clone(),
            key,
            entered: trigger.at,
            phase: Phase::Running,
            step: 0,
            since: trigger.at,
            due: None,
            deferred: false,
            won: false,
            event: kept(trigger.properties, &campaign.keeps),
            item: item.map(|item| match item {
                Value::Object(fields) => Value::Object(kept(fields, &campaign.keeps_of_item)),
                plain => plain.clone(),
            }),
        };
        match (running, campaign.enter.meanwhile) {
            (Some(_), Meanwhile::Ignore) => {}
            (Some(running), Meanwhile::Restart) => {
                // The last trigger counts, in whatever order they came.
                if trigger.at >= running.entered {
                    *running = started;
                    self.folded.changed = true;
                }
            }
            (None, Meanwhile::Ignore | Meanwhile::Restart) => self.start(campaign, started),
        }
    }

    fn start(&mut self, campaign: &Campaign, started: Enrollment) {
        let state = &mut self.profile.state;
        let last = state
            .past
            .get(&campaign.name)
            .and_then(|past| past.entered(&started.key));
        let again = match (campaign.enter.again, last) {
            (_, None) | (Again::Always, Some(_)) => true,
            (Again::Never, Some(_)) => false,
            (Again::After(span), Some(last)) => {
                Timestamp::from_millisecond(last).is_ok_and(|last| started.entered >= after(last, span))
            }
        };
        if !again {
            return;
        }
        if !make_room(&mut state.enrollments) {
            let error = format!("the profile has {ENROLLMENTS_MAX} running enrollments already");
            self.entry_fault(campaign, "enter", error);
            return;
        }
        if campaign.enter.again != Again::Always {
            let past = state.past.entry(campaign.name.clone()).or_default();
            past.note(&started.key, started.entered.as_millisecond());
        }
        let key = started.key.clone();
        state.enrollments.push(started);
        self.decide(&campaign.name, &key, Verdict::Enter);
    }

    /// What a trigger's conditions see.
    pub(super) fn entry_scope<'s>(&'s self, trigger: &'s Trigger<'_>, item: Option<&'s Value>) -> Scope<'s> {
        scope(self, self.rules, trigger, item)
    }

    pub(super) fn entry_fault(&mut self, campaign: &Campaign, place: &'static str, error: String) {
        self.decide(&campaign.name, "", Verdict::Fault { place, error });
    }
}

fn scope<'s>(turn: &'s Turn<'_>, rules: &'s Rules, trigger: &'s Trigger<'_>, item: Option<&'s Value>) -> Scope<'s> {
    Scope {
        now: turn.now,
        zone: &turn.zone,
        event: trigger.properties,
        event_time: trigger.at,
        item,
        key: "",
        traits: &turn.profile.traits.values,
        lists: &turn.profile.state.lists,
        tallies: &turn.profile.state.tallies,
        segments: &rules.workspace.segments,
    }
}

/// Makes room for one more: of those that only watch for their goal, the oldest goes.
fn make_room(enrollments: &mut Vec<Enrollment>) -> bool {
    if enrollments.len() < ENROLLMENTS_MAX {
        return true;
    }
    match enrollments
        .iter()
        .position(|enrollment| enrollment.phase != Phase::Running)
    {
        Some(place) => {
            enrollments.remove(place);
            true
        }
        None => false,
    }
}

fn kept(properties: &Properties, names: &[String]) -> Properties {
    names
        .iter()
        .filter_map(|name| properties.get(name).map(|value| (name.clone(), value.clone())))
        .collect::<Map<_, _>>()
}
