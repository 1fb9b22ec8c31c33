//! Messages on the page that the person has seen or put away, so that no page shows them again.

use crate::domain::id::{MessageId, draw};
use serde::{Deserialize, Serialize};

/// How many are remembered, the latest: what is placed is short-lived.
const KEPT: usize = 16;

/// What a message's id begins with. Anybody may say that they have seen something: what cannot be a
/// message takes no place.
const MESSAGE_PREFIX: &str = "msg_";

/// Marks of messages, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shown(Vec<u64>);

impl Shown {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the message is one of them.
    pub fn contains(&self, message: &MessageId) -> bool {
        self.0.contains(&mark(message))
    }

    /// Notes a message. Says whether that is new.
    pub fn note(&mut self, message: &MessageId) -> bool {
        let is_new = message.as_str().starts_with(MESSAGE_PREFIX) && !self.contains(message);
        if is_new {
            self.push(mark(message));
        }
        is_new
    }

    /// Takes another profile's in, before its own.
    pub fn merge(&mut self, other: Self) {
        let own = std::mem::take(&mut self.0);
        let theirs = other.0.into_iter().filter(|mark| !own.contains(mark));
        let all: Vec<u64> = theirs.chain(own.iter().copied()).collect();
        for mark in all {
            self.push(mark);
        }
    }

    fn push(&mut self, mark: u64) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(mark);
    }
}

fn mark(message: &MessageId) -> u64 {
    draw(&["shown", message.as_str()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_each_once() {
        let id = |number: usize| MessageId::from(format!("msg_{number}").as_str());
        let mut shown = Shown::default();
        assert!(!shown.note(&MessageId::from("hello")), "no message of ours");
        assert!(shown.note(&id(0)));
        assert!(!shown.note(&id(0)));
        for number in 1..=KEPT {
            shown.note(&id(number));
        }
        assert!(!shown.contains(&id(0)));
        assert!(shown.contains(&id(1)) && shown.contains(&id(KEPT)));

        let mut other = Shown::default();
        other.note(&id(KEPT));
        other.merge(shown.clone());
        assert_eq!(other.0.len(), KEPT);
        assert!(other.contains(&id(2)));
    }
}
