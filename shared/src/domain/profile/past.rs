//! What a campaign remembers of a profile's earlier runs.

use super::bytes;
use super::number::{byte_of, signed_to, time_of};
use crate::domain::id::draw;
use crate::domain::time::Span;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many keys are remembered.
const KEPT: usize = 32;
/// How many occurrences of a date or a calendar are remembered, at least.
const OCCURRENCES: usize = 4;
/// Those of this time before the newest are remembered too: the same hour of the wall comes again for whoever moves west,
/// up to 26 hours later.
const MOVED: Span = Span::from_days(2);
/// How much of a key's hash is kept: with 32 keys, a false match in about 34 thousand million.
const MARK_BYTES: usize = 5;
/// Of keys that never enter again the time is kept to two to this power milliseconds, some 70 minutes: only their order
/// is asked.
const COARSE: u32 = 22;

/// The keys that entered last and when, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past(Vec<(Mark, i64)>);

type Mark = [u8; MARK_BYTES];

fn mark(key: &str) -> Mark {
    let [a, b, c, d, e, ..] = draw(&["past", key]).to_be_bytes();
    [a, b, c, d, e]
}

impl Past {
    /// When the key entered last, in milliseconds; for one that was noted for good, about when.
    pub fn entered(&self, key: &str) -> Option<i64> {
        let mark = mark(key);
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
        let mark = mark(key);
        self.0.retain(|(known, _)| *known != mark);
    }

    /// Notes an occurrence of a date or a calendar. They come one after the other, so that a few are enough to know the
    /// next as new.
    pub fn note_occurrence(&mut self, key: &str, at_millis: i64) {
        self.note(key, at_millis, false);
        let first = at_millis.saturating_sub(MOVED.millis);
        let over = self.0.len().saturating_sub(OCCURRENCES);
        let over = self.0.iter().take(over).take_while(|(_, at)| *at < first).count();
        self.0.drain(..over);
    }

    /// Notes that the key entered; `for_good`: it never will again.
    pub fn note(&mut self, key: &str, at_millis: i64, for_good: bool) {
        let mark = mark(key);
        let at_millis = if for_good {
            (at_millis >> COARSE) << COARSE
        } else {
            at_millis
        };
        self.0.retain(|(known, _)| *known != mark);
        self.0.push((mark, at_millis));
        if self.0.len() > KEPT {
            self.0.remove(0);
        }
    }
}

impl Serialize for Past {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What all times are multiples of: twos to this power.
        let unit = self
            .0
            .iter()
            .fold(0, |bits, (_, at)| bits | at)
            .trailing_zeros()
            .min(COARSE);
        let (mut bytes, mut before) = (vec![u8::try_from(unit).unwrap_or_default()], 0);
        for (mark, at) in &self.0 {
            bytes.extend(mark);
            signed_to(&mut bytes, (i128::from(*at) - i128::from(before)) >> unit);
            before = *at;
        }
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Past {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::read(deserializer, "the keys of earlier runs", unpacked)
    }
}

fn unpacked(mut rest: &[u8]) -> Option<Past> {
    let (mut keys, mut before) = (Vec::new(), 0_i64);
    let unit = u32::from(byte_of(&mut rest)?);
    let unit = 1_i64.checked_shl(unit).filter(|_| unit <= COARSE)?;
    while !rest.is_empty() {
        let mut mark = Mark::default();
        for byte in &mut mark {
            *byte = byte_of(&mut rest)?;
        }
        before = before.checked_add(time_of(&mut rest)?.checked_mul(unit)?)?;
        keys.push((mark, before));
    }
    Some(Past(keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_never_enter_again_are_smaller_still() {
        let mut past = Past::default();
        for number in 0..KEPT as i64 {
            past.note(&format!("c-{number}"), 1_772_359_200_000 + number * 93_000_001, true);
        }
        let bytes = rmp_serde::to_vec_named(&past).expect("it is written");
        assert!(bytes.len() <= 3 + KEPT * 6 + 3, "{}", bytes.len());
        let mut again: Past = rmp_serde::from_slice(&bytes).expect("it is read");
        assert_eq!(again, past);
        assert!(
            again
                .entered("c-7")
                .is_some_and(|at| (1_772_359_200_000 + 7 * 93_000_001 - at) < 1 << COARSE)
        );
        again.note("c-7", 1_772_359_200_001, false);
        let bytes = rmp_serde::to_vec_named(&again).expect("it is written");
        assert_eq!(rmp_serde::from_slice::<Past>(&bytes).expect("it is read"), again);
    }

    #[test]
    fn of_occurrences_a_few_are_kept_and_all_of_two_days() {
        let mut past = Past::default();
        let kept = |past: &Past| past.0.len();
        for week in 0..10 {
            past.note_occurrence(&format!("w-{week}"), week * 7 * 86_400_000);
        }
        assert_eq!(
            (kept(&past), past.entered("w-5"), past.entered("w-6").is_some()),
            (4, None, true)
        );
        for hour in 0..100 {
            past.note_occurrence(&format!("h-{hour}"), 64 * 86_400_000 + hour * 3_600_000);
        }
        assert_eq!(kept(&past), KEPT);
        assert!(
            (73..100).all(|hour| past.entered(&format!("h-{hour}")).is_some()),
            "of the last 26 hours"
        );
    }

    #[test]
    fn what_was_kept_comes_back_and_is_small() {
        let mut past = Past::default();
        for number in 0..40 {
            past.note(&format!("c-{number}"), 1_772_359_200_000 + number * 93_000_001, false);
        }
        assert_eq!((past.entered("c-7"), past.entered("c-8").is_some()), (None, true));
        let bytes = rmp_serde::to_vec_named(&past).expect("it is written");
        assert!(bytes.len() <= 4 + KEPT * 9 + 2, "{}", bytes.len());
        assert_eq!(rmp_serde::from_slice::<Past>(&bytes).expect("it is read"), past);
        let damaged = bytes.get(..bytes.len() - 1).expect("shorter");
        assert!(rmp_serde::from_slice::<Past>(damaged).is_err());
    }
}
