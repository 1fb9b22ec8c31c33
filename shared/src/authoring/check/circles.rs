//! Campaigns that start each other: one says that something happened, which lets profiles into another.

use crate::domain::campaign::{Again, Campaign};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A campaign with what it says has happened.
#[derive(Debug, Clone, Copy)]
pub struct Starter<'c> {
    /// The campaign.
    pub campaign: &'c Campaign,
    /// The events that it emits.
    pub emits: &'c [(String, usize)],
}

/// Campaigns that start each other in a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The first of them by name: a place in the list that was asked about.
    pub at: usize,
    /// Where its `emit` stands, in its file.
    pub offset: usize,
    /// What goes on, in words.
    pub message: String,
    /// Nothing ever ends it.
    pub endless: bool,
}

/// Finds them, each once.
pub fn circles(starters: &[Starter<'_>]) -> Vec<Circle> {
    let edges = edges(starters);
    let mut told: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    let mut circles = Vec::new();
    for first in 0..starters.len() {
        let Some(way) = way_back(first, &edges) else {
            continue;
        };
        let members: BTreeSet<usize> = way.iter().map(|edge| edge.to).collect();
        if members.first() != Some(&first) || !told.insert(members) {
            continue;
        }
        circles.extend(circle(first, &way, starters));
    }
    circles
}

/// One campaign starts another.
#[derive(Debug, Clone)]
struct Edge {
    to: usize,
    event: String,
    offset: usize,
    /// It lets the same key in as often as it comes.
    always: bool,
}

fn edges(starters: &[Starter<'_>]) -> Vec<Vec<Edge>> {
    let mut listeners: BTreeMap<&str, Vec<(usize, bool)>> = BTreeMap::new();
    for (at, starter) in starters.iter().enumerate() {
        for enter in &starter.campaign.enter {
            let last = enter.sequence.iter().filter_map(|sequence| sequence.parts.last());
            for event in enter.on.iter().chain(last.flat_map(|part| &part.on)) {
                let always = enter.again == Again::Always;
                listeners.entry(event).or_default().push((at, always));
            }
        }
    }
    starters
        .iter()
        .map(|starter| {
            let mut edges = Vec::new();
            for (event, offset) in starter.emits {
                for (to, always) in listeners.get(event.as_str()).into_iter().flatten() {
                    edges.push(Edge {
                        to: *to,
                        event: event.clone(),
                        offset: *offset,
                        always: *always,
                    });
                }
            }
            edges
        })
        .collect()
}

/// The shortest way from a campaign back to itself.
fn way_back(first: usize, edges: &[Vec<Edge>]) -> Option<Vec<Edge>> {
    let mut ways: VecDeque<(usize, Vec<Edge>)> = [(first, Vec::new())].into();
    let mut seen = BTreeSet::new();
    while let Some((at, way)) = ways.pop_front() {
        for edge in edges.get(at).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push(edge.clone());
            if edge.to == first {
                return Some(longer);
            }
            if seen.insert(edge.to) {
                ways.push_back((edge.to, longer));
            }
        }
    }
    None
}

fn circle(first: usize, way: &[Edge], starters: &[Starter<'_>]) -> Option<Circle> {
    let name = |at: usize| starters.get(at).map(|starter| starter.campaign.name.as_str());
    let endless = way.iter().all(|edge| edge.always);
    let mut steps = vec![format!("`{}`", name(first)?)];
    for edge in way {
        steps.push(format!("emits `{}`, which lets into `{}`", edge.event, name(edge.to)?));
    }
    let (begin, rest) = steps.split_first()?;
    let story = rest.join(", which ");
    let ends = if endless {
        "; all of them with `again: always`: it would never end"
    } else {
        "; is it meant"
    };
    Some(Circle {
        at: first,
        offset: way.first()?.offset,
        message: format!("campaigns start each other in a circle: {begin} {story}{ends}"),
        endless,
    })
}
