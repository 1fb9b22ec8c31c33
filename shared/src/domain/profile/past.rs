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
