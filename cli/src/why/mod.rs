//! `beckon why`: what was decided about one person, and what was not, with the reasons.

mod answer;
mod line;
mod replay;
mod told;
mod words;

use crate::problem::Problem;
use crate::profile::person;
use crate::report::Format;
use crate::stack::{FINDING, Stack};
use beckon_shared::domain::id::CampaignName;
use clap::Args;
use std::io::{self, BufWriter, Write};
use told::Told;

const HELP: &str = "\
Tells what happened to a person and what was decided about them, in order of time, and why: who
entered what, which messages were sent, held back or waited, what became of them. With a campaign,
only what concerns it, and at the end why they did not enter, if they did not. It only reads.
Addresses are not shown.

Each line says where it is from:
  inbox    what happened, as it was accepted; kept for as long as the workspace says (90 days)
  log      what was decided, kept when it was decided: the truth. The latest 40 decisions at most,
           fewer for people of whom much is remembered
  outbox   where a message stands now
  replay   what the campaigns that are in force now come to when the same inbox is folded once
           more: what was decided before the log begins, and why nothing was decided. It knows
           neither what campaigns said before they were edited, nor when they were paused

A visitor who was identified and the profile that they went over into are one person: whichever of the
ids is asked for, both are told, each line with the id that it was under, and when the one went over.

ID is the `userId`, or `anon:` and the `anonymousId`.";

const EXAMPLES: &str = "\
Examples:
  beckon why u1 --local
  beckon why u1 abandoned-cart --table beckon-prod
  beckon why anon:6f2c --table beckon-prod --format jsonl | jq -r 'select(.decision == \"skip\") | .reason'";

/// Tell what was decided about a person, and why
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Why {
    /// Whose: `u1`, or `anon:…` for a visitor
    #[arg(value_name = "ID")]
    profile: String,
    /// Only of this campaign, and why they did not enter it
    #[arg(value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// `table` for people, the default on a terminal; `jsonl` for programs, the default elsewhere
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    stack: Stack,
}

impl Why {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let id = person::id(&self.profile)?;
        let campaign = self.campaign.as_deref().map(CampaignName::from);
        let table = self.stack.table().await?;
        let now = self.stack.now().await?;
        let mut all: Vec<Told> = Vec::new();
        for kept in person::all(&table, &id)
            .await?
            .into_iter()
            .filter(|kept| !kept.is_nothing())
        {
            all.push(Told::of(&table, kept, now).await?);
        }
        if all.is_empty() {
            return Err(Problem::Argument(format!("nothing is known of a profile `{id}`")));
        }
        let lines = told::lines(&all, campaign.as_ref());
        let answer = campaign.as_ref().and_then(|campaign| told::answer(&all, campaign));
        let mut to = BufWriter::new(io::stdout().lock());
        match Format::or_fitting(self.format) {
            Format::Table => {
                line::write_table(&mut to, &lines)?;
                let joins = told::joins(&all);
                if !joins.is_empty() {
                    writeln!(to, "\n{}", joins.join("\n"))?;
                }
                if let Some(answer) = &answer {
                    writeln!(to, "\n{}", answer.words)?;
                }
            }
            Format::Jsonl => {
                for line in &lines {
                    serde_json::to_writer(&mut to, line).map_err(io::Error::from)?;
                    to.write_all(b"\n")?;
                }
                if let Some(answer) = &answer {
                    serde_json::to_writer(&mut to, answer).map_err(io::Error::from)?;
                    to.write_all(b"\n")?;
                }
            }
        }
        to.flush()?;
        Ok(())
    }
}
