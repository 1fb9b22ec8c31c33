//! `beckon stop`: takes a campaign out of force.

use crate::plan::changes::InForce;
use crate::problem::Problem;
use crate::roll::Roll;
use crate::stack::{FINDING, Stack};
use crate::wake::{Call, Waking, Whom};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Manifest, PublishError, Stopped};
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};

const HELP: &str = "\
Takes a campaign out of force: within seconds nobody enters it any more.

What runs then

  --finish-running   runs to its end, on the version it started on (the default)
  --now              ends at its next look, with the reason `stopped`: who is in the campaign is
                     woken for that, at most --rate a second; a goal is not counted any more, and
                     a message that was handed to a provider already has left

A campaign that runs to its end can still be stopped with --now. To bring a campaign back, apply a
folder that holds its file; and take its file out of the folder, or the next `beckon apply` does
that unasked. To hold a campaign for a while, `beckon pause` it instead.

It asks before it acts; --yes answers.";

const EXAMPLES: &str = "\
Examples:
  beckon stop birthday --local
  beckon stop win-back --now --table beckon-prod
  beckon stop win-back --now --yes --table beckon-prod    (where nobody can be asked, as in CI)

Exit codes: 0 stopped, or it was already; 1 not in force, or the table refused, or the answer was no.";

/// Take a campaign out of force
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Stop {
    /// Its name
    #[arg(value_name = "CAMPAIGN")]
    campaign: String,
    /// Let what runs run to its end: the default
    #[arg(long, conflicts_with = "now")]
    finish_running: bool,
    /// End what runs
    #[arg(long)]
    now: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    waking: Waking,
    #[command(flatten)]
    stack: Stack,
}

/// How often it is tried where others change it at the same time.
const TRIES: usize = 5;

impl Stop {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let table = self.stack.table().await?;
        let name = CampaignName::from(self.campaign.as_str());
        let stopped = if self.now { Stopped::Ended } else { Stopped::Finishing };
        known(&table.manifest().await?, &name)?;
        if !self.yes {
            ask(&name, stopped)?;
        }
        let Some(revision) = publish(&table, &name, stopped).await? else {
            writeln!(io::stdout(), "`{name}` was stopped already")?;
            return Ok(());
        };
        let what = match stopped {
            Stopped::Finishing => "what runs runs to its end",
            Stopped::Ended => "what runs ends",
        };
        writeln!(io::stdout(), "`{name}` is stopped, {what}: revision {revision}")?;
        if stopped == Stopped::Finishing {
            return Ok(());
        }
        let before = InForce::read(&table).await?;
        let call = Call {
            table: &table,
            revision,
            now: self.stack.now().await?,
            retention: before.workspace.kept.events,
            roll: Roll::default(),
        };
        self.waking.tell(call, &Whom::RunningIn(BTreeSet::from([name]))).await
    }
}

/// Publishes it. Gives the revision; nothing where it was so already.
async fn publish(table: &DynamoStore, name: &CampaignName, stopped: Stopped) -> Result<Option<u64>, Problem> {
    let mut tries_left = TRIES;
    loop {
        tries_left -= 1;
        let mut manifest = table.manifest().await?;
        known(&manifest, name)?;
        if !manifest.stop(name, stopped) {
            return Ok(None);
        }
        manifest.revision += 1;
        match table.publish(&manifest).await {
            Ok(()) => return Ok(Some(manifest.revision)),
            Err(PublishError::Conflict) if tries_left > 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Refuses a name that is not in force and never was.
fn known(manifest: &Manifest, name: &CampaignName) -> Result<(), Problem> {
    if manifest.campaigns.contains_key(name) || manifest.stopped.contains_key(name) {
        return Ok(());
    }
    let known: Vec<String> = manifest.campaigns.keys().map(|known| format!("`{known}`")).collect();
    let expected = match known.is_empty() {
        true => "none is".to_owned(),
        false => format!("expected one of {}", known.join(", ")),
    };
    Err(Problem::Argument(format!(
        "no campaign `{name}` is in force, {expected}"
    )))
}

fn ask(name: &CampaignName, stopped: Stopped) -> Result<(), Problem> {
    let from = io::stdin();
    if !from.is_terminal() {
        let reason = format!("nobody can be asked whether to stop `{name}`: --yes answers");
        return Err(Problem::Argument(reason));
    }
    let what = match stopped {
        Stopped::Finishing => "let what runs run to its end",
        Stopped::Ended => "end what runs",
    };
    write!(io::stderr(), "stop `{name}` and {what}? [y/N] ")?;
    let mut answer = String::new();
    from.lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Problem::Argument(format!("`{name}` was not stopped"))),
    }
}
