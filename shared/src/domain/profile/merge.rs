//! Two profiles become one: what the one takes with it, and how the other takes it in.
//!
//! Whatever order things came in, the outcome is, as far as it can be told, what it would have been
//! had everything reached one profile from the start. Runs through campaigns are merged by the fold,
//! which knows what their campaigns say.

use super::{Enrollment, Profile, State, Traits};
use crate::domain::campaign::Addresses;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::mem;

/// Most bytes of what is taken along: in base 64 it has to fit an item of the inbox.
const PAST_MAX_BYTES: usize = 200 * 1024;

/// How many profiles that went over into this one are named.
const ABSORBED_KEPT: usize = 32;

/// Traits that are taken along whatever their size.
const ALWAYS: [&str; 2] = ["timezone", "locale"];

/// What a profile takes with it when it goes over into another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MergedPast {
    /// Its state, without what is a matter of its own inbox: places, alarm, dates.
    #[serde(rename = "s")]
    pub state: State,
    /// Its traits, consent and account.
    #[serde(rename = "t")]
    pub traits: Traits,
}

impl MergedPast {
    /// Takes everything out of the profile that another can go on with. Gives also what had to be
    /// left behind because it was too large, in words.
    pub fn take(profile: &mut Profile, addresses: &Addresses) -> (Self, Vec<String>) {
        let whole = mem::take(&mut profile.state);
        profile.state = State {
            cursor: whole.cursor,
            folded: whole.folded,
            floor: whole.floor,
            seen: whole.seen.clone(),
            owed: whole.owed,
            erased: whole.erased,
            ..State::default()
        };
        let mut past = Self {
            state: State {
                cursor: None,
                folded: None,
                floor: None,
                alarm: None,
                turns: None,
                joined: None,
                owed: None,
                erased: None,
                dates: Default::default(),
                ..whole
            },
            traits: mem::take(&mut profile.traits),
        };
        let left_behind = past.shrink(addresses);
        (past, left_behind)
    }

    /// Leaves the largest piece behind until the rest fits.
    fn shrink(&mut self, addresses: &Addresses) -> Vec<String> {
        let mut left_behind = Vec::new();
        while size(self) > PAST_MAX_BYTES {
            let Some(told) = self.drop_largest(addresses) else {
                break;
            };
            left_behind.push(told);
        }
        left_behind
    }

    fn drop_largest(&mut self, addresses: &Addresses) -> Option<String> {
        let lists = self
            .state
            .lists
            .iter()
            .map(|(name, list)| (size(list), Piece::List(name.clone())));
        let traits = self
            .traits
            .values
            .iter()
            .filter(|(name, _)| !is_kept(name, addresses))
            .map(|(name, value)| (size(value), Piece::Trait(name.clone())));
        let runs = self
            .state
            .enrollments
            .iter()
            .enumerate()
            .map(|(place, run)| (size(run), Piece::Run(place)));
        let tallies = (size(&self.state.tallies), Piece::Tallies);
        let (_, largest) = lists
            .chain(traits)
            .chain(runs)
            .chain([tallies])
            .max_by_key(|(bytes, _)| *bytes)?;
        Some(match largest {
            Piece::List(name) => {
                self.state.lists.remove(&name);
                format!("the list `{name}`")
            }
            Piece::Trait(name) => {
                self.traits.values.remove(&name);
                self.traits.set.remove(&name);
                format!("the trait `{name}`")
            }
            Piece::Run(place) => {
                let run = self.state.enrollments.remove(place);
                format!("an enrollment in `{}`", run.campaign)
            }
            Piece::Tallies if self.state.tallies.is_empty() => return None,
            Piece::Tallies => {
                self.state.tallies = Default::default();
                "the counts of events".to_owned()
            }
        })
    }
}

/// Something that can be left behind by itself.
enum Piece {
    List(String),
    Trait(String),
    Run(usize),
    Tallies,
}

fn is_kept(name: &str, addresses: &Addresses) -> bool {
    ALWAYS.contains(&name) || addresses.held_by(name).next().is_some()
}

/// How many bytes it takes; what cannot be written takes more than there is room for.
fn size(what: &impl Serialize) -> usize {
    rmp_serde::to_vec_named(what).map_or(usize::MAX, |bytes| bytes.len())
}

/// What taking another profile in came to.
#[derive(Debug, Default, PartialEq)]
pub struct Absorbed {
    /// Names of the traits that changed.
    pub changed: Vec<String>,
    /// The runs through campaigns that came with it.
    pub enrollments: Vec<Enrollment>,
}

