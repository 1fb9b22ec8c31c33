//! What was gathered of the time before the rules asked for it becomes part of the profile, as if it had
//! been kept. Nothing starts by it.

use super::Turn;
use crate::domain::hindsight::Earlier;

impl Turn<'_> {
    /// Takes it in.
    pub(super) fn recollect(&mut self, earlier: Earlier) {
        self.keeps_anew = true;
        let state = &mut self.profile.state;
        state.tallies.merge(earlier.tallies);
        for (campaign, links) in earlier.sequences {
            state.sequences.entry(campaign).or_default().merge(links);
        }
        for (name, list) in earlier.lists {
            state.lists.entry(name).or_default().merge(list);
        }
        state.active = state.active.max(earlier.active);
        self.has_history = earlier.events > 0;
        self.unmet = earlier.unmet;
        let has_looked = earlier.unmet.is_none() && self.profile.version > 0;
        self.folded.changed |= has_looked || self.has_history;
        if let Some(cut) = earlier.cut {
            let told = format!("what happened before {cut} was too much to count");
            self.fault_of_none("history", told);
        }
    }
}
