//! Erasure: a profile forgets the person, and goes on forgetting what still comes of the time before.

use super::{Arrival, Turn};
use crate::domain::event::Input;
use crate::domain::log::Log;
use crate::domain::profile::State;
use crate::domain::time::Timestamp;

impl Turn<'_> {
    /// Whether the profile was erased after this was said or received: what is late, retried or
    /// imported brings nothing back.
    pub(super) fn is_of_the_erased(&self, arrival: &Arrival<'_>) -> bool {
        let Some(erased) = self.profile.state.erased else {
            return false;
        };
        let said = match arrival.input {
            Input::Event(event) => Some(event.at),
            Input::Join { at, .. }
            | Input::Merge { at, .. }
            | Input::Member { at, .. }
            | Input::Account { at, .. }
            | Input::Erase { at, .. } => Some(*at),
            Input::Alarm { .. } => None,
        };
        arrival.received <= erased || said.is_some_and(|said| said <= erased)
    }

    /// Does not take what is of the time before. A past that comes over only now is forgotten where it
    /// came from, too.
    pub(super) fn forget_what_comes(&mut self, input: &Input) {
        self.folded.repeats += 1;
        if let (Input::Merge { from, .. }, Some(erased)) = (input, self.profile.state.erased) {
            let word = Input::erase(from, erased);
            self.forward(from.clone(), erased, word);
        }
    }

    /// Forgets everything but that it was erased, and what keeps counters exact. So do those who went
    /// over into this profile, and the one that it went over into: they are the same person.
    pub(super) fn take_erase(&mut self, at: Timestamp) {
        let at = at.min(self.now);
        self.folded.relevant = true;
        self.folded.changed = true;
        self.folded.traits_changed = true;
        // What was decided a moment ago is the erased person's, too.
        self.folded.decisions.clear();
        self.folded.passes.clear();
        let state = std::mem::take(&mut self.profile.state);
        let traits = std::mem::take(&mut self.profile.traits);
        self.profile.log = Log::default();
        self.set_by_steps.clear();
        if let Some(account) = &traits.account {
            self.tell_account(account, self.id.clone(), at, true);
        }
        for same in state.absorbed.into_iter().chain(state.joined) {
            let word = Input::erase(&same, at);
            self.forward(same, at, word);
        }
        self.profile.state = State {
            cursor: state.cursor,
            folded: state.folded,
            floor: state.floor,
            owed: state.owed,
            erased: Some(at),
            ..State::default()
        };
    }
}
