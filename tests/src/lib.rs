//! What the tests share: the bundle in one process, on a virtual clock.
//!
//! [`memory`] is everything outside, [`world`] puts the functions into it, [`story`] speaks about
//! it as a campaign owner does, [`simulation`] lets it live through random days.

pub mod memory;
pub mod simulation;
pub mod story;
pub mod world;
