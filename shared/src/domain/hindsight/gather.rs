//! Gathering what is newly asked from items of the inbox.

use super::{Due, KNOWN_AFTER, SETTLED_AFTER};
use crate::domain::condition::Kept;
use crate::domain::event::{Event, EventKind, InboxItem, Input, PAGE, SCREEN};
use crate::domain::fold::{as_track, is_activity, links_of, made_of};
use crate::domain::id::{CampaignName, ProfileId};
use crate::domain::profile::{Links, List, Profile, State, Tallies};
use crate::domain::rules::{Ask, Rules};
use crate::domain::time::{Timestamp, after, before};
use std::collections::{BTreeMap, HashSet};

/// What was gathered of the time before the rules asked for it.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    pub(in crate::domain) tallies: Tallies,
    pub(in crate::domain) sequences: BTreeMap<CampaignName, Links>,
    pub(in crate::domain) lists: BTreeMap<String, List>,
    pub(in crate::domain) active: Option<Timestamp>,
    /// How many events there were to look at, those made of lists' entries included.
    pub events: usize,
    /// What happened before this was not looked at, because there was too much.
    pub cut: Option<Timestamp>,
    /// The revision that the profile stays at, where it has to look again.
    pub(in crate::domain) unmet: Option<u64>,
}

impl Earlier {
    pub(super) fn unread(unmet: u64) -> Self {
        Self {
            unmet: Some(unmet),
            ..Self::default()
        }
    }
}

/// Gathering under way. Items are shown in any order, the profile's own before those of others that went
/// over into it.
#[derive(Debug)]
pub struct Gathering<'a> {
    due: &'a Due,
    profile: &'a Profile,
    rules: &'a Rules,
    /// What was received by then has been folded.
    settled: Timestamp,
    /// Ids of what is about to be folded.
    in_hand: HashSet<&'a str>,
    /// Ids of what was shown.
    shown: HashSet<String>,
    /// What lists are kept up by: they are, in order, once everything is there.
    of_lists: Vec<Event>,
    earlier: Earlier,
}

impl Due {
    /// Begins to gather for the profile. `latest` is when the latest input was received of those that were folded
    /// before now or are in hand, as far as the stream brought them; `in_hand` is what is about to be folded.
    pub fn gather<'a>(
        &'a self,
        profile: &'a Profile,
        rules: &'a Rules,
        latest: Timestamp,
        in_hand: impl IntoIterator<Item = &'a Input>,
    ) -> Gathering<'a> {
        Gathering {
            due: self,
            profile,
            rules,
            settled: settled(&profile.state, Some(latest)),
            in_hand: in_hand.into_iter().map(Input::id).collect(),
            shown: HashSet::new(),
            of_lists: Vec::new(),
            earlier: Earlier::default(),
        }
    }
}

/// Whatever was received by then has been folded into the profile, or is about to be.
fn settled(state: &State, latest: Option<Timestamp>) -> Timestamp {
    let latest = latest.max(state.folded).unwrap_or(Timestamp::UNIX_EPOCH);
    before(latest, SETTLED_AFTER).max(state.floor.unwrap_or(Timestamp::UNIX_EPOCH))
}

