//! `beckon apply`: puts a folder of campaigns in force.

use crate::campaigns;
use crate::plan::changes::{self, Change, InForce};
use crate::plan::people::Counting;
use crate::plan::sheet;
use crate::problem::Problem;
use crate::roll::Roll;
use crate::stack::{FINDING, Stack};
use crate::wake::{Call, Waking, Whom, watches};
use beckon_shared::authoring::definitions::Definitions as Folder;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Definition, Manifest, PublishError};
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

const HELP: &str = "\
Checks the folder as `beckon check` does, says what would change and for how many people (as
`beckon plan` does), stores what is new, and puts exactly what the folder holds in force, all at
once: what is not in it any more is taken out of force. Functions act on it within seconds, without
a deployment. A paused campaign stays paused. Applying the same again changes nothing.

RUNNING ENROLLMENTS keep the version they started on, to its end. With --migrate they go over to
the new one, where it has a step of the same name as the one they are at; a step without a name,
such as a wait, counts with the named step that follows it, if what stands between them is of the
same kinds. A wait then ends as the new version says, from the moment it began. Where the new
version has no such place, or reads of the trigger what the old one did not keep, an enrollment
stays on its own. --migrate holds for this version: the next apply decides anew.

WAKING: where an entrance by a date, a schedule, `when`, `crosses` or `inactive` is new or
changed, every profile is woken once, at most --rate a second, so that the campaign also meets
people who never send another event. It begins six seconds after the change, when every function
knows of it. Broken off, it goes on with --wake-only: who has met the revision is let be.";

const EXAMPLES: &str = "\
Examples:
  beckon apply campaigns --local
  beckon apply campaigns --table beckon-prod --dry-run
  beckon apply campaigns --table beckon-prod --sample 20000 --rate 500
  beckon apply campaigns --table beckon-prod --migrate
  beckon apply campaigns --table beckon-prod --wake-only

Exit codes: 0 in force; 1 bad campaigns, or the table refused.";

/// Put campaigns in force
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct Apply {
    /// Folder of the campaigns
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only say what would change, without looking at profiles
    #[arg(long, conflicts_with = "wake_only")]
    dry_run: bool,
    /// Do not look at profiles first
    #[arg(long)]
    no_count: bool,
    /// Let running enrollments go over to the new versions
    #[arg(long, conflicts_with = "wake_only")]
    migrate: bool,
    /// Change nothing; wake the profiles that have not met what is in force
    #[arg(long)]
    wake_only: bool,
    #[command(flatten)]
    roll: Roll,
    #[command(flatten)]
    waking: Waking,
    #[command(flatten)]
    stack: Stack,
}

/// How often it is tried where others apply at the same time.
const TRIES: usize = 2;

/// Parts of the workspace on which entrances that watch depend.
const WATCHED: [&str; 5] = ["segments", "scores", "moments", "lists", "time_zone"];

impl Apply {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let folder = campaigns::sound(&self.folder, "nothing was applied")?;
        let table = self.stack.table().await?;
        let before = InForce::read(&table).await?;
        if self.wake_only {
            let revision = before.manifest.revision;
            return self.wake(&table, &folder, revision, &Whom::Everybody).await;
        }
        let now = self.stack.now().await?;
        let next = changes::next(&before, &folder, self.migrate, now);
        let changes = changes::changes(&before, &next, &folder);
        let is_same = !changes.iter().any(Change::matters) && next.campaigns == before.manifest.campaigns;
        let counted = match is_same || self.dry_run || self.no_count {
            true => None,
            false => {
                let counting = Counting::between(&before, &next, &folder, &changes, now);
                Some(counting.count(&table, self.roll).await?)
            }
        };
        say(&sheet::told(&changes, counted.as_ref(), self.migrate))?;
        let revision = before.manifest.revision;
        if is_same {
            return say(&format!("nothing to do: revision {revision} holds all of this\n"));
        }
        if self.dry_run {
            return say(&format!("not applied: revision {revision} stays\n"));
        }
        let applied = put_in_force(&table, &folder, before, self.migrate, async || self.stack.now().await).await?;
        say(&format!("applied: revision {} is in force\n", applied.revision))?;
        match whom(&changes, &folder, self.migrate) {
            Some(whom) => self.wake(&table, &folder, applied.revision, &whom).await,
            None => Ok(()),
        }
    }

    async fn wake(&self, table: &DynamoStore, folder: &Folder, revision: u64, whom: &Whom) -> Result<(), Problem> {
        let now: Timestamp = self.stack.now().await?;
        let call = Call {
            table,
            revision,
            now,
            retention: folder.workspace.kept.events,
            roll: self.roll,
        };
        self.waking.tell(call, whom).await
    }
}

fn say(text: &str) -> Result<(), Problem> {
    let mut to = io::stdout().lock();
    to.write_all(text.as_bytes())?;
    to.flush()?;
    Ok(())
}