/// Takes the past of another profile in: all of it but its enrollments, which are handed back.
pub fn absorb(profile: &mut Profile, past: MergedPast, addresses: &Addresses) -> Absorbed {
    let (own, theirs) = (&mut profile.state, past.state);
    own.tallies.merge(theirs.tallies);
    own.ledger.merge(theirs.ledger);
    own.active = own.active.max(theirs.active);
    own.offers.merge(theirs.offers);
    own.handover = own.handover.take().or(theirs.handover);
    for (campaign, links) in theirs.sequences {
        own.sequences.entry(campaign).or_default().merge(links);
    }
    // What either has come to is not come to again.
    for (campaign, side) in theirs.sides {
        *own.sides.entry(campaign).or_default() |= side;
    }
    own.echoes.merge(theirs.echoes);
    own.shown.merge(theirs.shown);
    own.seen.merge(&theirs.seen);
    for (name, list) in theirs.lists {
        own.lists.entry(name).or_default().merge(list);
    }
    for (campaign, past) in theirs.past {
        own.past.entry(campaign).or_default().merge(past);
    }
    for id in theirs.absorbed {
        note_absorbed(own, id);
    }
    // What it was asked last: if that was less than this one was, it has a history to look for.
    own.rules_revision = own.rules_revision.min(theirs.rules_revision);
    let mut traits = past.traits;
    profile.traits.devices.merge(mem::take(&mut traits.devices));
    Absorbed {
        changed: merge_traits(&mut profile.traits, traits, addresses),
        enrollments: theirs.enrollments,
    }
}

/// Notes a profile that went over into this one.
pub fn note_absorbed(state: &mut State, from: crate::domain::id::ProfileId) {
    if !state.absorbed.contains(&from) {
        state.absorbed.push(from);
    }
    if state.absorbed.len() > ABSORBED_KEPT {
        state.absorbed.remove(0);
    }
}

/// Merges traits: of each the one that was set later, and where both were set at once this
/// profile's own. An address that is confirmed is not replaced by a mere claim, whenever that was
/// made, and replaces one. Gives the names of those that changed.
fn merge_traits(own: &mut Traits, theirs: Traits, addresses: &Addresses) -> Vec<String> {
    let set = |traits: &Traits, name: &str| traits.set.get(name).copied().unwrap_or(i64::MIN);
    let mut changed = Vec::new();
    let mut taken = Vec::new();
    for (name, value) in &theirs.values {
        let channel = addresses.held_by(name).next();
        let later = set(&theirs, name) > set(own, name);
        let wins = match (own.values.get(name), channel) {
            (None, _) => true,
            (Some(known), Some(channel)) if known == value => {
                if !theirs.consent.unconfirmed(channel) && own.consent.unconfirmed(channel) {
                    own.consent.new_address(channel, true);
                    changed.push(name.clone());
                }
                taken.push(channel);
                false
            }
            (Some(known), _) if known == value => false,
            (Some(_), Some(channel)) => match (own.consent.unconfirmed(channel), theirs.consent.unconfirmed(channel)) {
                (false, true) => false,
                (true, false) => true,
                (true, true) | (false, false) => later,
            },
            (Some(_), None) => later,
        };
        if wins && has_room(own, name, value) {
            own.values.insert(name.clone(), value.clone());
            match theirs.set.get(name) {
                Some(at) => own.set.insert(name.clone(), *at),
                None => own.set.remove(name),
            };
            if let Some(channel) = channel {
                own.consent.new_address(channel, !theirs.consent.unconfirmed(channel));
                taken.push(channel);
            }
            changed.push(name.clone());
        }
    }
    own.consent.merge(&theirs.consent, &taken);
    changed
}

/// Whether the trait may come on top: as many and as large as identify calls may make them.
fn has_room(own: &Traits, name: &str, value: &Value) -> bool {
    use crate::domain::fold::{TRAITS_MAX, TRAITS_MAX_BYTES};
    let known = own.values.contains_key(name);
    (known || own.values.len() < TRAITS_MAX) && size(&own.values) + size(value) <= TRAITS_MAX_BYTES
}

/// As the state itself is kept: MessagePack, in base 64 because inboxes hold JSON.
pub mod packed {
    use super::{Engine, MergedPast, STANDARD_NO_PAD};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes text.
    pub fn serialize<S: Serializer>(past: &MergedPast, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = rmp_serde::to_vec_named(past).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    /// Reads text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<MergedPast>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD_NO_PAD
            .decode(text)
            .map_err(|_| serde::de::Error::custom("not base 64"))?;
        rmp_serde::from_slice(&bytes)
            .map(Box::new)
            .map_err(|_| serde::de::Error::custom("not a profile's past"))
    }
}
