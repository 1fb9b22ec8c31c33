//! `beckon suppress add` and `remove`: one address.

use super::address;
use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::channel::suppression_list::SuppressionList;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::ports::Suppressions;
use beckon_shared::ports::suppressions::Suppression;
use clap::Args;
use std::io::{self, Write};

/// Why an address is suppressed that somebody named here.
const MANUAL: &str = "manual";

const ADD_HELP: &str = "\
Suppresses an address: nothing is sent to it any more, marketing or not, whoever has it. What waits to be
sent to it is skipped. An email address is put onto SES's list for the account as well, so that no other
program of yours reaches it either; whoever merely unsubscribed does not belong there.

An address that is suppressed already keeps its reason.";

const ADD_EXAMPLES: &str = "\
Examples:
  beckon suppress add ann@example.com --local
  beckon suppress add +4915112345678 --table beckon-prod";

const REMOVE_HELP: &str = "\
Takes an address off: ours, whatever the reason, and off SES's list for the account. Only for an address of
which you know that it works and that its owner wants it: one that bounces again harms the sender's name.

A profile remembers by itself that its own address bounced or complained; it is written to again once the
address is set anew.";

const REMOVE_EXAMPLES: &str = "\
Examples:
  beckon suppress remove ann@example.com --local
  beckon suppress remove +4915112345678 --table beckon-prod";

/// Suppress an address, here and at SES
#[derive(Debug, Args)]
#[command(long_about = ADD_HELP, after_long_help = format!("{FINDING}\n\n{ADD_EXAMPLES}"))]
pub struct Add {
    /// An email address, or a phone number as `+4915112345678`
    #[arg(value_name = "EMAIL|PHONE")]
    address: String,
    #[command(flatten)]
    stack: Stack,
}

impl Add {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let (channel, address) = address(&self.address)?;
        let table = self.stack.table().await?;
        let before = table.suppression(channel, &address).await?;
        let suppression = Suppression {
            reason: MANUAL.to_owned(),
            since: self.stack.now().await?,
        };
        table.suppress(channel, &address, &suppression).await?;
        let ours = match before {
            Some(before) => format!(
                "suppressed already since {}, because of `{}`",
                before.since, before.reason
            ),
            None => "suppressed".to_owned(),
        };
        match channel {
            Channel::Email => {
                SuppressionList::new(self.stack.aws().await?.ses())
                    .put(&address)
                    .await?;
                said(&format!("{ours}; on SES's list"))
            }
            Channel::Sms
            | Channel::Push
            | Channel::Webpush
            | Channel::Onsite
            | Channel::Viber
            | Channel::Whatsapp
            | Channel::Webhook => said(&ours),
        }
    }
}

/// Let an address be written to again, here and at SES
#[derive(Debug, Args)]
#[command(long_about = REMOVE_HELP, after_long_help = format!("{FINDING}\n\n{REMOVE_EXAMPLES}"))]
pub struct Remove {
    /// An email address, or a phone number as `+4915112345678`
    #[arg(value_name = "EMAIL|PHONE")]
    address: String,
    #[command(flatten)]
    stack: Stack,
}

impl Remove {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let (channel, address) = address(&self.address)?;
        let table = self.stack.table().await?;
        let now = self.stack.now().await?;
        let ours = match table.suppression(channel, &address).await? {
            None => "was not suppressed".to_owned(),
            Some(known) => match table.lift(channel, &address, &known.reason, now).await? {
                true => format!("no longer suppressed because of `{}`", known.reason),
                false => {
                    let told = format!(
                        "`{}` was said of it at {}, just now: try again",
                        known.reason, known.since
                    );
                    return Err(Problem::Argument(told));
                }
            },
        };
        match channel {
            Channel::Email => {
                let list = SuppressionList::new(self.stack.aws().await?.ses());
                let theirs = match list.delete(&address).await? {
                    true => "taken off SES's list",
                    false => "not on SES's list",
                };
                said(&format!("{ours}; {theirs}"))
            }
            Channel::Sms
            | Channel::Push
            | Channel::Webpush
            | Channel::Onsite
            | Channel::Viber
            | Channel::Whatsapp
            | Channel::Webhook => said(&ours),
        }
    }
}

fn said(what: &str) -> Result<(), Problem> {
    let mut to = io::stdout().lock();
    writeln!(to, "{what}")?;
    to.flush()?;
    Ok(())
}
