//! The AWS that the bundle needs, in one process on one virtual clock.
//!
//! ```text
//!            127.0.0.1:PORT                         127.0.0.1:any, AWS_ENDPOINT_URL
//!  /v1/… ─▶ function URL ─┐                ┌─ DynamoDB ─▶ dynoxide ─▶ stream ─▶ pump ─┐
//!  /_local/… ─▶ control   ├▶ functions ────┼─ SES, SNS ─▶ what left                   ├▶ functions
//!  / ─▶ page              │  (processes)   ├─ Scheduler ─▶ schedules ─────────────────┤
//!                         └── Runtime API ─┴─ SQS ─▶ queues      feedback, sweeps ────┘
//! ```
//!
//! The functions are the binaries that are deployed, and talk to all of this with the real SDKs.
//! What is modelled of each service is said where it is: [`ses`], [`sns`], [`scheduler`],
//! [`queue`], [`dynamodb`], [`stream`], [`lambda`]. Time is [`clock`]; moving through it is
//! [`timeline`].

pub mod activity;
pub mod aws;
pub mod bundle;
pub mod campaigns;
pub mod clock;
pub mod control;
pub mod dynamodb;
pub mod fault;
pub mod feedback;
pub mod gateway;
pub mod http;
pub mod keeping;
pub mod lambda;
pub mod onsite;
pub mod options;
pub mod push;
pub mod queue;
pub mod scheduler;
pub mod sent;
pub mod services;
pub mod ses;
pub mod sns;
pub mod stack;
pub mod stream;
pub mod suppression_list;
pub mod sweep;
pub mod timeline;
pub mod webpush;

pub use clock::ClockMode;
pub use fault::{FaultKind, Service};
pub use feedback::{Feedback, Happening};
pub use lambda::discretion::address_in;
pub use options::Options;
pub use queue::QueueMessage;
pub use sent::SentMessage;
pub use stack::{LocalStack, StartError, StopError};
