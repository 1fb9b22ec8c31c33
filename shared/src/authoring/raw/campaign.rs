//! A campaign's file.

use super::read::{At, OneOrMany, Read, Report, mapping};
use super::values::{
    Archetype, ChannelName, EventName, Expression, Length, MeanwhileName, Name, PolicyName, Priority, PurposeName,
    Reentry, Share, TimeOfDay, WaitLength, Yearly,
};
use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml::{Node, Tree};
use schemars::JsonSchema;
use std::collections::BTreeMap;

mapping! {
    /// A campaign: who gets what, when, and until what.
    #[schemars(rename = "Campaign")]
    RawCampaign, "a campaign" {
        /// Its name, unique among the team's campaigns.
        required campaign = "campaign": At<Name>,
        /// One line for people: what it is for.
        optional about = "about": String,
        /// A label for reports.
        optional archetype = "archetype": Archetype,
        /// `marketing` (the default) needs consent, counts against caps and may have a holdout;
        /// `transactional` is exempt from caps.
        optional purpose = "purpose": At<PurposeName>,
        /// What consent and the preference page speak of. Default: the purpose's name.
        optional topic = "topic": Name,
        /// What lets a profile in.
        required enter = "enter": At<RawEnter>,
        /// What lets it out early: one way or a list of ways. Looked at on every event and before
        /// every step.
        optional exit = "exit": OneOrMany<At<RawExit>>,
        /// What counts as success.
        optional goal = "goal": At<RawGoal>,
        /// Share of profiles kept out of every message, to compare with. Default: none.
        optional holdout = "holdout": At<Share>,
        /// What happens, in order.
        required steps = "steps": At<Vec<At<RawStep>>>,
    }
}

mapping! {
    /// What lets a profile in: an event, a changed trait, or a yearly date.
    #[schemars(rename = "Enter")]
    RawEnter, "`enter`" {
        /// One event or several: any of them lets a profile in.
        optional on = "on": OneOrMany<At<EventName>>,
        /// One trait or several: a new value of any of them lets a profile in.
        optional traits = "trait": OneOrMany<At<String>>,
        /// A date of the person's, such as `profile.birthday`.
        optional date = "date": At<Expression>,
        /// How often the date comes: `year`.
        optional every = "every": At<Yearly>,
        /// Local time of day at which the date lets a profile in, in the person's own time zone.
        optional at = "at": At<TimeOfDay>,
        /// A list in the event: one enrollment for each of its elements, known as `item`.
        optional each = "each": At<Expression>,
        /// Must hold for the event (and item) and for the profile as it is then.
        optional condition = "where": At<Expression>,
        /// Tells enrollments apart. Default: one enrollment per profile.
        optional key = "key": At<Expression>,
        /// Whether the same key may enter again once its enrollment has ended: `never` (the
        /// default), `always`, or `after 30d`, counted from when it entered last.
        optional again = "again": At<Reentry>,
        /// What the trigger does when it comes again inside a run: `ignore` (the default), or
        /// `restart` from it.
        optional meanwhile = "meanwhile": At<MeanwhileName>,
    }
}

mapping! {
    /// An early way out.
    #[schemars(rename = "Exit")]
    RawExit, "`exit`" {
        /// An event that ends the enrollment.
        optional on = "on": At<EventName>,
        /// Must hold for that event.
        optional condition = "where": At<Expression>,
        /// Instead of `on`: ends the enrollment as soon as it holds.
        optional when = "when": At<Expression>,
    }
}

mapping! {
    /// What counts as success.
    #[schemars(rename = "Goal")]
    RawGoal, "`goal`" {
        /// The event to reach.
        required on = "on": At<EventName>,
        /// Must hold for that event.
        optional condition = "where": At<Expression>,
        /// How long after the last step it still counts.
        required within = "within": Length,
        /// What it is worth, such as `event.total`. Default: nothing is added up.
        optional value = "value": At<Expression>,
    }
}

mapping! {
    /// Waits.
    #[schemars(rename = "Wait")]
    RawWait, "a `wait` step" {
        /// How long, from when the step began; the first step begins with the trigger's own time.
        /// Written out (`1h`) or computed (`days(item.supply_days) - 3d`).
        required wait = "wait": At<WaitLength>,
    }
}

mapping! {
    /// Waits until an instant, looked at anew each time: a later end moves the wait, an earlier one
    /// brings it forward.
    #[schemars(rename = "WaitUntil")]
    RawWaitUntil, "a `wait until` step" {
        /// When, such as `event.ends_at`: a point in time, RFC 3339 text, or a date (midnight where
        /// the person lives).
        required until = "wait until": At<Expression>,
    }
}

mapping! {
    /// Sends a message, or skips it with a reason.
    #[schemars(rename = "Send")]
    RawSend, "a `send` step" {
        /// The step's name, unique in the campaign.
        required send = "send": At<Name>,
        /// Channels in order of preference: the first that reaches the person is used.
        required by = "by": At<OneOrMany<At<ChannelName>>>,
        /// The template's name: a folder in `templates/`.
        required template = "template": At<String>,
        /// Looked at right before: where it does not hold the message is skipped.
        optional when = "when": At<Expression>,
        /// Who gets the last place under a cap, 0 to 100: higher goes first. Default: 50.
        optional priority = "priority": Priority,
        /// How long after the step began the message is still worth sending. Default: for ever.
        optional expires = "expires": At<Length>,
        /// What to do where a provider may or may not have taken the message. Default: `at most once`
        /// for marketing, `at least once` for transactional messages.
        optional policy = "policy": PolicyName,
        /// Arms of a split with their shares, 100% in all; templates see the arm as `variant`.
        optional variants = "variants": At<BTreeMap<String, At<Share>>>,
    }
}

/// One thing that a campaign does.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged, rename = "Step")]
pub enum RawStep {
    /// Waits for a length of time.
    Wait(RawWait),
    /// Waits until an instant.
    Until(RawWaitUntil),
    /// Sends a message.
    Send(RawSend),
}

impl Read for RawStep {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        const KINDS: [&str; 3] = ["wait", "wait until", "send"];
        let Tree::Map(fields) = &node.tree else {
            report.error(
                node.offset,
                format!("found {}, expected a step: `wait`, `wait until` or `send`", node.kind()),
            );
            return None;
        };
        let names: Vec<String> = fields.iter().filter_map(|(name, _)| name.scalar()).collect();
        let mut kinds = KINDS.into_iter().filter(|kind| names.iter().any(|name| name == kind));
        match (kinds.next(), kinds.next()) {
            (Some(one), Some(other)) => {
                report.error(
                    node.offset,
                    format!("a step is either `{one}` or `{other}`, found both"),
                );
                None
            }
            (Some("wait"), None) => RawWait::read(node, report).map(Self::Wait),
            (Some("wait until"), None) => RawWaitUntil::read(node, report).map(Self::Until),
            (Some(_), None) => RawSend::read(node, report).map(Self::Send),
            (None, _) => {
                let first = names.first().map(String::as_str).unwrap_or_default();
                let hint = did_you_mean(first, KINDS);
                report.error(
                    node.offset,
                    format!(
                        "there is no step `{first}` in this version, expected `wait`, `wait until` or `send`{hint}"
                    ),
                );
                None
            }
        }
    }
}
