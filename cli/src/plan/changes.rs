//! What a folder would change of what is in force: names, versions, and which parts differ.

use crate::problem::Problem;
use beckon_shared::authoring::definitions::Definitions as Folder;
use beckon_shared::domain::campaign::{Campaign, Workspace};
use beckon_shared::domain::id::Version;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Listed, Manifest, Stopped};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is in force: the manifest, and of what it names what the folder is compared with.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// Names and versions.
    pub manifest: Manifest,
    /// What holds for all campaigns.
    pub workspace: Workspace,
    /// The campaigns.
    pub campaigns: Vec<Campaign>,
}

impl InForce {
    /// Reads it.
    pub async fn read(table: &impl Definitions) -> Result<Self, Problem> {
        let manifest = table.manifest().await?;
        let campaigns = manifest.campaigns.iter();
        let mut keys: Vec<DefinitionKey> = campaigns
            .map(|(name, listed)| DefinitionKey::Campaign(name.clone(), listed.version.clone()))
            .collect();
        keys.extend(manifest.workspace.clone().map(DefinitionKey::Workspace));
        let mut known = Self {
            manifest,
            ..Self::default()
        };
        if keys.is_empty() {
            return Ok(known);
        }
        for definition in table.definitions(&keys).await? {
            match definition {
                Definition::Campaign(campaign) => known.campaigns.push(campaign),
                Definition::Workspace(workspace) => known.workspace = workspace,
                Definition::Template(_) | Definition::Service(_) => {}
            }
        }
        Ok(known)
    }

    /// What is in force as rules.
    pub fn rules(&self) -> Rules {
        rules(&self.manifest, &self.workspace, &self.campaigns)
    }
}

/// Campaigns and workspace as the rules that a manifest puts in force.
pub fn rules(manifest: &Manifest, workspace: &Workspace, campaigns: &[Campaign]) -> Rules {
    let flagged = campaigns.iter().map(|campaign| {
        let listed = manifest.campaigns.get(&campaign.name);
        (campaign.clone(), listed.is_some_and(|listed| listed.paused))
    });
    let mut rules = Rules::new(manifest.revision, workspace.clone(), flagged);
    rules.end(manifest.ended().cloned());
    rules.migrate(manifest.migrating().cloned());
    rules.were_asked(manifest.asked.clone());
    rules
}

/// The folder as a manifest that comes into force at `now`, after `before`. What was paused stays paused; what
/// is not in the folder runs to its end. With `migrate`, enrollments of changed campaigns go over.
pub fn next(before: &InForce, folder: &Folder, migrate: bool, now: Timestamp) -> Manifest {
    let known = before.rules();
    let before = &before.manifest;
    let listed = folder.campaigns.iter().map(|campaign| {
        let known = before.campaigns.get(&campaign.name);
        let is_same = known.is_some_and(|known| known.version == campaign.version);
        let listed = Listed {
            version: campaign.version.clone(),
            paused: known.is_some_and(|known| known.paused),
            migrate: migrate || (is_same && known.is_some_and(|known| known.migrate)),
        };
        (campaign.name.clone(), listed)
    });
    let campaigns: BTreeMap<_, _> = listed.collect();
    let mut stopped = before.stopped.clone();
    stopped.retain(|name, _| !campaigns.contains_key(name));
    for name in before.campaigns.keys().filter(|name| !campaigns.contains_key(*name)) {
        stopped.insert(name.clone(), Stopped::Finishing);
    }
    let templates = folder
        .templates
        .iter()
        .map(|template| (template.name.clone(), template.version.clone()));
    let services = folder
        .services
        .iter()
        .map(|service| (service.name.clone(), service.version.clone()));
    let mut next = Manifest {
        revision: before.revision + 1,
        workspace: Some(folder.workspace.version.clone()),
        campaigns,
        templates: templates.collect(),
        services: services.collect(),
        stopped,
        asked: Vec::new(),
    };
    next.asked = rules(&next, &folder.workspace, &folder.campaigns).asked_after(&known, now);
    next
}

