//! Topics that a folder's files name: a cap speaks of one that some campaign has.

use super::definitions::SourceFile;
use super::diagnostic::Diagnostic;
use super::raw::Report;
use super::suggest::did_you_mean;
use crate::domain::campaign::{Campaign, Workspace};
use std::collections::BTreeSet;

/// A topic as a file names it.
pub(super) struct NamedTopic<'f> {
    pub(super) name: String,
    pub(super) file: &'f SourceFile,
    pub(super) offset: usize,
}

/// The topics that there are.
pub(super) struct Topics {
    known: BTreeSet<String>,
    /// Some campaign could not be read: it may have others.
    some_are_unread: bool,
}

impl Topics {
    /// Those for which the workspace has names.
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self {
            known: workspace.topics.keys().cloned().collect(),
            some_are_unread: false,
        }
    }

    /// A campaign's file has been checked, and came to this campaign.
    pub(super) fn has(&mut self, campaign: Option<&Campaign>, report: &Report<'_>) {
        self.known.extend(report.topics.iter().map(|(name, _)| name.clone()));
        match campaign {
            Some(campaign) => {
                self.known.insert(campaign.topic.clone());
            }
            None => self.some_are_unread = true,
        }
    }

    /// Findings for those of `named` that nothing is about.
    pub(super) fn unknown(&self, named: &[NamedTopic<'_>]) -> Vec<Diagnostic> {
        let unknown = named
            .iter()
            .filter(|topic| !self.some_are_unread && !self.known.contains(&topic.name));
        unknown
            .map(|NamedTopic { name, file, offset }| {
                let hint = did_you_mean(name, self.known.iter().map(String::as_str));
                let message = format!("no campaign has the topic `{name}`{hint}");
                Diagnostic::error(&file.path, message).at_offset(&file.source, *offset)
            })
            .collect()
    }
}
