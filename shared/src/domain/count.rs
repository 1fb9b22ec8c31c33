//! What is counted: decisions and what became of messages, as sums by campaign, step, variant and
//! channel.
//!
//! A fold's counts are owed by the profile's state until the batch that made them has written its
//! totals ([`Owed`]), so that a function that dies in between loses none and repeats none: see
//! [`crate::ports::Counters`].

mod echo;
mod interval;
mod owed;
mod took;

pub use echo::{Echoes, Heard, hear};
pub use interval::{Interval, newcombe, wilson};
pub use owed::{BatchId, Owed, Totals, mark};
pub use took::Took;

use super::campaign::{Purpose, Step};
use super::decision::{Decision, Verdict};
use super::fold::variant_of;
use super::guard::holdout;
use super::id::CampaignName;
use super::rules::Rules;
use super::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Values are summed as whole millionths, so that no order of adding matters.
const MICROS: f64 = 1_000_000.0;

/// What happened so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A profile entered.
    Entered,
    /// A profile entered that is held out of every message for comparison.
    HeldOut,
    /// A goal was reached; with what it was worth.
    Goal,
    /// The same by a profile that is held out.
    HeldOutGoal,
    /// A profile left before the end.
    Exited,
    /// A message was decided to be sent.
    Sent,
    /// A guard held a message back when it was decided; with its reason.
    Skipped,
    /// A message waits for the end of quiet hours.
    Deferred,
    /// Something in the campaign did not work.
    Fault,
    /// A guard held a message back at the last look before it would have left; with its reason.
    Dropped,
    /// A message was never taken by its provider.
    Failed,
    /// A message that a provider may or may not have taken was let rest.
    Unknown,
    /// It reached the mailbox or the telephone.
    Delivered,
    /// The person opened or read it.
    Opened,
    /// The person followed a link in it.
    Clicked,
    /// The person answered it.
    Replied,
    /// The person said no by it.
    Unsubscribed,
    /// The mailbox or the telephone refused it; `hard` or `soft` where that is known.
    Bounced,
    /// The person complained of it.
    Complained,
    /// A message was decided that may have reached the person by another channel already.
    Both,
    /// A goal was reached: how long after entering, sorted by bounds (`reason`) and summed. Of a step's arm, where it
    /// names one.
    Took,
    /// The same by a profile that is held out.
    HeldOutTook,
    /// A profile entered that is drawn for this arm of a step, whether or not it gets the message.
    Drawn,
    /// A profile that is drawn for this arm reached the goal; with what it was worth.
    DrawnGoal,
}

impl What {
    /// All, in the order of a report.
    pub const ALL: [Self; 24] = [
        Self::Entered,
        Self::HeldOut,
        Self::Goal,
        Self::HeldOutGoal,
        Self::Took,
        Self::HeldOutTook,
        Self::Drawn,
        Self::DrawnGoal,
        Self::Exited,
        Self::Sent,
        Self::Both,
        Self::Skipped,
        Self::Deferred,
        Self::Fault,
        Self::Dropped,
        Self::Failed,
        Self::Unknown,
        Self::Delivered,
        Self::Opened,
        Self::Clicked,
        Self::Replied,
        Self::Unsubscribed,
        Self::Bounced,
        Self::Complained,
    ];

    /// Its name where counts are stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::HeldOut => "held_out",
            Self::Goal => "goal",
            Self::HeldOutGoal => "held_out_goal",
            Self::Exited => "exited",
            Self::Sent => "sent",
            Self::Skipped => "skipped",
            Self::Deferred => "deferred",
            Self::Fault => "fault",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Replied => "replied",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Both => "both",
            Self::Took => "took",
            Self::HeldOutTook => "held_out_took",
            Self::Drawn => "drawn",
            Self::DrawnGoal => "drawn_goal",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

impl Serialize for What {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom(format!("`{name}` is nothing that is counted")))
    }
}

/// What a count is of. Empty where it does not apply: an entrance has no step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountKey {
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Of which step.
    pub step: String,
    /// In which arm.
    pub variant: String,
    /// On which channel.
    pub channel: String,
    /// What happened.
    pub what: What,
    /// Why.
    pub reason: String,
}

impl CountKey {
    /// A count of a campaign as a whole.
    pub fn of(campaign: &CampaignName, what: What) -> Self {
        Self {
            campaign: campaign.clone(),
            step: String::new(),
            variant: String::new(),
            channel: String::new(),
            what,
            reason: String::new(),
        }
    }
}

/// How often, and what it was worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How often.
    pub count: u64,
    /// What it was worth, in millionths.
    pub value_micros: i64,
}

impl Sum {
    /// What it was worth.
    #[allow(clippy::cast_precision_loss)] // sums of money stay far below 2^53 millionths' own rounding
    pub fn value(self) -> f64 {
        self.value_micros as f64 / MICROS
    }
}

/// Sums by what they are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<CountKey, Sum>);

impl Counts {
    /// Adds one.
    pub fn add(&mut self, key: CountKey, value: Option<f64>) {
        self.add_sum(
            key,
            Sum {
                count: 1,
                value_micros: value.map(micros).unwrap_or_default(),
            },
        );
    }

    /// Adds a sum.
    pub fn add_sum(&mut self, key: CountKey, sum: Sum) {
        let known = self.0.entry(key).or_default();
        known.count = known.count.saturating_add(sum.count);
        known.value_micros = known.value_micros.saturating_add(sum.value_micros);
    }

    /// Adds all of the other's.
    pub fn merge(&mut self, other: &Self) {
        for (key, sum) in &other.0 {
            self.add_sum(key.clone(), *sum);
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&CountKey, Sum)> {
        self.0.iter().map(|(key, sum)| (key, *sum))
    }

    /// How often this happened.
    pub fn of(&self, key: &CountKey) -> Sum {
        self.0.get(key).copied().unwrap_or_default()
    }
}

impl FromIterator<(CountKey, Sum)> for Counts {
    fn from_iter<I: IntoIterator<Item = (CountKey, Sum)>>(sums: I) -> Self {
        let mut counts = Self::default();
        for (key, sum) in sums {
            counts.add_sum(key, sum);
        }
        counts
    }
}

/// A count as it is written: campaign, step, variant, channel, what, reason, how often, worth.
type Row = (CampaignName, String, String, String, What, String, u64, i64);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, sum)| {
            (
                &key.campaign,
                &key.step,
                &key.variant,
                &key.channel,
                key.what,
                &key.reason,
                sum.count,
                sum.value_micros,
            )
        }))
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows: Vec<Row> = Vec::deserialize(deserializer)?;
        Ok(rows
            .into_iter()
            .map(
                |(campaign, step, variant, channel, what, reason, count, value_micros)| {
                    let key = CountKey {
                        campaign,
                        step,
                        variant,
                        channel,
                        what,
                        reason,
                    };
                    (key, Sum { count, value_micros })
                },
            )
            .collect())
    }
}

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

/// The day that something is counted on, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

#[allow(clippy::cast_possible_truncation)] // saturates, which is what is wanted
fn micros(value: f64) -> i64 {
    (value * MICROS).round() as i64
}

#[cfg(test)]
mod tests;
