//! What the bundle costs, measured on its real parts. `make bench` prints it all; nothing is
//! asserted, because machines differ: each figure stands beside what it should reach.
//!
//! | file | what it measures |
//! |---|---|
//! | [`capacity`] | read and write units an event and a message, by part of the table |
//! | [`alarms`] | calls of the Scheduler for 100,000 alarms |
//! | [`start`] | processor time from spawn to first response, of each function |
//! | [`request`] | processor time of a request to ingest |
//! | [`fold`] | time and instructions of a fold |
//! | [`rules`] | events a second through rules, beside zen-engine, cel and json-rules-engine |
//! | [`state`] | size of a busy profile's state |
//! | [`dry_run`] | events a second of `beckon simulate`, time of `beckon check` |
//! | [`sending`] | rendering, and processor time of a message |
//! | [`size`] | zipped functions, memory of a busy `evaluate` |
//! | [`latency`] | from an accepted event to the request for its mail |
//!
//! What they share: [`workload`] (campaigns, profiles, events), [`report`], [`machine`],
//! [`handler`] (a function or its counterpart in another language, as a process), [`runtime_api`]
//! (what hands it its events), [`process`] (what others take), [`canned`] (an AWS that answers at once), [`callgrind`].

pub mod alarms;
pub mod callgrind;
pub mod canned;
pub mod capacity;
pub mod dry_run;
pub mod fold;
pub mod handler;
pub mod latency;
pub mod machine;
pub mod process;
pub mod report;
pub mod request;
pub mod rules;
pub mod runtime_api;
pub mod sending;
pub mod setting;
pub mod size;
pub mod start;
pub mod state;
pub mod workload;

/// What a measurement comes to.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
