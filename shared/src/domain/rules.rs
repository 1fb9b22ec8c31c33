//! The campaigns in force, indexed by what they listen to, so that an event costs what its own
//! campaigns cost and not what all of them do.

mod asked;
mod index;

pub use asked::{Ask, Since};

use super::campaign::{Campaign, Derived, Enter, Workspace};
use super::condition::{Feed, Scope, Sieve, Sifted};
use super::event::{ACTIVITY, Event};
use super::feedback;
use super::id::{CampaignName, Version};
use super::profile::{Keep, LogId, State};
use super::time::Span;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
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
    /// Entrances, as places of their campaign and in it.
    by_event: HashMap<String, Listening>,
    by_trait: HashMap<String, Vec<Place>>,
    by_sequence: HashMap<String, Vec<Place>>,
    /// With a date or a calendar.
    dated: Vec<Place>,
    /// With something that a profile comes to.
    edges: Vec<Place>,
    edges_by_event: HashMap<String, Vec<Place>>,
    /// With a spell of inactivity.
    inactive: Vec<Place>,
    edges_by_trait: HashMap<String, Vec<Place>>,
    /// Somebody asks when the person was active last.
    asks_activity: bool,
    /// Lists that an event changes.
    lists_by_event: HashMap<String, Vec<String>>,
    /// What is made of an event.
    derived: HashMap<String, Vec<Derived>>,
    /// What profiles keep of events, so that conditions can look back, by the events' names.
    feeds: HashMap<String, Vec<Feed>>,
    /// How much of each log is kept.
    kept: HashMap<LogId, Keep>,
    /// How far back an event may lie that a log is still asked about; `None` is for ever.
    reaches: HashMap<LogId, Option<Span>>,
    /// Since when anything is asked, as far back as inboxes reach.
    asked: Vec<Since>,
    /// Events that end or crown enrollments, or that they wait for.
    awaited: HashSet<String>,
    /// Whatever the person does is one of them.
    awaits_activity: bool,
    /// Campaigns that are not in force any more and whose enrollments end.
    ended: HashSet<CampaignName>,
    /// Campaigns whose enrollments go over to the version in force.
    migrating: HashSet<CampaignName>,
}

/// A campaign's place among the active ones, and its entrance's among its own.
type Place = (usize, usize);

/// Entrances that listen to an event.
#[derive(Debug, Clone, Default)]
struct Listening {
    places: Vec<Place>,
    /// Their conditions, in the same order.
    conditions: Sieve,
}

static NOBODY: Listening = Listening {
    places: Vec::new(),
    conditions: Sieve::NONE,
};

/// A campaign in force.
#[derive(Debug, Clone)]
pub struct Active {
    /// The version that new enrollments get.
    pub campaign: Arc<Campaign>,
    /// Nothing enters, messages are skipped.
    pub paused: bool,
}

impl Rules {
    /// Ends the enrollments of these campaigns, unless they are in force.
    pub fn end(&mut self, campaigns: impl IntoIterator<Item = CampaignName>) {
        self.ended.extend(campaigns);
    }

    /// Lets the enrollments of these campaigns go over to the versions in force, where they can.
    pub fn migrate(&mut self, campaigns: impl IntoIterator<Item = CampaignName>) {
        self.migrating.extend(campaigns);
    }

    /// Whether anything is said to running enrollments.
    pub(super) fn recalls(&self) -> bool {
        !self.ended.is_empty() || !self.migrating.is_empty()
    }

    /// Whether the campaign's enrollments end.
    pub(super) fn is_ended(&self, name: &CampaignName) -> bool {
        self.ended.contains(name) && self.active(name).is_none()
    }

