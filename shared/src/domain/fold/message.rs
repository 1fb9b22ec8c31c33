//! A message is decided: the guards are asked, and what passes them is written.

use super::Turn;
use super::journey::drawn;
use crate::domain::campaign::{Campaign, Channel, Purpose, Send, Step};
use crate::domain::decision::{DeferReason, SkipReason, Verdict};
use crate::domain::event::Properties;
use crate::domain::guard::{cap, holdout, quiet, reach};
use crate::domain::id::{EnrollmentId, ProfileId, draw};
use crate::domain::message::Message;
use crate::domain::profile::{Enrollment, Sent};
use crate::domain::time::{Timestamp, after};
use serde_json::Value;
use std::sync::Arc;

/// What the guards say of a message.
enum Pass<'t> {
    /// It may leave, on this channel to this address.
    Go(Channel, &'t str),
    /// It is held back for good.
    Skip(Channel, SkipReason),
    /// A frequency cap holds it back, which it names.
    Capped(Channel, String),
    /// It waits.
    Defer(Channel, Timestamp, DeferReason),
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
        let again = enrollment.tried > 0;
        let pass = self.ask_guards(&campaign, send, &enrollment);
        let verdict = match pass {
            Pass::Go(channel, address) => {
                let message = self.write(&campaign, send, &enrollment, channel, address.to_owned());
                let sent = Sent::new(self.now, channel, &message.topic, enrollment.left_by(&send.by));
                let caps = &self.rules.workspace.caps;
                self.profile.state.ledger.note(message.purpose, sent, caps);
                self.move_on_after(place, send, channel);
                let verdict = Verdict::Send {
                    step,
                    channel,
                    template: send.template.clone(),
                    variant: message.variant.clone(),
                    message: message.id.clone(),
                    maybe_also: enrollment.unsure,
                };
                self.folded.messages.push(message);
                self.decide_for(&enrollment, verdict);
                return true;
            }
            Pass::Defer(channel, until, reason) => {
                if let Some(kept) = self.profile.state.enrollments.get_mut(place) {
                    kept.deferred = true;
                    kept.due = Some(until);
                }
                let verdict = Verdict::Defer {
                    step,
                    channel,
                    until,
                    reason,
                };
                self.decide_for(&enrollment, verdict);
                return false;
            }
            Pass::Skip(channel, reason) => Verdict::Skip {
                step,
                channel,
                variant: self.variant(&campaign, send, &enrollment),
                reason,
                cap: None,
            },
            Pass::Capped(channel, cap) => Verdict::Skip {
                step,
                channel,
                variant: self.variant(&campaign, send, &enrollment),
                reason: SkipReason::FrequencyCap,
                cap: Some(cap),
            },
            Pass::Broken(error) => Verdict::Fault {
                place: "send.when",
                error,
            },
        };
        if let Some(kept) = self.profile.state.enrollments.get_mut(place) {
            kept.acted = true;
            kept.go_on(self.now);
        }
        self.folded.changed = true;
        // That a message has no further channel to go to is the end of a cascade, not a message held back.
        let no_other = matches!(
            verdict,
            Verdict::Skip {
                reason: SkipReason::Unreachable | SkipReason::NotConsented | SkipReason::Suppressed,
                ..
            }
        );
        if !(again && no_other) {
            self.decide_for(&enrollment, verdict);
        }
        true
    }

    /// After a message: the next step, or in a cascade word of it.
    fn move_on_after(&mut self, place: usize, send: &Send, channel: Channel) {
        let now = self.now;
        let Some(kept) = self.profile.state.enrollments.get_mut(place) else {
            return;
        };
        kept.acted = true;
        let Some(cascade) = send.cascade else {
            return kept.go_on(now);
        };
        let tried = send.by.iter().position(|by| *by == channel).unwrap_or_default() + 1;
        if kept.tried == 0 {
            kept.since = now;
        }
        kept.left = kept.left_by(&send.by).with(channel);
        kept.tried = u8::try_from(tried).unwrap_or(u8::MAX);
        kept.unsure = kept.unsure.with(channel);
        kept.deferred = false;
        kept.due = Some(after(now, cascade.after));
    }

    /// Asks the guards in their order.
    fn ask_guards<'s>(&'s self, campaign: &Campaign, send: &Send, enrollment: &Enrollment) -> Pass<'s> {
        let traits = &self.profile.traits;
        let purpose = send.purpose_in(campaign);
        let left = send.by.get(usize::from(enrollment.tried)..).unwrap_or_default();
        let topic = send.topic_in(campaign);
        let channel = match reach::first_reachable(traits, &self.rules.workspace.addresses, left, purpose, topic) {
            Ok((channel, _)) => channel,
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
        let drawn_for = enrollment.drawn_for(self.id);
        if purpose == Purpose::Marketing && holdout::is_held_out(drawn_for, campaign, &self.rules.workspace) {
            return Pass::Skip(channel, SkipReason::Holdout);
        }
        let workspace = &self.rules.workspace;
        if let Some(open) = &self.profile.state.handover
            && purpose == Purpose::Marketing
            && open.enrollment != enrollment.id
            && open.until > self.now
        {
            return Pass::Defer(channel, open.until, DeferReason::Handover);
        }
        let (channel, address) = match self.uncapped(send, topic, purpose, enrollment) {
            Ok(reached) => reached,
            Err(cap) => return Pass::Capped(channel, cap),
        };
        match quiet::held_until(workspace.quiet_hours.as_ref(), channel, self.now, &self.zone) {
            Some(until) => Pass::Defer(channel, until, DeferReason::QuietHours),
            None => Pass::Go(channel, address),
        }
    }

    /// The first channel that reaches the person and on which no cap is full, with the address there; or the cap that
    /// holds the message back on the first that reaches them.
    fn uncapped(
        &self,
        send: &Send,
        topic: &str,
        purpose: Purpose,
        enrollment: &Enrollment,
    ) -> Result<(Channel, &str), String> {
        let state = &self.profile.state;
        let left = send.by.get(usize::from(enrollment.tried)..).unwrap_or_default();
        let tried = enrollment.left_by(&send.by);
        let mut held_by = None;
        for channel in left {
            let Ok(address) = reach::reach(
                &self.profile.traits,
                &self.rules.workspace.addresses,
                *channel,
                purpose,
                topic,
            ) else {
                continue;
            };
            let message = Sent::new(self.now, *channel, topic, tried);
            match cap::full(&self.rules.workspace.caps, &state.ledger, purpose, &message, self.now) {
                None => return Ok((*channel, address)),
                Some(cap) => held_by = held_by.or(Some(cap)),
            }
        }
        Err(held_by.map(ToString::to_string).unwrap_or_default())
    }

    fn write(
        &self,
        campaign: &Campaign,
        send: &Send,
        enrollment: &Enrollment,
        channel: Channel,
        to: String,
    ) -> Message {
        let variant = self.variant(campaign, send, enrollment);
        let later = (enrollment.tried > 0).then_some(channel);
        Message {
            id: enrollment.message_id(&send.name, later),
            profile: self.id.clone(),
            campaign: campaign.name.clone(),
            version: campaign.version.clone(),
            step: send.name.clone(),
            channel,
            to,
            template: send.template.clone(),
            context: self.context(campaign, enrollment, variant.as_deref()),
            variant,
            locale: self.locale().to_owned(),
            topic: send.topic_in(campaign).to_owned(),
            purpose: send.purpose_in(campaign),
            priority: send.priority,
            policy: send.policy,
            decided: self.now,
            expires: send.expires.map(|span| after(enrollment.since, span)),
        }
    }

    pub(super) fn locale(&self) -> &str {
        let own = self.profile.traits.text("locale");
        own.unwrap_or(&self.rules.workspace.locale)
    }

    /// The message's variant: the same for this profile every time.
    fn variant(&self, campaign: &Campaign, send: &Send, enrollment: &Enrollment) -> Option<String> {
        variant_of(enrollment.drawn_for(self.id), campaign, send).map(str::to_owned)
    }

    /// What the template sees: no more than templates of the campaign show.
    pub(super) fn context(&self, campaign: &Campaign, enrollment: &Enrollment, variant: Option<&str>) -> Properties {
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
        for (name, value) in [("offer", &enrollment.offer), ("answer", &enrollment.answer)] {
            if let Some(value) = value {
                context.insert(name.to_owned(), value.clone());
            }
        }
        for (name, value) in &campaign.shows {
            // What cannot be computed for this person is left out, as a trait that they do not have.
            if let Ok(value) = value.eval(&self.step_scope(enrollment)) {
                context.insert(name.clone(), value.to_json());
            }
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

/// The arm of a message's variants that somebody is drawn for: the same every time.
pub(in crate::domain) fn variant_of<'s>(who: &ProfileId, campaign: &Campaign, send: &'s Send) -> Option<&'s str> {
    let place = draw(&["variant", who.as_str(), campaign.name.as_str(), &send.name]);
    let variants = send
        .variants
        .iter()
        .map(|variant| (variant.weight_bp, variant.name.as_str()));
    drawn(place, variants)
}
