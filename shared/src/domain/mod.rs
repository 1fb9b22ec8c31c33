//! The deciding core: data in, commands out. No clock, no chance, no I/O, no AWS. Time, ids and
//! draws are arguments or derive from ids, so that the same inputs decide the same, in a
//! function, in a simulation and in a replay.
//!
//! The way of an event through it:
//! [`event`] → [`fold`] → [`profile`] (history, lists) and [`enrollment`] (steps, with
//! [`condition`]s and [`guard`]s) → [`decision`]s and [`message`]s.

pub mod campaign;
pub mod condition;
pub mod event;
pub mod id;
pub mod message;
pub mod profile;
pub mod time;
