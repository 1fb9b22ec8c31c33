//! Which inputs were folded lately.

use super::bytes;
use crate::domain::id::draw;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;

/// How many ids are remembered.
const KEPT: usize = 32;
/// How many of another profile's ids are remembered where its own leave no room.
const MERGED_KEPT: usize = 16;
/// How much of an id's hash is kept: 40 bits. Somebody's million events a day would meet a false match in ninety years.
const BYTES: usize = 5;

/// The ids of the last 32 inputs, five bytes each. Overlapping retries arrive close together;
/// repeats of whole requests are already caught by their key in the inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(VecDeque<[u8; BYTES]>);

impl Seen {
    /// Remembers the id; `false` where it was remembered already.
    pub fn insert(&mut self, id: &str) -> bool {
        let mark = mark(id);
        if self.0.contains(&mark) {
            return false;
        }
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(mark);
        true
    }

    /// Remembers, as older ones, the last that another profile remembers: as many as there is room
    /// for, but a few in any case.
    pub fn merge(&mut self, other: &Self) {
        let room = (KEPT - self.0.len()).max(MERGED_KEPT);
        let theirs: Vec<_> = other.0.iter().filter(|mark| !self.0.contains(*mark)).copied().collect();
        let from = theirs.len().saturating_sub(room);
        for mark in theirs.into_iter().skip(from).rev() {
            self.0.push_front(mark);
        }
        // Its own go first then, the oldest of them: right behind those that came in.
        while self.0.len() > KEPT {
            self.0.remove(MERGED_KEPT.min(self.0.len() - 1));
        }
    }

    /// Whether the id is remembered.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains(&mark(id))
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn mark(id: &str) -> [u8; BYTES] {
    let [a, b, c, d, e, ..] = draw(&["seen", id]).to_be_bytes();
    [a, b, c, d, e]
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flatten().copied().collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::read(deserializer, "marks of ids", unpacked)
    }
}

fn unpacked(bytes: &[u8]) -> Option<Seen> {
    let marks = bytes.chunks(BYTES).map(|mark| mark.try_into().ok());
    marks.collect::<Option<_>>().map(Seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_the_last_32_and_no_more() {
        let mut seen = Seen::default();
        for number in 0..=KEPT {
            assert!(seen.insert(&number.to_string()));
        }
        assert!(!seen.contains("0"));
        assert!(seen.contains("1") && seen.contains("32"));
        assert!(!seen.insert("32"));
        let bytes = rmp_serde::to_vec_named(&seen).expect("it is written");
        assert!(bytes.len() <= KEPT * BYTES + 3);
        assert_eq!(rmp_serde::from_slice::<Seen>(&bytes).expect("it is read"), seen);
    }
}
