//! `beckon apply`: puts a folder of campaigns in force.

use crate::campaigns;
use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::authoring::definitions::Definitions as Folder;
use beckon_shared::domain::id::Version;
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Definition, Listed, Manifest, PublishError};
use clap::Args;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

const HELP: &str = "\
Checks the folder as `beckon check` does, stores what is new, and puts exactly what the folder holds
in force, all at once: what is not in it any more is removed. Functions act on it within seconds,
without a deployment. A running enrollment keeps the version it started on; a paused campaign stays
paused. Applying the same again changes nothing.";

const EXAMPLES: &str = "\
Examples:
  beckon apply campaigns --local
  beckon apply campaigns --table beckon-prod --dry-run
  beckon apply campaigns --table beckon-prod

Exit codes: 0 in force; 1 bad campaigns, or the table refused.";

/// Put campaigns in force
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Apply {
    /// Folder of the campaigns
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    stack: Stack,
}

/// How often it is tried where others apply at the same time.
const TRIES: usize = 2;

impl Apply {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let folder = campaigns::sound(&self.folder, "nothing was applied")?;
        let table = self.stack.table().await?;
        let outcome = put_in_force(&table, &folder, self.dry_run).await?;
        io::stdout().lock().write_all(outcome.as_bytes())?;
        Ok(())
    }
}

/// Puts the folder in force, unless it is already or only asked about. Gives what changed, for people.
async fn put_in_force(table: &impl Definitions, folder: &Folder, dry_run: bool) -> Result<String, Problem> {
    for tries_left in (0..TRIES).rev() {
        let before = table.manifest().await?;
        let after = next(&before, folder);
        let changes = changes(&before, &after);
        if !changes.iter().any(Change::matters) {
            let outcome = format!("nothing to do: revision {} holds all of this", before.revision);
            return Ok(told(&changes, &outcome));
        }
        if dry_run {
            return Ok(told(
                &changes,
                &format!("not applied: revision {} stays", before.revision),
            ));
        }
        for definition in definitions(folder) {
            if !holds(&before, &definition) {
                table.store(&definition).await?;
            }
        }
        match table.publish(&after).await {
            Ok(()) => {
                return Ok(told(
                    &changes,
                    &format!("applied: revision {} is in force", after.revision),
                ));
            }
            Err(PublishError::Conflict) if tries_left > 0 => {
                writeln!(io::stderr(), "note: somebody else applied meanwhile; looking again")?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::Conflict.into())
}

/// The folder as a manifest, after `before`.
fn next(before: &Manifest, folder: &Folder) -> Manifest {
    let listed = folder.campaigns.iter().map(|campaign| {
        let paused = before.campaigns.get(&campaign.name).is_some_and(|known| known.paused);
        let version = campaign.version.clone();
        (campaign.name.clone(), Listed { version, paused })
    });
    let templates = folder
        .templates
        .iter()
        .map(|template| (template.name.clone(), template.version.clone()));
    Manifest {
        revision: before.revision + 1,
        workspace: Some(folder.workspace.version.clone()),
        campaigns: listed.collect(),
        templates: templates.collect(),
    }
}

/// Everything in the folder.
fn definitions(folder: &Folder) -> impl Iterator<Item = Definition> {
    let workspace = std::iter::once(Definition::Workspace(folder.workspace.clone()));
    let templates = folder.templates.iter().cloned().map(Definition::Template);
    let campaigns = folder.campaigns.iter().cloned().map(Definition::Campaign);
    workspace.chain(templates).chain(campaigns)
}

/// Whether the definition is in force, and so stored.
fn holds(manifest: &Manifest, definition: &Definition) -> bool {
    match definition {
        Definition::Campaign(campaign) => manifest
            .campaigns
            .get(&campaign.name)
            .is_some_and(|known| known.version == campaign.version),
        Definition::Template(template) => manifest.templates.get(&template.name) == Some(&template.version),
        Definition::Workspace(workspace) => manifest.workspace.as_ref() == Some(&workspace.version),
    }
}

/// What becomes of one definition.
struct Change {
    what: &'static str,
    name: String,
    kind: ChangeKind,
    paused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChangeKind {
    Added,
    Changed,
    Removed,
    Unchanged,
}

impl Change {
    fn matters(&self) -> bool {
        self.kind != ChangeKind::Unchanged
    }
}

fn changes(before: &Manifest, after: &Manifest) -> Vec<Change> {
    let workspace = |manifest: &Manifest| -> BTreeMap<String, Version> {
        manifest
            .workspace
            .iter()
            .map(|version| (String::new(), version.clone()))
            .collect()
    };
    let campaigns = |manifest: &Manifest| -> BTreeMap<String, Version> {
        let campaigns = manifest.campaigns.iter();
        campaigns
            .map(|(name, listed)| (name.to_string(), listed.version.clone()))
            .collect()
    };
    let mut changes = compare("workspace", &workspace(before), &workspace(after));
    changes.extend(compare("campaign", &campaigns(before), &campaigns(after)));
    changes.extend(compare("template", &before.templates, &after.templates));
    for change in changes.iter_mut().filter(|change| change.what == "campaign") {
        change.paused = after
            .campaigns
            .iter()
            .any(|(name, listed)| name.as_str() == change.name && listed.paused);
    }
    changes
}

fn compare(what: &'static str, before: &BTreeMap<String, Version>, after: &BTreeMap<String, Version>) -> Vec<Change> {
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    let removed = removed.map(|name| (name, ChangeKind::Removed));
    let kept = after.iter().map(|(name, version)| {
        let kind = match before.get(name) {
            None => ChangeKind::Added,
            Some(known) if known == version => ChangeKind::Unchanged,
            Some(_) => ChangeKind::Changed,
        };
        (name, kind)
    });
    let change = |(name, kind): (&String, ChangeKind)| Change {
        what,
        name: name.clone(),
        kind,
        paused: false,
    };
    kept.chain(removed).map(change).collect()
}

/// One line a definition, and the outcome.
fn told(changes: &[Change], outcome: &str) -> String {
    let mut text = String::new();
    for change in changes {
        let kind = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
            ChangeKind::Unchanged => "unchanged",
        };
        let paused = if change.paused { " (paused)" } else { "" };
        let line = format!("{kind:<9}  {:<9}  {}{paused}", change.what, change.name);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(outcome);
    text.push('\n');
    text
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

    fn apply_against(rivals: usize) -> (Result<String, Problem>, Manifest) {
        let campaigns = Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns");
        let folder = read_dir(&campaigns).definitions.expect("the examples are good");
        let table = Contested {
            manifest: RefCell::default(),
            rivals: Cell::new(rivals),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let outcome = runtime.block_on(put_in_force(&table, &folder, false));
        (outcome, table.manifest.into_inner())
    }

    #[test]
    fn a_conflict_is_tried_again_once() {
        let (outcome, manifest) = apply_against(1);
        let outcome = outcome.expect("the second try is free");
        assert!(outcome.ends_with("applied: revision 2 is in force\n"), "{outcome}");
        assert_eq!((manifest.revision, manifest.campaigns.len()), (2, 4));

        let (outcome, manifest) = apply_against(2);
        let problem = outcome.expect_err("twice is enough").to_string();
        assert_eq!(problem, "somebody else applied meanwhile; look again and repeat");
        assert!(manifest.campaigns.is_empty());
    }
}
