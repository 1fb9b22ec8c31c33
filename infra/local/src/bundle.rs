//! Everything of a running stack in one place, and what happens in it as time goes by: schedules
//! and sweeps fire, records go to the functions, failed invocations are repeated.

use crate::activity::Activity;
use crate::aws;
use crate::clock::{ClockMode, VirtualClock};
use crate::dynamodb::Table;
use crate::fault::Faults;
use crate::lambda::Lambda;
use crate::lambda::background::{self, Background, Job};
use crate::lambda::logs::Logs;
use crate::push::Endpoints;
use crate::queue::Queues;
use crate::scheduler::Schedules;
use crate::sent::Sent;
use crate::stream::discard::{self, Origin};
use crate::stream::mapping::{Batch, Discarded};
use crate::stream::pump::{Pump, Work};
use crate::stream::record;
use crate::stream::report::{self, Outcome};
use crate::suppression_list::SuppressionList;
use crate::sweep::Sweeps;
use beckon_shared::wiring::{self, Function, Trigger};
use jiff::Timestamp;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The running parts.
pub struct Bundle {
    /// Tells the time to all of them.
    pub clock: Arc<VirtualClock>,
    /// Where the clock began.
    pub start: Option<Timestamp>,
    /// What is in flight.
    pub activity: Activity,
    /// The table.
    pub table: Table,
    /// Its stream's readers.
    pub pump: Pump,
    /// The functions that exist.
    pub functions: Vec<Function>,
    /// Runs them.
    pub lambda: Lambda,
    /// What they print.
    pub logs: Arc<Logs>,
    /// Their invocations that nobody waits for.
    pub background: Background,
    /// One-time schedules.
    pub schedules: Schedules,
    /// What was set aside.
    pub queues: Queues,
    /// Phones that SNS knows.
    pub endpoints: Endpoints,
    /// SES's list of addresses that nothing is delivered to.
    pub suppression_list: SuppressionList,
    /// What left.
    pub sent: Sent,
    /// What is to go wrong.
    pub faults: Faults,
    /// Woken when there may be something to do.
    pub wake: Notify,
    /// Held while somebody moves the clock or empties the stack: one at a time.
    pub moving: tokio::sync::Mutex<()>,
    /// Times of the recurring schedule.
    pub sweeps: Mutex<Sweeps>,
    /// Nothing new is begun while this is set.
    pub paused: AtomicBool,
}

impl Bundle {
    /// Begins everything that is due now. Cheap where nothing is.
    pub fn carry_out_due(self: &Arc<Self>) {
        if self.paused.load(Ordering::SeqCst) {
            return;
        }
        // What is taken from its place and not yet begun is under way, too: nobody sees neither.
        let _taking = self.activity.begin();
        let now = self.clock.now();
        for schedule in self.schedules.take_due(now) {
            self.background.put(&schedule.function, schedule.input, now);
        }
        self.sweep_if_due(now);
        for job in self.background.take_due(now) {
            let (bundle, in_flight) = (Arc::clone(self), self.activity.begin());
            tokio::spawn(async move {
                bundle.run_job(job).await;
                drop(in_flight);
            });
        }
        let work = self.pump.work(now).unwrap_or_else(|error| {
            tracing::error!(%error, "the stream could not be read");
            Vec::new()
        });
        for work in work {
            match work {
                Work::Discard(function, discarded) => self.set_aside(function, &discarded),
                Work::Run(function, batch) => {
                    let (bundle, in_flight) = (Arc::clone(self), self.activity.begin());
                    tokio::spawn(async move {
                        bundle.run_batch(function, batch).await;
                        // What follows is begun before this counts as over.
                        bundle.carry_out_due();
                        drop(in_flight);
                    });
                }
            }
        }
    }

    /// The earliest moment at which something is to be begun.
    pub fn next_due(&self) -> Option<Timestamp> {
        let sweep = self.next_sweep();
        let expiry = self.sweeps().next_expiry();
        let others = [
            self.schedules.next_due(),
            self.background.next_due(),
            self.pump.next_due(),
            sweep,
            Some(expiry),
        ];
        others.into_iter().flatten().min()
    }

    /// Begins what is due whenever something may be, until `stopping` turns true.
    pub async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            self.carry_out_due();
            let wait = self.next_due().filter(|_| self.clock.mode() == ClockMode::Flowing);
            let wait = wait.map(|due| due.duration_since(self.clock.now()));
            let in_time = async {
                match wait.map(Duration::try_from) {
                    Some(Ok(wait)) => tokio::time::sleep(wait).await,
                    // Due already, and not begun: it waits for something in flight, or for the
                    // clock to be let go.
                    Some(Err(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                    None => futures::future::pending().await,
                }
            };
            tokio::select! {
                () = self.wake.notified() => {}
                () = in_time => {}
                _ = stopping.wait_for(|stop| *stop) => {}
            }
        }
    }

