//! What a plan came to, for people and for programs.

use super::changes::Change;
use super::people::{Counted, DAYS_AHEAD, People};
use crate::roll::{Estimate, Share};
use beckon_shared::domain::id::CampaignName;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The plan in lines.
pub fn told(changes: &[Change], counted: Option<&(People, Share)>, migrate: bool) -> String {
    let mut text: String = changes.iter().map(Change::line).collect();
    let Some((people, share)) = counted else { return text };
    let stays = if migrate {
        "go over to the new version where it has their step"
    } else {
        "stay on it"
    };
    let mut line = |kind: &str, name: &CampaignName, words: String| {
        text.push_str(&format!("{kind:<9}  {name}: {words}\n"));
    };
    for ((name, version), count) in &people.running {
        let count = words(share.estimate(*count));
        line("running", name, format!("{count} on version {version}, which {stays}"));
    }
    for (name, counted) in &people.enters {
        line(
            "enters",
            name,
            format!("{} now{}", profiles(share, counted), reached(share, counted)),
        );
    }
    for (name, counted) in &people.comes {
        let when = format!("within {DAYS_AHEAD} days");
        line(
            "comes",
            name,
            format!("for {} {when}{}", profiles(share, counted), reached(share, counted)),
        );
    }
    text.push_str(&format!("looked at {} profiles\n", share.profiles));
    text
}

fn profiles(share: &Share, counted: &Counted) -> String {
    let estimate = share.estimate(counted.profiles);
    let noun = if estimate == Estimate::Exactly(1) {
        "profile"
    } else {
        "profiles"
    };
    format!("{} {noun}", words(estimate))
}

fn reached(share: &Share, counted: &Counted) -> String {
    if counted.profiles == 0 {
        return String::new();
    }
    format!(", of whom {} can be reached", words(share.estimate(counted.reached)))
}

fn words(estimate: Estimate) -> String {
    match estimate {
        Estimate::Exactly(count) => count.to_string(),
        Estimate::About(count, from, to) => format!("about {count} ({from} to {to})"),
    }
}

/// The plan as JSON objects.
pub fn lines(changes: &[Change], counted: Option<&(People, Share)>) -> Vec<Value> {
    let mut lines: Vec<Value> = changes.iter().map(|change| json!(change)).collect();
    let Some((people, share)) = counted else { return lines };
    for ((name, version), count) in &people.running {
        lines.push(json!({
            "change": "running", "campaign": name, "version": version,
            "enrollments": number(share.estimate(*count)),
        }));
    }
    let mut counts = |change: &str, counts: &BTreeMap<CampaignName, Counted>| {
        for (name, counted) in counts {
            lines.push(json!({
                "change": change, "campaign": name,
                "profiles": number(share.estimate(counted.profiles)),
                "reached": number(share.estimate(counted.reached)),
            }));
        }
    };
    counts("enters", &people.enters);
    counts("comes", &people.comes);
    lines.push(json!({ "change": "looked", "profiles": share.profiles }));
    lines
}

fn number(estimate: Estimate) -> Value {
    match estimate {
        Estimate::Exactly(count) => json!(count),
        Estimate::About(count, from, to) => json!({ "about": count, "from": from, "to": to }),
    }
}
