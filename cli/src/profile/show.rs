//! `beckon profile show`: a person on one page.

use super::page::Page;
use super::person;
use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::{Inbox, Profiles};
use clap::Args;
use std::io;

const HELP: &str = "\
Shows what is known of a person: traits and consent, devices, scores and what they are made of,
campaigns they are in and when they are looked at next, lists such as the cart, the messages decided
for them and what became of each, and the end of their inbox. It only reads. Addresses are masked
unless --reveal.

A visitor who was identified has gone over into the user: the page says into whom, and of a user, who
went over into them.

ID is the `userId`, or `anon:` and the `anonymousId`, or `account:` and the `groupId`.";

const EXAMPLES: &str = "\
Examples:
  beckon profile show u1 --local
  beckon profile show anon:6f2c --table beckon-prod --inbox 100
  beckon profile show u1 --table beckon-prod --reveal";

/// Show a profile: traits, enrollments, messages, inbox
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Show {
    /// Whose: `u1`, or `anon:…` for a visitor
    #[arg(value_name = "ID")]
    id: String,
    /// Show addresses as they are
    #[arg(long)]
    reveal: bool,
    /// How many of the latest inputs to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    inbox: usize,
    #[command(flatten)]
    stack: Stack,
}

impl Show {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let id = person::id(&self.id)?;
        let table = self.stack.table().await?;
        let profile = table.load(&id).await?;
        let items = table.received_between(&id, Timestamp::MIN, Timestamp::MAX).await?;
        let messages = table.messages(&id).await?;
        if profile.is_none() && items.is_empty() && messages.is_empty() {
            return Err(Problem::Argument(format!("nothing is known of a profile `{id}`")));
        }
        let now = self.stack.now().await?;
        let mut page = Page::new(io::stdout().lock(), self.reveal);
        page.heading(&id, profile.as_ref())?;
        if let Some(profile) = &profile {
            page.identity(&profile.state)?;
            let workspace = person::workspace(&table).await?;
            page.traits(&profile.traits, &workspace.addresses)?;
            page.account(&profile.traits)?;
            page.devices(&profile.traits.devices)?;
            page.scores(&workspace, &profile.state, now)?;
            page.state(&profile.state)?;
        }
        page.messages(&messages)?;
        page.inbox(&items, self.inbox)?;
        page.close()?;
        Ok(())
    }
}
