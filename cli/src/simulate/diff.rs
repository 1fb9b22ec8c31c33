//! Two versions of the campaigns on the same history: who gains a message, who loses one, whose moves.

use crate::problem::plural;
use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// What tells one message from another: whose, by which campaign's step, in which enrollment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Which {
    profile: ProfileId,
    campaign: CampaignName,
    step: String,
    key: String,
}

/// The messages of one play: when each of them leaves, in order.
#[derive(Debug, Default)]
pub struct Messages(BTreeMap<Which, Vec<Timestamp>>);

impl Messages {
    /// Takes a decision into account.
    pub fn hear(&mut self, decision: &Decision) {
        let step = match &decision.verdict {
            Verdict::Send { step, .. } => step,
            Verdict::Enter
            | Verdict::Skip { .. }
            | Verdict::Defer { .. }
            | Verdict::Offer { .. }
            | Verdict::Redeem { .. }
            | Verdict::Exit { .. }
            | Verdict::Goal { .. }
            | Verdict::Pass { .. }
            | Verdict::Fault { .. } => return,
        };
        let which = Which {
            profile: decision.profile.clone(),
            campaign: decision.campaign.clone(),
            step: step.clone(),
            key: decision.key.clone(),
        };
        self.0.entry(which).or_default().push(decision.at);
    }
}

/// What becomes of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    change: Kind,
    profile: ProfileId,
    campaign: CampaignName,
    step: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    /// When it leaves; of one that is lost, when it left.
    at: Timestamp,
    /// Of one that moves: when it left before.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Timestamp>,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// It leaves only as the other folder has it.
    Gains,
    /// It left only as the first has it.
    Loses,
    /// It leaves at another moment.
    Moves,
}

/// What changes from one play to the other, in order of time, then of profiles.
pub fn changes(mut before: Messages, mut after: Messages) -> Vec<Change> {
    let mut changes = Vec::new();
    let all: BTreeSet<Which> = before.0.keys().chain(after.0.keys()).cloned().collect();
    for which in all {
        let was = before.0.remove(&which).unwrap_or_default();
        let is = after.0.remove(&which).unwrap_or_default();
        let (gone, new) = unmatched(&was, &is);
        for place in 0..gone.len().max(new.len()) {
            let (change, at, was) = match (gone.get(place), new.get(place)) {
                (Some(was), Some(is)) => (Kind::Moves, *is, Some(*was)),
                (Some(was), None) => (Kind::Loses, *was, None),
                (None, Some(is)) => (Kind::Gains, *is, None),
                (None, None) => continue,
            };
            let Which {
                profile,
                campaign,
                step,
                key,
            } = which.clone();
            changes.push(Change {
                change,
                profile,
                campaign,
                step,
                key,
                at,
                was,
            });
        }
    }
    changes.sort_by(|one, other| {
        let order = |change: &Change| (change.at, change.change);
        order(one)
            .cmp(&order(other))
            .then_with(|| one.profile.cmp(&other.profile))
            .then_with(|| one.campaign.cmp(&other.campaign))
            .then_with(|| (&one.step, &one.key).cmp(&(&other.step, &other.key)))
    });
    changes
}

/// What is left of two lists, each in order, without what is in both.
fn unmatched(was: &[Timestamp], is: &[Timestamp]) -> (Vec<Timestamp>, Vec<Timestamp>) {
    let (mut was, mut is) = (was.iter().peekable(), is.iter().peekable());
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    loop {
        match (was.peek(), is.peek()) {
            (Some(before), Some(after)) if before == after => {
                was.next();
                is.next();
            }
            (Some(before), Some(after)) if before < after => gone.extend(was.next()),
            (_, Some(_)) => new.extend(is.next()),
            (Some(_), None) => gone.extend(was.next()),
            (None, None) => return (gone, new),
        }
    }
}

/// Counts by campaign and step, for people.
pub fn table(changes: &[Change], to: &mut impl Write) -> io::Result<()> {
    if changes.is_empty() {
        return writeln!(to, "no message changes");
    }
    let mut counts: BTreeMap<(String, String), [usize; 3]> = BTreeMap::new();
    for change in changes {
        let row = (change.campaign.to_string(), change.step.clone());
        let [gains, loses, moves] = counts.entry(row).or_default();
        *match change.change {
            Kind::Gains => gains,
            Kind::Loses => loses,
            Kind::Moves => moves,
        } += 1;
    }
    let width = |name: &str, of: fn(&(String, String)) -> &String| {
        let widths = counts.keys().map(|row| of(row).chars().count());
        widths.chain([name.chars().count()]).max().unwrap_or_default()
    };
    let campaigns = width("campaign", |row| &row.0);
    let steps = width("step", |row| &row.1);
    writeln!(to, "{:campaigns$}  {:steps$}  gains  loses  moves", "campaign", "step")?;
    for ((campaign, step), [gains, loses, moves]) in &counts {
        writeln!(
            to,
            "{campaign:campaigns$}  {step:steps$}  {gains:>5}  {loses:>5}  {moves:>5}"
        )?;
    }
    let profiles: BTreeSet<&ProfileId> = changes.iter().map(|change| &change.profile).collect();
    let (messages, profiles) = (plural(changes.len(), "message"), plural(profiles.len(), "profile"));
    writeln!(to, "\n{messages} of {profiles}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("a time")
    }

    fn messages(sent: &[(&str, i64)]) -> Messages {
        let mut messages = Messages::default();
        for (profile, minute) in sent {
            let which = Which {
                profile: ProfileId::known(profile).expect("an id"),
                campaign: "c".into(),
                step: "s".to_owned(),
                key: String::new(),
            };
            messages.0.entry(which).or_default().push(at(*minute));
        }
        messages
    }

    #[test]
    fn what_stays_is_no_change_and_what_is_left_moves_or_comes_or_goes() {
        let before = messages(&[("a", 1), ("a", 5), ("b", 2), ("d", 4)]);
        let after = messages(&[("a", 1), ("a", 7), ("c", 3), ("d", 4)]);
        let told: Vec<(Kind, i64, String)> = changes(before, after)
            .into_iter()
            .map(|change| (change.change, change.at.as_second() / 60, change.profile.to_string()))
            .collect();
        assert_eq!(
            told,
            [
                (Kind::Loses, 2, "b".to_owned()),
                (Kind::Gains, 3, "c".to_owned()),
                (Kind::Moves, 7, "a".to_owned()),
            ]
        );
    }
}
