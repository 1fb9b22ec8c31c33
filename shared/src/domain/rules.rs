//! The campaigns in force, indexed by what they listen to, so that an event costs what its own
//! campaigns cost and not what all of them do.

use super::campaign::{Campaign, Step, Wait, Workspace};
use super::condition::{Expr, Reads};
use super::feedback;
use super::id::{CampaignName, Version};
use super::profile::State;
use super::time::Span;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Everything that folding needs to know besides the profile.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The manifest's revision.
    pub revision: u64,
    /// What holds for all campaigns.
    pub workspace: Workspace,
    active: Vec<Active>,
    by_name: HashMap<CampaignName, usize>,
    /// Every version that is loaded: those in force and those that enrollments still run on.
    versions: HashMap<CampaignName, Vec<Arc<Campaign>>>,
    by_event: HashMap<String, Vec<usize>>,
    by_trait: HashMap<String, Vec<usize>>,
    dated: Vec<usize>,
    /// Lists that an event changes.
    lists_by_event: HashMap<String, Vec<String>>,
    /// Events that conditions look back at, with the longest window.
    counted: HashMap<String, Span>,
    /// Events that end or crown enrollments.
    awaited: HashSet<String>,
}

/// A campaign in force.
#[derive(Debug, Clone)]
pub struct Active {
    /// The version that new enrollments get.
    pub campaign: Arc<Campaign>,
    /// Nothing enters, messages are skipped.
    pub paused: bool,
}

impl Rules {
    /// Indexes the campaigns in force, given with whether each is paused.
    pub fn new(revision: u64, workspace: Workspace, campaigns: impl IntoIterator<Item = (Campaign, bool)>) -> Self {
        let mut rules = Self {
            revision,
            workspace,
            ..Self::default()
        };
        for (name, list) in &rules.workspace.lists {
            for event in list
                .put
                .iter()
                .chain(&list.drop)
                .chain(&list.replace)
                .chain(&list.clear)
            {
                let names = rules.lists_by_event.entry(event.clone()).or_default();
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let segments: Vec<Reads> = rules.workspace.segments.values().map(Expr::reads).collect();
        for reads in &segments {
            rules.look_back(reads);
        }
        for (campaign, paused) in campaigns {
            let campaign = Arc::new(campaign);
            rules.index(&campaign, paused);
            rules.keep(campaign);
        }
        rules
    }

    /// Adds a version that is not in force any more, for the enrollments that run on it.
    pub fn add_version(&mut self, campaign: Campaign) {
        self.keep(Arc::new(campaign));
    }

    /// The campaigns and versions that the profile's enrollments need and that are not loaded.
    pub fn missing(&self, state: &State) -> Vec<(CampaignName, Version)> {
        state
            .enrollments
            .iter()
            .filter(|enrollment| self.version(&enrollment.campaign, &enrollment.version).is_none())
            .map(|enrollment| (enrollment.campaign.clone(), enrollment.version.clone()))
            .collect()
    }

    /// A loaded version of a campaign.
    pub fn version(&self, name: &CampaignName, version: &Version) -> Option<&Arc<Campaign>> {
        self.versions
            .get(name)?
            .iter()
            .find(|campaign| campaign.version == *version)
    }

    /// Campaigns in force that the track event may let a profile into.
    pub fn entered_by_event<'a>(&'a self, event: &str) -> impl Iterator<Item = &'a Active> {
        self.active_of(self.by_event.get(event))
    }

    /// Campaigns in force that a change of the trait may let a profile into.
    pub fn entered_by_trait<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Active> {
        self.active_of(self.by_trait.get(name))
    }

    /// Campaigns in force with a date.
    pub fn dated(&self) -> impl Iterator<Item = &Active> {
        self.active_of(Some(&self.dated))
    }

    /// Whether the campaign is in force and not paused; `None` where it is not in force.
    pub fn paused(&self, name: &CampaignName) -> Option<bool> {
        self.active.get(*self.by_name.get(name)?).map(|active| active.paused)
    }

    /// Lists that the event changes.
    pub fn lists_of(&self, event: &str) -> &[String] {
        self.lists_by_event.get(event).map_or(&[], Vec::as_slice)
    }

    /// How far back anyone looks at the event; `None` where nobody counts it.
    pub fn looks_back(&self, event: &str) -> Option<Span> {
        self.counted.get(event).copied()
    }

    /// Whether a track event of this name can change anything for anyone.
    pub fn listens_to(&self, event: &str) -> bool {
        self.by_event.contains_key(event)
            || self.awaited.contains(event)
            || self.lists_by_event.contains_key(event)
            || self.counted.contains_key(event)
            || feedback::is_feedback(event)
    }

    fn active_of<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Active> {
        places.into_iter().flatten().filter_map(|place| self.active.get(*place))
    }

    fn index(&mut self, campaign: &Arc<Campaign>, paused: bool) {
        let place = self.active.len();
        for event in &campaign.enter.on {
            self.by_event.entry(event.clone()).or_default().push(place);
        }
        for name in &campaign.enter.traits {
            self.by_trait.entry(name.clone()).or_default().push(place);
        }
        if campaign.enter.date.is_some() {
            self.dated.push(place);
        }
        self.by_name.insert(campaign.name.clone(), place);
        self.active.push(Active {
            campaign: Arc::clone(campaign),
            paused,
        });
    }

    fn keep(&mut self, campaign: Arc<Campaign>) {
        for exit in &campaign.exit {
            let Some(event) = &exit.on else { continue };
            self.awaited.insert(event.clone());
            if exit.condition.is_none() {
                // Remembered so that a trigger that comes late does not start what is over.
                self.counted.entry(event.clone()).or_default();
            }
        }
        if let Some(goal) = &campaign.goal {
            self.awaited.insert(goal.on.clone());
        }
        for expr in expressions(&campaign) {
            self.look_back(&expr.reads());
        }
        let versions = self.versions.entry(campaign.name.clone()).or_default();
        if versions.iter().all(|known| known.version != campaign.version) {
            versions.push(campaign);
        }
    }

    fn look_back(&mut self, reads: &Reads) {
        for (event, window) in &reads.counts {
            let known = self.counted.entry(event.clone()).or_default();
            *known = (*known).max(*window);
        }
        for event in &reads.last {
            self.counted.entry(event.clone()).or_default();
        }
    }
}

/// Every condition and computed value of a campaign.
pub fn expressions(campaign: &Campaign) -> impl Iterator<Item = &Expr> {
    let enter = &campaign.enter;
    let entrance = [enter.each.as_ref(), enter.condition.as_ref(), enter.key.as_ref()];
    let date = enter.date.as_ref().map(|date| &date.date);
    let exits = campaign.exit.iter().filter_map(|exit| exit.condition.as_ref());
    let goal = campaign
        .goal
        .iter()
        .flat_map(|goal| [goal.condition.as_ref(), goal.value.as_ref()]);
    let steps = campaign.steps.iter().filter_map(|step| match step {
        Step::Wait(Wait::For(_)) => None,
        Step::Wait(Wait::ForExpr(expr) | Wait::Until(expr)) => Some(expr),
        Step::Send(send) => send.condition.as_ref(),
    });
    entrance
        .into_iter()
        .flatten()
        .chain(date)
        .chain(exits)
        .chain(goal.flatten())
        .chain(steps)
}
