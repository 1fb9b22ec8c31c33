//! Topics that a folder's files name: a cap speaks of one that some campaign has.

use super::definitions::SourceFile;
use super::diagnostic::Diagnostic;
use super::raw::Report;
use super::suggest::{did_you_mean, is_slip};
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
    /// Those for which the workspace has names.
    named: BTreeSet<String>,
    /// These, and what campaigns are about.
    known: BTreeSet<String>,
    /// Some campaign could not be read: it may have others.
    some_are_unread: bool,
}

impl Topics {
    /// Those for which the workspace has names.
    pub(super) fn of(workspace: &Workspace) -> Self {
        let named: BTreeSet<String> = workspace.topics.keys().cloned().collect();
        Self {
            known: named.clone(),
            named,
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

    /// Warns of those in a campaign's file that are a slip away from one that the workspace names: who said no to that one
    /// would hear of the other.
    pub(super) fn misspelt(&self, report: &mut Report<'_>) {
        for (name, offset) in report.topics.clone() {
            if self.named.contains(&name) {
                continue;
            }
            if let Some(meant) = self.named.iter().find(|meant| is_slip(&name, meant)) {
                report.warning(
                    offset,
                    format!(
                        "`{name}` is no topic that workspace.yaml names, did you mean `{meant}`? Name it under `topics` there \
                         if it exists"
                    ),
                );
            }
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
