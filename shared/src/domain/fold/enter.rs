//! Who enters: triggers, keys, re-entry.

use super::ask::{Answer, Says, ask, ask_at, over_by, says};
use super::{ENROLLMENTS_MAX, Turn};
use crate::domain::campaign::{Again, Campaign, ChannelSet, Enter, Meanwhile, Step, Wait};
use crate::domain::condition::EvalError;
use crate::domain::decision::{PassReason, Saw, Verdict};
use crate::domain::event::{Event, Properties};
use crate::domain::id::EnrollmentId;
use crate::domain::profile::{Enrollment, Phase};
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
        let trigger = Trigger::of(event);
        let (rules, scope) = (self.rules, self.entry_scope(&trigger, None));
        let answers = match self.explains {
            true => self.worth_hearing(ask_at(rules.entered_by_event(&event.name), &scope)),
            false => self.worth_hearing(ask(rules, &scope)),
        };
        for answer in answers {
            self.heed(answer, &trigger);
        }
    }

    /// Lets the profile into every campaign that listens to one of the traits, once each.
    pub(super) fn enter_by_traits(&mut self, trigger: &Trigger<'_>, changed: &[String]) {
        let rules = self.rules;
        let mut known: Vec<&Enter> = Vec::new();
        let ways_in = changed.iter().flat_map(|name| rules.entered_by_trait(name));
        let ways_in = ways_in.filter(|(_, enter)| {
            let is_new = !known.iter().any(|known| std::ptr::eq(*known, *enter));
            known.extend(is_new.then_some(*enter));
            is_new
        });
        let answers = self.worth_hearing(ask_at(ways_in, &self.entry_scope(trigger, None)));
        for answer in answers {
            self.heed(answer, trigger);
        }
    }

    /// Who stays outside is told of only where it is asked for.
    fn worth_hearing<'r>(&self, answers: impl Iterator<Item = Answer<'r>>) -> Vec<Answer<'r>> {
        answers
            .filter(|answer| self.explains || !matches!(answer.says, Says::Closed(_)))
            .collect()
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

    /// Whether an event that ends the campaign for everyone is known to have happened after the
    /// trigger, which came late.
    pub(super) fn is_over(&self, campaign: &Campaign, at: Timestamp) -> bool {
        over_by(campaign, &self.profile.state.tallies, at).is_some()
    }

    /// Enters where the entrance's condition holds, under its key.
    pub(super) fn try_enter(
        &mut self,
        campaign: &Arc<Campaign>,
        enter: &Enter,
        trigger: &Trigger<'_>,
        item: Option<Value>,
    ) {
        let says = says(enter, &self.entry_scope(trigger, item.as_ref()));
        let answer = Answer {
            campaign,
            enter,
            item,
            says,
        };
        self.heed(answer, trigger);
    }

    /// Does as the way in says.
    fn heed(&mut self, answer: Answer<'_>, trigger: &Trigger<'_>) {
        let Answer {
            campaign,
            enter,
            item,
            says,
        } = answer;
        let item = item.as_ref();
        match says {
            Says::Open => match self.key(enter, trigger, item) {
                Ok(key) => self.admit(campaign, enter, trigger, item, key),
                Err(error) => self.entry_fault(campaign, "enter.key", error.to_string()),
            },
            Says::Closed(PassReason::Condition) => self.pass_by_condition(campaign, enter, trigger, item),
            Says::Closed(reason) => self.pass(&campaign.name, "", trigger.id, reason, saw_nothing),
            Says::Unclear(error) => {
                self.entry_fault(campaign, "enter.where", error.to_string());
                self.pass_by_condition(campaign, enter, trigger, item);
            }
            Says::NoArray(problem) => self.entry_fault(campaign, "enter.each", problem),
        }
    }

    /// The key under which the trigger enters; empty where there is none.
    fn key(&self, enter: &Enter, trigger: &Trigger<'_>, item: Option<&Value>) -> Result<String, EvalError> {
        let Some(key) = &enter.key else {
            return Ok(String::new());
        };
        let key = key.eval(&self.entry_scope(trigger, item))?;
        Ok(key.as_text().unwrap_or_default())
    }

    fn pass_by_condition(&mut self, campaign: &Campaign, enter: &Enter, trigger: &Trigger<'_>, item: Option<&Value>) {
        if !self.explains {
            return;
        }
        let key = self.key(enter, trigger, item).unwrap_or_default();
        self.pass(&campaign.name, &key, trigger.id, PassReason::Condition, |turn| {
            let scope = turn.entry_scope(trigger, item);
            let condition = enter.condition.as_ref();
            condition.map(|condition| condition.failing(&scope)).unwrap_or_default()
        });
    }

    /// Whether the entrance's condition holds; where that cannot be told it does not.
    pub(super) fn admits(&mut self, campaign: &Campaign, enter: &Enter, trigger: &Trigger<'_>) -> bool {
        match says(enter, &self.entry_scope(trigger, None)) {
            Says::Open => true,
            Says::Closed(_) | Says::NoArray(_) => false,
            Says::Unclear(error) => {
                self.entry_fault(campaign, "enter.where", error.to_string());
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
            let at = started.entered.as_millisecond();
            let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
            past.note(&started.key, at, enter.again == Again::Never);
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
