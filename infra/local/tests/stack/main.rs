//! The stack as its users meet it: through the real SDK clients, with a real function binary.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod clients;
mod control;
mod faults;
mod functions;
mod program;
mod providers;
mod schedules;
mod streams;