/// What becomes of one definition.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// How.
    #[serde(rename = "change")]
    pub kind: ChangeKind,
    /// `workspace`, `campaign`, `template` or `service`.
    pub what: &'static str,
    /// Which; empty for the workspace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of a campaign or the workspace that changed: which of its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Whether the campaign stays paused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is another version.
    Changed,
    /// It is not there any more.
    Removed,
    /// Nothing.
    Unchanged,
}

impl ChangeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Change {
    /// Whether anything changes.
    pub fn matters(&self) -> bool {
        self.kind != ChangeKind::Unchanged
    }

    /// Whether a campaign is new or another than before.
    pub fn stirs(&self) -> bool {
        self.what == "campaign" && matches!(self.kind, ChangeKind::Added | ChangeKind::Changed)
    }

    /// The change in a line.
    pub fn line(&self) -> String {
        let paused = if self.paused { " (paused)" } else { "" };
        let parts = match self.parts.as_slice() {
            [] => String::new(),
            parts => format!(": {}", parts.join(", ")),
        };
        let line = format!("{:<9}  {:<9}  {}", self.kind.name(), self.what, self.name);
        format!("{}{paused}{parts}\n", line.trim_end())
    }
}

/// Every definition, and what becomes of it.
pub fn changes(before: &InForce, after: &Manifest, folder: &Folder) -> Vec<Change> {
    let workspace = |manifest: &Manifest| -> BTreeMap<String, Version> {
        let version = manifest.workspace.iter();
        version.map(|version| (String::new(), version.clone())).collect()
    };
    let campaigns = |manifest: &Manifest| -> BTreeMap<String, Version> {
        let campaigns = manifest.campaigns.iter();
        campaigns
            .map(|(name, listed)| (name.to_string(), listed.version.clone()))
            .collect()
    };
    let known = &before.manifest;
    let mut changes = compare("workspace", &workspace(known), &workspace(after));
    changes.extend(compare("campaign", &campaigns(known), &campaigns(after)));
    changes.extend(compare("template", &known.templates, &after.templates));
    changes.extend(compare("service", &known.services, &after.services));
    for change in &mut changes {
        let of_name = |campaigns: &'_ [Campaign]| {
            let campaign = campaigns.iter().find(|campaign| campaign.name.as_str() == change.name);
            campaign.and_then(|campaign| serde_json::to_value(campaign).ok())
        };
        let (was, is) = match (change.what, change.kind) {
            ("campaign", ChangeKind::Changed) => (of_name(&before.campaigns), of_name(&folder.campaigns)),
            ("workspace", ChangeKind::Changed) => (
                serde_json::to_value(&before.workspace).ok(),
                serde_json::to_value(&folder.workspace).ok(),
            ),
            _ => (None, None),
        };
        if let (Some(was), Some(is)) = (was, is) {
            change.parts = parts(&was, &is);
        }
        if change.what == "campaign" {
            let mut listed = after.campaigns.iter();
            change.paused = listed.any(|(name, listed)| name.as_str() == change.name && listed.paused);
        }
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
        kind,
        what,
        name: name.clone(),
        parts: Vec::new(),
        paused: false,
    };
    kept.chain(removed).map(change).collect()
}

/// Which top-level parts differ, as the file calls them.
fn parts(was: &Value, is: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (was, is) = (was.as_object().unwrap_or(&empty), is.as_object().unwrap_or(&empty));
    let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
    let mut parts: Vec<String> = Vec::new();
    for name in names.filter(|name| was.get(*name) != is.get(*name)) {
        let part = match name.as_str() {
            "version" => continue,
            "holdout_bp" => "holdout",
            "keeps" | "keeps_of_item" | "shows" | "shows_traits" | "shows_lists" => "what templates show",
            other => other,
        };
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}
