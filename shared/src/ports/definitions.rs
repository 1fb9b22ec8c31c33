//! Campaigns, templates and the workspace as they were applied.

use super::PortError;
use crate::domain::campaign::{Campaign, Workspace};
use crate::domain::id::{CampaignName, Version};
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
}

/// A campaign in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Which version new enrollments get.
    pub version: Version,
    /// Whether it is paused: nothing enters, messages are skipped with that reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// One immutable definition; its version is derived from its content.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // a few at a time, on their way into a cache
pub enum Definition {
    /// A campaign.
    Campaign(Campaign),
    /// A template, compiled.
    Template(Template),
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
