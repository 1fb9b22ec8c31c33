//! How many different values there are, where there are more than are kept: a sample that says how many it stands for.
//!
//! Each value has a step that its own hash draws: half of all have one or more, a quarter two or more, and so on. Of all
//! values, and of those of each step or more, the latest are kept. A window that reaches back too far to know all its
//! values is then still known from some step on, and each value of step `s` or more stands for 2ˢ (Gibbons and
//! Tirthapura, "Distributed streams algorithms for sliding windows", SPAA 2002). What is kept depends on the values and
//! when they came last, and on no order: whichever is forgotten has so many newer ones of its step or more.

use super::LOG_KEPT;
use super::log::Log;
use serde_json::Value as Json;

/// How many of a step or more are kept: one more than are looked at tells that there are more.
const STEP_KEPT: usize = LOG_KEPT + 1;
/// The highest step: with it some 64 million values can be told.
const STEP_MAX: u32 = 20;

/// The step of an entry's value.
pub fn step_of(values: &[Json]) -> u32 {
    let hash = match values.first() {
        Some(Json::String(text)) => hash(text),
        Some(value) => hash(&value.to_string()),
        None => 0,
    };
    hash.trailing_zeros().min(STEP_MAX)
}

/// FNV-1a (Fowler, Noll and Vo), mixed once more as MurmurHash3 does, because its lowest bits alone are asked. What
/// profiles keep depends on it, so it must never change.
fn hash(text: &str) -> u64 {
    let mixed = |hash: u64, by: u64| (hash ^ (hash >> 33)).wrapping_mul(by);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = mixed(mixed(hash, 0xff51_afd7_ed55_8ccd), 0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl Log {
    /// The first step of which all values are known that came after this moment, in milliseconds since 1970. Each
    /// value of this step or more stands for two to this power.
    pub fn complete_step(&self, beyond: i64) -> u32 {
        let newer: Vec<&[Json]> = self
            .entries()
            .filter(|entry| entry.at > beyond)
            .map(|entry| entry.values)
            .collect();
        if newer.len() < STEP_KEPT {
            return 0;
        }
        let steps: Vec<u32> = newer.into_iter().map(step_of).collect();
        let is_complete = |step: &u32| steps.iter().filter(|of| *of >= step).count() < STEP_KEPT;
        (1..STEP_MAX).find(is_complete).unwrap_or(STEP_MAX)
    }

    /// Forgets values of which so many newer ones of their step or more are kept.
    pub(super) fn sample(&mut self) {
        if self.exact.len() <= STEP_KEPT {
            return;
        }
        // Of each step or more, how many were seen, from the newest on.
        let mut seen = [0_usize; STEP_MAX as usize + 1];
        let mut stays: Vec<bool> = Vec::with_capacity(self.exact.len());
        for noted in self.exact.iter().rev() {
            let step = step_of(self.groups.values(noted.group)) as usize;
            let steps = seen.get_mut(..=step).unwrap_or_default();
            // Of its own step there are the fewest.
            stays.push(steps.last().is_none_or(|count| *count < STEP_KEPT));
            steps.iter_mut().for_each(|count| *count += 1);
        }
        let mut stays = stays.into_iter().rev();
        self.exact.retain(|_| stays.next().unwrap_or(true));
    }
}
