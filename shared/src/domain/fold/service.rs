//! Steps that turn to others: a service that is asked, people who take a person on.

use super::Turn;
use super::journey::Stop;
use crate::domain::campaign::{Call, Campaign, Channel, ChannelSet, Handover, Policy, Purpose};
use crate::domain::decision::{SkipReason, Verdict};
use crate::domain::event::Properties;
use crate::domain::id::{EnrollmentId, MessageId};
use crate::domain::message::Message;
use crate::domain::profile::{Enrollment, OpenHandover};
use crate::domain::time::after;
use serde_json::Value;

/// A message to a service.
struct Request<'r> {
    step: &'r str,
    template: &'r str,
    id: MessageId,
}

impl Turn<'_> {
    /// Asks a service, and waits for its answer.
    pub(super) fn call(&mut self, campaign: &Campaign, call: &Call, enrollment: &mut Enrollment) -> Option<Stop> {
        if enrollment.tried == 0 {
            let request = Request {
                step: &call.name,
                template: &call.template,
                id: enrollment.message_id(&call.name, None),
            };
            self.request(campaign, &request, enrollment);
            enrollment.tried = 1;
            enrollment.acted = true;
            enrollment.due = Some(after(self.now, call.at_most));
        }
        match enrollment.due {
            Some(due) if due > self.now => Some(Stop::Rests),
            Some(_) | None => {
                enrollment.answer = None;
                enrollment.go_on(self.now);
                None
            }
        }
    }

    /// Hands the person over, one after another until somebody takes them; then waits until they are
    /// done. One handover at a time.
    pub(super) fn hand_over(
        &mut self,
        campaign: &Campaign,
        handover: &Handover,
        enrollment: &mut Enrollment,
    ) -> Option<Stop> {
        if enrollment.tried == 0 {
            if self.is_handed_over() {
                let verdict = Verdict::Skip {
                    step: handover.name.clone(),
                    channel: Channel::Webhook,
                    variant: None,
                    reason: SkipReason::HandedOver,
                    cap: None,
                };
                self.decide_for(enrollment, verdict);
                enrollment.go_on(self.now);
                return None;
            }
            return Some(self.ask_people(campaign, handover, enrollment));
        }
        let open = self
            .profile
            .state
            .handover
            .clone()
            .filter(|open| open.enrollment == enrollment.id);
        let Some(open) = open.filter(|open| open.until > self.now) else {
            self.close_handover_of(&enrollment.id);
            enrollment.go_on(self.now);
            return None;
        };
        let more = usize::from(enrollment.tried) < handover.to.len();
        if open.claimed || !more {
            enrollment.due = Some(open.until);
            return Some(Stop::Rests);
        }
        if enrollment.due.is_some_and(|due| due > self.now) {
            return Some(Stop::Rests);
        }
        Some(self.ask_people(campaign, handover, enrollment))
    }

    fn ask_people(&mut self, campaign: &Campaign, handover: &Handover, enrollment: &mut Enrollment) -> Stop {
        let place = usize::from(enrollment.tried);
        let Some(template) = handover.to.get(place) else {
            return Stop::Rests;
        };
        let name = match place {
            0 => handover.name.clone(),
            place => format!("{}-{}", handover.name, place + 1),
        };
        let request = Request {
            step: &handover.name,
            template,
            id: enrollment.message_id(&name, None),
        };
        let until = match &self.profile.state.handover {
            Some(open) if place > 0 => open.until,
            Some(_) | None => after(self.now, handover.at_most),
        };
        self.profile.state.handover = Some(OpenHandover {
            enrollment: enrollment.id.clone(),
            message: request.id.clone(),
            claimed: false,
            until,
        });
        self.request(campaign, &request, enrollment);
        enrollment.acted = true;
        enrollment.tried = enrollment.tried.saturating_add(1);
        let last = usize::from(enrollment.tried) >= handover.to.len();
        enrollment.due = Some(if last {
            until
        } else {
            after(self.now, handover.unclaimed).min(until)
        });
        Stop::Rests
    }

    /// Whether people have the person in hand.
    pub(super) fn is_handed_over(&self) -> bool {
        self.profile
            .state
            .handover
            .as_ref()
            .is_some_and(|open| open.until > self.now)
    }

    /// Forgets the handover of an enrollment that is over.
    pub(super) fn close_handover_of(&mut self, enrollment: &EnrollmentId) {
        if self
            .profile
            .state
            .handover
            .as_ref()
            .is_some_and(|open| open.enrollment == *enrollment)
        {
            self.profile.state.handover = None;
            self.folded.changed = true;
            self.release_held();
        }
    }

    /// Lets messages that waited for people to be done be decided again.
    pub(super) fn release_held(&mut self) {
        for enrollment in &mut self.profile.state.enrollments {
            if enrollment.deferred {
                enrollment.deferred = false;
                enrollment.due = None;
            }
        }
    }

    /// What the template of a request sees: also who it is about, and by which campaign.
    fn request_context(&self, campaign: &Campaign, enrollment: &Enrollment) -> Properties {
        let mut context = self.context(campaign, enrollment, None);
        context.insert("who".to_owned(), Value::from(self.id.as_str()));
        context.insert("campaign".to_owned(), Value::from(campaign.name.as_str()));
        context
    }

    /// A message to a service: nothing holds it back, since nobody is disturbed by it.
    fn request(&mut self, campaign: &Campaign, request: &Request<'_>, enrollment: &Enrollment) {
        let message = Message {
            id: request.id.clone(),
            profile: self.id.clone(),
            campaign: campaign.name.clone(),
            version: campaign.version.clone(),
            step: request.step.to_owned(),
            channel: Channel::Webhook,
            to: String::new(),
            template: request.template.to_owned(),
            variant: None,
            locale: self.locale().to_owned(),
            topic: campaign.topic.clone(),
            purpose: Purpose::Transactional,
            priority: 50,
            policy: Policy::AtLeastOnce,
            decided: self.now,
            expires: None,
            context: self.request_context(campaign, enrollment),
        };
        let verdict = Verdict::Send {
            step: request.step.to_owned(),
            channel: Channel::Webhook,
            template: request.template.to_owned(),
            variant: None,
            message: request.id.clone(),
            maybe_also: ChannelSet::default(),
        };
        self.decide_for(enrollment, verdict);
        self.folded.messages.push(message);
    }
}
