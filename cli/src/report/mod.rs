//! `beckon report`: what campaigns came to, counted exactly.

mod sheet;
mod table;

use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::domain::count::day_of;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::ports::Counters;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use sheet::Sheet;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Write};

/// Days that are reported where nobody says since when.
const DAYS: i64 = 30;

const HELP: &str = "\
Reports what campaigns came to: who entered, left and reached the goal, and what that was worth;
and for each step, arm and channel what was sent, held back and why, delivered, opened, clicked,
answered, and what went wrong. It only reads. Each message counts once for each thing that happened
to it (the first opening), each enrollment's goal once; test sends never count. Counts are exact,
and about five minutes old. A day is one in UTC, and what happens counts on the day it is heard of.

CONVERSION is the share of those who entered that reached the goal, beside the same share of those
who are held out of every message for comparison (`holdout` in the campaign's file), each with the
interval in which it lies with 95 % confidence (Wilson's score interval), and the difference with
its own (Newcombe 1998, method 10). Where the difference's interval includes 0, the messages have
not been shown to make one.

EACH GOAL says what a goal was worth on average, and how long after entering it was reached: the mean,
and the time within which half of them were, of 1m, 5m, 15m, 30m, 1h, 2h, 4h, 8h, 12h, 1d, 2d, 3d, 5d, 7d,
10d, 14d, 21d, 30d, 60d and 90d the first that does. The same stands beside those who are held out, and
beside each arm of a step's `variants`: there of all who are drawn for the arm, whether or not its
message reached them, since only so are arms and those who are held out alike but for the message.

`jsonl` is one line for each campaign, and one for each of its steps, arms and channels.";

const EXAMPLES: &str = "\
Examples:
  beckon report --local
  beckon report abandoned-cart --since 2026-03-01 --until 2026-03-31 --table beckon-prod
  beckon report --table beckon-prod --format jsonl | jq -c 'select(.step == \"reminder\")'";

/// Report what campaigns came to
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Report {
    /// Which campaign; without it, all of which anything was counted
    #[arg(value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// First day, such as `2026-03-01`; without it, 30 days before the last
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Last day; without it, today
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// `table` for people, the default on a terminal; `jsonl` for programs, the default elsewhere
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    stack: Stack,
}

/// How output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Jsonl,
}

impl Format {
    /// What was asked for, or what suits whoever reads.
    pub fn or_fitting(asked: Option<Self>) -> Self {
        asked.unwrap_or(match io::stdout().is_terminal() {
            true => Self::Table,
            false => Self::Jsonl,
        })
    }
}

impl Report {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        let until = match self.until {
            Some(until) => until,
            None => day_of(self.stack.now().await?),
        };
        let since = self
            .since
            .unwrap_or_else(|| until.saturating_sub(jiff::Span::new().days(DAYS)));
        if since > until {
            return Err(Problem::Argument(format!(
                "--since {since} is after --until {until}, expected a day before it"
            )));
        }
        let campaign = self.campaign.as_deref().map(CampaignName::from);
        let mut sheets: BTreeMap<CampaignName, Sheet> = BTreeMap::new();
        for day in table.counted(campaign.as_ref(), since, until).await? {
            for (key, sum) in day.counts.iter() {
                sheets.entry(key.campaign.clone()).or_default().add(key, sum);
            }
        }
        let mut to = BufWriter::new(io::stdout().lock());
        match Format::or_fitting(self.format) {
            Format::Table => table::write(&mut to, (since, until), &sheets)?,
            Format::Jsonl => {
                for (name, sheet) in &sheets {
                    for line in sheet.lines(name) {
                        serde_json::to_writer(&mut to, &line).map_err(io::Error::from)?;
                        to.write_all(b"\n")?;
                    }
                }
            }
        }
        to.flush()?;
        Ok(())
    }
}
