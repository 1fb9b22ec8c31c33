//! What an event leaves behind in a profile, whether or not any campaign starts by it.

use crate::domain::campaign::{Addresses, Channel};
use crate::domain::event::{Event, Properties, Source};
use crate::domain::feedback;
use crate::domain::profile::{Profile, Traits};
use crate::domain::rules::Rules;
use serde_json::Value;

/// Most traits a profile may have.
pub const TRAITS_MAX: usize = 200;
/// Most bytes of JSON that traits may take, all together.
pub const TRAITS_MAX_BYTES: usize = 100_000;

/// Takes a track event into lists, counts and consent. Says whether anything changed.
pub fn take_track(profile: &mut Profile, event: &Event, rules: &Rules) -> bool {
    let mut changed = false;
    let state = &mut profile.state;
    for name in rules.lists_of(&event.name) {
        if let Some(rule) = rules.workspace.lists.get(name) {
            changed |= state.lists.entry(name.clone()).or_default().take(rule, event);
        }
    }
    changed |= take_counts(profile, event, rules);
    changed
}

/// Takes an event into what conditions look back at. Says whether anything changed.
fn take_counts(profile: &mut Profile, event: &Event, rules: &Rules) -> bool {
    let mut changed = false;
    for feed in rules.feeds(event, is_activity(event, rules)) {
        if let (Some(sample), Some(keep)) = (feed.sample(event), rules.keep_of(feed.log)) {
            profile.state.tallies.note(feed.log, sample, keep);
            changed = true;
        }
    }
    changed
}

/// Takes notice that the person was there. Says whether anything changed.
pub fn take_activity(profile: &mut Profile, event: &Event, rules: &Rules) -> bool {
    let active = &mut profile.state.active;
    if !rules.asks_activity() || !is_activity(event, rules) || active.is_some_and(|known| known >= event.at) {
        return false;
    }
    *active = Some(event.at);
    true
}

/// Whether the person did it: not what a provider or Beckon reports, and not what the team's server
/// does to them.
pub fn is_activity(event: &Event, rules: &Rules) -> bool {
    matches!(event.source, Source::Server | Source::Browser)
        && !feedback::is_feedback(&event.name)
        && !rules.workspace.passive.contains(&event.name)
}

/// Takes what a track event says about consent. Says whether anything changed.
pub fn take_feedback(profile: &mut Profile, event: &Event, addresses: &Addresses) -> bool {
    feedback::is_feedback(&event.name) && feedback::take(&mut profile.traits, event, addresses)
}

/// Takes an identify call's traits. Gives the names of those that changed.
pub fn take_identify(profile: &mut Profile, event: &Event, addresses: &Addresses) -> Vec<String> {
    let said = Said {
        traits: &event.properties,
        source: event.source,
        at: event.at.as_millisecond(),
        addresses,
    };
    take_traits(&mut profile.traits, &said, TRAITS_MAX_BYTES)
}

/// Traits as somebody says them.
#[derive(Debug, Clone, Copy)]
pub struct Said<'s> {
    /// What.
    pub traits: &'s Properties,
    /// Who says so.
    pub source: Source,
    /// When, in milliseconds.
    pub at: i64,
    /// Which of them are addresses.
    pub addresses: &'s Addresses,
}

/// Takes traits that were said, up to so many bytes in all. Gives the names of those that changed.
pub fn take_traits(traits: &mut Traits, said: &Said<'_>, most_bytes: usize) -> Vec<String> {
    let Said {
        traits: said,
        source,
        at,
        addresses,
    } = *said;
    let mut room = most_bytes.saturating_sub(bytes(&traits.values));
    let mut changed = Vec::new();
    for (name, value) in said {
        if traits.set.get(name).is_some_and(|set| *set > at) || !believed(traits, addresses, name, value, source) {
            continue;
        }
        if traits.values.get(name).unwrap_or(&Value::Null) == value {
            if confirm(traits, addresses, name, source) {
                changed.push(name.clone());
            }
            continue;
        }
        if value.is_null() {
            traits.values.remove(name);
            traits.set.remove(name);
        } else {
            let size = name.len() + value_bytes(value);
            let known = traits.values.contains_key(name);
            if size > room || (!known && traits.values.len() >= TRAITS_MAX) {
                continue;
            }
            room -= size;
            traits.values.insert(name.clone(), value.clone());
            traits.set.insert(name.clone(), at);
        }
        for channel in addresses.held_by(name) {
            traits.consent.new_address(channel, source != Source::Browser);
        }
        changed.push(name.clone());
    }
    changed
}

/// Whether the source may set the trait to this value: a browser may claim an address where
/// there is none, or another such claim, but not replace one that is confirmed.
fn believed(traits: &Traits, addresses: &Addresses, name: &str, value: &Value, source: Source) -> bool {
    let Some(channel) = addresses.held_by(name).next() else {
        return true;
    };
    source != Source::Browser
        || match traits.values.get(name) {
            None => !value.is_null(),
            Some(known) => known == value || traits.consent.unconfirmed(channel),
        }
}

/// A server that repeats an address confirms what a browser claimed.
fn confirm(traits: &mut Traits, addresses: &Addresses, name: &str, source: Source) -> bool {
    let claimed: Vec<Channel> = addresses
        .held_by(name)
        .filter(|channel| source != Source::Browser && traits.consent.unconfirmed(*channel))
        .collect();
    for channel in &claimed {
        traits.consent.new_address(*channel, true);
    }
    !claimed.is_empty()
}

fn bytes(values: &serde_json::Map<String, Value>) -> usize {
    values.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// About how many bytes of JSON the value takes.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 10,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| value_bytes(item) + 1).sum::<usize>() + 2,
        Value::Object(fields) => bytes(fields) + 4 * fields.len() + 2,
    }
}
