//! A folder of campaigns, for commands that need it sound.

use crate::findings;
use crate::problem::Problem;
use beckon_shared::authoring::definitions::{Definitions, read_dir};
use beckon_shared::authoring::diagnostic::{Diagnostic, Severity};
use beckon_shared::template::Template;
use std::path::Path;

/// What the folder defines. Where it has errors they are shown, and `nothing` is what is not done.
pub fn sound(folder: &Path, nothing: &'static str) -> Result<Definitions, Problem> {
    let outcome = read_dir(folder);
    match outcome.definitions {
        Some(definitions) => Ok(definitions),
        None => {
            findings::show(
                outcome
                    .found
                    .iter()
                    .filter(|diagnostic| diagnostic.severity >= Severity::Warning),
            )?;
            Err(errors(folder, &outcome.found, nothing))
        }
    }
}

/// The folder's errors in one line.
pub fn errors(folder: &Path, found: &[Diagnostic], nothing: &'static str) -> Problem {
    Problem::Campaigns {
        folder: folder.display().to_string(),
        errors: findings::count(found, Severity::Error),
        nothing,
    }
}

/// The folder's template of this name.
pub fn template<'d>(folder: &'d Definitions, name: &str) -> Result<&'d Template, Problem> {
    let found = folder.templates.iter().find(|template| template.name == name);
    found.ok_or_else(|| {
        let known: Vec<String> = folder
            .templates
            .iter()
            .map(|known| format!("`{}`", known.name))
            .collect();
        Problem::Argument(format!(
            "there is no template `{name}`, expected one of {}",
            known.join(", ")
        ))
    })
}

/// The folder's templates of these names, or all where none is asked for.
pub fn templates<'d>(folder: &'d Definitions, names: &[String]) -> Result<Vec<&'d Template>, Problem> {
    if names.is_empty() {
        return Ok(folder.templates.iter().collect());
    }
    names.iter().map(|name| template(folder, name)).collect()
}
