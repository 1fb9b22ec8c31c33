//! Campaigns, templates, services and the workspace as they were applied.

use super::PortError;
use crate::domain::campaign::{Campaign, Workspace};
use crate::domain::id::{CampaignName, Version};
use crate::domain::rules::Since;
use crate::domain::service::Service;
use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is in force: names and versions only. One small item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Grows by one with each apply. 0: nothing was ever applied.
    pub revision: u64,
    /// The workspace's version.
    pub workspace: Option<Version>,
    /// Campaigns in force.
    pub campaigns: BTreeMap<CampaignName, Listed>,
    /// Templates in force, by name.
    pub templates: BTreeMap<String, Version>,
    /// Services in force, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Version>,
    /// Campaigns that were in force and are not any more, and what becomes of what runs on them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stopped: BTreeMap<CampaignName, Stopped>,
    /// Since when profiles are asked for what they are asked, where an inbox may reach back behind that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Since>,
}

impl Manifest {
    /// Takes a campaign out of force. What was ended stays so. Says whether anything changed.
    pub fn stop(&mut self, name: &CampaignName, stopped: Stopped) -> bool {
        let is_ended = !self.campaigns.contains_key(name) && self.stopped.get(name) == Some(&Stopped::Ended);
        if is_ended {
            return false;
        }
        let was_in_force = self.campaigns.remove(name).is_some();
        self.stopped.insert(name.clone(), stopped) != Some(stopped) || was_in_force
    }

    /// Campaigns whose running enrollments end.
    pub fn ended(&self) -> impl Iterator<Item = &CampaignName> {
        let ended = self.stopped.iter().filter(|(_, stopped)| **stopped == Stopped::Ended);
        ended.map(|(name, _)| name)
    }

    /// Campaigns whose running enrollments go over to the version in force.
    pub fn migrating(&self) -> impl Iterator<Item = &CampaignName> {
        let migrating = self.campaigns.iter().filter(|(_, listed)| listed.migrate);
        migrating.map(|(name, _)| name)
    }
}

/// What becomes of the enrollments of a campaign that is not in force any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stopped {
    /// They run to their end, on their version.
    Finishing,
    /// They end at the next look.
    Ended,
}

/// A campaign in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Which version new enrollments get.
    pub version: Version,
    /// Whether it is paused: nothing enters, messages are skipped with that reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Whether enrollments that run on other versions go over to this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub migrate: bool,
}

/// One immutable definition; its version is derived from its content.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // a few at a time, on their way into a cache
pub enum Definition {
    /// A campaign.
    Campaign(Campaign),
    /// A template, compiled.
    Template(Template),
    /// A service.
    Service(Service),
    /// What holds for all campaigns.
    Workspace(Workspace),
}

/// Which definition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefinitionKey {
    /// A campaign's version.
    Campaign(CampaignName, Version),
    /// A template's version.
    Template(String, Version),
    /// A service's version.
    Service(String, Version),
    /// The workspace's version.
    Workspace(Version),
}

/// Why a manifest was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Somebody applied in between.
    #[error("somebody else applied meanwhile; look again and repeat")]
    Conflict,
    /// A definition or the manifest would not fit an item.
    #[error("`{name}` would be {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// What.
        name: String,
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Keeps definitions.
#[allow(async_fn_in_trait)]
pub trait Definitions {
    /// What is in force; an empty manifest before the first apply.
    async fn manifest(&self) -> Result<Manifest, PortError>;

    /// The definitions of these keys that exist, in any order.
    async fn definitions(&self, keys: &[DefinitionKey]) -> Result<Vec<Definition>, PortError>;

    /// Stores a definition. Storing it again changes nothing.
    async fn store(&self, definition: &Definition) -> Result<(), PublishError>;

    /// Puts `manifest` in force if the stored revision is `manifest.revision − 1`, else
    /// `Conflict`. Revision 0 is refused with `PortError::Fail`.
    async fn publish(&self, manifest: &Manifest) -> Result<(), PublishError>;
}
