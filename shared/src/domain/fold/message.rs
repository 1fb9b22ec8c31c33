//! A message is decided: the guards are asked, and what passes them is written.

use super::Turn;
use super::journey::next_step;
use crate::domain::campaign::{Campaign, Channel, Purpose, Send, Step};
use crate::domain::decision::{SkipReason, Verdict};
use crate::domain::event::Properties;
use crate::domain::guard::{cap, quiet, reach};
use crate::domain::id::{EnrollmentId, MessageId, draw};
use crate::domain::message::Message;
use crate::domain::profile::Enrollment;
use crate::domain::time::{Timestamp, after};
use serde_json::Value;
use std::sync::Arc;

/// What the guards say of a message.
enum Pass<'t> {
    /// It may leave, on this channel to this address.
    Go(Channel, &'t str),
    /// It is held back for good.
    Skip(Channel, SkipReason),
    /// It waits for the end of quiet hours.
    Defer(Channel, Timestamp),
    /// Its condition does not work.
    Broken(String),
}

impl Turn<'_> {
    /// Decides the message an enrollment has come to. Says whether it goes on from there.
    pub(super) fn decide_message(&mut self, id: &EnrollmentId) -> bool {
        let Some(place) = self.place(id) else { return false };
        let Some(enrollment) = self.profile.state.enrollments.get(place).cloned() else {
            return false;
        };
        let Some(campaign) = self
            .rules
            .version(&enrollment.campaign, &enrollment.version)
            .map(Arc::clone)
        else {
            return false;
        };
        let Some(Step::Send(send)) = campaign.steps.get(usize::from(enrollment.step)) else {
            return false;
        };
        let step = send.name.clone();
        let pass = self.ask_guards(&campaign, send, &enrollment);
        let verdict = match pass {
            Pass::Go(channel, address) => {
                let message = self.write(&campaign, send, &enrollment, channel, address.to_owned());
                let verdict = Verdict::Send {
                    step,
                    channel,
                    template: send.template.clone(),
                    variant: message.variant.clone(),
                    message: message.id.clone(),
                };
                self.profile.state.ledger.note(campaign.purpose, channel, self.now);
                self.folded.messages.push(message);
                verdict
            }
            Pass::Skip(channel, reason) => Verdict::Skip { step, channel, reason },
            Pass::Defer(channel, until) => {
                if let Some(kept) = self.profile.state.enrollments.get_mut(place) {
                    kept.deferred = true;
                    kept.due = Some(until);
                }
                self.decide(&campaign.name, &enrollment.key, Verdict::Defer { step, channel, until });
                return false;
            }
            Pass::Broken(error) => Verdict::Fault {
                place: "send.when",
                error,
            },
        };
        if let Some(kept) = self.profile.state.enrollments.get_mut(place) {
            next_step(kept, self.now);
        }
        self.decide(&campaign.name, &enrollment.key, verdict);
        true
    }

    /// Asks the guards in their order.
    fn ask_guards<'s>(&'s self, campaign: &Campaign, send: &Send, enrollment: &Enrollment) -> Pass<'s> {
        let traits = &self.profile.traits;
        let (channel, address) = match reach::first_reachable(traits, &send.by, campaign.purpose, &campaign.topic) {
            Ok(reached) => reached,
            Err((channel, reason)) => return Pass::Skip(channel, reason),
        };
        if self.rules.paused(&campaign.name) == Some(true) {
            return Pass::Skip(channel, SkipReason::Paused);
        }
        if let Some(condition) = &send.condition {
            match condition.test(&self.step_scope(enrollment)) {
                Ok(true) => {}
                Ok(false) => return Pass::Skip(channel, SkipReason::Condition),
                Err(error) => return Pass::Broken(error.to_string()),
            }
        }
        if send
            .expires
            .is_some_and(|span| self.now > after(enrollment.since, span))
        {
            return Pass::Skip(channel, SkipReason::Expired);
        }
        if campaign.purpose == Purpose::Marketing && self.in_holdout(campaign) {
            return Pass::Skip(channel, SkipReason::Holdout);
        }
        let workspace = &self.rules.workspace;
        if !cap::has_room(&workspace.caps, &self.profile.state.ledger, campaign.purpose, self.now) {
            return Pass::Skip(channel, SkipReason::FrequencyCap);
        }
        match quiet::held_until(workspace.quiet_hours.as_ref(), channel, self.now, &self.zone) {
            Some(until) => Pass::Defer(channel, until),
            None => Pass::Go(channel, address),
        }
    }

    /// Assigned once and kept, because it derives from who and which.
    fn in_holdout(&self, campaign: &Campaign) -> bool {
        let place = draw(&["holdout", self.id.as_str(), campaign.name.as_str()]) % 10_000;
        place < u64::from(campaign.holdout_bp)
    }

    fn write(
        &self,
        campaign: &Campaign,
        send: &Send,
        enrollment: &Enrollment,
        channel: Channel,
        to: String,
    ) -> Message {
        let workspace = &self.rules.workspace;
        let variant = self.variant(campaign, send);
        Message {
            id: MessageId::derive(&enrollment.id, &send.name),
            profile: self.id.clone(),
            campaign: campaign.name.clone(),
            version: campaign.version.clone(),
            step: send.name.clone(),
            channel,
            to,
            template: send.template.clone(),
            context: self.context(campaign, enrollment, variant.as_deref()),
            variant,
            locale: self
                .profile
                .traits
                .text("locale")
                .unwrap_or(&workspace.locale)
                .to_owned(),
            topic: campaign.topic.clone(),
            purpose: campaign.purpose,
            policy: send.policy,
            decided: self.now,
            expires: send.expires.map(|span| after(enrollment.since, span)),
        }
    }

    /// The arm of the split: the same for this profile every time.
    fn variant(&self, campaign: &Campaign, send: &Send) -> Option<String> {
        let mut place = draw(&["variant", self.id.as_str(), campaign.name.as_str(), &send.name]) % 10_000;
        send.variants
            .iter()
            .find(|variant| {
                let weight = u64::from(variant.weight_bp);
                let here = place < weight;
                place = place.saturating_sub(weight);
                here
            })
            .map(|variant| variant.name.clone())
    }

    /// What the template sees: no more than templates of the campaign show.
    fn context(&self, campaign: &Campaign, enrollment: &Enrollment, variant: Option<&str>) -> Properties {
        let state = &self.profile.state;
        let traits = &self.profile.traits.values;
        let shown: Properties = campaign
            .shows_traits
            .iter()
            .filter_map(|name| traits.get(name).map(|value| (name.clone(), value.clone())))
            .collect();
        let mut context = Properties::new();
        context.insert("event".to_owned(), Value::Object(enrollment.event.clone()));
        context.insert("profile".to_owned(), Value::Object(shown));
        if let Some(item) = &enrollment.item {
            context.insert("item".to_owned(), item.clone());
        }
        if !enrollment.key.is_empty() {
            context.insert("key".to_owned(), Value::from(enrollment.key.as_str()));
        }
        if let Some(variant) = variant {
            context.insert("variant".to_owned(), Value::from(variant));
        }
        for name in &campaign.shows_lists {
            let list = state.lists.get(name);
            let items: Vec<Value> = list.map(|list| list.items().cloned().collect()).unwrap_or_default();
            let mut shown = Properties::new();
            if let Some(key) = list.and_then(|list| list.key.as_deref()) {
                shown.insert("key".to_owned(), Value::from(key));
            }
            shown.insert("items".to_owned(), Value::Array(items));
            context.insert(name.clone(), Value::Object(shown));
        }
        context
    }
}
