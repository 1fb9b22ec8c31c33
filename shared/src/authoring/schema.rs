//! JSON Schemas of the files, for editors: completion, descriptions, defaults.

use super::raw::{RawCampaign, RawService, RawTemplate, RawWorkspace};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// The schema of a campaign's file.
pub fn campaign() -> Schema {
    schema_of::<RawCampaign>()
}

/// The schema of `workspace.yaml`.
pub fn workspace() -> Schema {
    schema_of::<RawWorkspace>()
}

/// The schema of a service's file.
pub fn service() -> Schema {
    schema_of::<RawService>()
}

/// The schema of a template's `template.yaml`.
pub fn template() -> Schema {
    schema_of::<RawTemplate>()
}

/// Draft 7: what the YAML language servers know best.
fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>()
}
