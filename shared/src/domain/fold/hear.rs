//! What enrollments wait to hear: an event, word of a message on its way, a service's answer, somebody
//! who takes a person on.

use super::Turn;
use crate::domain::campaign::{Await, Call, Campaign, Channel, Heard, Send, Step};
use crate::domain::event::{Event, Properties};
use crate::domain::feedback::{CALL_ANSWERED, HANDOVER_CLAIMED, HANDOVER_CLOSED, Receipt, receipt};
use crate::domain::id::MessageId;
use crate::domain::profile::{Enrollment, Phase};
use crate::domain::time::{Timestamp, after};
use serde_json::Value;

impl Turn<'_> {
    /// Lets every enrollment that waits for the event go on.
    pub(super) fn hear(&mut self, event: &Event) {
        for place in 0..self.profile.state.enrollments.len() {
            let Some(enrollment) = self.profile.state.enrollments.get(place) else {
                break;
            };
            if enrollment.phase != Phase::Running || event.at < enrollment.entered {
                continue;
            }
            let rules = self.rules;
            let version = rules.version(&enrollment.campaign, &enrollment.version);
            let Some(campaign) = version.filter(|campaign| listens(campaign)) else {
                continue;
            };
            let mut heard = enrollment.clone();
            self.pass_waits(campaign, &mut heard, event.at);
            if self.goes_on(campaign, &mut heard, event)
                && let Some(kept) = self.profile.state.enrollments.get_mut(place)
            {
                *kept = heard;
                self.folded.changed = true;
            }
        }
    }

    /// Whether the event lets the enrollment go on; it is moved there.
    fn goes_on(&mut self, campaign: &Campaign, enrollment: &mut Enrollment, event: &Event) -> bool {
        if event.at < enrollment.since {
            return false;
        }
        match campaign.steps.get(usize::from(enrollment.step)) {
            Some(Step::Await(wait)) => self.hears(campaign, wait, enrollment, event),
            Some(Step::Send(send)) => hears_receipt(campaign, send, enrollment, event, self.now),
            Some(Step::Call(call)) => hears_answer(call, enrollment, event),
            Some(
                Step::Wait(_)
                | Step::Branch(_)
                | Step::Split(_)
                | Step::Jump(_)
                | Step::Loop(_)
                | Step::Set(_)
                | Step::List(_)
                | Step::Emit(_)
                | Step::Offer(_)
                | Step::Handover(_)
                | Step::Exit,
            )
            | None => false,
        }
    }

    fn hears(&mut self, campaign: &Campaign, wait: &Await, enrollment: &mut Enrollment, event: &Event) -> bool {
        let named = wait.on.iter().any(|name| self.is_called(event, name));
        let about = wait
            .of
            .as_ref()
            .is_none_or(|step| is_about(campaign, step, enrollment, event));
        let in_time = event.at <= after(enrollment.since, wait.at_most);
        if !named || !about || !in_time {
            return false;
        }
        let holds = wait
            .condition
            .as_ref()
            .is_none_or(|condition| self.holds(condition, enrollment, event, "wait for"));
        if holds {
            if !wait.keeps.is_empty() {
                enrollment.answer = Some(kept(&wait.keeps, event));
            }
            enrollment.go_to(wait.then, event.at);
        }
        holds
    }

    /// Lets go of waits that were over when the event happened: it was heard late, not too early.
    fn pass_waits(&self, campaign: &Campaign, enrollment: &mut Enrollment, at: Timestamp) {
        while let Some(Step::Wait(wait)) = campaign.steps.get(usize::from(enrollment.step)) {
            match self.end_of(wait, enrollment) {
                Ok(end) if end <= at => enrollment.go_on(end.max(enrollment.since)),
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Somebody takes the person on, or is done with them.
    pub(super) fn hear_of_handover(&mut self, event: &Event) {
        let Some(open) = &mut self.profile.state.handover else {
            return;
        };
        match event.name.as_str() {
            HANDOVER_CLAIMED if !open.claimed => {
                open.claimed = true;
                self.folded.changed = true;
            }
            HANDOVER_CLOSED => {
                self.profile.state.handover = None;
                self.folded.changed = true;
                self.release_held();
            }
            _ => {}
        }
    }
}

/// Whether any step of the campaign waits to hear something.
fn listens(campaign: &Campaign) -> bool {
    campaign.steps.iter().any(|step| match step {
        Step::Await(wait) => !wait.on.is_empty(),
        Step::Send(send) => send.cascade.is_some(),
        Step::Call(_) => true,
        Step::Wait(_)
        | Step::Branch(_)
        | Step::Split(_)
        | Step::Jump(_)
        | Step::Loop(_)
        | Step::Set(_)
        | Step::List(_)
        | Step::Emit(_)
        | Step::Offer(_)
        | Step::Handover(_)
        | Step::Exit => false,
    })
}

/// Whether the event is about a message of the step: by the message's id, or where it has none by the
/// names of campaign and step.
pub(super) fn is_about(campaign: &Campaign, step: &str, enrollment: &Enrollment, event: &Event) -> bool {
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    match text("message") {
        Some(message) => ids_of(campaign, step, enrollment).any(|id| id.as_str() == message),
        None => text("campaign") == Some(campaign.name.as_str()) && text("step") == Some(step),
    }
}

/// The ids that messages of the step may have had in this round, channel by channel.
fn ids_of<'e>(
    campaign: &'e Campaign,
    name: &'e str,
    enrollment: &'e Enrollment,
) -> impl Iterator<Item = MessageId> + 'e {
    let send = campaign.steps.iter().find_map(|step| match step {
        Step::Send(send) if send.name == name => Some(send),
        _ => None,
    });
    let others = send.into_iter().flat_map(|send| &send.by);
    std::iter::once(enrollment.message_id(name, None))
        .chain(others.map(|channel| enrollment.message_id(name, Some(*channel))))
}

