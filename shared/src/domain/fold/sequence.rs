//! Sequences: one event after another, within a time, whatever order they come in.

use super::Turn;
use super::enter::Trigger;
use crate::domain::campaign::{Campaign, Enter, Part, Sequence};
use crate::domain::event::{Event, Properties};
use crate::domain::profile::{Link, Links};
use crate::domain::time::{Timestamp, before};
use serde_json::Value;
use std::sync::Arc;

/// An event that fits a part: the part's name, when it happened, what is kept of it.
type Found<'l> = (String, i64, &'l Properties);

/// A chain of events that is found: what is kept of each, by the part's name.
type Chain = Vec<(String, Properties)>;

/// What a chain is looked for in.
struct Search<'l> {
    links: &'l Links,
    /// The event that it ends with.
    end: &'l Link,
    /// It begins after this, in milliseconds.
    after: i64,
    /// What went wrong first.
    wrong: Option<String>,
}

impl Turn<'_> {
    /// Takes the event into the sequences that it is a part of, and enters where one is whole. Those
    /// that came before the parts they end are kept until these come.
    pub(super) fn enter_by_sequence(&mut self, event: &Event, may_enter: bool) {
        let rules = self.rules;
        for (active, enter) in rules.sequences(&event.name) {
            let Some(sequence) = &enter.sequence else { continue };
            let campaign = Arc::clone(&active.campaign);
            let ends = self.add_links(&campaign, sequence, event);
            if !may_enter || active.paused {
                continue;
            }
            for end in ends {
                if self.is_over(&campaign, moment(&end)) {
                    continue;
                }
                if let Some(chain) = self.find_chain(&campaign, sequence, &end) {
                    self.forget_link(&campaign, &end);
                    self.enter_after(&campaign, enter, &end, chain, event.hops);
                    break;
                }
            }
        }
    }

    /// Notes the event where it fits a part. Gives the events, latest first, with which a sequence
    /// may end now that it is there.
    fn add_links(&mut self, campaign: &Campaign, sequence: &Sequence, event: &Event) -> Vec<Link> {
        let last = last_of(sequence);
        let mut ends: Vec<Link> = Vec::new();
        for link in links_of(campaign, sequence, event) {
            let links = self.profile.state.sequences.entry(campaign.name.clone()).or_default();
            if link.part == last {
                ends.insert(0, link.clone());
            } else {
                let known = links.of(last).rev();
                ends.extend(known.filter(|end| end.at > link.at).cloned());
            }
            links.add(link);
            self.folded.changed = true;
        }
        ends
    }

    fn forget_link(&mut self, campaign: &Campaign, link: &Link) {
        if let Some(links) = self.profile.state.sequences.get_mut(&campaign.name) {
            links.remove(link);
        }
    }

    /// The latest chain that ends with the event: from its end to its beginning, the latest fitting
    /// event of each part.
    fn find_chain(&mut self, campaign: &Campaign, sequence: &Sequence, end: &Link) -> Option<Chain> {
        let links = self
            .profile
            .state
            .sequences
            .get(&campaign.name)
            .cloned()
            .unwrap_or_default();
        let mut search = Search {
            links: &links,
            end,
            // Half-open: what happened exactly that long before has left the window.
            after: before(moment(end), sequence.within).as_millisecond(),
            wrong: None,
        };
        let found = self.complete(&mut search, &sequence.parts, &mut Vec::new());
        if found.is_none()
            && let Some(error) = search.wrong
        {
            self.entry_fault(campaign, "enter.sequence", error);
        }
        found
    }

    /// Tries every chain of the parts that are left, latest first, until one is whole.
    fn complete<'l>(&self, search: &mut Search<'l>, parts: &[Part], chain: &mut Vec<Found<'l>>) -> Option<Chain> {
        let (part, rest) = parts.split_first()?;
        let after = chain.last().map_or(search.after, |(_, at, _)| *at);
        if rest.is_empty() {
            let ends = search.end.at > after && self.fits(part, search.end, chain, &mut search.wrong);
            return ends.then(|| named(chain));
        }
        let place = u8::try_from(chain.len()).unwrap_or(u8::MAX);
        let links = search.links;
        for link in links.of(place).rev().filter(|link| link.at > after) {
            if self.fits(part, link, chain, &mut search.wrong) {
                chain.push((part.name.clone(), link.at, &link.properties));
                let whole = self.complete(search, rest, chain);
                chain.pop();
                if whole.is_some() {
                    return whole;
                }
            }
        }
        None
    }

    /// Whether the event fits the part behind those before it; where that cannot be told it does not,
    /// and what is wrong is noted.
    fn fits(&self, part: &Part, link: &Link, earlier: &[Found<'_>], wrong: &mut Option<String>) -> bool {
        let Some(condition) = &part.condition else { return true };
        let earlier = Value::Object(
            earlier
                .iter()
                .map(|(name, _, properties)| (name.clone(), Value::Object((*properties).clone())))
                .collect(),
        );
        let trigger = Trigger {
            id: "",
            at: moment(link),
            name: "",
            properties: &link.properties,
            hops: 0,
        };
        let result = condition.test(&self.entry_scope(&trigger, Some(&earlier)));
        result.unwrap_or_else(|error| {
            wrong.get_or_insert(error.to_string());
            false
        })
    }

    fn enter_after(&mut self, campaign: &Arc<Campaign>, enter: &Enter, end: &Link, chain: Chain, hops: u8) {
        let earlier = chain
            .into_iter()
            .map(|(name, properties)| (name, Value::Object(properties)))
            .collect();
        let id = format!("sequence:{}", end.at);
        let trigger = Trigger {
            id: &id,
            at: moment(end),
            name: "",
            properties: &end.properties,
            hops,
        };
        self.try_enter(campaign, enter, &trigger, Some(Value::Object(earlier)));
    }

    /// Forgets what no sequence can need any more.
    pub(super) fn forget_links(&mut self) {
        let (rules, now) = (self.rules, self.now);
        self.profile.state.sequences.retain(|name, links| {
            let longest = rules
                .active(name)
                .into_iter()
                .flat_map(|active| &active.campaign.enter)
                .filter_map(|enter| Some(enter.sequence.as_ref()?.within))
                .max();
            longest.is_some_and(|within| links.forget_before(before(before(now, within), rules.workspace.late_after)))
        });
    }
}

/// The event as each of the parts that it may be.
pub(in crate::domain) fn links_of<'s>(
    campaign: &'s Campaign,
    sequence: &'s Sequence,
    event: &'s Event,
) -> impl Iterator<Item = Link> + 's {
    let last = last_of(sequence);
    let parts = (0..).zip(&sequence.parts);
    parts
        .filter(|(_, part)| part.on.contains(&event.name))
        .map(move |(place, part)| {
            let of_trigger: &[String] = if place == last { &campaign.keeps } else { &[] };
            let properties = part.keeps.iter().chain(of_trigger).filter_map(|name| {
                let value = event.properties.get(name)?;
                Some((name.clone(), value.clone()))
            });
            Link {
                part: place,
                at: event.at.as_millisecond(),
                properties: properties.collect(),
            }
        })
}

fn last_of(sequence: &Sequence) -> u8 {
    u8::try_from(sequence.parts.len().saturating_sub(1)).unwrap_or(u8::MAX)
}

fn moment(link: &Link) -> Timestamp {
    Timestamp::from_millisecond(link.at).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn named(chain: &[Found<'_>]) -> Chain {
    chain
        .iter()
        .map(|(name, _, properties)| (name.clone(), (*properties).clone()))
        .collect()
}
