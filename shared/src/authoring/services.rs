//! The services of a folder, `services/*.yaml`.

use super::check::{self, TeamWords};
use super::definitions::{too_large, yaml_files};
use super::diagnostic::Diagnostic;
use super::raw::{RawService, Read, Report};
use super::template::{Known, reads_of};
use super::yaml;
use crate::domain::campaign::{Campaign, Channel, Step, Workspace};
use crate::domain::service::{Service, is_for_services};
use crate::template::Template;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SERVICES_FOLDER: &str = "services";

/// The services, and what is known of all that have a file, whether or not it is good.
pub(super) fn services(
    dir: &Path,
    workspace: &Workspace,
    words: &TeamWords,
    found: &mut Vec<Diagnostic>,
) -> (Vec<Service>, Known) {
    let folder = dir.join(SERVICES_FOLDER);
    if !folder.is_dir() {
        return (Vec::new(), Known::default());
    }
    let files = match yaml_files(&folder, found) {
        Ok(files) => files,
        Err(error) => {
            let message = format!("the folder cannot be read: {error}");
            found.push(Diagnostic::error(folder.display().to_string(), message));
            Vec::new()
        }
    };
    let mut services: Vec<Service> = Vec::new();
    let mut known = Known::default();
    let mut carriers: BTreeMap<Channel, String> = BTreeMap::new();
    for file in &files {
        let mut report = Report::new(&file.path, &file.source);
        let stem = Path::new(&file.path).file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy().into_owned();
        known.services.insert(stem.clone(), None);
        match yaml::parse(&file.path, &file.source) {
            Ok(node) => {
                if let Some(raw) = RawService::read(&node, &mut report) {
                    let name = &raw.service;
                    if name.value.0 != stem {
                        let message = format!("`{}` is not the name of its file, expected `{stem}`", name.value.0);
                        report.error(name.offset, message);
                    }
                    for channel in raw
                        .carries
                        .0
                        .iter()
                        .filter(|channel| channel.value.0 != Channel::Webhook)
                    {
                        if let Some(other) = carriers.insert(channel.value.0, stem.clone()) {
                            let name = channel.value.0.name();
                            report.error(
                                channel.offset,
                                format!("`{other}` carries {name} already, expected one"),
                            );
                        }
                    }
                    let carries = raw.carries.0.iter().map(|channel| channel.value.0);
                    known.services.insert(stem, Some(carries.collect()));
                    if let Some(service) = check::service(&raw, workspace, words, &mut report) {
                        let bytes = serde_json::to_vec(&service).map_or(0, |json| json.len());
                        too_large("the service", bytes, &file.path, &mut report.found);
                        services.push(service);
                    }
                }
            }
            Err(error) => report.found.push(*error),
        }
        found.append(&mut report.found);
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    (services, known)
}

/// Traits that the services read to which a template's messages go, as paths: the messages carry them.
pub(super) fn traits_read(template: &Template, services: &[Service]) -> BTreeSet<String> {
    let takes = |service: &&Service| match &template.service {
        Some(name) if *name == service.name => true,
        _ => service
            .carries
            .iter()
            .any(|channel| *channel != Channel::Webhook && template.parts.contains_key(channel)),
    };
    let texts = services.iter().filter(takes).flat_map(|service| {
        let headers = service.headers.values();
        std::iter::once(&service.url).chain(headers).chain(&service.body)
    });
    texts
        .flat_map(|text| reads_of(text))
        .filter(|path| path.starts_with("profile."))
        .collect()
}

/// Warns of messengers that campaigns send by and no service carries: their messages would fail.
pub(super) fn uncarried(dir: &Path, campaigns: &[Campaign], known: &Known, found: &mut Vec<Diagnostic>) {
    let steps = campaigns.iter().flat_map(|campaign| &campaign.steps);
    let sent_by = steps.filter_map(|step| match step {
        Step::Send(send) => Some(&send.by),
        _ => None,
    });
    let messengers: BTreeSet<Channel> = sent_by
        .flatten()
        .copied()
        .filter(|channel| is_for_services(*channel) && *channel != Channel::Webhook)
        .collect();
    let carried: BTreeSet<Channel> = known.services.values().flatten().flatten().copied().collect();
    let all_known = known.services.values().all(Option::is_some);
    for channel in messengers {
        if all_known && !carried.contains(&channel) {
            let name = channel.name();
            let message =
                format!("campaigns send by {name} and no service in `services` carries it: such messages fail");
            found.push(Diagnostic::warning(dir.display().to_string(), message));
        }
    }
}
