//! What the tests share: the bundle in one process, on a virtual clock.
//!
//! [`doors`] are where other people's text comes in, [`memory`] is everything outside, [`world`] puts the functions into
//! it, [`story`] speaks about it as a campaign owner does, [`rehearsal`] tells what the core alone decides, [`simulation`]
//! lets it live through random days, and [`discretion`] listens to what is logged.

pub mod discretion;
pub mod doors;
pub mod memory;
pub mod rehearsal;
pub mod simulation;
pub mod story;
pub mod world;
