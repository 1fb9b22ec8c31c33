//! One campaign's figures, from its counts.

use beckon_shared::domain::count::{CountKey, Interval, Sum, Took, What, newcombe, wilson};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Span;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A campaign's figures.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Of those who may get messages.
    pub treated: Group,
    /// Of those who are held out.
    pub held_out: Group,
    /// Who left before the end, of both.
    pub exited: u64,
    /// What did not work.
    pub faults: u64,
    /// Of those who may get messages, by the step and arm that they are drawn for.
    pub arms: BTreeMap<(String, String), Group>,
    /// By step, arm and channel.
    pub steps: BTreeMap<(String, String, String), Step>,
}

/// People who are compared.
#[derive(Debug, Default, Clone)]
pub struct Group {
    /// Who entered.
    pub entered: u64,
    /// Who reached the goal.
    pub goals: u64,
    /// What that was worth.
    pub value: f64,
    /// How long after entering.
    pub took: Took,
}

impl Group {
    /// The share that reached the goal.
    pub fn conversion(&self) -> Option<Interval> {
        wilson(self.goals, self.entered)
    }

    /// What a goal was worth on average; `None` where none was reached, or none is worth anything.
    #[allow(clippy::cast_precision_loss)] // counts of people stay far below 2^53
    pub fn average(&self) -> Option<f64> {
        (self.goals > 0 && self.value != 0.0).then(|| self.value / self.goals as f64)
    }

    /// What is told of a group beside how many reached the goal.
    fn compared(&self) -> [(&'static str, Value); 3] {
        let half = self
            .took
            .median()
            .map(|(from, to)| json!({ "more than": from, "at most": to }));
        [
            ("average", json!(self.average())),
            ("hours_to_goal", json!(self.took.mean().map(hours))),
            ("median_time_to_goal", json!(half)),
        ]
    }
}

/// A length of time in hours.
#[allow(clippy::cast_precision_loss)] // of years at most
fn hours(span: Span) -> f64 {
    span.millis as f64 / 3_600_000.0
}

/// What happened to a step's messages.
#[derive(Debug, Default, Clone)]
pub struct Step {
    /// Decided to be sent: also what then failed or was held back at the last look.
    decided: u64,
    /// Decided to be sent when the same message may have arrived by another channel already.
    pub both: u64,
    /// Waited for the end of quiet hours.
    pub deferred: u64,
    /// Held back, by reason, when they were decided or at the last look.
    pub skipped: BTreeMap<String, u64>,
    dropped: u64,
    /// Never taken by the provider.
    pub failed: u64,
    /// May or may not have been taken.
    pub unknown: u64,
    /// Reached the mailbox or the telephone.
    pub delivered: u64,
    /// Opened or read.
    pub opened: u64,
    /// Followed a link.
    pub clicked: u64,
    /// Answered.
    pub replied: u64,
    /// Said no.
    pub unsubscribed: u64,
    /// Refused by the mailbox or the telephone.
    pub bounced: u64,
    /// Complained.
    pub complained: u64,
}

impl Step {
    /// What left, as far as is known.
    pub fn sent(&self) -> u64 {
        self.decided.saturating_sub(self.dropped).saturating_sub(self.failed)
    }
}

impl Sheet {
    /// Takes a count in.
    pub fn add(&mut self, key: &CountKey, sum: Sum) {
        let count = sum.count;
        let place = (key.step.clone(), key.variant.clone(), key.channel.clone());
        match key.what {
            What::Entered => self.treated.entered += count,
            What::HeldOut => self.held_out.entered += count,
            What::Goal => self.treated.reach(sum),
            What::HeldOutGoal => self.held_out.reach(sum),
            What::Took if key.step.is_empty() => self.treated.took.add(key, sum),
            What::Took => self.arm(key).took.add(key, sum),
            What::HeldOutTook => self.held_out.took.add(key, sum),
            What::Drawn => self.arm(key).entered += count,
            What::DrawnGoal => self.arm(key).reach(sum),
            What::Exited => self.exited += count,
            What::Fault => self.faults += count,
            What::Sent => self.step(place).decided += count,
            What::Both => self.step(place).both += count,
            What::Deferred => self.step(place).deferred += count,
            What::Skipped => *self.step(place).skipped.entry(key.reason.clone()).or_default() += count,
            What::Dropped => {
                let step = self.step(place);
                step.dropped += count;
                *step.skipped.entry(key.reason.clone()).or_default() += count;
            }
            What::Failed => self.step(place).failed += count,
            What::Unknown => self.step(place).unknown += count,
            What::Delivered => self.step(place).delivered += count,
            What::Opened => self.step(place).opened += count,
            What::Clicked => self.step(place).clicked += count,
            What::Replied => self.step(place).replied += count,
            What::Unsubscribed => self.step(place).unsubscribed += count,
            What::Bounced => self.step(place).bounced += count,
            What::Complained => self.step(place).complained += count,
        }
    }

