//! A folder of campaigns, read and checked as a whole.
//!
//! ```text
//! campaigns/
//!   workspace.yaml       what holds for all campaigns; without it, the defaults
//!   *.yaml               one campaign each
//!   templates/           see [`super::template`]
//!   services/*.yaml      one service each: where messages of messengers and webhooks go
//! ```
//!
//! Other files, and other folders with what is in them, are not read; a `.yml` file is told of,
//! because somebody meant it to be.

use super::check::{self, Checked, Shelf, Starter};
use super::diagnostic::Diagnostic;
use super::raw::{RawCampaign, RawWorkspace, Read, Report};
use super::services::{services, traits_read, uncarried};
use super::topics::{NamedTopic, Topics};
use super::{template, yaml};
use crate::domain::campaign::{Campaign, Workspace};
use crate::domain::service::Service;
use crate::template::Template;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Largest stored definition, in bytes: an item of the table ends at 400 KB.
const DEFINITION_MAX_BYTES: usize = 300 * 1024;

const WORKSPACE_FILE: &str = "workspace.yaml";
const TEMPLATES_FOLDER: &str = "templates";

/// Everything a folder defines, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Definitions {
    /// What holds for all campaigns.
    pub workspace: Workspace,
    /// Campaigns, by name.
    pub campaigns: Vec<Campaign>,
    /// Templates, by name.
    pub templates: Vec<Template>,
    /// Services, by name.
    pub services: Vec<Service>,
}

/// What came of reading a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What it defines; nothing where there are errors.
    pub definitions: Option<Definitions>,
    /// Everything that was found, by file and place.
    pub found: Vec<Diagnostic>,
}

/// Reads and checks a folder. Goes through all of it, whatever it finds.
pub fn read_dir(dir: &Path) -> Outcome {
    let mut found = Vec::new();
    let files = match yaml_files(dir, &mut found) {
        Ok(files) => files,
        Err(error) => {
            found.push(Diagnostic::error(
                dir.display().to_string(),
                format!("the folder cannot be read: {error}"),
            ));
            return Outcome {
                definitions: None,
                found,
            };
        }
    };
    let TheWorkspace {
        mut workspace,
        words,
        is_wrong: workspace_is_wrong,
        capped,
    } = workspace(dir, &files, &mut found);
    let (services, known) = services(dir, &workspace, &words, &mut found);
    workspace.address_by(&services);
    let (templates, wrong_templates) = templates(dir, &known, &mut found);
    let shelf = Shelf {
        workspace: &workspace,
        workspace_is_wrong,
        words: &words,
        templates: templates
            .iter()
            .map(|template| (template.name.as_str(), template))
            .collect(),
        template_reads: templates
            .iter()
            .map(|template| {
                let mut reads = template::reads(template);
                reads.extend(traits_read(template, &services));
                (template.name.as_str(), reads)
            })
            .collect(),
        wrong: wrong_templates,
    };
    let mut topics = Topics::of(&workspace);
    let campaigns = campaigns(&files, &shelf, &mut topics, &mut found);
    found.extend(topics.unknown(&capped));
    uncarried(dir, &campaigns, &known, &mut found);
    if campaigns.is_empty() && !found.iter().any(Diagnostic::is_error) {
        found.push(Diagnostic::warning(
            dir.display().to_string(),
            "there is no campaign in it, expected files such as `abandoned-cart.yaml`",
        ));
    }
    found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    let sound = !found.iter().any(Diagnostic::is_error);
    Outcome {
        definitions: sound.then_some(Definitions {
            workspace,
            campaigns,
            templates,
            services,
        }),
        found,
    }
}

/// A file's path as it is named in findings, and its text.
pub(super) struct SourceFile {
    pub(super) path: String,
    is_workspace: bool,
    pub(super) source: String,
}

pub(super) fn yaml_files(dir: &Path, found: &mut Vec<Diagnostic>) -> io::Result<Vec<SourceFile>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") if path.is_file() => match fs::read_to_string(&path) {
                Ok(source) => files.push(SourceFile {
                    is_workspace: path.file_name().is_some_and(|name| name == WORKSPACE_FILE),
                    path: name,
                    source,
                }),
                Err(error) => found.push(Diagnostic::error(name, format!("the file cannot be read: {error}"))),
            },
            Some("yml") => found.push(Diagnostic::warning(
                name,
                "the file is not read, expected its name to end with `.yaml`",
            )),
            _ => {}
        }
    }
    Ok(files)
}

/// The templates, and the names of those that have mistakes.
fn templates(dir: &Path, known: &template::Known, found: &mut Vec<Diagnostic>) -> (Vec<Template>, BTreeSet<String>) {
    let folder = dir.join(TEMPLATES_FOLDER);
    if !folder.is_dir() {
        return (Vec::new(), BTreeSet::new());
    }
    let (mut templates, mut own) = template::compile_for(&folder, Some(known));
    templates.sort_by(|a, b| a.name.cmp(&b.name));
    for template in &templates {
        let bytes = serde_json::to_vec(template).map_or(0, |json| json.len());
        too_large(
            &format!("template `{}`", template.name),
            bytes,
            &folder.display().to_string(),
            &mut own,
        );
    }
    found.append(&mut own);
    let good: BTreeSet<&str> = templates.iter().map(|template| template.name.as_str()).collect();
    let wrong = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !good.contains(name.as_str()) && !name.starts_with('_'))
        .collect();
    (templates, wrong)
}

