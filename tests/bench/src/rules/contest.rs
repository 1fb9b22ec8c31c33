//! The rules, people and events, drawn, and written down for every engine.

use super::condition::Condition;
use super::shop;
use crate::Outcome;
use beckon_bench_contest::{Contest, Happening, Rule};
use beckon_bench_fold::matching::{Matching, name};
use beckon_shared::authoring::definitions::{self, Definitions};
use beckon_shared::domain::event::{Event, EventKind, Source};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Traits;
use beckon_shared::domain::time::{Span, Timestamp, after};
use fastrand::Rng;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How many people there are.
const PEOPLE: usize = 1_000;

/// What was drawn, as files.
#[derive(Debug)]
pub struct Drawn {
    /// For ours.
    pub matching: PathBuf,
    /// For the others.
    pub contest: PathBuf,
    /// How many rules listen to the events, together.
    pub listening: usize,
}

/// Draws so many rules and events, the first of the same ones however many there are, and writes them into the folder.
pub fn draw(seed: u64, rules: usize, events: usize, folder: &Path) -> Outcome<Drawn> {
    let profiles = shop::profiles(&mut Rng::with_seed(seed), PEOPLE);
    let events = shop::events(&mut Rng::with_seed(seed + 1), events, PEOPLE);
    let rules = shop::rules(&mut Rng::with_seed(seed + 2), rules);
    let definitions = campaigns(&rules, &folder.join("campaigns"))?;
    let matching = Matching {
        workspace: definitions.workspace,
        campaigns: definitions.campaigns,
        people: profiles.iter().enumerate().map(person).collect::<Outcome<_>>()?,
        events: events.iter().enumerate().map(event).collect::<Outcome<_>>()?,
    };
    let mut listening: HashMap<&str, usize> = HashMap::new();
    for (event, _) in &rules {
        *listening.entry(event).or_default() += 1;
    }
    let drawn = Drawn {
        matching: folder.join("matching.json"),
        contest: folder.join("contest.json"),
        listening: events
            .iter()
            .filter_map(|event| listening.get(event.name.as_str()))
            .sum(),
    };
    let rules = rules.iter().map(|(event, condition)| rule(event, condition)).collect();
    fs::write(&drawn.matching, serde_json::to_vec(&matching)?)?;
    fs::write(
        &drawn.contest,
        serde_json::to_vec(&Contest {
            profiles,
            events,
            rules,
        })?,
    )?;
    Ok(drawn)
}

fn rule(event: &str, condition: &Condition) -> Rule {
    Rule {
        event: event.to_owned(),
        cel: condition.cel(),
        zen: condition.zen(),
        json: condition.json(),
    }
}

/// The rules as campaign files, read and checked as anybody's are.
pub fn campaigns(rules: &[(&'static str, Condition)], folder: &Path) -> Outcome<Definitions> {
    fs::create_dir_all(folder)?;
    // JSON is YAML.
    fs::write(folder.join("workspace.yaml"), shop::declared().to_string())?;
    for (place, (event, condition)) in rules.iter().enumerate() {
        let name = name(place);
        let name = name.as_str();
        fs::write(
            folder.join(format!("{name}.yaml")),
            campaign(name, event, &condition.cel()),
        )?;
    }
    let outcome = definitions::read_dir(folder);
    let found = outcome.found.iter().filter(|found| found.is_error());
    let found = found.fold(String::new(), |mut text, found| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{found}");
        text
    });
    outcome
        .definitions
        .ok_or_else(|| format!("the rules are no campaigns: {found}").into())
}

/// A campaign that the rule lets somebody into once, and that waits.
fn campaign(name: &str, event: &str, condition: &str) -> String {
    format!(
        "campaign: {name}\nenter:\n  on: {event}\n  where: '{condition}'\n  again: never\nsteps:\n  - wait: 1h\n  - set: {{ reached: true }}\n"
    )
}

fn person((place, traits): (usize, &Map<String, Value>)) -> Outcome<(ProfileId, Traits)> {
    let traits = Traits {
        values: traits.clone(),
        ..Traits::default()
    };
    Ok((ProfileId::known(&format!("user-{place:06}"))?, traits))
}

/// A second apart.
fn event((place, happening): (usize, &Happening)) -> Outcome<(usize, Event)> {
    let start: Timestamp = "2026-03-01T10:00:00Z".parse()?;
    let event = Event {
        id: format!("5c1e0b7e-6a54-4c0e-9d9b-{place:012}"),
        kind: EventKind::Track,
        name: happening.name.clone(),
        at: after(start, Span::from_secs(i64::try_from(place)?)),
        source: Source::Server,
        hops: 0,
        properties: happening.properties.clone(),
    };
    Ok((happening.profile, event))
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sound_campaigns() {
        let folder = std::env::temp_dir().join(format!("beckon-rules-{}", std::process::id()));
        let rules = shop::rules(&mut Rng::with_seed(7), 200);
        let read = campaigns(&rules, &folder);
        fs::remove_dir_all(&folder).expect("the folder goes");
        let campaigns = read.expect("they are sound").campaigns;
        assert_eq!(campaigns.len(), rules.len());
        assert!(
            campaigns
                .iter()
                .all(|campaign| campaign.enter.iter().all(|enter| enter.condition.is_some()))
        );
    }
}
