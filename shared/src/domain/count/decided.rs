//! What decisions count as.

use super::{CountKey, Counts, Heard, What, took};
use crate::domain::campaign::{Purpose, Step};
use crate::domain::decision::{Decision, Verdict};
use crate::domain::fold::variant_of;
use crate::domain::guard::holdout;
use crate::domain::rules::Rules;

/// What a fold's decisions, and what it heard of messages, come to.
pub fn counts(decisions: &[Decision], heard: &[Heard], rules: &Rules) -> Counts {
    let mut counts = Counts::default();
    for decision in decisions {
        let Some((key, value)) = of_decision(decision, rules) else {
            continue;
        };
        if let Verdict::Send { maybe_also, .. } = &decision.verdict
            && !maybe_also.is_empty()
        {
            let what = What::Both;
            counts.add(CountKey { what, ..key.clone() }, None);
        }
        counts.add(key, value);
        compare(&mut counts, decision, rules);
    }
    for heard in heard {
        counts.add(heard.key.clone(), None);
    }
    counts
}

/// Counts by what campaigns are compared: the arms that people are drawn for, and how long a goal takes them.
fn compare(counts: &mut Counts, decision: &Decision, rules: &Rules) {
    let of = |what| CountKey::of(&decision.campaign, what);
    let in_arm = |what, (step, variant): &(&str, &str)| CountKey {
        step: (*step).to_owned(),
        variant: (*variant).to_owned(),
        ..of(what)
    };
    match &decision.verdict {
        Verdict::Enter if !is_held_out(decision, rules) => {
            for arm in arms(decision, rules) {
                counts.add(in_arm(What::Drawn, &arm), None);
            }
        }
        Verdict::Goal { took, .. } if is_held_out(decision, rules) => {
            took::add(counts, of(What::HeldOutTook), *took);
        }
        Verdict::Goal { value, took } => {
            took::add(counts, of(What::Took), *took);
            for arm in arms(decision, rules) {
                counts.add(in_arm(What::DrawnGoal, &arm), *value);
                took::add(counts, in_arm(What::Took, &arm), *took);
            }
        }
        Verdict::Enter
        | Verdict::Send { .. }
        | Verdict::Skip { .. }
        | Verdict::Defer { .. }
        | Verdict::Offer { .. }
        | Verdict::Redeem { .. }
        | Verdict::Exit { .. }
        | Verdict::Pass { .. }
        | Verdict::Fault { .. } => {}
    }
}

/// The arms of the campaign's steps that somebody is drawn for: by the version in force, as everything that compares.
fn arms<'r>(decision: &Decision, rules: &'r Rules) -> Vec<(&'r str, &'r str)> {
    let who = decision.drawn_for.as_ref().unwrap_or(&decision.profile);
    let campaign = rules.in_force(&decision.campaign).into_iter();
    campaign
        .flat_map(|campaign| campaign.steps.iter().map(move |step| (campaign, step)))
        .filter_map(|(campaign, step)| match step {
            Step::Send(send) => Some((send.name.as_str(), variant_of(who, campaign, send)?)),
            Step::Wait(_)
            | Step::Await(_)
            | Step::Branch(_)
            | Step::Split(_)
            | Step::Jump(_)
            | Step::Loop(_)
            | Step::Set(_)
            | Step::List(_)
            | Step::Emit(_)
            | Step::Offer(_)
            | Step::Call(_)
            | Step::Handover(_)
            | Step::Exit => None,
        })
        .collect()
}

fn of_decision(decision: &Decision, rules: &Rules) -> Option<(CountKey, Option<f64>)> {
    let mut key = CountKey::of(&decision.campaign, What::Entered);
    let mut worth = None;
    match &decision.verdict {
        Verdict::Enter => {
            if is_held_out(decision, rules) {
                key.what = What::HeldOut;
            }
        }
        Verdict::Send {
            step,
            channel,
            variant,
            template: _,
            message: _,
            maybe_also: _,
        } => {
            key.what = What::Sent;
            key.step.clone_from(step);
            channel.name().clone_into(&mut key.channel);
            key.variant = variant.clone().unwrap_or_default();
        }
        Verdict::Skip {
            step,
            channel,
            variant,
            reason,
            cap: _,
        } => {
            key.what = What::Skipped;
            key.variant = variant.clone().unwrap_or_default();
            key.step.clone_from(step);
            channel.name().clone_into(&mut key.channel);
            reason.name().clone_into(&mut key.reason);
        }
        Verdict::Defer {
            step,
            channel,
            until: _,
            reason,
        } => {
            key.what = What::Deferred;
            key.step.clone_from(step);
            channel.name().clone_into(&mut key.channel);
            reason.name().clone_into(&mut key.reason);
        }
        // What it was that ended it may be anything: it is in the profile's log.
        Verdict::Exit { reason: _ } => key.what = What::Exited,
        Verdict::Goal { value, took: _ } => {
            key.what = match is_held_out(decision, rules) {
                true => What::HeldOutGoal,
                false => What::Goal,
            };
            worth = *value;
        }
        Verdict::Fault { place: _, error: _ } => key.what = What::Fault,
        // A code that was given or used is in the profile's log.
        Verdict::Offer { .. } | Verdict::Redeem { .. } | Verdict::Pass { .. } => return None,
    }
    Some((key, worth))
}

/// By the version in force: a share that is changed moves people between the groups.
fn is_held_out(decision: &Decision, rules: &Rules) -> bool {
    let who = decision.drawn_for.as_ref().unwrap_or(&decision.profile);
    rules.in_force(&decision.campaign).is_some_and(|campaign| {
        campaign.purpose == Purpose::Marketing && holdout::is_held_out(who, campaign, &rules.workspace)
    })
}
