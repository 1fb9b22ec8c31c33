//! `beckon pause` and `beckon resume`: campaigns stop and go on without being removed.

use crate::plan::changes::InForce;
use crate::problem::{Problem, plural};
use crate::roll::Roll;
use crate::stack::{FINDING, Stack};
use crate::wake::{Call, Waking, Whom, watches};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Manifest, PublishError};
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::io::{self, Write};

const PAUSE_HELP: &str = "\
Pauses campaigns: from then on nobody enters them, and messages that come due are skipped with the
reason `paused`. It acts within seconds, without a deployment, and holds over `beckon apply` until
`beckon resume`. What was skipped is not made up for.";

const PAUSE_EXAMPLES: &str = "\
Examples:
  beckon pause birthday --local
  beckon pause --all --table beckon-prod";

const RESUME_HELP: &str = "\
Lets paused campaigns go on: people enter again, and messages that come due from now on leave.
Where one is entered by a date, a schedule, `when`, `crosses` or `inactive`, every profile is
woken once, at most --rate a second, so that those who came to it meanwhile, or by a date that was
computed anew, are met. Broken off, that goes on with `beckon apply DIR --wake-only`.";

const RESUME_EXAMPLES: &str = "\
Examples:
  beckon resume birthday --local
  beckon resume --all --table beckon-prod";

/// Pause campaigns at once
#[derive(Debug, Args)]
#[command(long_about = PAUSE_HELP, after_long_help = format!("{FINDING}\n\n{PAUSE_EXAMPLES}"))]
pub struct Pause {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    stack: Stack,
}

/// Let paused campaigns go on
#[derive(Debug, Args)]
#[command(long_about = RESUME_HELP, after_long_help = format!("{FINDING}\n\n{RESUME_EXAMPLES}"))]
pub struct Resume {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    waking: Waking,
    #[command(flatten)]
    stack: Stack,
}

#[derive(Debug, Args)]
struct Which {
    /// Names of campaigns
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// Every campaign in force
    #[arg(long)]
    all: bool,
}

impl Pause {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        set(&self.which, &table, true).await?;
        Ok(())
    }
}

impl Resume {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        let resumed = set(&self.which, &table, false).await?;
        let known = InForce::read(&table).await?;
        let mut campaigns = known.campaigns.iter();
        if !campaigns.any(|campaign| resumed.contains(&campaign.name) && watches(campaign)) {
            return Ok(());
        }
        let call = Call {
            table: &table,
            revision: known.manifest.revision,
            now: self.stack.now().await?,
            retention: known.workspace.kept.events,
            roll: Roll::default(),
        };
        self.waking.tell(call, &Whom::Everybody).await
    }
}

/// How often it is tried where others change it at the same time.
const TRIES: usize = 5;

/// Pauses them or lets them go on. Gives those for which that is new.
async fn set(which: &Which, table: &DynamoStore, paused: bool) -> Result<Vec<CampaignName>, Problem> {
    let mut tries_left = TRIES;
    loop {
        tries_left -= 1;
        let mut manifest = table.manifest().await?;
        let names = which.of(&manifest)?;
        let mut lines = Vec::new();
        let mut changed = Vec::new();
        for name in names {
            let Some(listed) = manifest.campaigns.get_mut(&name) else {
                continue;
            };
            let word = if paused { "paused" } else { "running" };
            if listed.paused == paused {
                lines.push(format!("`{name}` was {word} already"));
            } else {
                listed.paused = paused;
                lines.push(format!("`{name}` is {word}"));
                changed.push(name);
            }
        }
        if !changed.is_empty() {
            manifest.revision += 1;
            match table.publish(&manifest).await {
                Ok(()) => lines.push(format!(
                    "{} changed: revision {}",
                    plural(changed.len(), "campaign"),
                    manifest.revision
                )),
                // Only the flags of these campaigns are at stake: looking again is enough.
                Err(PublishError::Conflict) if tries_left > 0 => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let mut to = io::stdout().lock();
        for line in lines {
            writeln!(to, "{line}")?;
        }
        return Ok(changed);
    }
}

impl Which {
    /// The campaigns meant, all of which are in force.
    fn of(&self, manifest: &Manifest) -> Result<Vec<CampaignName>, Problem> {
        if manifest.campaigns.is_empty() {
            let reason = "no campaign is in force: `beckon apply` puts some there";
            return Err(Problem::Argument(reason.to_owned()));
        }
        if self.all {
            return Ok(manifest.campaigns.keys().cloned().collect());
        }
        let names = self.names.iter().map(|name| {
            let name = CampaignName::from(name.as_str());
            if manifest.campaigns.contains_key(&name) {
                return Ok(name);
            }
            let known: Vec<String> = manifest.campaigns.keys().map(|known| format!("`{known}`")).collect();
            Err(Problem::Argument(format!(
                "no campaign `{name}` is in force, expected one of {}",
                known.join(", ")
            )))
        });
        names.collect()
    }
}
