//! What was decided, for people: a day after the other, and at the end each campaign in a line.

use beckon_shared::domain::decision::{Decision, SkipReason, Verdict};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::{Timestamp, local_date};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How wide the column of profiles is; longer ids reach out of it.
const PROFILE_WIDTH: usize = 14;

/// Writes the timeline as it comes, and counts for the summary.
pub struct Timeline<W> {
    to: W,
    day: Option<Date>,
    campaign_width: usize,
    counts: BTreeMap<CampaignName, Counts>,
}

/// One campaign's line of the summary.
#[derive(Debug, Default)]
struct Counts {
    entered: usize,
    sent: usize,
    deferred: usize,
    exited: usize,
    goals: usize,
    worth: f64,
    skipped: BTreeMap<SkipReason, usize>,
    faults: usize,
}

impl<W: Write> Timeline<W> {
    /// A timeline of these campaigns.
    pub fn of(campaigns: impl IntoIterator<Item = CampaignName>, to: W) -> Self {
        let counts: BTreeMap<_, _> = campaigns.into_iter().map(|name| (name, Counts::default())).collect();
        let campaign_width = counts
            .keys()
            .map(|name| name.as_str().chars().count())
            .max()
            .unwrap_or_default();
        Self {
            to,
            day: None,
            campaign_width,
            counts,
        }
    }

    /// Writes a decision.
    pub fn show(&mut self, decision: &Decision) -> io::Result<()> {
        self.counts
            .entry(decision.campaign.clone())
            .or_default()
            .add(&decision.verdict);
        let day = local_date(decision.at, &TimeZone::UTC);
        if self.day != Some(day) {
            let gap = if self.day.is_some() { "\n" } else { "" };
            writeln!(self.to, "{gap}{}", day.strftime("%a %Y-%m-%d"))?;
            self.day = Some(day);
        }
        writeln!(
            self.to,
            "  {}  {:PROFILE_WIDTH$}  {:width$}  {}",
            time(decision.at),
            decision.profile.as_str(),
            decision.campaign.as_str(),
            words(decision),
            width = self.campaign_width,
        )
    }

    /// Writes the summary.
    pub fn close(mut self) -> io::Result<()> {
        if self.day.is_none() {
            writeln!(self.to, "nothing was decided")?;
        }
        let mut rows = vec![
            [
                "campaign", "entered", "sent", "deferred", "exited", "goals", "worth", "skipped",
            ]
            .map(str::to_owned),
        ];
        rows.extend(self.counts.iter().map(|(name, counts)| counts.row(name)));
        let mut widths = [0; 8];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        writeln!(self.to)?;
        for row in &rows {
            let mut line = String::new();
            for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
                // Words to the left, numbers to the right.
                let is_words = place == 0 || place == row.len() - 1;
                line.push_str(&if is_words {
                    format!("{cell:<width$}  ")
                } else {
                    format!("{cell:>width$}  ")
                });
            }
            writeln!(self.to, "{}", line.trim_end())?;
        }
        self.to.flush()
    }
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Enter => self.entered += 1,
            Verdict::Send { .. } => self.sent += 1,
            Verdict::Skip { reason, .. } => *self.skipped.entry(*reason).or_default() += 1,
            Verdict::Defer { .. } => self.deferred += 1,
            Verdict::Exit { .. } => self.exited += 1,
            Verdict::Goal { value, .. } => {
                self.goals += 1;
                self.worth += value.unwrap_or_default();
            }
            Verdict::Pass { .. } | Verdict::Offer { .. } | Verdict::Redeem { .. } => {}
            Verdict::Fault { .. } => self.faults += 1,
        }
    }

    fn row(&self, name: &CampaignName) -> [String; 8] {
        let mut skipped: Vec<String> = self
            .skipped
            .iter()
            .map(|(reason, count)| format!("{count} {}", reason.name()))
            .collect();
        if skipped.is_empty() {
            skipped.push("0".to_owned());
        }
        if self.faults > 0 {
            skipped.push(format!("and {} faults", self.faults));
        }
        [
            name.to_string(),
            self.entered.to_string(),
            self.sent.to_string(),
            self.deferred.to_string(),
            self.exited.to_string(),
            self.goals.to_string(),
            format!("{:.2}", self.worth),
            skipped.join(", "),
        ]
    }
}

/// Hours, minutes and seconds, UTC.
fn time(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%H:%M:%S")
}

/// A day and its minute, UTC.
fn minute(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M")
}

/// A decision as people say it; the first word is the same as in `jsonl`.
fn words(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Enter if decision.key.is_empty() => "enter".to_owned(),
        Verdict::Enter => format!("enter  for {}", decision.key),
        Verdict::Send {
            step,
            channel,
            template,
            variant,
            message: _,
            maybe_also,
        } => {
            let variant = variant
                .as_ref()
                .map(|variant| format!(", variant {variant}"))
                .unwrap_or_default();
            let also: String = maybe_also
                .iter()
                .map(|other| format!(", possibly by {} too", other.name()))
                .collect();
            format!(
                "send   {step} by {}, template {template}{variant}{also}",
                channel.name()
            )
        }
        Verdict::Skip {
            step,
            channel,
            variant: _,
            reason,
            cap,
        } => {
            let cap = cap.as_ref().map(|cap| format!(", {cap}")).unwrap_or_default();
            format!("skip   {step} by {}: {}{cap}", channel.name(), reason.name())
        }
        Verdict::Defer {
            step,
            channel,
            until,
            reason,
        } => {
            let until = minute(*until);
            format!("defer  {step} by {} until {until}: {}", channel.name(), reason.name())
        }
        Verdict::Offer { step, code, until } => format!("offer  {step}: {code}, good until {}", minute(*until)),
        Verdict::Redeem { code, refused: None } => format!("redeem {code}"),
        Verdict::Redeem {
            code,
            refused: Some(reason),
        } => format!("refuse {code}: {reason}"),
        Verdict::Exit { reason } => format!("exit   {reason}"),
        Verdict::Goal { value: None, .. } => "goal".to_owned(),
        Verdict::Goal { value: Some(value), .. } => format!("goal   worth {value:.2}"),
        Verdict::Pass { reason, .. } => format!("pass   {}", reason.name()),
        Verdict::Fault { place, error } => format!("fault  {place}: {error}"),
    }
}
