//! The campaigns in force, indexed by what they listen to, so that an event costs what its own
//! campaigns cost and not what all of them do.

mod asked;

pub use asked::{Ask, Since};

use super::campaign::{Campaign, Derived, Enter, Moments, Score, Step, Watch, Workspace};
use super::condition::{Aggregate, Expr, Feed, Measure, Reads, Scope, Sieve, Sifted};
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
        for derived in &rules.workspace.derived {
            let known = rules.derived.entry(derived.from.clone()).or_default();
            known.push(derived.clone());
        }
        let workspace = &rules.workspace;
        let mut feeds: Vec<Feed> = workspace.segments.values().flat_map(Expr::feeds).collect();
        feeds.extend(workspace.scores.values().flat_map(Score::feeds));
        feeds.extend(workspace.moments.iter().flat_map(Moments::feeds));
        rules.look_back(feeds, None);
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
        let listening = self.by_event.get(scope.event_name).into_iter();
        listening.flat_map(|Listening { places, conditions }| {
            let sifted = conditions.sift(scope);
            sifted.filter_map(|(condition, sifted)| {
                let (active, enter) = self.entrance(places.get(condition)?)?;
                Some((active, enter, sifted))
            })
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
        places.into_iter().flatten().filter_map(|place| self.entrance(place))
    }

    fn entrance(&self, (campaign, entrance): &Place) -> Option<(&Active, &Enter)> {
        let active = self.active.get(*campaign)?;
        Some((active, active.campaign.enter.get(*entrance)?))
    }

    fn index(&mut self, campaign: &Arc<Campaign>, paused: bool) {
        for (entrance, enter) in campaign.enter.iter().enumerate() {
            self.index_entrance(enter, (self.active.len(), entrance));
        }
        self.by_name.insert(campaign.name.clone(), self.active.len());
        self.active.push(Active {
            campaign: Arc::clone(campaign),
            paused,
        });
    }

    fn index_entrance(&mut self, enter: &Enter, place: Place) {
        for event in &enter.on {
            let Listening { places, conditions } = self.by_event.entry(event.clone()).or_default();
            if places.contains(&place) {
                continue;
            }
            places.push(place);
            match enter.each {
                None => conditions.push(enter.condition.as_ref()),
                // Whether there are elements is asked first.
                Some(_) => conditions.push_unsifted(),
            }
        }
        note(&mut self.by_trait, &enter.traits, place);
        for part in enter.sequence.iter().flat_map(|sequence| &sequence.parts) {
            note(&mut self.by_sequence, &part.on, place);
        }
        match &enter.watch {
            None => {}
            Some(Watch::Date(_) | Watch::Schedule(_)) => self.dated.push(place),
            Some(Watch::Becomes(expr)) => self.index_edge(expr, place),
            Some(Watch::Crosses(crossing)) => self.index_edge(&crossing.of, place),
            Some(Watch::Inactive(_)) => {
                self.asks_activity = true;
                self.edges.push(place);
                self.inactive.push(place);
            }
        }
    }

    /// Notes by what the expression may change, segments looked into.
    fn index_edge(&mut self, expr: &Expr, place: Place) {
        let reads = self.all_reads(expr);
        self.edges.push(place);
        let scores = reads.scores.iter().filter_map(|name| self.workspace.scores.get(name));
        let moments = self.workspace.moments.iter().filter(|_| reads.moment);
        let adds = scores.flat_map(|score| &score.adds);
        let adding = adds.chain(moments.flat_map(|moments| moments.adds.iter().map(|(_, add)| add)));
        note(
            &mut self.edges_by_event,
            reads.counted.iter().chain(adding.map(|add| &add.on)),
            place,
        );
        note(&mut self.edges_by_trait, &reads.traits, place);
        for rule in reads.lists.iter().filter_map(|list| self.workspace.lists.get(list)) {
            for events in [&rule.put, &rule.drop, &rule.replace, &rule.clear] {
                note(&mut self.edges_by_event, events, place);
            }
        }
    }

    /// What the expression reads, itself and through segments.
    fn all_reads(&self, expr: &Expr) -> Reads {
        let mut reads = expr.reads();
        let mut open: Vec<String> = reads.segments.iter().cloned().collect();
        let mut seen: HashSet<String> = HashSet::default();
        while let Some(name) = open.pop() {
            if let Some(segment) = self.workspace.segments.get(&name).filter(|_| seen.insert(name.clone())) {
                let more = segment.reads();
                open.extend(more.segments.iter().cloned());
                reads.merge(more);
            }
        }
        reads
    }

    fn keep(&mut self, campaign: Arc<Campaign>) {
        for exit in &campaign.exit {
            let Some(event) = &exit.on else { continue };
            self.wait_for(event);
            if exit.condition.is_none() {
                // Remembered so that a trigger that comes late does not start what is over.
                let last = Aggregate::new(Measure::Last, event.clone(), None, None, None, None);
                let late_after = self.workspace.late_after;
                self.look_back(Expr::Aggregate(Box::new(last)).feeds(), Some(late_after));
            }
        }
        if let Some(goal) = &campaign.goal {
            self.wait_for(&goal.on);
        }
        for step in &campaign.steps {
            self.wait_for_step(step);
        }
        for expr in campaign.expressions() {
            self.look_back(expr.feeds(), None);
        }
        let versions = self.versions.entry(campaign.name.clone()).or_default();
        if versions.iter().all(|known| known.version != campaign.version) {
            versions.push(campaign);
        }
    }

    fn wait_for(&mut self, event: &str) {
        if event == ACTIVITY {
            self.asks_activity = true;
            self.awaits_activity = true;
        } else if !self.awaited.contains(event) {
            self.awaited.insert(event.to_owned());
        }
    }

    fn wait_for_step(&mut self, step: &Step) {
        match step {
            Step::Await(wait) => wait.on.iter().for_each(|event| self.wait_for(event)),
            Step::Send(send) if send.cascade.is_some() => {
                feedback::RECEIPTS.iter().for_each(|event| self.wait_for(event));
            }
            Step::Call(_) => self.wait_for(feedback::CALL_ANSWERED),
            Step::Handover(_) => feedback::HANDOVER.iter().for_each(|event| self.wait_for(event)),
            Step::Offer(_) => self.wait_for(feedback::OFFER_REDEEMED),
            Step::Send(_)
            | Step::Wait(_)
            | Step::Branch(_)
            | Step::Split(_)
            | Step::Jump(_)
            | Step::Loop(_)
            | Step::Set(_)
            | Step::List(_)
            | Step::Emit(_)
            | Step::Exit => {}
        }
    }

    /// Keeps as much as everybody who asks needs. `within`: nobody asks about what is older, though it is kept.
    fn look_back(&mut self, feeds: impl IntoIterator<Item = Feed>, within: Option<Span>) {
        for feed in feeds {
            let reach = within.or(feed.keep.window.filter(|_| !feed.keep.newest));
            let known = self.reaches.entry(feed.log).or_insert(reach);
            *known = known.zip(reach).map(|(one, other)| one.max(other));
            let keep = match self.kept.get(&feed.log) {
                Some(known) => known.join(feed.keep),
                None => feed.keep,
            };
            self.kept.insert(feed.log, keep);
            let of_event = self.feeds.entry(feed.event.clone()).or_default();
            let same =
                |known: &Feed| known.log == feed.log && known.filter == feed.filter && known.values == feed.values;
            if !of_event.iter().any(same) {
                of_event.push(feed);
            }
        }
    }
}

fn note<'e>(index: &mut HashMap<String, Vec<Place>>, names: impl IntoIterator<Item = &'e String>, place: Place) {
    for name in names {
        let places = index.entry(name.clone()).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
}
