//! `beckon suppress list`: how many addresses are suppressed, and why.

use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::store::suppressed::Suppressed;
use clap::Args;
use std::io::{self, Write};

const HELP: &str = "\
Tells how many addresses nothing is sent to, by channel and reason. Which they are cannot be told: only
their hashes are kept. It reads the whole table once.

hard_bounce    the mailbox does not exist
complaint      their owner called a message spam
provider_list  SES did not deliver, because the address is on a list of its own
stop           their owner sent STOP
manual         somebody said `beckon suppress add`";

const EXAMPLES: &str = "\
Examples:
  beckon suppress list --local
  beckon suppress list --table beckon-prod";

/// Count suppressed addresses by channel and reason
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct List {
    #[command(flatten)]
    stack: Stack,
}

impl List {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        let mut found = Suppressed::default();
        while table.count_suppressed(&mut found).await? {}
        let mut to = io::stdout().lock();
        if found.counts.is_empty() {
            writeln!(to, "no address is suppressed")?;
        }
        for ((channel, reason), count) in &found.counts {
            writeln!(to, "{channel:<9} {reason:<14} {count:>9}")?;
        }
        to.flush()?;
        Ok(())
    }
}
