//! A folder of campaigns, for commands that need it sound.

use crate::findings;
use crate::problem::Problem;
use beckon_shared::authoring::definitions::{Definitions, read_dir};
use beckon_shared::authoring::diagnostic::{Diagnostic, Severity};
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
