//! A campaign's file.

use super::enter::RawEnter;
use super::read::{At, OneOrMany, mapping};
use super::steps::RawStep;
use super::values::{EventName, Expression, Length, Name, Share, ValueOf};
use super::words::{Archetype, PurposeName};
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
        optional topic = "topic": At<Name>,
        /// What lets a profile in: one way or a list of ways.
        required enter = "enter": At<OneOrMany<At<RawEnter>>>,
        /// What lets it out early: one way or a list of ways. Looked at on every event and before
        /// every step.
        optional exit = "exit": OneOrMany<At<RawExit>>,
        /// What counts as success.
        optional goal = "goal": At<RawGoal>,
        /// Share of profiles kept out of every message, to compare with. Default: none.
        optional holdout = "holdout": At<Share>,
        /// More values for templates, by name, in CEL: computed when a message is decided.
        optional show = "show": BTreeMap<String, At<ValueOf>>,
        /// What happens, in order.
        required steps = "steps": At<Vec<At<RawStep>>>,
    }
}

mapping! {
    /// An early way out.
    #[schemars(rename = "Exit")]
    RawExit, "`exit`" {
        /// An event that ends the enrollment, or several: any of them. `"*"` means anything the person
        /// does.
        optional on = "on": OneOrMany<At<EventName>>,
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
        /// The event to reach. `"*"` means anything the person does.
        required on = "on": At<EventName>,
        /// Must hold for that event.
        optional condition = "where": At<Expression>,
        /// How long after the last step it still counts.
        required within = "within": Length,
        /// What it is worth, such as `event.total`. Default: nothing is added up.
        optional value = "value": At<Expression>,
    }
}
