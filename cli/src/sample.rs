//! What a template is tried with where no message of anybody is there.

use crate::problem::Problem;
use beckon_shared::authoring::template::with_links;
use beckon_shared::domain::event::Properties;
use std::fs;
use std::path::Path;

/// The template's sample, with the links that `send` would add.
pub fn of(campaigns: &Path, template: &str) -> Result<Properties, Problem> {
    let path = campaigns.join("templates").join(template).join("sample.json");
    let failed = |error| Problem::File {
        file: path.display().to_string(),
        error,
    };
    let text = fs::read_to_string(&path).map_err(failed)?;
    let sample: Properties = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
    Ok(with_links(&sample))
}
