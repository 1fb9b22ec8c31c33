//! Profiles that a warm instance remembers, to fold without reading. The conditional save
//! protects what is written; what would not be written is folded again into the stored profile
//! (see `profile`).

use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

/// Profiles remembered, the latest.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    held: RefCell<(HashMap<ProfileId, Profile>, VecDeque<ProfileId>)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(1_000)
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
        self.held.borrow_mut().0.remove(id)
    }

    /// Remembers a profile as it is stored.
    pub(crate) fn put(&self, id: &ProfileId, profile: Profile) {
        let (held, order) = &mut *self.held.borrow_mut();
        if self.capacity == 0 {
            return;
        }
        if held.insert(id.clone(), profile).is_none() {
            order.push_back(id.clone());
        }
        while order.len() > self.capacity {
            if let Some(oldest) = order.pop_front() {
                held.remove(&oldest);
            }
        }
    }
}