/// What the workspace's file came to.
#[derive(Default)]
struct TheWorkspace<'f> {
    workspace: Workspace,
    words: check::TeamWords,
    is_wrong: bool,
    /// Topics that its caps name.
    capped: Vec<NamedTopic<'f>>,
}

fn workspace<'f>(dir: &Path, files: &'f [SourceFile], found: &mut Vec<Diagnostic>) -> TheWorkspace<'f> {
    let Some(file) = files.iter().find(|file| file.is_workspace) else {
        found.push(Diagnostic::warning(
            dir.display().to_string(),
            format!("there is no `{WORKSPACE_FILE}` in it: the defaults hold, without caps and lists"),
        ));
        return TheWorkspace::default();
    };
    let mut report = Report::new(&file.path, &file.source);
    let read = match yaml::parse(&file.path, &file.source) {
        Ok(node) => RawWorkspace::read(&node, &mut report).map(|raw| check::workspace(&raw, &mut report)),
        Err(error) => {
            report.found.push(*error);
            None
        }
    };
    let is_wrong = report.has_errors();
    found.append(&mut report.found);
    let (workspace, words) = read.unwrap_or_default();
    let capped = report.topics.into_iter();
    TheWorkspace {
        workspace,
        words,
        is_wrong,
        capped: capped.map(|(name, offset)| NamedTopic { name, file, offset }).collect(),
    }
}

/// A checked campaign and its file.
struct Filed<'f> {
    file: &'f SourceFile,
    checked: Checked,
}

fn campaigns(
    files: &[SourceFile],
    shelf: &Shelf<'_>,
    topics: &mut Topics,
    found: &mut Vec<Diagnostic>,
) -> Vec<Campaign> {
    let mut filed: Vec<Filed<'_>> = Vec::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    let mut events = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_workspace) {
        let mut report = Report::new(&file.path, &file.source);
        match yaml::parse(&file.path, &file.source) {
            Ok(node) => {
                if let Some(raw) = RawCampaign::read(&node, &mut report) {
                    let name = raw.campaign.value.0.clone();
                    if let Some(other) = names.get(&name) {
                        report.error(
                            raw.campaign.offset,
                            format!("`{name}` is the name of the campaign in `{other}` too"),
                        );
                    }
                    names.insert(name, &file.path);
                    let checked = check::campaign(&raw, shelf, &mut report);
                    topics.misspelt(&mut report);
                    topics.has(checked.as_ref().map(|checked| &checked.campaign), &report);
                    filed.extend(checked.map(|checked| Filed { file, checked }));
                } else {
                    topics.has(None, &report);
                }
            }
            Err(error) => {
                topics.has(None, &report);
                report.found.push(*error);
            }
        }
        same_but_for_case(&mut report, &mut events);
        found.append(&mut report.found);
    }
    filed.sort_by(|a, b| a.checked.campaign.name.cmp(&b.checked.campaign.name));
    circles(&filed, found);
    for Filed { file, checked } in &filed {
        let bytes = serde_json::to_vec(&checked.campaign).map_or(0, |json| json.len());
        too_large("the campaign", bytes, &file.path, found);
    }
    filed.into_iter().map(|filed| filed.checked.campaign).collect()
}

/// Warns of events that files name in different letters: they are different events.
fn same_but_for_case(report: &mut Report<'_>, events: &mut BTreeMap<String, (String, String)>) {
    for (event, offset) in std::mem::take(&mut report.events) {
        let (known, file) = events
            .entry(event.to_lowercase())
            .or_insert_with(|| (event.clone(), report.file.to_owned()));
        if *known != event {
            let message = format!(
                "`{event}` differs from `{known}` in `{file}` only in small and capital letters: they are two events"
            );
            report.warning(offset, message);
        }
    }
}

/// Finds campaigns that start each other.
fn circles(filed: &[Filed<'_>], found: &mut Vec<Diagnostic>) {
    let starters: Vec<Starter<'_>> = filed
        .iter()
        .map(|filed| Starter {
            campaign: &filed.checked.campaign,
            emits: &filed.checked.emits,
        })
        .collect();
    for circle in check::circles(&starters) {
        if let Some(Filed { file, .. }) = filed.get(circle.at) {
            let diagnostic = if circle.endless {
                Diagnostic::error(&file.path, circle.message)
            } else {
                Diagnostic::warning(&file.path, circle.message)
            };
            found.push(diagnostic.at_offset(&file.source, circle.offset));
        }
    }
}

pub(super) fn too_large(what: &str, bytes: usize, file: &str, found: &mut Vec<Diagnostic>) {
    if bytes > DEFINITION_MAX_BYTES {
        found.push(Diagnostic::error(
            file,
            format!("{what} takes {bytes} bytes once compiled, expected at most {DEFINITION_MAX_BYTES}"),
        ));
    }
}
