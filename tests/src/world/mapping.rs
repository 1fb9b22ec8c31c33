//! An event source mapping on the table's stream: lanes by partition key, batches in order,
//! partial answers, bisection, a bound on tries and age (AWS Lambda, "Using AWS Lambda with
//! Amazon DynamoDB").

use crate::memory::Record;
use beckon_shared::domain::time::{Span, Timestamp, after, between};
use beckon_shared::wiring::StreamSource;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How long a stream keeps a record (Amazon DynamoDB, "Change data capture for DynamoDB Streams").
pub const STREAM_KEEPS: Span = Span::from_hours(24);

/// Wait after the first failure; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Span = Span::from_secs(1);
/// Longest wait between two tries.
const LONGEST_WAIT: Span = Span::from_mins(1);

/// A record that was given up: it is on the mapping's on-failure queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Discarded {
    /// Which function did not process it.
    pub function: &'static str,
    /// What it was.
    pub record: Record,
    /// Whether it was too old, not tried too often.
    pub too_old: bool,
}

/// What one function reads of the stream.
pub struct Mapping {
    function: &'static str,
    source: StreamSource,
    lanes: Vec<Lane>,
}

#[derive(Default)]
struct Lane {
    /// With when each was written.
    waiting: VecDeque<(Timestamp, Record)>,
    /// Failures since something last went through.
    tries: u16,
    /// Not tried again before.
    not_before: Option<Timestamp>,
    /// Most records of the next batch, after a bisection.
    bound: Option<usize>,
}

/// A batch on its way.
pub struct Batch {
    lane: usize,
    /// What it carries, in order.
    pub records: Vec<Record>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The function answered; these sequence numbers have to come again.
    Answered(Vec<String>),
    /// The function died or ran out of time.
    Died,
}

impl Mapping {
    /// A mapping that has read nothing.
    pub fn new(function: &'static str, source: StreamSource) -> Self {
        let lanes = (0..source.parallelization).map(|_| Lane::default()).collect();
        Self {
            function,
            source,
            lanes,
        }
    }

    /// Takes a record in.
    pub fn push(&mut self, record: Record, at: Timestamp) {
        let place = lane_of(&record.key.pk, self.lanes.len());
        if let Some(lane) = self.lanes.get_mut(place) {
            lane.waiting.push_back((at, record));
        }
    }

    /// Positions of the records that did not go through yet.
    pub fn waiting(&self) -> BTreeSet<usize> {
        self.lanes
            .iter()
            .flat_map(|lane| &lane.waiting)
            .map(|(_, record)| record.position)
            .collect()
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Whether everything went through.
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }

    /// When a lane that waits after a failure is tried again.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.lanes
            .iter()
            .filter(|lane| !lane.waiting.is_empty())
            .filter_map(|lane| lane.not_before)
            .min()
    }

    /// The next batch of a lane, unless it is empty or waits. Records over the mapping's age go to
    /// the on-failure queue, those over the stream's are gone.
    pub fn next(&mut self, place: usize, now: Timestamp, discarded: &mut Vec<Discarded>) -> Option<Batch> {
        let lane = self.lanes.get_mut(place)?;
        if lane.not_before.is_some_and(|time| time > now) {
            return None;
        }
        let oldest = Span::from_secs(self.source.max_age_secs.into());
        while let Some((_, record)) = lane.waiting.pop_front_if(|(at, _)| between(*at, now) > oldest) {
            discarded.push(Discarded {
                function: self.function,
                record,
                too_old: true,
            });
        }
        let most = usize::from(self.source.batch_size).min(lane.bound.unwrap_or(usize::MAX));
        let records: Vec<Record> = lane
            .waiting
            .iter()
            .take(most)
            .map(|(_, record)| record.clone())
            .collect();
        (!records.is_empty()).then_some(Batch { lane: place, records })
    }

    /// Forgets what the stream has forgotten: called where nobody reads it.
    pub fn trim(&mut self, now: Timestamp) {
        for lane in &mut self.lanes {
            lane.waiting.retain(|(at, _)| between(*at, now) <= STREAM_KEEPS);
        }
    }

    /// Goes on, or comes again, as the batch's fate says.
    pub fn done(&mut self, batch: &Batch, fate: &Fate, now: Timestamp, discarded: &mut Vec<Discarded>) {
        let Some(lane) = self.lanes.get_mut(batch.lane) else {
            return;
        };
        let through = match fate {
            Fate::Died => 0,
            Fate::Answered(failed) => batch
                .records
                .iter()
                .position(|record| failed.contains(&record.sequence()))
                .unwrap_or(batch.records.len()),
        };
        lane.waiting.drain(..through.min(lane.waiting.len()));
        if through > 0 {
            (lane.tries, lane.bound) = (0, None);
        }
        if through == batch.records.len() {
            lane.not_before = None;
            return;
        }
        lane.tries += 1;
        if lane.tries > self.source.max_retries {
            lane.tries = 0;
            if let Some((_, record)) = lane.waiting.pop_front() {
                discarded.push(Discarded {
                    function: self.function,
                    record,
                    too_old: false,
                });
            }
        }
        if *fate == Fate::Died {
            lane.bound = Some((batch.records.len() / 2).max(1));
        }
        let doublings = lane.tries.saturating_sub(1).min(10);
        let wait = Span::from_millis(FIRST_WAIT.millis << doublings).min(LONGEST_WAIT);
        lane.not_before = Some(after(now, wait));
    }
}

/// Records of one partition key always share a lane.
fn lane_of(partition: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    partition.hash(&mut hasher);
    let lanes = u64::try_from(lanes.max(1)).unwrap_or(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or_default()
}
