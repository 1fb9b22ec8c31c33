//! `beckon check`: whether a folder of campaigns can be applied.

use crate::problem::{Problem, plural};
use crate::{campaigns, findings};
use beckon_shared::authoring::definitions::{Outcome, read_dir};
use beckon_shared::authoring::diagnostic::{Diagnostic, Severity};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

const HELP: &str = "\
Checks every campaign, `workspace.yaml` and every template of the folder. Nothing is sent or
stored. Templates are rendered with their `sample.json`, and once more for a person without traits.

What is wrong is shown with file, line and column, what was found and what was expected:

  campaigns/abandoned-cart.yaml:23:11: error: expected a length of time such as `30m`, found `-1h`
   23 |   - wait: -1h
      |           ^

Errors keep the campaigns from being applied; warnings do not.";

const EXAMPLES: &str = "\
Examples:
  beckon check campaigns
  beckon check campaigns --format json | jq '.findings[].message'

Exit codes: 0 no errors; 1 errors.";

/// Check campaigns and templates
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = EXAMPLES)]
pub struct Check {
    /// Folder of the campaigns
    #[arg(value_name = "DIR", default_value = "campaigns")]
    folder: PathBuf,
    /// `text`: findings on standard error, for people; `json`: one object on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Check {
    /// Runs it.
    pub fn run(self) -> Result<(), Problem> {
        let outcome = read_dir(&self.folder);
        match self.format {
            Format::Text => {
                // What is merely good to know is in the way while there are errors.
                let least = if outcome.definitions.is_some() {
                    Severity::Info
                } else {
                    Severity::Warning
                };
                findings::show(outcome.found.iter().filter(|diagnostic| diagnostic.severity >= least))?;
            }
            Format::Json => {
                let mut to = io::stdout().lock();
                serde_json::to_writer_pretty(&mut to, &Report::of(&outcome)).map_err(io::Error::from)?;
                writeln!(to)?;
            }
        }
        let Some(definitions) = &outcome.definitions else {
            return Err(campaigns::errors(&self.folder, &outcome.found, "it cannot be applied"));
        };
        if self.format == Format::Text {
            let warnings = findings::count(&outcome.found, Severity::Warning);
            writeln!(
                io::stdout().lock(),
                "`{}` is good: {}, {} and {}{}",
                self.folder.display(),
                plural(definitions.campaigns.len(), "campaign"),
                plural(definitions.templates.len(), "template"),
                plural(definitions.services.len(), "service"),
                if warnings > 0 {
                    format!(", {}", plural(warnings, "warning"))
                } else {
                    String::new()
                },
            )?;
        }
        Ok(())
    }
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// Whether the folder can be applied.
    ok: bool,
    errors: usize,
    warnings: usize,
    /// Names, where there are no errors.
    campaigns: Vec<&'a str>,
    templates: Vec<&'a str>,
    services: Vec<&'a str>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    file: &'a str,
    /// From 1; null where it is about the file as a whole.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    message: &'a str,
    /// The line as it stands in the file.
    snippet: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let definitions = outcome.definitions.as_ref();
        Self {
            ok: definitions.is_some(),
            errors: findings::count(&outcome.found, Severity::Error),
            warnings: findings::count(&outcome.found, Severity::Warning),
            campaigns: definitions
                .iter()
                .flat_map(|definitions| &definitions.campaigns)
                .map(|campaign| campaign.name.as_str())
                .collect(),
            templates: definitions
                .iter()
                .flat_map(|definitions| &definitions.templates)
                .map(|template| template.name.as_str())
                .collect(),
            services: definitions
                .iter()
                .flat_map(|definitions| &definitions.services)
                .map(|service| service.name.as_str())
                .collect(),
            findings: outcome.found.iter().map(Finding::of).collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            severity: diagnostic.severity.name(),
            file: &diagnostic.file,
            line: diagnostic.line,
            column: diagnostic.column,
            message: &diagnostic.message,
            snippet: diagnostic.snippet.as_deref(),
        }
    }
}