    /// The function that a trigger of this kind calls.
    pub fn function(&self, wanted: impl Fn(&Trigger) -> bool) -> Option<&'static str> {
        let mut functions = self.functions.iter();
        functions
            .find(|function| wanted(&function.trigger))
            .map(|function| function.name)
    }

    /// The function that answers a path: the one whose prefix says most of it.
    pub fn function_at(&self, path: &str) -> Option<&'static str> {
        let matching = self.functions.iter().filter_map(|function| {
            let prefixes: &[&str] = match function.trigger {
                Trigger::Http { paths } => paths,
                Trigger::Stream(_) | Trigger::Schedule | Trigger::Topic => &[],
            };
            let longest = prefixes
                .iter()
                .filter(|prefix| path.starts_with(**prefix))
                .map(|prefix| prefix.len());
            Some((longest.max()?, function.name))
        });
        matching.max().map(|(_, name)| name)
    }

    /// The times of the sweeps.
    pub fn sweeps(&self) -> MutexGuard<'_, Sweeps> {
        self.sweeps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_sweep(&self) -> Option<Timestamp> {
        self.function(|trigger| matches!(trigger, Trigger::Schedule))?;
        let sweeps = self.sweeps().clone();
        if !sweeps.is_spaced() {
            return Some(sweeps.next(None));
        }
        let earliest = self.table.earliest_due().unwrap_or_else(|error| {
            tracing::error!(%error, "the due index could not be read");
            None
        });
        // `due_sk` begins with the time, in milliseconds since 1970.
        let earliest = earliest
            .as_deref()
            .and_then(|key| key.split('#').next())
            .and_then(|millis| millis.parse().ok())
            .and_then(|millis| Timestamp::from_millisecond(millis).ok());
        Some(sweeps.next(earliest))
    }

    fn sweep_if_due(&self, now: Timestamp) {
        let check = self.function(|trigger| matches!(trigger, Trigger::Schedule));
        if let Some(check) = check
            && self.next_sweep().is_some_and(|due| due <= now)
        {
            self.sweeps().ran(now);
            self.background.put(check, json!({"sweep": true}), now);
        }
        if self.sweeps().next_expiry() <= now {
            self.sweeps().expired(now);
            if let Err(error) = self.table.sweep_ttl() {
                tracing::error!(%error, "expired items could not be deleted");
            }
        }
    }

    async fn run_job(self: &Arc<Self>, job: Job) {
        let payload = job.payload.to_string().into_bytes();
        if let Err(error) = self.lambda.invoke(&job.function, payload).await {
            tracing::warn!(function = job.function, %error, "an invocation failed");
            let now = self.clock.now();
            if let Some(given_up) = self.background.failed(job, now) {
                let record = background::invocation_record(&given_up, &error.to_string(), now);
                self.queues.put(aws::SET_ASIDE_QUEUE, now, record.to_string());
            }
        }
        self.wake.notify_one();
    }

    async fn run_batch(self: &Arc<Self>, function: &'static str, batch: Batch) {
        let event = record::event(&batch.records).to_string().into_bytes();
        let outcome = match self.lambda.invoke(function, event).await {
            Ok(answer) => report::read(&answer, &batch.records),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        if let Outcome::Failed(error) = &outcome {
            tracing::warn!(function, records = batch.records.len(), %error, "a batch failed");
        }
        let discarded = self.pump.finished(function, batch.lane, outcome, self.clock.now());
        if let Some(discarded) = discarded {
            self.set_aside(function, &discarded);
        }
        self.wake.notify_one();
    }

    fn set_aside(&self, function: &str, discarded: &Discarded) {
        let now = self.clock.now();
        let origin = Origin {
            function_arn: &aws::function_arn(function),
            stream_arn: self.pump.stream_arn(),
            shard: &self.table.shard(),
        };
        tracing::warn!(function, records = discarded.records.len(), why = ?discarded.why, "records were given up");
        let record = discard::invocation_record(origin, discarded, now);
        self.queues.put(aws::SET_ASIDE_QUEUE, now, record.to_string());
    }
}

/// The functions as they are deployed.
pub fn deployed_functions() -> Vec<Function> {
    wiring::FUNCTIONS.to_vec()
}
