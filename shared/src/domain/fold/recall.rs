//! What people tell enrollments that run: to end, because their campaign was stopped, or to go over to
//! the version in force.

use super::Turn;
use crate::domain::campaign::{Campaign, Step};
use crate::domain::profile::{Enrollment, Phase};
use std::collections::BTreeMap;
use std::mem::discriminant;
use std::sync::Arc;

/// Why an enrollment of a stopped campaign ends.
const STOPPED: &str = "stopped";

impl Turn<'_> {
    /// Ends the enrollments of stopped campaigns, and moves those that are to go over.
    pub(super) fn heed_recalls(&mut self) {
        let rules = self.rules;
        if !rules.recalls() {
            return;
        }
        let mut place = 0;
        while let Some(enrollment) = self.profile.state.enrollments.get_mut(place) {
            let is_through = matches!(enrollment.phase, Phase::Watching(_));
            if !is_through && rules.is_ended(&enrollment.campaign) {
                self.end(place, STOPPED.to_owned());
                continue;
            }
            place += 1;
            let to = rules.migrates_to(&enrollment.campaign);
            let from = rules.version(&enrollment.campaign, &enrollment.version);
            if enrollment.phase == Phase::Running
                && let (Some(from), Some(to)) = (from, to)
                && go_over(enrollment, from, to)
            {
                self.folded.changed = true;
            }
        }
    }
}

/// Moves an enrollment from one version of its campaign to another, where that has its place and
/// needs nothing of the trigger that was not kept. Says whether it moved.
fn go_over(enrollment: &mut Enrollment, from: &Arc<Campaign>, to: &Arc<Campaign>) -> bool {
    let keeps = |kept: &[String], needed: &[String]| needed.iter().all(|name| kept.contains(name));
    if from.version == to.version
        || usize::from(enrollment.entrance) >= to.enter.len()
        || !keeps(&from.keeps, &to.keeps)
        || !keeps(&from.keeps_of_item, &to.keeps_of_item)
    {
        return false;
    }
    let Some(step) = same_place(enrollment.step, from, to) else {
        return false;
    };
    let rounds = enrollment
        .rounds
        .iter()
        .map(|(end, rounds)| Some((same_place(*end, from, to)?, *rounds)));
    let Some(rounds) = rounds.collect::<Option<BTreeMap<u16, u16>>>() else {
        return false;
    };
    // A wait is looked at anew: its end may be another now.
    if let Some(Step::Wait(_) | Step::Await(_)) = to.steps.get(usize::from(step)) {
        enrollment.due = None;
    }
    enrollment.step = step;
    enrollment.rounds = rounds;
    enrollment.version = to.version.clone();
    true
}

/// The place in the other version: that of the step of the same name. A step without a name, such as
/// a wait, counts with the named step that follows it: what stands between them must be of the same
/// kinds.
fn same_place(place: u16, from: &Campaign, to: &Campaign) -> Option<u16> {
    let place = usize::from(place);
    let until_named = from.steps.get(place..)?.iter().position(|step| name(step).is_some());
    let (before, anchor) = match until_named {
        Some(distance) => (distance, from.steps.get(place + distance).and_then(name)),
        // Nothing named follows: what is left counts from the end.
        None => (from.steps.len() - place, None),
    };
    let end = match anchor {
        Some(anchor) => to.steps.iter().position(|step| name(step) == Some(anchor))?,
        None => to.steps.len(),
    };
    let begin = end.checked_sub(before)?;
    let ours = from.steps.get(place..place + before)?;
    let theirs = to.steps.get(begin..end)?;
    let same = ours
        .iter()
        .zip(theirs)
        .all(|(ours, theirs)| discriminant(ours) == discriminant(theirs) && name(theirs).is_none());
    same.then(|| u16::try_from(begin).ok()).flatten()
}

/// What a step is called, unique in its campaign.
fn name(step: &Step) -> Option<&str> {
    match step {
        Step::Send(send) => Some(&send.name),
        Step::Split(split) => Some(&split.name),
        Step::Offer(offer) => Some(&offer.name),
        Step::Call(call) => Some(&call.name),
        Step::Handover(handover) => Some(&handover.name),
        Step::Wait(_)
        | Step::Await(_)
        | Step::Branch(_)
        | Step::Jump(_)
        | Step::Loop(_)
        | Step::Set(_)
        | Step::List(_)
        | Step::Emit(_)
        | Step::Exit => None,
    }
}
