//! The same inbox, folded once more by the campaigns that are in force now.

use super::line::{From, Line};
use crate::problem::Problem;
use beckon_shared::domain::decision::{Decision, PassReason, Saw, Verdict};
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::fold::{Arrival, explain};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::log::Logged;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Manifest};
use beckon_shared::ports::{Definitions, PortError};
use beckon_shared::store::log::KEPT_ALWAYS;
use std::collections::{BTreeMap, BTreeSet};

/// What was received is folded within this, if nothing fails: a replay folds it at once.
const FOLDED_WITHIN: Span = Span::from_mins(1);

/// What a replay came to.
pub struct Replay {
    /// What is in force, and whether it is paused.
    pub in_force: BTreeMap<CampaignName, bool>,
    /// Decisions and passes, in order.
    pub decisions: Vec<Decision>,
    /// What inputs are called: an event's name, or what a nameless one does.
    names: BTreeMap<String, String>,
    /// Which of the events that happened each campaign lets people in by.
    listens: BTreeMap<CampaignName, BTreeSet<String>>,
}

/// An entrance that came to nothing.
pub struct Pass<'r> {
    /// When.
    pub at: Timestamp,
    /// What asked.
    pub trigger: &'r str,
    /// Why not.
    pub reason: PassReason,
    /// What a condition saw.
    pub saw: &'r [Saw],
}

impl Replay {
    /// Folds the inbox into a profile of whom nothing is known, up to now. Nothing is paused in it:
    /// since when something is, nobody wrote down.
    pub async fn of(
        definitions: &impl Definitions,
        id: &ProfileId,
        inbox: &[InboxItem],
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let manifest = definitions.manifest().await?;
        let rules = rules(definitions, &manifest).await?;
        let mut replay = Self {
            in_force: manifest
                .campaigns
                .into_iter()
                .map(|(name, listed)| (name, listed.paused))
                .collect(),
            decisions: Vec::new(),
            names: BTreeMap::new(),
            listens: BTreeMap::new(),
        };
        let mut profile = Profile::default();
        for item in inbox {
            replay.ring(id, &mut profile, item.received, &rules)?;
            replay.name(item, &rules);
            replay.fold(id, &mut profile, item, item.received, &rules);
        }
        replay.ring(id, &mut profile, now, &rules)?;
        Ok(replay)
    }

    /// Rings the alarms before `until`: those in the inbox may have been forgotten.
    fn ring(&mut self, id: &ProfileId, profile: &mut Profile, until: Timestamp, rules: &Rules) -> Result<(), Problem> {
        while let Some(alarm) = profile.state.alarm.filter(|alarm| *alarm < until) {
            let folded = explain(id, profile, &[], alarm, rules);
            self.decisions.extend(folded.decisions);
            if let Some(at) = profile.state.alarm.filter(|next| *next <= alarm) {
                return Err(Problem::Stuck {
                    profile: id.to_string(),
                    at,
                    now: alarm,
                });
            }
        }
        Ok(())
    }

    fn fold(&mut self, id: &ProfileId, profile: &mut Profile, item: &InboxItem, now: Timestamp, rules: &Rules) {
        let arrivals: Vec<Arrival<'_>> = item
            .inputs
            .iter()
            .map(|input| Arrival {
                input,
                received: item.received,
                sequence: None,
            })
            .collect();
        let folded = explain(id, profile, &arrivals, now, rules);
        self.decisions.extend(folded.passes);
        self.decisions.extend(folded.decisions);
    }

    fn name(&mut self, item: &InboxItem, rules: &Rules) {
        for input in &item.inputs {
            let Input::Event(event) = input else { continue };
            self.names.insert(event.id.clone(), super::words::event_name(event));
            for (active, _) in rules.entered_by_event(&event.name) {
                let listens = self.listens.entry(active.campaign.name.clone()).or_default();
                listens.insert(event.name.clone());
            }
        }
    }

    /// Lines for what the log does not tell: passes, and decisions before it begins.
    pub fn lines_beside(&self, log: &[Logged]) -> Vec<Line> {
        self.decisions
            .iter()
            .filter(|decision| match &decision.verdict {
                Verdict::Pass { .. } => true,
                Verdict::Enter
                | Verdict::Send { .. }
                | Verdict::Skip { .. }
                | Verdict::Defer { .. }
                | Verdict::Offer { .. }
                | Verdict::Redeem { .. }
                | Verdict::Exit { .. }
                | Verdict::Goal { .. }
                | Verdict::Fault { .. } => !reaches(log, decision.at),
            })
            .map(|decision| match self.as_pass(decision) {
                Some(pass) => Line::pass(decision, &pass),
                None => Line::decided(From::Replay, &Logged::from(decision)),
            })
            .collect()
    }

    /// The entrances of a campaign that came to nothing, in order.
    pub fn passes_of<'r>(&'r self, campaign: &'r CampaignName) -> impl Iterator<Item = Pass<'r>> {
        let of_campaign = self.decisions.iter().filter(|decision| decision.campaign == *campaign);
        of_campaign.filter_map(|decision| self.as_pass(decision))
    }

    /// Names of the events that asked to let the profile into a campaign.
    pub fn triggers_of<'r>(&'r self, campaign: &'r CampaignName) -> BTreeSet<&'r str> {
        let listened = self.listens.get(campaign).into_iter().flatten().map(String::as_str);
        self.passes_of(campaign)
            .map(|pass| pass.trigger)
            .chain(listened)
            .collect()
    }

    /// What the replay says entered, first to last.
    pub fn entered(&self, campaign: &CampaignName) -> impl Iterator<Item = Timestamp> {
        self.decisions
            .iter()
            .filter(|decision| decision.campaign == *campaign && decision.verdict == Verdict::Enter)
            .map(|decision| decision.at)
    }

    fn as_pass<'r>(&'r self, decision: &'r Decision) -> Option<Pass<'r>> {
        let Verdict::Pass { reason, trigger, saw } = &decision.verdict else {
            return None;
        };
        Some(Pass {
            at: decision.at,
            trigger: self.names.get(trigger).map_or("", String::as_str),
            reason: *reason,
            saw,
        })
    }
}

/// Whether the log would hold what was decided on something received then.
pub fn reaches(log: &[Logged], received: Timestamp) -> bool {
    match log.first() {
        Some(first) if log.len() >= KEPT_ALWAYS => first.at <= after(received, FOLDED_WITHIN),
        Some(_) | None => true,
    }
}

async fn rules(definitions: &impl Definitions, manifest: &Manifest) -> Result<Rules, PortError> {
    let campaigns = manifest
        .campaigns
        .iter()
        .map(|(name, listed)| DefinitionKey::Campaign(name.clone(), listed.version.clone()));
    let keys: Vec<DefinitionKey> = campaigns
        .chain(manifest.workspace.clone().map(DefinitionKey::Workspace))
        .collect();
    let (mut workspace, mut campaigns) = (None, Vec::new());
    for definition in definitions.definitions(&keys).await? {
        match definition {
            Definition::Campaign(campaign) => campaigns.push((campaign, false)),
            Definition::Workspace(found) => workspace = Some(found),
            Definition::Template(_) | Definition::Service(_) => {}
        }
    }
    Ok(Rules::new(manifest.revision, workspace.unwrap_or_default(), campaigns))
}
