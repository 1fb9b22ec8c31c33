//! Who is to be woken when: one alarm for each profile, however often it was moved.

use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::Timestamp;
use std::collections::BTreeSet;

/// The alarms that are set, in order of time, at one time by profile.
#[derive(Debug, Default)]
pub struct Alarms(BTreeSet<(Timestamp, ProfileId)>);

impl Alarms {
    /// When the first rings.
    pub fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Moves somebody's alarm from where it was set; `None` is for none.
    pub fn set(&mut self, whose: &ProfileId, was: Option<Timestamp>, at: Option<Timestamp>) {
        if was == at {
            return;
        }
        let moved = was.and_then(|was| self.0.take(&(was, whose.clone())));
        if let Some(at) = at {
            let whose = moved.map_or_else(|| whose.clone(), |(_, whose)| whose);
            self.0.insert((at, whose));
        }
    }

    /// Takes those that ring by now.
    pub fn ringing(&mut self, now: Timestamp) -> Vec<ProfileId> {
        let mut ringing = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            ringing.extend(self.0.pop_first().map(|(_, whose)| whose));
        }
        ringing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_rings_once_and_where_it_was_moved_to() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let [ann, bob] = ["ann", "bob"].map(|id| ProfileId::parse(id).expect("an id"));
        let mut alarms = Alarms::default();
        alarms.set(&bob, None, at(5));
        alarms.set(&ann, None, at(3));
        for moved in 3..1_000 {
            alarms.set(&ann, at(moved), at(moved + 1));
        }
        assert_eq!((alarms.next(), alarms.0.len()), (at(5), 2));
        alarms.set(&ann, at(1_000), at(5));
        let five = at(5).expect("a time");
        assert_eq!(alarms.ringing(five), [ann.clone(), bob.clone()]);
        assert!(alarms.ringing(five).is_empty());
        alarms.set(&bob, None, at(9));
        alarms.set(&bob, at(9), None);
        assert_eq!(alarms.next(), None);
    }
}
