//! What is told under each of a person's ids: visitors who were identified, and the profile that they went over into.

use super::answer::Answer;
use super::line::{self, From, Line};
use super::replay::Replay;
use crate::problem::Problem;
use crate::profile::person::Kept;
use beckon_shared::domain::event::Input;
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::log::Logged;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::DynamoStore;
use beckon_shared::store::log::decode_log;
use std::collections::BTreeSet;

/// What is known under one id, and what comes of it.
pub struct Told {
    kept: Kept,
    log: Vec<Logged>,
    replay: Replay,
}

impl Told {
    /// Folds what is kept once more.
    pub async fn of(table: &DynamoStore, kept: Kept, now: Timestamp) -> Result<Self, Problem> {
        let log = kept.profile.as_ref().map(|profile| decode_log(&profile.log));
        Ok(Self {
            log: log.unwrap_or_default(),
            replay: Replay::of(table, &kept.id, &kept.inbox, now).await?,
            kept,
        })
    }

    /// Into whom this profile went over, if it did.
    fn joined(&self) -> Option<&ProfileId> {
        self.kept.profile.as_ref()?.state.joined.as_ref()
    }

    /// When, as far as an inbox still tells.
    fn joined_at(&self) -> Option<Timestamp> {
        let mut items = self.kept.inbox.iter();
        let join = items.find(|item| item.inputs.iter().any(|input| matches!(input, Input::Join { .. })))?;
        Some(join.received)
    }

    fn events(&self) -> impl Iterator<Item = &str> {
        let inputs = self.kept.inbox.iter().flat_map(|item| &item.inputs);
        inputs.filter_map(|input| match input {
            Input::Event(event) => Some(event.id.as_str()),
            Input::Alarm { .. }
            | Input::Join { .. }
            | Input::Merge { .. }
            | Input::Member { .. }
            | Input::Account { .. }
            | Input::Erase { .. } => None,
        })
    }

    /// Its lines; of a campaign, those that concern it.
    fn lines(&self, passed_on: &BTreeSet<&str>, campaign: Option<&CampaignName>) -> Vec<Line> {
        let mut lines: Vec<Line> = line::of_inbox(&self.kept.inbox, passed_on);
        lines.extend(self.log.iter().map(|logged| Line::decided(From::Log, logged)));
        lines.extend(self.kept.messages.iter().map(Line::of_message));
        lines.extend(self.replay.lines_beside(&self.log));
        if let Some(campaign) = campaign {
            let messages: Vec<String> = lines.iter().filter_map(|line| line.message_of(campaign)).collect();
            lines.retain(|line| line.concerns(campaign, &messages, &self.replay));
        }
        lines.into_iter().map(|line| line.told_of(&self.kept.id)).collect()
    }

    fn answer(&self, campaign: &CampaignName) -> Answer {
        Answer::of(campaign, &self.log, &self.replay, self.kept.profile.as_ref())
    }
}

/// Everything in order of time, whichever of the ids it is told under.
pub fn lines(all: &[Told], campaign: Option<&CampaignName>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for told in all {
        let passed_on = all
            .iter()
            .filter(|other| Some(&other.kept.id) == told.joined())
            .flat_map(Told::events)
            .collect();
        lines.extend(told.lines(&passed_on, campaign));
    }
    lines.sort_by_key(|line| (line.at, line.from));
    lines
}

/// The answer about a campaign: of the profile that all went over into; where they never entered under its id, of the
/// one under which they did.
pub fn answer(all: &[Told], campaign: &CampaignName) -> Option<Answer> {
    let (whole, parts): (Vec<&Told>, Vec<&Told>) = all.iter().partition(|told| told.joined().is_none());
    let mut answers = whole.into_iter().chain(parts).map(|told| told.answer(campaign));
    let first = answers.next()?;
    if first.entered {
        return Some(first);
    }
    answers.find(|answer| answer.entered).or(Some(first))
}

/// Who went over into whom, where the inbox does not tell it any more, and when, where it does.
pub fn joins(all: &[Told]) -> Vec<String> {
    let said = all.iter().filter_map(|told| {
        let (id, into) = (&told.kept.id, told.joined()?);
        Some(match told.joined_at() {
            Some(at) => format!("`{id}` went over into `{into}` on {}", at.strftime("%Y-%m-%d %H:%M")),
            None => format!("`{id}` went over into `{into}`, longer ago than its inbox is kept"),
        })
    });
    said.collect()
}
