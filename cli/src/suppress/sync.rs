//! `beckon suppress sync`: what SES's list has and ours has not.

use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::channel::suppression_list::{Listed, ListedPage, SuppressionList};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::suppressions::Suppression;
use beckon_shared::ports::{PortError, Suppressions};
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

const HELP: &str = "\
Takes in what SES's list for the account has and ours has not: what bounced or complained before Beckon,
or because of another program. Only hashes of the addresses are kept. Nothing is taken off either list,
and nothing of ours is put onto SES's, which adds hard bounces and complaints by itself (where the account
says so: `aws sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT`).

Later bounces and complaints come by themselves, so once is enough, after deploying. Broken off, or said
twice, it can be repeated: what is known is passed over. --since looks at what was added since then only.";

const EXAMPLES: &str = "\
Examples:
  beckon suppress sync --local
  beckon suppress sync --since 2026-03-01T00:00:00Z --table beckon-prod";

/// Addresses written at once.
const AT_ONCE: usize = 16;
/// How often SES is asked for a page that it does not give.
const TRIES: u32 = 6;
/// How long before it is asked again.
const WAIT: Duration = Duration::from_secs(1);

/// Take in what SES's list for the account has
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Sync {
    /// Only what was added since then
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    #[command(flatten)]
    stack: Stack,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    looked_at: usize,
    new: usize,
}

impl Sync {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        let list = SuppressionList::new(self.stack.aws().await?.ses());
        let (mut found, mut next) = (Found::default(), None);
        loop {
            let page = patiently(&list, self.since, next.take()).await?;
            take_in(&table, page.listed, &mut found).await?;
            next = page.next;
            if next.is_none() {
                break;
            }
            found.show()?;
        }
        found.clear()?;
        let mut to = io::stdout().lock();
        writeln!(
            to,
            "{} on SES's list, {} of them new here",
            match found.looked_at {
                1 => "1 address".to_owned(),
                many => format!("{many} addresses"),
            },
            found.new
        )?;
        to.flush()?;
        Ok(())
    }
}

/// A page, asked for again where SES does not give it: its lists are read about once a second.
async fn patiently(
    list: &SuppressionList,
    since: Option<Timestamp>,
    page: Option<String>,
) -> Result<ListedPage, PortError> {
    let mut tries = 1;
    loop {
        match list.page(since, page.clone()).await {
            Err(error) if error.may_heal() && tries < TRIES => {
                tries += 1;
                sleep(WAIT * tries).await;
            }
            page => return page,
        }
    }
}

/// Takes in those that are not known.
async fn take_in(table: &DynamoStore, listed: Vec<Listed>, found: &mut Found) -> Result<(), Problem> {
    let (mut left, mut writing) = (listed.into_iter(), JoinSet::new());
    loop {
        while writing.len() < AT_ONCE
            && let Some(one) = left.next()
        {
            writing.spawn(note(table.clone(), one));
        }
        let Some(written) = writing.join_next().await else {
            return Ok(());
        };
        let is_new = written.map_err(|error| PortError::Fail(format!("an address was lost: {error}")))??;
        found.looked_at += 1;
        found.new += usize::from(is_new);
    }
}

/// Suppresses one address. Says whether it was not yet.
async fn note(table: DynamoStore, listed: Listed) -> Result<bool, PortError> {
    let known = table.suppression(Channel::Email, &listed.address).await?;
    if known.is_some() {
        return Ok(false);
    }
    let suppression = Suppression {
        reason: listed.reason.to_owned(),
        since: listed.since,
    };
    table.suppress(Channel::Email, &listed.address, &suppression).await?;
    Ok(table.suppression(Channel::Email, &listed.address).await?.is_some())
}

impl Found {
    /// A line on standard error, where that is a terminal.
    fn show(&self) -> io::Result<()> {
        let mut to = io::stderr();
        if to.is_terminal() {
            write!(to, "\rlooked at {}, {} new", self.looked_at, self.new)?;
            to.flush()?;
        }
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        let mut to = io::stderr();
        if to.is_terminal() {
            write!(to, "\r\x1b[2K")?;
        }
        Ok(())
    }
}
