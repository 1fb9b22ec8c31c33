//! Who enters: triggers, keys, re-entry.

use super::{ENROLLMENTS_MAX, Turn};
use crate::domain::campaign::{Again, Campaign, ChannelSet, Enter, Meanwhile, Step, Wait};
use crate::domain::decision::{PassReason, Saw, Verdict};
use crate::domain::event::{Event, Properties};
use crate::domain::id::EnrollmentId;
use crate::domain::profile::{Enrollment, Phase};
use crate::domain::rules::Active;
use crate::domain::time::{Timestamp, after};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What asks to enter.
#[derive(Clone, Copy)]
pub(super) struct Trigger<'t> {
    /// The id of the input behind it.
    pub id: &'t str,
    /// When it happened.
    pub at: Timestamp,
    /// What it is called; empty where it is no event.
    pub name: &'t str,
    /// What it says.
    pub properties: &'t Properties,
    /// How many events of campaigns' own led to it.
    pub hops: u8,
}

impl<'t> Trigger<'t> {
    pub(super) fn of(event: &'t Event) -> Self {
        Self {
            id: &event.id,
            at: event.at,
            name: &event.name,
            properties: &event.properties,
            hops: event.hops,
        }
    }
}

impl Turn<'_> {
    /// Lets the profile into every campaign that listens to the event.
    pub(super) fn enter_by_event(&mut self, event: &Event) {
        let rules = self.rules;
        for (active, enter) in rules.entered_by_event(&event.name) {
            self.knock(active, enter, &Trigger::of(event));
        }
    }

    /// Lets the profile into every campaign that listens to one of the traits, once each.
    pub(super) fn enter_by_traits(&mut self, trigger: &Trigger<'_>, changed: &[String]) {
        let rules = self.rules;
        let mut knocked: Vec<&Enter> = Vec::new();
        for (active, enter) in changed.iter().flat_map(|name| rules.entered_by_trait(name)) {
            if !knocked.iter().any(|known| std::ptr::eq(*known, enter)) {
                knocked.push(enter);
                self.knock(active, enter, trigger);
            }
        }
    }

    /// The event came too late to let the profile in anywhere.
    pub(super) fn pass_late(&mut self, event: &Event) {
        let rules = self.rules;
        if !self.explains {
            return;
        }
        for (active, _) in rules.entered_by_event(&event.name) {
            self.pass(&active.campaign.name, "", &event.id, PassReason::Late, saw_nothing);
        }
    }

    fn knock(&mut self, active: &Active, enter: &Enter, trigger: &Trigger<'_>) {
        if active.paused || self.is_over(&active.campaign, trigger.at) {
            let reason = match active.paused {
                true => PassReason::Paused,
                false => PassReason::Over,
            };
            self.pass(&active.campaign.name, "", trigger.id, reason, saw_nothing);
            return;
        }
        let campaign = &active.campaign;
        let Some(each) = &enter.each else {
            self.try_enter(campaign, enter, trigger, None);
            return;
        };
        let items = each.eval(&self.entry_scope(trigger, None)).map(|value| value.to_json());
        match items {
            Ok(Value::Array(items)) => {
                for item in &items {
                    self.try_enter(campaign, enter, trigger, Some(item));
                }
            }
            Ok(_) => self.entry_fault(campaign, "enter.each", "is not a list".to_owned()),
            Err(error) => self.entry_fault(campaign, "enter.each", error.to_string()),
        }
    }

    /// Whether an event that ends the campaign for everyone is known to have happened after the
    /// trigger, which came late.
    pub(super) fn is_over(&self, campaign: &Campaign, at: Timestamp) -> bool {
        self.over_by(campaign, at).is_some()
    }

    /// The event after that moment that ended the campaign for everyone.
    pub(super) fn over_by<'c>(&self, campaign: &'c Campaign, at: Timestamp) -> Option<&'c str> {
        campaign
            .exit
            .iter()
            .filter(|exit| exit.condition.is_none())
            .filter_map(|exit| exit.on.as_deref())
            .find(|on| self.profile.state.tallies.last(on).is_some_and(|last| last > at))
    }

    /// Enters where the entrance's condition holds, under its key.
    pub(super) fn try_enter(
        &mut self,
        campaign: &Arc<Campaign>,
        enter: &Enter,
        trigger: &Trigger<'_>,
        item: Option<&Value>,
    ) {
        let scope = self.entry_scope(trigger, item);
        let key = enter
            .key
            .as_ref()
            .map_or(Ok(None), |key| key.eval(&scope).map(|key| key.as_text()));
        match (self.admits(campaign, enter, trigger, item), key) {
            (true, Ok(key)) => self.admit(campaign, enter, trigger, item, key.unwrap_or_default()),
            (true, Err(error)) => {
                let error = error.to_string();
                self.entry_fault(campaign, "enter.key", error);
            }
            (false, key) => {
                let key = key.ok().flatten().unwrap_or_default();
                self.pass(&campaign.name, &key, trigger.id, PassReason::Condition, |turn| {
                    let scope = turn.entry_scope(trigger, item);
                    let condition = enter.condition.as_ref();
                    condition.map(|condition| condition.failing(&scope)).unwrap_or_default()
                });
            }
        }
    }

    /// Whether the entrance's condition holds.
    pub(super) fn admits(
        &mut self,
        campaign: &Campaign,
        enter: &Enter,
        trigger: &Trigger<'_>,
        item: Option<&Value>,
    ) -> bool {
        let Some(condition) = &enter.condition else { return true };
        match condition.test(&self.entry_scope(trigger, item)) {
            Ok(holds) => holds,
            Err(error) => {
                let error = error.to_string();
                self.entry_fault(campaign, "enter.where", error);
                false
            }
        }
    }

    /// Enters, restarts or moves what runs, or does nothing, as the campaign says.
    pub(super) fn admit(
        &mut self,
        campaign: &Arc<Campaign>,
        enter: &Enter,
        trigger: &Trigger<'_>,
        item: Option<&Value>,
        key: String,
    ) {
        let started = self.started(campaign, enter, trigger, item, key);
        let running = self.profile.state.enrollments.iter_mut().find(|enrollment| {
            enrollment.campaign == campaign.name
                && enrollment.key == started.key
                && matches!(enrollment.phase, Phase::Running | Phase::Pending)
        });
        let Some(running) = running else {
            return self.start(campaign, enter, trigger.id, started);
        };
        // The last trigger counts, in whatever order they came.
        if trigger.at < running.entered {
            return;
        }
        match enter.meanwhile {
            Meanwhile::Ignore => {
                self.pass(
                    &campaign.name,
                    &started.key,
                    trigger.id,
                    PassReason::Running,
                    saw_nothing,
                );
            }
            Meanwhile::Restart => {
                *running = started;
                self.folded.changed = true;
            }
            Meanwhile::Move if running.phase == Phase::Pending => {
                *running = started;
                self.folded.changed = true;
            }
            Meanwhile::Move => {
                let version = self.rules.version(&running.campaign, &running.version);
                let step = version.and_then(|campaign| campaign.steps.get(usize::from(running.step)));
                if let Some(Step::Wait(Wait::For(_) | Wait::ForExpr(_))) = step
                    && trigger.at > running.since
                {
                    running.since = trigger.at;
                    running.event = started.event;
                    running.item = started.item;
                    self.folded.changed = true;
                }
            }
        }
    }

    fn started(
        &self,
        campaign: &Campaign,
        enter: &Enter,
        trigger: &Trigger<'_>,
        item: Option<&Value>,
        key: String,
    ) -> Enrollment {
        let place = campaign.enter.iter().position(|known| std::ptr::eq(known, enter));
        Enrollment {
            id: EnrollmentId::derive(self.id, &campaign.name, &key, trigger.id),
            campaign: campaign.name.clone(),
            version: campaign.version.clone(),
            entrance: place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default(),
            key,
            entered: trigger.at,
            phase: match &enter.without {
                Some(_) => Phase::Pending,
                None => Phase::Running,
            },
            step: 0,
            since: trigger.at,
            due: enter.without.as_ref().map(|without| after(trigger.at, without.span)),
            deferred: false,
            won: false,
            rounds: BTreeMap::new(),
            tried: 0,
            left: ChannelSet::default(),
            unsure: ChannelSet::default(),
            acted: false,
            offer: None,
            answer: None,
            hops: trigger.hops,
            event_name: if by_several(campaign) {
                trigger.name.to_owned()
            } else {
                String::new()
            },
            drawn_for: None,
            event: kept(trigger.properties, &campaign.keeps),
            item: item.map(|item| match item {
                Value::Object(fields) => Value::Object(kept(fields, &campaign.keeps_of_item)),
                plain => plain.clone(),
            }),
        }
    }

    fn start(&mut self, campaign: &Campaign, enter: &Enter, trigger: &str, started: Enrollment) {
        if !self.may_enter_again(campaign, enter, &started) {
            self.pass(
                &campaign.name,
                &started.key,
                trigger,
                PassReason::EnteredBefore,
                saw_nothing,
            );
            return;
        }
        if !make_room(&mut self.profile.state.enrollments) {
            self.pass(&campaign.name, &started.key, trigger, PassReason::NoRoom, saw_nothing);
            let error = format!("the profile has {ENROLLMENTS_MAX} running enrollments already");
            self.entry_fault(campaign, "enter", error);
            return;
        }
        self.folded.changed = true;
        if started.phase == Phase::Running {
            self.remember_entrance(campaign, enter, &started);
            self.decide_for(&started, Verdict::Enter);
        }
        self.profile.state.enrollments.push(started);
    }

    fn may_enter_again(&self, campaign: &Campaign, enter: &Enter, started: &Enrollment) -> bool {
        let past = self.profile.state.past.get(&campaign.name);
        let last = past.and_then(|past| past.entered(&started.key));
        match (enter.again, last) {
            (_, None) | (Again::Always, Some(_)) => true,
            (Again::Never, Some(_)) => false,
            (Again::After(span), Some(last)) => {
                Timestamp::from_millisecond(last).is_ok_and(|last| started.entered >= after(last, span))
            }
        }
    }

    fn remember_entrance(&mut self, campaign: &Campaign, enter: &Enter, started: &Enrollment) {
        if enter.again != Again::Always {
            let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
            past.note(&started.key, started.entered.as_millisecond());
        }
    }

    /// Decides those that waited for something not to happen.
    pub(super) fn settle_pending(&mut self) {
        let mut place = 0;
        while let Some(pending) = self.profile.state.enrollments.get(place) {
            let over = pending
                .due
                .filter(|due| pending.phase == Phase::Pending && *due <= self.now);
            let Some(over) = over else {
                place += 1;
                continue;
            };
            let mut pending = self.profile.state.enrollments.remove(place);
            self.folded.changed = true;
            let Some(campaign) = self.rules.version(&pending.campaign, &pending.version).map(Arc::clone) else {
                continue;
            };
            let Some(enter) = campaign.enter.get(usize::from(pending.entrance)) else {
                continue;
            };
            if self.happened_after_all(&campaign, enter, &pending, over)
                || self.rules.paused(&campaign.name) == Some(true)
            {
                continue;
            }
            pending.phase = Phase::Running;
            pending.entered = over;
            pending.since = over;
            pending.due = None;
            self.remember_entrance(&campaign, enter, &pending);
            self.decide_for(&pending, Verdict::Enter);
            self.profile.state.enrollments.insert(place, pending);
            place += 1;
        }
    }

    fn happened_after_all(
        &mut self,
        campaign: &Campaign,
        enter: &Enter,
        pending: &Enrollment,
        over: Timestamp,
    ) -> bool {
        let Some(without) = &enter.without else { return false };
        let mut scope = self.step_scope(pending);
        scope.now = over;
        let result = without.happened.test(&scope);
        result.unwrap_or_else(|error| {
            self.entry_fault(campaign, "enter.without", error.to_string());
            true
        })
    }

    pub(super) fn entry_fault(&mut self, campaign: &Campaign, place: &'static str, error: String) {
        self.decide(&campaign.name, "", Verdict::Fault { place, error });
    }
}

fn saw_nothing(_: &Turn<'_>) -> Vec<Saw> {
    Vec::new()
}

/// Makes room for one more: of those that only watch for their goal, the oldest goes.
pub(super) fn make_room(enrollments: &mut Vec<Enrollment>) -> bool {
    if enrollments.len() < ENROLLMENTS_MAX {
        return true;
    }
    let watching = |enrollment: &Enrollment| matches!(enrollment.phase, Phase::Watching(_));
    match enrollments.iter().position(watching) {
        Some(place) => {
            enrollments.remove(place);
            true
        }
        None => false,
    }
}

/// Whether it may be entered by events of several names.
fn by_several(campaign: &Campaign) -> bool {
    campaign.enter.iter().map(|enter| enter.on.len()).sum::<usize>() > 1
}

fn kept(properties: &Properties, names: &[String]) -> Properties {
    names
        .iter()
        .filter_map(|name| properties.get(name).map(|value| (name.clone(), value.clone())))
        .collect::<Map<_, _>>()
}
