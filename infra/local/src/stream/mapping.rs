//! Which batch of a function's records runs when. Pure: no clock, no I/O; it is told the time
//! and how each batch went, and says what to run next and what was given up.
//!
//! The shard is divided into as many lanes as the mapping's parallelization factor; a partition
//! key always goes to the same lane, and a lane runs one batch at a time. So records of one key
//! never overtake each other, and a batch that fails holds up its lane only.
//!
//! A failed batch of several records is split, which does not count as a retry (AWS Lambda,
//! "Retain discarded records for a DynamoDB event source": splitting batches doesn't consume the
//! retry quota): at the reported record if that is not its first, else in the middle. A batch of
//! one record is retried, with growing pauses, until it goes well, its retries are used up, or it
//! is too old.

use super::record::StreamRecord;
use super::report::Outcome;
use beckon_shared::wiring::StreamSource;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Lambda's largest payload, 6 MB, less room for the envelope.
const LARGEST_PAYLOAD_BYTES: usize = 6 * 1024 * 1024 - 64 * 1024;

/// First pause before a retry; it doubles with each further one. Lambda backs off exponentially
/// but does not document the figures: these are ours.
const FIRST_PAUSE_SECS: i64 = 1;
/// Longest pause before a retry.
const LONGEST_PAUSE_SECS: i64 = 60;

/// A function's event source mapping.
#[derive(Debug)]
pub struct Mapping {
    source: StreamSource,
    lanes: Vec<Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    /// Never tried.
    waiting: VecDeque<StreamRecord>,
    /// Tried and failed, in order; all of it comes before what is waiting.
    again: VecDeque<Batch>,
    /// Runs now.
    running: Option<Batch>,
}

/// Records that go to the function together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Which lane it belongs to.
    pub lane: usize,
    /// In order.
    pub records: Vec<StreamRecord>,
    /// Retries used so far.
    pub retries: u16,
    /// How often its first record has been handed to the function.
    pub invocations: u32,
    /// Not to be run before this.
    pub not_before: Timestamp,
}

/// Records that were given up.
#[derive(Debug, Clone, PartialEq)]
pub struct Discarded {
    /// In order.
    pub records: Vec<StreamRecord>,
    /// Why.
    pub why: DiscardReason,
    /// How often they were handed to the function.
    pub invocations: u32,
    /// What went wrong the last time.
    pub error: Option<String>,
}

/// Why records were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscardReason {
    /// All retries were used.
    RetriesExhausted,
    /// They were older than the mapping's maximum age.
    TooOld,
}

/// What to do now.
#[derive(Debug, Default, PartialEq)]
pub struct Next {
    /// To be handed to the function, all at once.
    pub run: Vec<Batch>,
    /// To be told to the on-failure destination.
    pub discard: Vec<Discarded>,
}

impl Mapping {
    /// A mapping with nothing in it.
    pub fn new(source: StreamSource) -> Self {
        let lanes = usize::from(source.parallelization.max(1));
        Self {
            source,
            lanes: std::iter::repeat_with(Lane::default).take(lanes).collect(),
        }
    }

