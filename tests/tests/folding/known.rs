//! What is known of a person, whatever campaigns made of it.

use crate::inbox::Outcome;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{List, Profile, Shown, Tallies, Traits};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use std::collections::BTreeMap;

/// A profile's history.
#[derive(Debug, PartialEq)]
pub struct Known {
    tallies: Tallies,
    lists: BTreeMap<String, List>,
    traits: Traits,
    active: Option<Timestamp>,
    shown: Shown,
    joined: Option<ProfileId>,
    absorbed: Vec<ProfileId>,
}

impl Known {
    /// What is known by this moment: what nobody looks back at any more is forgotten then, whenever the profile was
    /// folded last.
    pub fn of(outcome: Outcome, now: Timestamp, rules: &Rules) -> Self {
        let Profile { mut state, traits, .. } = outcome.into_profile();
        state.tallies.retain(now, true, |log| rules.keep_of(log));
        Self {
            tallies: state.tallies,
            // One that nothing was ever put on is the same as none.
            lists: state.lists,
            traits: without_what_steps_set(traits),
            active: state.active,
            shown: state.shown,
            joined: state.joined,
            absorbed: state.absorbed,
        }
    }
}

/// Traits that steps of the drawn campaigns set begin like this.
pub const SET_BY_STEPS: &str = "step_";

fn without_what_steps_set(mut traits: Traits) -> Traits {
    traits.values.retain(|name, _| !name.starts_with(SET_BY_STEPS));
    traits.set.retain(|name, _| !name.starts_with(SET_BY_STEPS));
    traits
}
