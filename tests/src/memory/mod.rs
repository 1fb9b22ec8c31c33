//! The outside in memory: every port, deterministic, on a virtual clock, with faults wherever a
//! test wants them.
//!
//! ```text
//! let world = MemoryWorld::new("2026-03-01T10:00:00Z".parse()?);
//! world.faults.install(|call, when| …);            // fail, lose the answer, crash, give way
//! match run(evaluate::handle(&deps, event)) {       // drive a handler without a runtime
//!     Outcome::Finished(answer) => …,
//!     Outcome::Crashed => …,                        // it died between two port calls
//! }
//! let fresh = world.store.records_from(position);   // what the stream carries, in order
//! let event = fresh[0].event_record();              // as Lambda would hand it over
//! world.clock.advance(Span::from_hours(1));
//! for bucket in world.scheduler.fire(world.clock.now()) { … }
//! ```
//!
//! Everything is a handle: a clone is the same thing. The store keeps items as they would be in
//! the table, written and read by `store::codec`, so a simulation also exercises that; what the
//! port's documentation says about conditions is written here once more, in plain Rust, and held
//! against DynamoDB by the contract tests (`tests/store_contract.rs`).
//!
//! Nothing here waits by itself: a port's future is ready at once, unless a fault says otherwise.

mod clock;
mod confirmations;
mod counters;
mod definitions;
mod due;
mod fault;
mod inbox;
mod line;
mod origins;
mod outages;
mod outbox;
mod page;
mod profiles;
mod run;
mod scheduler;
mod sender;
mod set_aside;
mod stream;
mod suppressions;
mod table;

pub use clock::VirtualClock;
pub use fault::{Fault, Faults, When};
pub use page::PlacingSender;
pub use run::{Outcome, run};
pub use scheduler::MemoryScheduler;
pub use sender::{Delivery, MemorySender};
pub use set_aside::MemorySetAside;
pub use stream::{Change, Record};
pub use table::MemoryStore;

use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::Timestamp;

/// The channels that have no provider of their own here.
const OTHERS: [Channel; 6] = [
    Channel::Push,
    Channel::Webpush,
    Channel::Onsite,
    Channel::Viber,
    Channel::Whatsapp,
    Channel::Webhook,
];

/// Everything outside the functions. A clone is the same world.
#[derive(Clone)]
pub struct MemoryWorld {
    /// The time.
    pub clock: VirtualClock,
    /// What goes wrong, for all of the others together.
    pub faults: Faults,
    /// The table and its stream.
    pub store: MemoryStore,
    /// The schedules.
    pub scheduler: MemoryScheduler,
    /// The mail provider.
    pub email: MemorySender,
    /// The text message provider.
    pub sms: MemorySender,
    /// The providers of all other channels.
    pub others: MemorySender,
    /// The records that were set aside.
    pub set_aside: MemorySetAside,
}

impl MemoryWorld {
    /// An empty world at this time, in which nothing goes wrong.
    pub fn new(now: Timestamp) -> Self {
        let clock = VirtualClock::new(now);
        let faults = Faults::default();
        Self {
            store: MemoryStore::new(faults.clone()),
            scheduler: MemoryScheduler::new(faults.clone()),
            email: MemorySender::new(&[Channel::Email], clock.clone(), faults.clone()),
            sms: MemorySender::new(&[Channel::Sms], clock.clone(), faults.clone()),
            others: MemorySender::new(&OTHERS, clock.clone(), faults.clone()),
            set_aside: MemorySetAside::new(faults.clone()),
            clock,
            faults,
        }
    }

    /// Everything that left, in order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let providers = [&self.email, &self.sms, &self.others];
        let mut all: Vec<Delivery> = providers.into_iter().flat_map(MemorySender::deliveries).collect();
        all.sort_by_key(|delivery| delivery.at);
        all
    }
}
