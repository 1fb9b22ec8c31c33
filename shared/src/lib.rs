//! What Beckon's functions have in common.
//!
//! [`domain`] decides and knows nothing of the outside; [`ports`] says what it needs from there;
//! `store`, `scheduler` and `channel` give it on AWS; `config`, `telemetry` and `runtime` are the
//! wiring of every function.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(feature = "authoring")]
pub mod authoring;
pub mod aws;
pub mod channel;
pub mod domain;
pub mod hindsight;
pub mod links;
pub mod ports;
pub mod rules_cache;
pub mod runtime;
pub mod scheduler;
pub mod secrets;
pub mod segment;
pub mod set_aside;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod wiring;
pub mod write_keys;
