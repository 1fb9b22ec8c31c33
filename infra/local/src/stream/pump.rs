//! Carries records from the table's stream to the functions' mappings, and says what to run.

use super::filter::{Pattern, PatternError};
use super::mapping::{Batch, Discarded, Mapping};
use super::record::StreamRecord;
use super::report::Outcome;
use crate::dynamodb::{StreamStart, Table, TableError};
use beckon_shared::wiring::{Function, Trigger};
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The event source mappings of all functions that read the stream.
pub struct Pump {
    table: Table,
    stream_arn: String,
    state: Mutex<State>,
}

struct State {
    position: String,
    last_read: Option<String>,
    consumers: Vec<Consumer>,
}

struct Consumer {
    function: &'static str,
    filters: Vec<Pattern>,
    mapping: Mapping,
}

/// Something to do for a function.
#[derive(Debug)]
pub enum Work {
    /// Invoke it with this batch and call [`Pump::finished`].
    Run(&'static str, Batch),
    /// Tell the on-failure destination that these were given up.
    Discard(&'static str, Discarded),
}

/// How far the pump is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Which function.
    pub function: &'static str,
    /// Records that are not done yet.
    pub outstanding: usize,
}

impl Pump {
    /// Mappings for those of `functions` that read the stream, from the record after
    /// `checkpoint` on, or from the beginning.
    pub fn new(table: Table, functions: &[Function], checkpoint: Option<&str>) -> Result<Self, PumpError> {
        let mut consumers = Vec::new();
        for function in functions {
            if let Trigger::Stream(source) = function.trigger {
                let filters = source.filters.iter().map(|pattern| Pattern::parse(pattern));
                consumers.push(Consumer {
                    function: function.name,
                    filters: filters.collect::<Result<_, _>>()?,
                    mapping: Mapping::new(source),
                });
            }
        }
        let position = table.stream_position(checkpoint.map_or(StreamStart::Beginning, StreamStart::After))?;
        Ok(Self {
            stream_arn: table.public_stream_arn(),
            table,
            state: Mutex::new(State {
                position,
                last_read: checkpoint.map(str::to_owned),
                consumers,
            }),
        })
    }

    /// Reads what is new in the stream and says what there is to do at `now`.
    pub fn work(&self, now: Timestamp) -> Result<Vec<Work>, TableError> {
        let mut state = self.state();
        loop {
            let (records, next) = self.table.read_stream(&state.position)?;
            if records.is_empty() {
                break;
            }
            state.position = next;
            for raw in records {
                let sequence = raw.pointer("/dynamodb/SequenceNumber");
                let sequence = sequence.and_then(serde_json::Value::as_str).map(str::to_owned);
                state.last_read = sequence.or(state.last_read.take());
                let Some(record) = StreamRecord::read(raw, now, &self.stream_arn) else {
                    continue;
                };
                for consumer in &mut state.consumers {
                    let unfiltered = consumer.filters.is_empty();
                    if unfiltered || consumer.filters.iter().any(|filter| filter.matches(&record.body)) {
                        consumer.mapping.push(record.clone());
                    }
                }
            }
        }
        let mut work = Vec::new();
        for consumer in &mut state.consumers {
            let next = consumer.mapping.next(now);
            let function = consumer.function;
            work.extend(
                next.discard
                    .into_iter()
                    .map(|discarded| Work::Discard(function, discarded)),
            );
            work.extend(next.run.into_iter().map(|batch| Work::Run(function, batch)));
        }
        Ok(work)
    }

    /// Takes note of how a batch went; gives back what was given up.
    pub fn finished(&self, function: &str, lane: usize, outcome: Outcome, now: Timestamp) -> Option<Discarded> {
        let mut state = self.state();
        let mut consumers = state.consumers.iter_mut();
        let consumer = consumers.find(|consumer| consumer.function == function)?;
        consumer.mapping.finished(lane, outcome, now)
    }

    /// The earliest moment at which something that waits may run.
    pub fn next_due(&self) -> Option<Timestamp> {
        let state = self.state();
        let due = state
            .consumers
            .iter()
            .filter_map(|consumer| consumer.mapping.next_due());
        due.min()
    }

    /// How far each mapping is.
    pub fn progress(&self) -> Vec<Progress> {
        let state = self.state();
        let progress = state.consumers.iter().map(|consumer| Progress {
            function: consumer.function,
            outstanding: consumer.mapping.outstanding(),
        });
        progress.collect()
    }

    /// A sequence number before which everything is done, to go on from after a restart. Records
    /// after it may come a second time.
    pub fn checkpoint(&self) -> Option<String> {
        let state = self.state();
        let mut outstanding = state
            .consumers
            .iter()
            .filter_map(|consumer| consumer.mapping.first_outstanding());
        match outstanding.next() {
            None => state.last_read.clone(),
            Some(first) => {
                let first = outstanding.fold(first, |first, next| first.min(next));
                first
                    .parse::<u128>()
                    .ok()
                    .map(|first| first.saturating_sub(1).to_string())
            }
        }
    }

    /// Forgets all records and goes on at the stream's end.
    pub fn skip_to_end(&self) -> Result<(), TableError> {
        let mut state = self.state();
        state.position = self.table.stream_position(StreamStart::Latest)?;
        for consumer in &mut state.consumers {
            consumer.mapping.clear();
        }
        Ok(())
    }

    /// The stream's ARN, as functions see it.
    pub fn stream_arn(&self) -> &str {
        &self.stream_arn
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no pump.
#[derive(Debug, thiserror::Error)]
pub enum PumpError {
    /// A function's filter is wrong.
    #[error(transparent)]
    Filter(#[from] PatternError),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}
