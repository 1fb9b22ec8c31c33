//! What rules ask profiles to keep, and since when: what is asked for the first time has a history that
//! profiles did not keep, and that their inboxes still hold.
//!
//! Whoever puts rules in force compares them with those from before ([`Rules::asked_after`]) and keeps with
//! them what is new. A profile says by the revision that it met last what of it is new to it, so nothing
//! is kept in its state for this.

use super::Rules;
use crate::domain::campaign::Sequence;
use crate::domain::condition::Feed;
use crate::domain::event::millis;
use crate::domain::id::CampaignName;
use crate::domain::profile::LogId;
use crate::domain::time::{Span, Timestamp, before};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Clocks of people and functions may differ by so much, and what is to be forgotten may be a while longer.
const MARGIN: Span = Span::from_days(1);

/// Something that profiles keep only because it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// What conditions, scores and the micromoment look back at.
    Log(LogId),
    /// The events that a campaign's sequences are made of.
    Sequence(CampaignName),
    /// A list that events keep up.
    List(String),
    /// When the person was there last.
    Activity,
}

/// What is asked since a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The first revision that asked for it.
    pub revision: u64,
    /// When that came into force.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// What.
    pub asks: BTreeSet<Ask>,
}

impl Rules {
    /// What is new of what these rules ask, come into force at `now` after `before`: also what has been asked
    /// for a while, as long as inboxes reach back behind that.
    pub fn asked_after(&self, before: &Self, now: Timestamp) -> Vec<Since> {
        let known = before.feeds_by_log();
        let own = self.feeds_by_log();
        let asks: BTreeSet<Ask> = self.asks().map(|(ask, _)| ask).collect();
        let is_new = |ask: &&Ask| match ask {
            Ask::Log(log) => {
                let mut fed = own.get(log).into_iter().flatten();
                !self.is_kept_by(*log, before)
                    || !covers(known.get(log), own.get(log))
                    || fed.any(|feed| self.makes_more(&feed.event, before))
            }
            Ask::Sequence(name) => {
                let sequences = self.sequences_of(name);
                let mut parts = sequences.iter().flat_map(|sequence| &sequence.parts);
                sequences != before.sequences_of(name)
                    || parts.any(|part| part.on.iter().any(|event| self.makes_more(event, before)))
            }
            Ask::List(name) => {
                let rule = self.workspace.lists.get(name);
                let events = rule
                    .into_iter()
                    .flat_map(|rule| [&rule.put, &rule.drop, &rule.replace, &rule.clear]);
                rule != before.workspace.lists.get(name) || events.flatten().any(|event| self.makes_more(event, before))
            }
            Ask::Activity => !before.asks_activity,
        };
        let new: BTreeSet<Ask> = asks.iter().filter(is_new).cloned().collect();
        let forgotten = before_by(now, self.workspace.kept.events);
        let earlier = before.asked.iter().filter(|since| since.at > forgotten).map(|since| {
            let still = |ask: &&Ask| asks.contains(*ask) && !new.contains(*ask);
            Since {
                asks: since.asks.iter().filter(still).cloned().collect(),
                ..since.clone()
            }
        });
        let mut asked: Vec<Since> = earlier.collect();
        asked.push(Since {
            revision: self.revision,
            at: now,
            asks: new,
        });
        asked.retain(|since| !since.asks.is_empty());
        asked
    }

    /// Says since when these rules ask what they ask: what is not among it has been asked for longer than
    /// any inbox reaches back.
    pub fn were_asked(&mut self, asked: Vec<Since>) {
        self.asked = asked;
    }

    /// What is new of what is asked.
    pub(in crate::domain) fn asked(&self) -> &[Since] {
        &self.asked
    }

    /// How far back an event may lie that is still of use for it; `None` is for ever, the outer one where nobody
    /// asks for it any more.
    pub(in crate::domain) fn reach(&self, ask: &Ask) -> Option<Option<Span>> {
        match ask {
            Ask::Log(log) => self.reaches.get(log).copied(),
            Ask::Sequence(name) => {
                let longest = self
                    .sequences_of(name)
                    .into_iter()
                    .map(|sequence| sequence.within)
                    .max()?;
                Some(Some(Span::from_millis(
                    longest.millis.saturating_add(self.workspace.late_after.millis),
                )))
            }
            Ask::List(name) => self.workspace.lists.contains_key(name).then_some(None),
            Ask::Activity => self.asks_activity.then_some(None),
        }
    }

    /// Everything that is asked, with how far back.
    fn asks(&self) -> impl Iterator<Item = (Ask, Option<Span>)> {
        let logs = self.kept.keys().map(|log| Ask::Log(*log));
        let sequences = self
            .active
            .iter()
            .map(|active| Ask::Sequence(active.campaign.name.clone()));
        let lists = self.workspace.lists.keys().map(|name| Ask::List(name.clone()));
        let all = logs.chain(sequences).chain(lists).chain([Ask::Activity]);
        all.filter_map(|ask| {
            let reach = self.reach(&ask)?;
            Some((ask, reach))
        })
    }

    /// Whether the event is made of others of which those from before made none.
    fn makes_more(&self, event: &str, before: &Self) -> bool {
        let made = self.workspace.derived.iter().filter(|derived| derived.event == event);
        let mut new = made.filter(|derived| !before.workspace.derived.contains(derived));
        new.next().is_some()
    }

    fn sequences_of(&self, name: &CampaignName) -> Vec<&Sequence> {
        let campaign = self.in_force(name);
        let entrances = campaign.into_iter().flat_map(|campaign| &campaign.enter);
        entrances.filter_map(|enter| enter.sequence.as_ref()).collect()
    }

    /// Whether the others keep as much of the log.
    fn is_kept_by(&self, log: LogId, others: &Self) -> bool {
        let (Some(own), Some(theirs)) = (self.kept.get(&log), others.kept.get(&log)) else {
            return false;
        };
        theirs.join(*own) == *theirs
    }

    fn feeds_by_log(&self) -> HashMap<LogId, Vec<&Feed>> {
        let mut by_log: HashMap<LogId, Vec<&Feed>> = HashMap::new();
        for feed in self.feeds.values().flatten() {
            by_log.entry(feed.log).or_default().push(feed);
        }
        by_log
    }
}

/// Whether all that feeds the one log feeds the other, known one too.
fn covers(known: Option<&Vec<&Feed>>, own: Option<&Vec<&Feed>>) -> bool {
    let known = known.map_or(&[][..], Vec::as_slice);
    let same = |one: &Feed, other: &Feed| {
        one.event == other.event
            && one.filter == other.filter
            && one.values == other.values
            && one.amount == other.amount
    };
    own.into_iter()
        .flatten()
        .all(|feed| known.iter().any(|known| same(known, feed)))
}

fn before_by(now: Timestamp, retention: Span) -> Timestamp {
    before(before(now, retention), MARGIN)
}
