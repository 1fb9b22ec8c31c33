//! Steps that change something beside messages: traits, lists, events of the campaign's own, offers.

use super::Turn;
use super::journey::drawn;
use crate::domain::campaign::{Campaign, Emit, ListChange, Offer};
use crate::domain::condition::{EvalError, Expr};
use crate::domain::decision::Verdict;
use crate::domain::event::{Event, EventKind, Input, Properties, Source};
use crate::domain::id::{digest, draw};
use crate::domain::profile::{Enrollment, GivenOffer};
use crate::domain::time::after;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many events of campaigns' own may lead to one another.
const HOPS_MAX: u8 = 8;
/// Characters of a code behind its prefix: 40 bits.
const CODE_CHARS: usize = 8;

impl Turn<'_> {
    pub(super) fn set_traits(&mut self, values: &BTreeMap<String, Expr>, enrollment: &mut Enrollment) {
        for (name, value) in self.values_of(values, enrollment, "set") {
            let traits = &mut self.profile.traits;
            if traits.values.get(&name).unwrap_or(&Value::Null) == &value {
                continue;
            }
            if value.is_null() {
                traits.values.remove(&name);
                traits.set.remove(&name);
            } else {
                traits.values.insert(name.clone(), value);
                traits.set.insert(name.clone(), self.now.as_millisecond());
            }
            self.folded.changed = true;
            self.folded.traits_changed = true;
            self.set_by_steps.push((enrollment.campaign.clone(), name));
        }
        enrollment.go_on(enrollment.since);
    }

    /// What the expressions come to; those that come to nothing are faults, and left out.
    fn values_of(
        &mut self,
        values: &BTreeMap<String, Expr>,
        enrollment: &Enrollment,
        place: &'static str,
    ) -> Vec<(String, Value)> {
        let evaluated: Vec<(String, Result<Value, EvalError>)> = values
            .iter()
            .map(|(name, expr)| {
                let value = expr.eval(&self.step_scope(enrollment)).map(|value| value.to_json());
                (name.clone(), value)
            })
            .collect();
        evaluated
            .into_iter()
            .filter_map(|(name, value)| Some((name, self.or_fault(value, enrollment, place)?)))
            .collect()
    }

    pub(super) fn change_list(&mut self, change: &ListChange, enrollment: &mut Enrollment) {
        let entry = change
            .entry
            .eval(&self.step_scope(enrollment))
            .map_err(|error| error.to_string())
            .and_then(|entry| {
                entry
                    .as_text()
                    .ok_or_else(|| format!("is {}, expected text or a number", entry.kind()))
            });
        let entry = self.or_fault(entry, enrollment, "list");
        if let (Some(entry), Some(rule)) = (entry, self.rules.workspace.lists.get(&change.list)) {
            let list = self.profile.state.lists.entry(change.list.clone()).or_default();
            self.folded.changed |= list.change(rule, &entry, change.put, self.now);
        }
        enrollment.go_on(enrollment.since);
    }

    /// Says that something happened: into the profile's own inbox, with the state that says so, so
    /// that it is history like everything else.
    pub(super) fn emit(&mut self, emit: &Emit, enrollment: &mut Enrollment) {
        if enrollment.hops >= HOPS_MAX {
            let error = format!("{HOPS_MAX} events of campaigns led to one another already");
            self.or_fault::<(), _>(Err(error), enrollment, "emit");
            return enrollment.go_on(enrollment.since);
        }
        let properties: Properties = self
            .values_of(&emit.properties, enrollment, "emit")
            .into_iter()
            .collect();
        let event = Event {
            id: self.own_id("emit", &enrollment.step.to_string(), enrollment),
            kind: EventKind::Track,
            name: emit.event.clone(),
            at: self.now,
            source: Source::System,
            hops: enrollment.hops + 1,
            properties,
        };
        enrollment.acted = true;
        self.forward(self.id.clone(), self.now, Input::Event(event));
        enrollment.go_on(enrollment.since);
    }

    /// An id of the enrollment's own, the same however often it is decided.
    fn own_id(&self, what: &str, name: &str, enrollment: &Enrollment) -> String {
        let rounds: Vec<String> = enrollment.rounds.values().map(u16::to_string).collect();
        digest(&[what, enrollment.id.as_str(), name, &rounds.join(".")])
    }

    /// Gives a code, unless the person had one lately: then it goes on without.
    pub(super) fn offer(&mut self, campaign: &Campaign, offer: &Offer, enrollment: &mut Enrollment) {
        let enough = offer
            .once_per
            .is_some_and(|window| self.profile.state.offers.given_in(self.now, window));
        enrollment.offer = None;
        if !enough {
            let id = self.own_id("offer", &offer.name, enrollment);
            let code = code(&offer.prefix, &id);
            let ends = after(self.now, offer.lasts);
            let rewards = offer.draw.iter().map(|reward| (reward.weight_bp, &reward.name));
            enrollment.acted = true;
            enrollment.offer = Some(json!({
                "code": code,
                "percent": offer.percent,
                "ends_at": ends.to_string(),
                "reward": drawn(draw(&["reward", &id]), rewards),
            }));
            self.profile.state.offers.give(GivenOffer {
                code: code.clone(),
                campaign: campaign.name.clone(),
                given: self.now,
                ends,
                used: None,
            });
            let verdict = Verdict::Offer {
                step: offer.name.clone(),
                code,
                until: ends,
            };
            self.decide_for(enrollment, verdict);
        }
        enrollment.go_on(enrollment.since);
    }

    /// Somebody used a code.
    pub(super) fn redeem(&mut self, event: &Event) {
        use crate::domain::profile::Redeemed;
        let Some(code) = event.properties.get("code").and_then(Value::as_str) else {
            return;
        };
        let Some((campaign, outcome)) = self.profile.state.offers.redeem(code, event.at) else {
            return;
        };
        let refused = match outcome {
            Redeemed::Good => None,
            Redeemed::Ended => Some("ended"),
            Redeemed::Used => Some("used"),
        };
        let code = code.to_owned();
        self.decide(&campaign, "", Verdict::Redeem { code, refused });
    }
}

/// A code that nobody guesses: of the trigger's own id, which nobody else knows.
fn code(prefix: &str, id: &str) -> String {
    let tail: String = id.chars().take(CODE_CHARS).collect::<String>().to_uppercase();
    if prefix.is_empty() {
        tail
    } else {
        format!("{prefix}-{tail}")
    }
}