    /// Adds a record that passed the filter, after all others.
    pub fn push(&mut self, record: StreamRecord) {
        let lane = lane_of(&record.key, self.lanes.len());
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.waiting.push_back(record);
        }
    }

    /// What to run at `now`, and what has become too old for it. Every batch it gives has to come
    /// back through [`Mapping::finished`].
    pub fn next(&mut self, now: Timestamp) -> Next {
        let mut next = Next::default();
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            while lane.running.is_none() {
                let Some(mut batch) = lane.take(index, now, &self.source) else {
                    break;
                };
                let fresh = batch
                    .records
                    .iter()
                    .position(|record| !too_old(record, now, &self.source));
                let expired: Vec<_> = match fresh {
                    Some(first) => batch.records.drain(..first).collect(),
                    None => std::mem::take(&mut batch.records),
                };
                if !expired.is_empty() {
                    next.discard.push(Discarded {
                        records: expired,
                        why: DiscardReason::TooOld,
                        invocations: batch.invocations,
                        error: None,
                    });
                }
                if !batch.records.is_empty() {
                    batch.invocations = batch.invocations.saturating_add(1);
                    lane.running = Some(batch.clone());
                    next.run.push(batch);
                }
            }
        }
        next
    }

    /// Takes note of how the batch that runs in `lane` went.
    pub fn finished(&mut self, lane: usize, outcome: Outcome, now: Timestamp) -> Option<Discarded> {
        let lane = self.lanes.get_mut(lane)?;
        let batch = lane.running.take()?;
        let (failed_from, error) = match outcome {
            Outcome::Done => return None,
            Outcome::FailedFrom(place) => (place, "reported by the function".to_owned()),
            Outcome::Failed(error) => (0, error),
        };
        let mut failed = batch;
        if failed_from > 0 {
            failed.records.drain(..failed_from.min(failed.records.len()));
            failed.invocations = 1;
            failed.not_before = now;
            lane.again.push_front(failed);
            return None;
        }
        if failed.records.len() > 1 {
            let second = failed.records.split_off(failed.records.len().div_ceil(2));
            failed.not_before = now;
            let second = Batch {
                records: second,
                ..failed.clone()
            };
            lane.again.push_front(second);
            lane.again.push_front(failed);
            return None;
        }
        if failed.retries >= self.source.max_retries {
            return Some(Discarded {
                records: failed.records,
                why: DiscardReason::RetriesExhausted,
                invocations: failed.invocations,
                error: Some(error),
            });
        }
        failed.not_before = now.checked_add(pause(failed.retries)).unwrap_or(Timestamp::MAX);
        failed.retries = failed.retries.saturating_add(1);
        lane.again.push_front(failed);
        None
    }

    /// The earliest moment at which something that waits may run. What runs is not counted.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.lanes
            .iter()
            .filter(|lane| lane.running.is_none())
            .filter_map(|lane| match lane.again.front() {
                Some(batch) => Some(batch.not_before),
                None => lane.waiting.front().map(|_| Timestamp::MIN),
            })
            .min()
    }

    /// Forgets all records. What runs is not waited for.
    pub fn clear(&mut self) {
        self.lanes.iter_mut().for_each(|lane| *lane = Lane::default());
    }

    /// How many records are not done yet.
    pub fn outstanding(&self) -> usize {
        self.lanes.iter().flat_map(Lane::outstanding).count()
    }

    /// The lowest sequence number that is not done yet.
    pub fn first_outstanding(&self) -> Option<&str> {
        self.lanes
            .iter()
            .flat_map(Lane::outstanding)
            .map(|record| record.sequence.as_str())
            .min()
    }
}

impl Lane {
    fn outstanding(&self) -> impl Iterator<Item = &StreamRecord> {
        let tried = self.running.iter().chain(&self.again);
        tried.flat_map(|batch| &batch.records).chain(&self.waiting)
    }

    fn take(&mut self, index: usize, now: Timestamp, source: &StreamSource) -> Option<Batch> {
        if let Some(first) = self.again.front() {
            // A record that has grown too old is given up at once, not after its pause.
            let ready = first.not_before <= now || first.records.iter().any(|record| too_old(record, now, source));
            return if ready { self.again.pop_front() } else { None };
        }
        let mut records = Vec::new();
        let mut bytes = 0_usize;
        while records.len() < usize::from(source.batch_size.max(1)) {
            let fits = |record: &StreamRecord| bytes.saturating_add(record.bytes) <= LARGEST_PAYLOAD_BYTES;
            match self.waiting.front() {
                Some(record) if records.is_empty() || fits(record) => bytes = bytes.saturating_add(record.bytes),
                Some(_) | None => break,
            }
            records.extend(self.waiting.pop_front());
        }
        (!records.is_empty()).then_some(Batch {
            lane: index,
            records,
            retries: 0,
            invocations: 0,
            not_before: now,
        })
    }
}

fn too_old(record: &StreamRecord, now: Timestamp, source: &StreamSource) -> bool {
    now.duration_since(record.arrived) > SignedDuration::from_secs(i64::from(source.max_age_secs))
}

fn pause(retries: u16) -> SignedDuration {
    let factor = 1_i64.checked_shl(u32::from(retries.min(30))).unwrap_or(i64::MAX);
    SignedDuration::from_secs(FIRST_PAUSE_SECS.saturating_mul(factor).min(LONGEST_PAUSE_SECS))
}

/// FNV-1a, so that a key's lane is the same in every run.
fn lane_of(key: &str, lanes: usize) -> usize {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let lanes = u64::try_from(lanes).unwrap_or(1).max(1);
    usize::try_from(hash % lanes).unwrap_or_default()
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