/// A cascade hears of its message: what failed goes on to the next channel, what was heard as it
/// should be is done. A receipt that comes after that finds the enrollment elsewhere.
fn hears_receipt(campaign: &Campaign, send: &Send, enrollment: &mut Enrollment, event: &Event, now: Timestamp) -> bool {
    let Some(cascade) = send.cascade.filter(|_| enrollment.tried > 0) else {
        return false;
    };
    let Some(receipt) = receipt(&event.name).filter(|_| is_about(campaign, &send.name, enrollment, event)) else {
        return false;
    };
    let Some(channel) = spoken_of(send, enrollment, event) else {
        return false;
    };
    let before = enrollment.clone();
    enrollment.left = enrollment.left_by(&send.by);
    // Whatever was heard of it, it is known.
    enrollment.unsure = enrollment.unsure.without(channel);
    let enough = match cascade.unless {
        Heard::Delivered => Receipt::Delivered,
        Heard::Read => Receipt::Read,
    };
    let last = usize::from(enrollment.tried).checked_sub(1);
    if receipt >= enough {
        enrollment.go_on(now);
    } else if receipt == Receipt::Failed && last.and_then(|last| send.by.get(last)) == Some(&channel) {
        enrollment.due = Some(now);
    }
    *enrollment != before
}

/// The channel of the cascade that the event speaks of: the one that it names, or that its message went by; the one
/// that was tried last where it says neither.
fn spoken_of(send: &Send, enrollment: &Enrollment, event: &Event) -> Option<Channel> {
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    let left = enrollment.left_by(&send.by);
    let mut left = send.by.iter().copied().filter(|channel| left.contains(*channel));
    let named = text("channel").and_then(|told| send.by.iter().copied().find(|channel| channel.name() == told));
    let went_by = text("message").and_then(|message| {
        let is_first = enrollment.message_id(&send.name, None).as_str() == message;
        let is_later = |channel: &Channel| enrollment.message_id(&send.name, Some(*channel)).as_str() == message;
        if is_first {
            left.clone().next()
        } else {
            left.clone().find(is_later)
        }
    });
    named.or(went_by).or_else(|| left.next_back())
}

/// What conditions and templates see of an event as `answer`.
fn kept(names: &[String], event: &Event) -> Value {
    let kept: Properties = names
        .iter()
        .filter_map(|name| Some((name.clone(), event.properties.get(name)?.clone())))
        .collect();
    Value::Object(kept)
}

fn hears_answer(call: &Call, enrollment: &mut Enrollment, event: &Event) -> bool {
    let id = enrollment.message_id(&call.name, None);
    let about = event.properties.get("message").and_then(Value::as_str) == Some(id.as_str());
    if event.name != CALL_ANSWERED || !about || enrollment.tried == 0 {
        return false;
    }
    enrollment.answer = Some(kept(&call.keeps, event));
    enrollment.go_on(event.at);
    true
}
