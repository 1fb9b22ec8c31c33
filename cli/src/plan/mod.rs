//! `beckon plan`: what `beckon apply` would change, and for how many people.

pub mod changes;
mod history;
pub mod people;
pub mod sheet;

use crate::campaigns;
use crate::problem::Problem;
use crate::report::Format;
use crate::roll::Roll;
use crate::stack::{FINDING, Stack};
use changes::{Change, InForce};
use clap::Args;
use people::Counting;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

const HELP: &str = "\
Says what `beckon apply` would change, without changing anything:

  added, changed, removed, unchanged   campaigns, templates and the workspace; of what changed,
                                       which parts
  running   enrollments on versions that would not be in force any more, which run to their end
            on them (or go over, with `beckon apply --migrate`)
  enters    profiles that would enter a campaign as soon as it is applied: entrances by `when`,
            `crosses` and `inactive` with `existing: enter`, or that hold now and did not before
  comes     profiles for which a new or changed date or calendar has an occurrence within 30 days;
            whether its `where` holds is asked on the day

and how many of those some message of the campaign can reach: they have an address, consent to the
campaign's topic, and the address is not dead. Caps, quiet hours and holdouts are not asked.

Profiles are looked at one by one, on a copy, by the core that decides when they are woken, with
what they did before a campaign asked, where it asks for more than was kept of them. That
reads the whole table once, with its inboxes: about 128 read units a megabyte, at most --read-rate
of them a second. On a large table say --sample: profiles lie in the table by a hash, so some parts
of it are a fair sample. `beckon apply` says the same before it acts.

`jsonl` is one line for each of these, such as

  {\"change\":\"changed\",\"what\":\"campaign\",\"name\":\"birthday\",\"parts\":[\"steps\"]}
  {\"change\":\"running\",\"campaign\":\"birthday\",\"version\":\"…\",\"enrollments\":12}
  {\"change\":\"enters\",\"campaign\":\"win-back\",\"profiles\":104,\"reached\":80}

where a count of a sample is {\"about\":5120,\"from\":4980,\"to\":5260}.";

const EXAMPLES: &str = "\
Examples:
  beckon plan campaigns --local
  beckon plan campaigns --table beckon-prod --sample 20000
  beckon plan campaigns --table beckon-prod --format jsonl | jq 'select(.change == \"enters\")'

Exit codes: 0 told, whether or not anything would change; 1 bad campaigns, or the table refused.";

/// Say what apply would change, and for how many people
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Plan {
    /// Folder of the campaigns
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// `table` for people, the default on a terminal; `jsonl` for programs, the default elsewhere
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    roll: Roll,
    #[command(flatten)]
    stack: Stack,
}

impl Plan {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let folder = campaigns::sound(&self.folder, "nothing was planned")?;
        let table = self.stack.table().await?;
        let now = self.stack.now().await?;
        let before = InForce::read(&table).await?;
        let next = changes::next(&before, &folder, false, now);
        let changes = changes::changes(&before, &next, &folder);
        let counted = match changes.iter().any(Change::matters) {
            true => {
                let counting = Counting::between(&before, &next, &folder, &changes, now);
                Some(counting.count(&table, self.roll).await?)
            }
            false => None,
        };
        let mut to = BufWriter::new(io::stdout().lock());
        match Format::or_fitting(self.format) {
            Format::Table => {
                to.write_all(sheet::told(&changes, counted.as_ref(), false).as_bytes())?;
                if counted.is_none() {
                    writeln!(
                        to,
                        "nothing to do: revision {} holds all of this",
                        before.manifest.revision
                    )?;
                }
            }
            Format::Jsonl => {
                for line in sheet::lines(&changes, counted.as_ref()) {
                    writeln!(to, "{line}")?;
                }
            }
        }
        to.flush()?;
        Ok(())
    }
}
