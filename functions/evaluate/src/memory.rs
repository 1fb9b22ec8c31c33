//! Profiles that a warm instance remembers, to fold without reading. The conditional save
//! protects what is written; what would not be written is folded again into the stored profile
//! (see `profile`).

use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

/// How many profiles are remembered: with 3 KB of traits each takes about 20 KB.
const PROFILES: usize = 750;

/// Profiles remembered, those folded last.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    held: RefCell<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// With the number of the fold that each was put in after.
    profiles: HashMap<ProfileId, (u64, Profile)>,
    /// Numbers of folds, in order. A profile that was folded again since has a later one.
    order: VecDeque<(u64, ProfileId)>,
    folds: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(PROFILES)
    }
}

impl Memory {
    /// A memory of so many profiles.
    pub fn of(capacity: usize) -> Self {
        Self {
            capacity,
            held: RefCell::default(),
        }
    }

    /// Takes a profile out: two folds never share one.
    pub(crate) fn take(&self, id: &ProfileId) -> Option<Profile> {
        let (_, profile) = self.held.borrow_mut().profiles.remove(id)?;
        Some(profile)
    }

    /// Remembers a profile as it is stored.
    pub(crate) fn put(&self, id: &ProfileId, profile: Profile) {
        if self.capacity == 0 {
            return;
        }
        let held = &mut *self.held.borrow_mut();
        held.folds += 1;
        held.profiles.insert(id.clone(), (held.folds, profile));
        held.order.push_back((held.folds, id.clone()));
        let Held { profiles, order, .. } = held;
        while profiles.len() > self.capacity {
            let Some((fold, oldest)) = order.pop_front() else { break };
            if profiles.get(&oldest).is_some_and(|(last, _)| *last == fold) {
                profiles.remove(&oldest);
            }
        }
        if order.len() > 2 * self.capacity {
            order.retain(|(fold, id)| profiles.get(id).is_some_and(|(last, _)| last == fold));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ProfileId {
        ProfileId::known(&format!("u{number}")).expect("an id")
    }

    #[test]
    fn the_profiles_folded_last_are_remembered() {
        let memory = Memory::of(2);
        for number in [1, 2, 1, 3] {
            memory.take(&id(number));
            memory.put(&id(number), Profile::default());
        }
        assert!(memory.take(&id(2)).is_none(), "it was folded longest ago");
        assert!(memory.take(&id(1)).is_some() && memory.take(&id(3)).is_some());
    }

    #[test]
    fn a_profile_that_is_folded_all_the_time_stays() {
        let memory = Memory::of(2);
        for _ in 0..100 {
            memory.put(&id(1), Profile::default());
            assert!(memory.take(&id(1)).is_some());
        }
        assert!(memory.held.borrow().order.len() <= 5);
    }

    #[test]
    fn nothing_is_remembered_where_there_is_no_room() {
        let memory = Memory::of(0);
        memory.put(&id(1), Profile::default());
        assert!(memory.take(&id(1)).is_none());
    }
}