    fn arm(&mut self, key: &CountKey) -> &mut Group {
        self.arms.entry((key.step.clone(), key.variant.clone())).or_default()
    }

    fn step(&mut self, place: (String, String, String)) -> &mut Step {
        self.steps.entry(place).or_default()
    }

    /// How much more of those who may get messages reach the goal.
    pub fn uplift(&self) -> Option<Interval> {
        Some(newcombe(self.treated.conversion()?, self.held_out.conversion()?))
    }

    /// As objects: the campaign, then its steps.
    pub fn lines(&self, campaign: &CampaignName) -> Vec<Value> {
        let of = |group: &Group| {
            let told = json!({ "entered": group.entered, "goals": group.goals, "value": group.value,
                               "conversion": group.conversion() });
            with(told, group.compared())
        };
        let arms = self
            .arms
            .iter()
            .map(|((step, variant), group)| with(of(group), [("step", json!(step)), ("variant", json!(variant))]));
        let whole = json!({
            "campaign": campaign,
            "entered": self.treated.entered,
            "exited": self.exited,
            "goals": self.treated.goals,
            "value": self.treated.value,
            "faults": self.faults,
            "conversion": self.treated.conversion(),
            "holdout": of(&self.held_out),
            "uplift": self.uplift(),
            "arms": arms.collect::<Vec<_>>(),
        });
        let mut lines = vec![with(whole, self.treated.compared())];
        lines.extend(self.steps.iter().map(|((step, variant, channel), figures)| {
            let mut line = Map::new();
            line.insert("campaign".to_owned(), json!(campaign));
            line.insert("step".to_owned(), json!(step));
            for (name, value) in [("variant", variant), ("channel", channel)] {
                if !value.is_empty() {
                    line.insert(name.to_owned(), json!(value));
                }
            }
            for (name, count) in figures.named() {
                line.insert(name.to_owned(), json!(count));
            }
            line.insert("skipped".to_owned(), json!(figures.skipped));
            Value::Object(line)
        }));
        lines
    }
}

/// The object with more in it.
fn with(mut object: Value, more: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    object
}

impl Group {
    fn reach(&mut self, sum: Sum) {
        self.goals += sum.count;
        self.value += sum.value();
    }
}

impl Step {
    /// The figures, in the order of a report.
    pub fn named(&self) -> [(&'static str, u64); 12] {
        [
            ("sent", self.sent()),
            ("both", self.both),
            ("deferred", self.deferred),
            ("failed", self.failed),
            ("unknown", self.unknown),
            ("delivered", self.delivered),
            ("opened", self.opened),
            ("clicked", self.clicked),
            ("replied", self.replied),
            ("unsubscribed", self.unsubscribed),
            ("bounced", self.bounced),
            ("complained", self.complained),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(counts: &[(What, &str, u64)]) -> Sheet {
        let mut sheet = Sheet::default();
        for (what, reason, count) in counts {
            let key = CountKey {
                step: "reminder".to_owned(),
                reason: (*reason).to_owned(),
                ..CountKey::of(&CampaignName::from("cart"), *what)
            };
            let sum = Sum {
                count: *count,
                value_micros: 2_500_000,
            };
            sheet.add(&key, sum);
        }
        sheet
    }

    #[test]
    fn what_was_held_back_at_the_last_look_was_not_sent() {
        let sheet = sheet(&[
            (What::Sent, "", 10),
            (What::Skipped, "frequency_cap", 3),
            (What::Dropped, "frequency_cap", 1),
            (What::Dropped, "paused", 1),
            (What::Failed, "", 2),
        ]);
        let step = sheet.steps.values().next().expect("a step");
        assert_eq!(step.sent(), 6);
        assert_eq!(
            step.skipped.clone().into_iter().collect::<Vec<_>>(),
            [("frequency_cap".to_owned(), 4), ("paused".to_owned(), 1)]
        );
    }

    #[test]
    fn conversion_stands_beside_the_holdouts() {
        let sheet = sheet(&[
            (What::Entered, "", 70),
            (What::Goal, "", 56),
            (What::HeldOut, "", 80),
            (What::HeldOutGoal, "", 48),
        ]);
        let uplift = sheet.uplift().expect("both groups have people");
        assert!((uplift.estimate - 0.2).abs() < 1e-9);
        assert!((uplift.low - 0.0524).abs() < 5e-5 && (uplift.high - 0.3339).abs() < 5e-5);
        let lines = sheet.lines(&CampaignName::from("cart"));
        assert_eq!(lines[0]["holdout"]["goals"], 48);
        assert_eq!(lines[0]["value"], 2.5);
    }

    #[test]
    fn without_a_holdout_nothing_is_compared() {
        let sheet = sheet(&[(What::Entered, "", 7)]);
        assert!(sheet.uplift().is_none() && sheet.treated.conversion().is_some());
    }
}