    /// The version to which the campaign's enrollments go over, if they are told to.
    pub(super) fn migrates_to(&self, name: &CampaignName) -> Option<&Arc<Campaign>> {
        let active = self.active(name).filter(|_| self.migrating.contains(name))?;
        Some(&active.campaign)
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

    /// Ways in that the event opens.
    pub fn entered_by_event<'a>(&'a self, event: &str) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        self.entrances(self.by_event.get(event).map(|listening| &listening.places))
    }

    /// Those of them whose conditions hold or may hold: the others surely do not.
    pub fn sifted_by_event<'r: 's, 's>(
        &'r self,
        scope: &'s Scope<'s>,
    ) -> impl Iterator<Item = (&'r Active, &'r Enter, Sifted)> + use<'r, 's> {
        let Listening { places, conditions } = self.by_event.get(scope.event_name).unwrap_or(&NOBODY);
        conditions.sift(scope).filter_map(|(condition, sifted)| {
            let (active, enter) = entrance(&self.active, places.get(condition)?)?;
            Some((active, enter, sifted))
        })
    }

    /// Ways in that a change of the trait opens.
    pub fn entered_by_trait<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        self.entrances(self.by_trait.get(name))
    }

    /// Ways in whose sequences the event is a part of.
    pub fn sequences<'a>(&'a self, event: &str) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        self.entrances(self.by_sequence.get(event))
    }

    /// Ways in with a date or a calendar.
    pub fn dated(&self) -> impl Iterator<Item = (&Active, &Enter)> {
        self.entrances(Some(&self.dated))
    }

    /// Ways in through something that the profile comes to: all of them.
    pub fn edges(&self) -> impl Iterator<Item = (&Active, &Enter)> {
        self.entrances(Some(&self.edges))
    }

    /// Those that may open by the event.
    pub fn edges_by_event<'a>(&'a self, event: &str) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        self.entrances(self.edges_by_event.get(event))
            .chain(self.entrances(self.edges_by_event.get(ACTIVITY)))
    }

    /// Those that a spell of inactivity opens.
    pub fn inactive(&self) -> impl Iterator<Item = (&Active, &Enter)> {
        self.entrances(Some(&self.inactive))
    }

    /// Those that may open by a change of the trait.
    pub fn edges_by_trait<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        self.entrances(self.edges_by_trait.get(name))
    }

    /// Whether somebody asks when the person was active last.
    pub fn asks_activity(&self) -> bool {
        self.asks_activity
    }

    /// The campaigns in force, in the versions that new enrollments get.
    pub fn campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.active.iter().map(|active| &*active.campaign)
    }

    /// The campaign of this name that is in force.
    pub fn active(&self, name: &CampaignName) -> Option<&Active> {
        self.active.get(*self.by_name.get(name)?)
    }

    /// Whether the campaign is in force and not paused; `None` where it is not in force.
    pub fn paused(&self, name: &CampaignName) -> Option<bool> {
        self.active(name).map(|active| active.paused)
    }

    /// The campaign in the version that new enrollments get; `None` where it is not in force.
    pub fn in_force(&self, name: &CampaignName) -> Option<&Campaign> {
        self.active(name).map(|active| &*active.campaign)
    }

    /// Lists that the event changes.
    pub fn lists_of(&self, event: &str) -> &[String] {
        self.lists_by_event.get(event).map_or(&[], Vec::as_slice)
    }

    /// What is made of the event, where anybody listens to it.
    pub fn derived(&self, event: &str) -> &[Derived] {
        self.derived.get(event).map_or(&[], Vec::as_slice)
    }

    /// What profiles keep of the event. `is_activity`: it is the person's own doing.
    pub fn feeds<'a>(&'a self, event: &Event, is_activity: bool) -> impl Iterator<Item = &'a Feed> {
        let whatever = is_activity.then(|| self.feeds.get(ACTIVITY)).flatten();
        let of_name = self.feeds.get(&event.name).filter(|_| event.name != ACTIVITY);
        of_name.into_iter().chain(whatever).flatten()
    }

    /// How much of a log is kept; `None` where nobody asks for it.
    pub fn keep_of(&self, log: LogId) -> Option<Keep> {
        self.kept.get(&log).copied()
    }

    /// Whether a track event of this name can change anything for anyone.
    pub fn listens_to(&self, event: &str) -> bool {
        self.is_heard(event) || self.derived(event).iter().any(|derived| self.is_heard(&derived.event))
    }

    /// Whether the event may mean anything to an enrollment. `is_activity`: it is the person's own doing.
    pub(super) fn is_awaited(&self, event: &str, is_activity: bool) -> bool {
        self.awaited.contains(event) || (self.awaits_activity && is_activity)
    }

    fn is_heard(&self, event: &str) -> bool {
        self.by_event.contains_key(event)
            || self.awaited.contains(event)
            || self.lists_by_event.contains_key(event)
            || self.feeds.contains_key(event)
            || self.feeds.contains_key(ACTIVITY)
            || self.by_sequence.contains_key(event)
            || self.edges_by_event.contains_key(event)
            || self.asks_activity
            || self
                .derived(event)
                .iter()
                .any(|derived| self.listens_to(&derived.event))
            || feedback::is_feedback(event)
    }

    fn entrances<'a>(&'a self, places: Option<&'a Vec<Place>>) -> impl Iterator<Item = (&'a Active, &'a Enter)> {
        places
            .into_iter()
            .flatten()
            .filter_map(|place| entrance(&self.active, place))
    }
}

fn entrance<'a>(active: &'a [Active], (campaign, entrance): &Place) -> Option<(&'a Active, &'a Enter)> {
    let active = active.get(*campaign)?;
    Some((active, active.campaign.enter.get(*entrance)?))
}
