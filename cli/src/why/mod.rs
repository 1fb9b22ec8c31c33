//! `beckon why`: what was decided about one person, and what was not, with the reasons.

mod answer;
mod line;
mod replay;
mod words;

use crate::problem::Problem;
use crate::report::Format;
use crate::stack::{FINDING, Stack};
use answer::Answer;
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::{Inbox, Profiles};
use beckon_shared::store::log::decode_log;
use clap::Args;
use line::{From, Line};
use replay::Replay;
use std::io::{self, BufWriter, Write};

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
        let id = ProfileId::parse(&self.profile)
            .map_err(|error| Problem::Argument(format!("the profile's id {error}, expected `u1` or `anon:…`")))?;
        let campaign = self.campaign.as_deref().map(CampaignName::from);
        let table = self.stack.table().await?;
        let now = self.stack.now().await?;
        let profile = table.load(&id).await?;
        let inbox = table.received_between(&id, Timestamp::MIN, Timestamp::MAX).await?;
        let messages = table.messages(&id).await?;
        if profile.is_none() && inbox.is_empty() && messages.is_empty() {
            return Err(Problem::Argument(format!("nothing is known of a profile `{id}`")));
        }
        let log = profile
            .as_ref()
            .map(|profile| decode_log(&profile.log))
            .unwrap_or_default();
        let replay = Replay::of(&table, &id, &inbox, now).await?;
        let mut lines: Vec<Line> = line::of_inbox(&inbox);
        lines.extend(log.iter().map(|logged| Line::decided(From::Log, logged)));
        lines.extend(messages.iter().map(Line::of_message));
        lines.extend(replay.lines_beside(&log));
        lines.sort_by_key(|line| (line.at, line.from));
        let answer = campaign
            .as_ref()
            .map(|campaign| Answer::of(campaign, &log, &replay, profile.as_ref()));
        if let Some(campaign) = &campaign {
            let messages: Vec<String> = lines.iter().filter_map(|line| line.message_of(campaign)).collect();
            lines.retain(|line| line.concerns(campaign, &messages, &replay));
        }
        let mut to = BufWriter::new(io::stdout().lock());
        match Format::or_fitting(self.format) {
            Format::Table => {
                line::write_table(&mut to, &lines)?;
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