/// Who has to be woken for these changes to act on people who do nothing.
fn whom(changes: &[Change], folder: &Folder, migrate: bool) -> Option<Whom> {
    let workspace = changes
        .iter()
        .any(|change| change.what == "workspace" && change.parts.iter().any(|part| WATCHED.contains(&part.as_str())));
    let stirs = |name: &CampaignName| {
        let of_name = changes
            .iter()
            .find(|change| change.stirs() && change.name == name.as_str());
        // Of a new one no parts are told.
        of_name.is_some_and(|change| change.parts.is_empty() || change.parts.iter().any(|part| part == "enter"))
    };
    let mut watching = folder.campaigns.iter().filter(|campaign| watches(campaign));
    if watching.any(|campaign| workspace || stirs(&campaign.name)) {
        return Some(Whom::Everybody);
    }
    let all = folder.campaigns.iter().map(|campaign| campaign.name.clone());
    migrate.then(|| Whom::RunningIn(all.collect()))
}

/// Stores what is new and publishes the folder as what comes after `before`. Gives what is in force.
async fn put_in_force(
    table: &impl Definitions,
    folder: &Folder,
    mut before: InForce,
    migrate: bool,
    now: impl AsyncFn() -> Result<Timestamp, Problem>,
) -> Result<Manifest, Problem> {
    for tries_left in (0..TRIES).rev() {
        for definition in definitions(folder) {
            if !holds(&before.manifest, &definition) {
                table.store(&definition).await?;
            }
        }
        // As late as can be: what is asked of profiles for the first time is asked from then on.
        let after = changes::next(&before, folder, migrate, now().await?);
        match table.publish(&after).await {
            Ok(()) => return Ok(after),
            Err(PublishError::Conflict) if tries_left > 0 => {
                writeln!(io::stderr(), "note: somebody else applied meanwhile; looking again")?;
                before = InForce::read(table).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::Conflict.into())
}

/// Everything in the folder.
fn definitions(folder: &Folder) -> impl Iterator<Item = Definition> {
    let workspace = std::iter::once(Definition::Workspace(folder.workspace.clone()));
    let templates = folder.templates.iter().cloned().map(Definition::Template);
    let campaigns = folder.campaigns.iter().cloned().map(Definition::Campaign);
    let services = folder.services.iter().cloned().map(Definition::Service);
    workspace.chain(templates).chain(services).chain(campaigns)
}

/// Whether the definition is in force, and so stored.
fn holds(manifest: &Manifest, definition: &Definition) -> bool {
    match definition {
        Definition::Campaign(campaign) => manifest
            .campaigns
            .get(&campaign.name)
            .is_some_and(|known| known.version == campaign.version),
        Definition::Template(template) => manifest.templates.get(&template.name) == Some(&template.version),
        Definition::Service(service) => manifest.services.get(&service.name) == Some(&service.version),
        Definition::Workspace(workspace) => manifest.workspace.as_ref() == Some(&workspace.version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beckon_shared::authoring::definitions::read_dir;
    use beckon_shared::ports::PortError;
    use beckon_shared::ports::definitions::DefinitionKey;
    use std::cell::{Cell, RefCell};
    use std::path::Path;

    /// A table on which somebody else applies first, this many times.
    struct Contested {
        manifest: RefCell<Manifest>,
        rivals: Cell<usize>,
    }

    impl Definitions for Contested {
        async fn manifest(&self) -> Result<Manifest, PortError> {
            Ok(self.manifest.borrow().clone())
        }

        async fn definitions(&self, _keys: &[DefinitionKey]) -> Result<Vec<Definition>, PortError> {
            Err(PortError::Fail("nobody reads definitions here".to_owned()))
        }

        async fn store(&self, _definition: &Definition) -> Result<(), PublishError> {
            Ok(())
        }

        async fn publish(&self, manifest: &Manifest) -> Result<(), PublishError> {
            let mut current = self.manifest.borrow_mut();
            if let Some(left) = self.rivals.get().checked_sub(1) {
                self.rivals.set(left);
                current.revision += 1;
            }
            if manifest.revision != current.revision + 1 {
                return Err(PublishError::Conflict);
            }
            *current = manifest.clone();
            Ok(())
        }
    }

    fn apply_against(rivals: usize) -> (Result<Manifest, Problem>, Manifest) {
        let campaigns = Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns");
        let folder = read_dir(&campaigns).definitions.expect("the examples are good");
        let table = Contested {
            manifest: RefCell::default(),
            rivals: Cell::new(rivals),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let outcome = runtime.block_on(put_in_force(&table, &folder, InForce::default(), false, async || {
            Ok(Timestamp::UNIX_EPOCH)
        }));
        (outcome, table.manifest.into_inner())
    }

    #[test]
    fn a_conflict_is_tried_again_once() {
        let (outcome, manifest) = apply_against(1);
        let outcome = outcome.expect("the second try is free");
        assert_eq!(outcome, manifest);
        assert_eq!(manifest.revision, 2);
        assert!(!manifest.campaigns.is_empty());

        let (outcome, manifest) = apply_against(2);
        let problem = outcome.expect_err("twice is enough").to_string();
        assert_eq!(problem, "somebody else applied meanwhile; look again and repeat");
        assert!(manifest.campaigns.is_empty());
    }
}
