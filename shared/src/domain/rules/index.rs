//! Indexing campaigns by what they listen to, and by what profiles have to keep for them.

use super::{Active, Listening, Place, Rules, entrance};
use crate::domain::campaign::{Campaign, Enter, Moments, Score, Step, Watch, Workspace};
use crate::domain::condition::{Aggregate, Expr, Feed, Measure, Reads, Sieve, Sifts};
use crate::domain::event::ACTIVITY;
use crate::domain::feedback;
use crate::domain::time::Span;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::sync::Arc;

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
        rules.sift();
        rules
    }

    /// Adds a version that is not in force any more, for the enrollments that run on it.
    pub fn add_version(&mut self, campaign: Campaign) {
        self.keep(Arc::new(campaign));
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
            let listening = self.by_event.entry(event.clone()).or_default();
            // A campaign's entrances come one after the other.
            if listening.places.last() != Some(&place) {
                listening.places.push(place);
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

    /// Puts together the conditions that one event asks.
    fn sift(&mut self) {
        let active = &self.active;
        for Listening { places, conditions } in self.by_event.values_mut() {
            let enters = places.iter().filter_map(|place| entrance(active, place));
            *conditions = Sieve::new(enters.map(|(_, enter)| match (&enter.each, &enter.condition) {
                // Whether there are elements is asked first.
                (Some(_), _) => Sifts::Unsifted,
                (None, Some(condition)) => Sifts::Condition(condition),
                (None, None) => Sifts::Nothing,
            }));
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
        for without in campaign.enter.iter().filter_map(|enter| enter.without.as_ref()) {
            for feed in without.happened.feeds() {
                self.wait_for(&feed.event);
            }
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
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
}
