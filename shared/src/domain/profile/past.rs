//! What a campaign remembers of a profile's earlier runs.

use crate::domain::id::draw;
use serde::{Deserialize, Serialize};

/// How many keys are remembered.
const KEPT: usize = 32;

/// The keys that entered last and when, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Past(Vec<(u64, i64)>);

impl Past {
    /// When the key entered last, in milliseconds.
    pub fn entered(&self, key: &str) -> Option<i64> {
        let mark = draw(&["past", key]);
        self.0.iter().rev().find(|(known, _)| *known == mark).map(|(_, at)| *at)
    }

    /// Adds what another profile remembers: of each key the latest, of all the last.
    pub fn merge(&mut self, other: Self) {
        for (mark, at) in other.0 {
            match self.0.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, known)) => *known = (*known).max(at),
                None => self.0.push((mark, at)),
            }
        }
        self.0.sort_by_key(|(_, at)| *at);
        let over = self.0.len().saturating_sub(KEPT);
        self.0.drain(..over);
    }

    /// Forgets the key, as if it had never entered.
    pub fn forget(&mut self, key: &str) {
        let mark = draw(&["past", key]);
        self.0.retain(|(known, _)| *known != mark);
    }

    /// Notes that the key entered.
    pub fn note(&mut self, key: &str, at_millis: i64) {
        let mark = draw(&["past", key]);
        self.0.retain(|(known, _)| *known != mark);
        self.0.push((mark, at_millis));
        if self.0.len() > KEPT {
            self.0.remove(0);
        }
    }
}
