//! Everybody in a simulation, in little memory: those who did something lately as the core has them, all others
//! packed as they are stored.

use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Phase, Profile, State, Traits};
use beckon_shared::domain::time::Timestamp;
use std::collections::HashMap;
use std::io;

/// So many are kept unpacked, at most: each takes some 30 KB, and to pack and unpack one takes as long as to fold a
/// few events.
const NEAR_MOST: usize = 16_384;

/// Everybody.
pub struct Crowd {
    near: HashMap<ProfileId, Near>,
    far: HashMap<ProfileId, Far>,
    near_most: usize,
    /// Counts visits.
    visits: u64,
}

/// Somebody who did something lately.
#[derive(Default)]
struct Near {
    profile: Profile,
    /// The last visit.
    visit: u64,
}

/// Somebody who did not.
struct Far {
    waits: bool,
    /// Version, state and traits.
    packed: Box<[u8]>,
}

impl Crowd {
    /// These people.
    pub fn of(people: HashMap<ProfileId, Profile>) -> Self {
        Self::with(people, NEAR_MOST)
    }

    fn with(people: HashMap<ProfileId, Profile>, near_most: usize) -> Self {
        let near = people
            .into_iter()
            .map(|(id, profile)| (id, Near { profile, visit: 0 }))
            .collect();
        Self {
            near,
            far: HashMap::new(),
            near_most,
            visits: 0,
        }
    }

    /// Their ids, in no order.
    pub fn ids(&self) -> impl Iterator<Item = &ProfileId> {
        self.near.keys().chain(self.far.keys())
    }

    /// Somebody, new where there is nobody of that id.
    ///
    /// # Errors
    /// What was packed cannot be unpacked, or the other way round: a mistake of ours.
    pub fn visit(&mut self, id: &ProfileId) -> io::Result<&mut Profile> {
        self.visits += 1;
        if !self.near.contains_key(id) {
            if self.near.len() >= self.near_most {
                self.make_room()?;
            }
            let profile = match self.far.remove(id) {
                Some(far) => far.unpacked()?,
                None => Profile::default(),
            };
            self.near.insert(id.clone(), Near { profile, visit: 0 });
        }
        let near = self.near.entry(id.clone()).or_default();
        near.visit = self.visits;
        Ok(&mut near.profile)
    }

    /// How many wait for anything.
    pub fn waiting(&self) -> usize {
        let near = self.near.values().filter(|near| waits(&near.profile.state)).count();
        near + self.far.values().filter(|far| far.waits).count()
    }

    /// Packs those whose last visit is longest ago: half of them, so that it is done now and then.
    fn make_room(&mut self) -> io::Result<()> {
        let mut visits: Vec<u64> = self.near.values().map(|near| near.visit).collect();
        let middle = visits.len() / 2;
        let (_, latest, _) = visits.select_nth_unstable(middle);
        let latest = *latest;
        for (id, near) in self.near.extract_if(|_, near| near.visit <= latest) {
            self.far.insert(id, Far::pack(&near.profile)?);
        }
        Ok(())
    }
}

impl Far {
    fn pack(profile: &Profile) -> io::Result<Self> {
        let parts = (profile.version, &profile.state, &profile.traits);
        let packed = rmp_serde::to_vec_named(&parts).map_err(io::Error::other)?;
        Ok(Self {
            waits: waits(&profile.state),
            packed: packed.into(),
        })
    }

    fn unpacked(&self) -> io::Result<Profile> {
        let parts: (u64, State, Traits) = rmp_serde::from_slice(&self.packed).map_err(io::Error::other)?;
        let (version, state, traits) = parts;
        Ok(Profile {
            version,
            state,
            traits,
            ..Profile::default()
        })
    }
}

/// Whether anything is waited for: a step that is to be taken, or something that must not happen.
fn waits(state: &State) -> bool {
    next_due(state).is_some()
}

/// When the first of the enrollments that run, or wait for something not to happen, wants a look.
pub fn next_due(state: &State) -> Option<Timestamp> {
    let waiting = state.enrollments.iter().filter(|enrollment| match enrollment.phase {
        Phase::Running | Phase::Pending => true,
        Phase::Watching(_) => false,
    });
    waiting.filter_map(|enrollment| enrollment.due).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_away_comes_back_as_they_left() {
        let id = |number: u64| ProfileId::parse(&format!("u{number}")).expect("an id");
        let mut crowd = Crowd::with(HashMap::new(), 4);
        for number in 0..100 {
            let profile = crowd.visit(&id(number)).expect("they come");
            profile.version = number + 1;
            profile.state.alarm = Timestamp::from_second(i64::try_from(number).expect("small")).ok();
            profile.traits.values.insert("number".to_owned(), number.into());
        }
        assert!(crowd.near.len() <= 4, "{}", crowd.near.len());
        assert_eq!(crowd.ids().count(), 100);
        let seventh = crowd.visit(&id(7)).expect("they come back");
        assert_eq!(
            (seventh.version, seventh.state.alarm),
            (8, Timestamp::from_second(7).ok())
        );
        assert_eq!(seventh.traits.values.get("number"), Some(&7.into()));
    }
}