impl Gathering<'_> {
    /// How far back to read.
    pub fn from(&self) -> Timestamp {
        self.due.from
    }

    /// Profiles that went over into this one, those that did last first: their inboxes hold what they did before.
    pub fn visitors(&self) -> impl Iterator<Item = &ProfileId> {
        self.profile.state.absorbed.iter().rev()
    }

    /// Takes an item of the profile's own inbox.
    pub fn take(&mut self, item: &InboxItem) {
        let (profile, settled) = (self.profile, self.settled);
        self.take_folded(item, &profile.state, settled);
    }

    /// Takes an item of the inbox of a profile that went over into this one, as far as it had folded it.
    /// What it has passed on is in the profile's own inbox, too, which was shown before.
    pub fn take_of(&mut self, visitor: &State, item: &InboxItem) {
        self.take_folded(item, visitor, settled(visitor, None));
    }

    /// Nothing before this is shown: there is too much of it.
    pub fn cut(&mut self, at: Timestamp) {
        self.earlier.cut = self.earlier.cut.max(Some(at));
    }

    /// What was gathered.
    pub fn finish(mut self) -> Earlier {
        self.of_lists.sort_by_key(|event| event.at);
        for event in &self.of_lists {
            for name in self.rules.lists_of(&event.name) {
                if let Some(rule) = self.rules.workspace.lists.get(name)
                    && self.due.asks.contains(&Ask::List(name.clone()))
                {
                    self.earlier.lists.entry(name.clone()).or_default().take(rule, event);
                }
            }
        }
        self.earlier
    }

    /// Takes what was folded into the profile of this state.
    fn take_folded(&mut self, item: &InboxItem, state: &State, settled: Timestamp) {
        for input in &item.inputs {
            let Input::Event(event) = input else { continue };
            if !self.shown.insert(event.id.clone()) || self.is_erased(item, event) {
                continue;
            }
            let is_remembered = state.seen.contains(&event.id);
            if !is_remembered && self.in_hand.contains(event.id.as_str()) {
                continue;
            }
            if is_remembered || item.received <= settled {
                self.take_event(event, item.received);
            } else if item.received <= after(self.due.applied, KNOWN_AFTER) {
                // By rules from before and without a trace, or not yet: who knows?
                self.earlier.unmet = Some(self.due.unmet());
            }
        }
    }

    fn is_erased(&self, item: &InboxItem, event: &Event) -> bool {
        let erased = self.profile.state.erased;
        erased.is_some_and(|erased| item.received <= erased || event.at <= erased)
    }

    fn take_event(&mut self, event: &Event, received: Timestamp) {
        let mut event = match event.kind {
            EventKind::Track => event.clone(),
            EventKind::Page => as_track(event, PAGE),
            EventKind::Screen => as_track(event, SCREEN),
            EventKind::Identify | EventKind::Group | EventKind::Alias => return,
        };
        event.at = event.at.min(received);
        self.take_track(&event);
    }

    fn take_track(&mut self, event: &Event) {
        let rules = self.rules;
        if !rules.listens_to(&event.name) {
            return;
        }
        self.earlier.events += 1;
        let is_activity = is_activity(event, rules);
        self.count(event, is_activity);
        let is_listed = |name: &String| self.due.asks.contains(&Ask::List(name.clone()));
        if rules.lists_of(&event.name).iter().any(is_listed) {
            self.of_lists.push(event.clone());
        }
        if is_activity && self.due.asks.contains(&Ask::Activity) {
            self.earlier.active = self.earlier.active.max(Some(event.at));
        }
        for (active, enter) in rules.sequences(&event.name) {
            let campaign = &active.campaign;
            if let Some(sequence) = &enter.sequence
                && self.due.asks.contains(&Ask::Sequence(campaign.name.clone()))
            {
                let links = self.earlier.sequences.entry(campaign.name.clone()).or_default();
                links_of(campaign, sequence, event).for_each(|link| links.add(link));
            }
        }
        for derived in rules.derived(&event.name) {
            for made in made_of(derived, event) {
                self.take_track(&made);
            }
        }
    }

    fn count(&mut self, event: &Event, is_activity: bool) {
        let rules = self.rules;
        for feed in rules.feeds(event, is_activity) {
            if !self.due.asks.contains(&Ask::Log(feed.log)) {
                continue;
            }
            let (Some(sample), Some(keep)) = (feed.sample(event), rules.keep_of(feed.log)) else {
                continue;
            };
            // Points may have been worth something else when they were noted: they are the same ones.
            let is_told = feed.values.iter().all(|kept| matches!(kept, Kept::Said(_)));
            let telling = feed.values.len() - usize::from(is_told && !feed.values.is_empty());
            if !self.profile.state.tallies.holds(feed.log, &sample, telling) {
                self.earlier.tallies.note(feed.log, sample, keep);
            }
        }
    }
}
