//! The campaigns that ship, as their files say them, and folders that differ from them.

use crate::memory::{MemoryStore, run};
use beckon_shared::authoring::definitions::{Definitions, read_dir};
use beckon_shared::domain::campaign::{Campaign, Workspace};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Definitions as _;
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Listed, Manifest, PublishError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The folder that ships.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../campaigns");

/// The campaigns that stories of the whole bundle are told with: one of each kind of entrance. With
/// all that ship nobody would be left in peace for an hour.
const FEW: [&str; 4] = ["abandoned-cart", "birthday", "replenishment", "trial-expiry"];

/// The tests' own.
const OUR_OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/campaigns");

/// What ships, read once.
pub fn shipped() -> Result<&'static Definitions, String> {
    static READ: OnceLock<Result<Definitions, String>> = OnceLock::new();
    READ.get_or_init(|| read(Path::new(SHIPPED)))
        .as_ref()
        .map_err(Clone::clone)
}

/// A few of the campaigns that ship, read once.
pub fn few() -> Result<&'static Definitions, String> {
    static READ: OnceLock<Result<Definitions, String>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut few = shipped()?.clone();
        few.campaigns.retain(|campaign| FEW.contains(&campaign.name.as_str()));
        Ok(few)
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// The same few, three of them in simpler forms that can be told naively (see `simulation::reference`),
/// together with the tests' own: a transactional one that is sent at least once (`order-thanks`), and
/// one by SMS that minds the night (`on-its-way`).
pub fn with_our_own() -> Result<&'static Definitions, String> {
    static READ: OnceLock<Result<Definitions, String>> = OnceLock::new();
    READ.get_or_init(|| {
        let folder = Folder::copy(Path::new(SHIPPED)).map_err(|error| error.to_string())?;
        copy(Path::new(OUR_OWN), &folder.0).map_err(|error| error.to_string())?;
        read(&folder.0)
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// The same few, with a passage of a file put differently and files added: as if its owner had
/// edited it. Both file names and contents are relative to the folder.
pub fn edited(edits: &[(&str, &str, &str)], added: &[(&str, &str)]) -> Result<Definitions, String> {
    let folder = Folder::copy(Path::new(SHIPPED)).map_err(|error| error.to_string())?;
    for (file, found, put) in edits {
        let path = folder.0.join(file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        if !text.contains(found) {
            return Err(format!("`{file}` does not say `{found}`"));
        }
        fs::write(&path, text.replacen(found, put, 1)).map_err(|error| format!("{file}: {error}"))?;
    }
    for (file, text) in added {
        let path = folder.0.join(file);
        let parent = path.parent().ok_or("no folder")?;
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{file}: {error}"))?;
    }
    read(&folder.0)
}

/// Puts definitions in force at that moment, those campaigns paused. What is not among them is not in force.
pub fn publish(
    store: &MemoryStore,
    definitions: &Definitions,
    paused: &[&str],
    now: Timestamp,
) -> Result<(), PublishError> {
    let everything = definitions
        .campaigns
        .iter()
        .cloned()
        .map(Definition::Campaign)
        .chain(definitions.templates.iter().cloned().map(Definition::Template))
        .chain(definitions.services.iter().cloned().map(Definition::Service))
        .chain([Definition::Workspace(definitions.workspace.clone())]);
    for definition in everything {
        finished(run(store.store(&definition)).finished())?;
    }
    let before = run(store.manifest()).finished().transpose()?.unwrap_or_default();
    let listed = |name: &str| paused.contains(&name);
    let known = rules_of(store, &before)?;
    let mut manifest = Manifest {
        revision: before.revision + 1,
        workspace: Some(definitions.workspace.version.clone()),
        campaigns: definitions
            .campaigns
            .iter()
            .map(|campaign| {
                let paused = listed(campaign.name.as_str());
                (
                    campaign.name.clone(),
                    Listed {
                        version: campaign.version.clone(),
                        paused,
                        migrate: false,
                    },
                )
            })
            .collect(),
        templates: definitions
            .templates
            .iter()
            .map(|template| (template.name.clone(), template.version.clone()))
            .collect(),
        services: definitions
            .services
            .iter()
            .map(|service| (service.name.clone(), service.version.clone()))
            .collect(),
        stopped: before.stopped,
        asked: Vec::new(),
    };
    manifest.asked = rules(&manifest, &definitions.workspace, &definitions.campaigns).asked_after(&known, now);
    finished(run(store.publish(&manifest)).finished())
}

/// The rules that a manifest puts in force.
fn rules_of(store: &MemoryStore, manifest: &Manifest) -> Result<Rules, PublishError> {
    let campaigns = manifest.campaigns.iter();
    let keys: Vec<DefinitionKey> = campaigns
        .map(|(name, listed)| DefinitionKey::Campaign(name.clone(), listed.version.clone()))
        .chain(manifest.workspace.clone().map(DefinitionKey::Workspace))
        .collect();
    let (mut workspace, mut campaigns) = (Workspace::default(), Vec::new());
    let found = run(store.definitions(&keys)).finished();
    for definition in found.ok_or(PublishError::Conflict)?? {
        match definition {
            Definition::Campaign(campaign) => campaigns.push(campaign),
            Definition::Workspace(found) => workspace = found,
            Definition::Template(_) | Definition::Service(_) => {}
        }
    }
    Ok(rules(manifest, &workspace, &campaigns))
}

fn rules(manifest: &Manifest, workspace: &Workspace, campaigns: &[Campaign]) -> Rules {
    let campaigns = campaigns.iter().map(|campaign| (campaign.clone(), false));
    let mut rules = Rules::new(manifest.revision, workspace.clone(), campaigns);
    rules.were_asked(manifest.asked.clone());
    rules
}

/// A call that crashed has answered nothing: whoever applied would see that as no answer.
fn finished(answer: Option<Result<(), PublishError>>) -> Result<(), PublishError> {
    answer.unwrap_or(Err(PublishError::Conflict))
}

fn read(folder: &Path) -> Result<Definitions, String> {
    let outcome = read_dir(folder);
    let found: Vec<String> = outcome.found.iter().map(ToString::to_string).collect();
    outcome.definitions.ok_or_else(|| found.join("\n"))
}

/// A folder of our own, gone when done with.
struct Folder(PathBuf);

impl Folder {
    fn copy(from: &Path) -> std::io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = Self(std::env::temp_dir().join(format!("beckon-campaigns-{}-{number}", std::process::id())));
        copy(from, &folder.0)?;
        for entry in fs::read_dir(&folder.0)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_campaign = path.extension().is_some_and(|ending| ending == "yaml") && name != "workspace";
            if is_campaign && !FEW.contains(&name.as_str()) {
                fs::remove_file(path)?;
            }
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind in the machine's place for such is no failure of a test.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
