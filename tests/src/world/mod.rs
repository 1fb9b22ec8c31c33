//! The whole bundle in one process: its functions over ports in memory, a stream that
//! carries records to them, schedules, the sweep, and a clock that only moves when told to.
//!
//! ```text
//! post ──▶ ingest ──▶ table ──stream──▶ [mapping] evaluate ──▶ state, outbox, schedule
//!                       ▲  └───stream──▶ [mapping] send ──▶ providers in memory
//! advance: schedules, sweep, tries due ──▶ check ──┘     feedback ◀── what a provider says
//! ```
//!
//! Stories drive it by [`World::post`] and [`World::advance`]; simulations go in smaller steps,
//! with faults between them.

pub mod definitions;
pub mod functions;
pub mod http;
pub mod mapping;
pub mod provider;

mod counts;
mod invoke;
mod passing;

pub use counts::Counts;
pub use http::{Heard, Shown};
pub use mapping::Discarded;

use crate::discretion;
use crate::memory::{Fault, MemoryWorld, VirtualClock, When};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Clock;
use beckon_shared::wiring::{self, Function, StreamSource, Trigger};
use functions::Functions;
use mapping::Mapping;
use passing::Calls;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many instances of each function there are at once.
pub const INSTANCES: usize = 2;

/// The bundle and everything outside it.
pub struct World {
    /// The ports.
    pub outside: MemoryWorld,
    /// What was counted, where it is listened to.
    pub counts: Counts,
    /// Records that mappings gave up, as their on-failure queue holds them.
    pub discarded: Vec<Discarded>,
    /// Calls of functions that Lambda gave up, as their dead-letter queue holds them.
    pub dead_letters: usize,
    /// Set by a fault hook that lets a function die, so that nothing else of that invocation goes
    /// on; each invocation begins alive.
    pub dead: Rc<Cell<bool>>,
    /// Whether every batch is handed to two instances at once.
    pub twice_at_once: bool,
    /// Whether mappings are switched off: the stream moves on without being read.
    pub streams_are_down: bool,
    /// Whether schedules and the sweep do not fire.
    pub schedules_are_down: bool,
    instances: [Functions; INSTANCES],
    /// Which instance takes the next invocation.
    turn: usize,
    evaluate: Mapping,
    send: Mapping,
    /// Written at which time, by position in the stream.
    written: Vec<Timestamp>,
    calls: Calls,
    requests: u64,
}

/// One of the functions that read the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Folds inboxes.
    Evaluate,
    /// Sends messages.
    Send,
}

impl World {
    /// A bundle that has just been deployed, without campaigns.
    pub fn new(now: Timestamp) -> Self {
        discretion::listen();
        let outside = MemoryWorld::new(now);
        Self {
            instances: std::array::from_fn(|_| Functions::cold(&outside)),
            outside,
            counts: Counts::default(),
            discarded: Vec::new(),
            dead_letters: 0,
            dead: Rc::default(),
            twice_at_once: false,
            streams_are_down: false,
            schedules_are_down: false,
            turn: 0,
            evaluate: mapping_of(&wiring::EVALUATE),
            send: mapping_of(&wiring::SEND),
            written: Vec::new(),
            calls: Calls::new(now),
            requests: 0,
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.outside.clock.now()
    }

    /// The clock of everything.
    pub fn clock(&self) -> &VirtualClock {
        &self.outside.clock
    }

    /// When the record at this position of the stream was written.
    pub fn written_at(&self, position: usize) -> Option<Timestamp> {
        self.written.get(position).copied()
    }

    /// Chooses which instance of each function takes invocations from now on.
    pub fn take_turn(&mut self, instance: usize) {
        self.turn = instance % INSTANCES;
    }

    /// Stops every warm instance, as a deployment does.
    pub fn deploy_anew(&mut self) {
        self.instances = std::array::from_fn(|_| Functions::cold(&self.outside));
    }

    /// From now on the so-manyth call of any port, counted from 0, is a function's last. Tells afterwards whether
    /// there was such a call.
    pub fn dies_at(&self, nth: u64, when: When) -> Rc<Cell<bool>> {
        let died = Rc::new(Cell::new(false));
        let (calls, told, dead) = (Cell::new(0), Rc::clone(&died), Rc::clone(&self.dead));
        self.outside.faults.install(move |_, at| {
            if dead.get() {
                return Some(Fault::Crash);
            }
            if at != when {
                return None;
            }
            calls.set(calls.get() + 1);
            let here = calls.get() == nth + 1;
            told.set(told.get() || here);
            dead.set(here);
            here.then_some(Fault::Crash)
        });
        died
    }

    /// Positions of the records that were not handed over yet.
    pub fn waiting(&self, reader: Reader) -> BTreeSet<usize> {
        match reader {
            Reader::Evaluate => self.evaluate.waiting(),
            Reader::Send => self.send.waiting(),
        }
    }

    fn instance(&self) -> &Functions {
        let [first, second] = &self.instances;
        if self.turn == 0 { first } else { second }
    }

    fn instance_mut(&mut self) -> &mut Functions {
        let [first, second] = &mut self.instances;
        if self.turn == 0 { first } else { second }
    }

    fn mapping(&mut self, reader: Reader) -> &mut Mapping {
        match reader {
            Reader::Evaluate => &mut self.evaluate,
            Reader::Send => &mut self.send,
        }
    }
}

impl Reader {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Evaluate, Self::Send];
}

fn mapping_of(function: &'static Function) -> Mapping {
    let nothing = StreamSource {
        filters: &[],
        batch_size: 1,
        parallelization: 1,
        max_retries: 0,
        max_age_secs: 0,
    };
    let source = match function.trigger {
        Trigger::Stream(source) => source,
        Trigger::Http { .. } | Trigger::Schedule | Trigger::Topic => nothing,
    };
    Mapping::new(function.name, source)
}
