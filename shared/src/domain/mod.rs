//! The deciding core: data in, commands out. No clock, no chance, no I/O, no AWS. Time, ids and
//! draws are arguments or derive from ids, so that the same inputs decide the same, in a
//! function, in a simulation and in a replay.
//!
//! The way of an event through it:
//! [`event`] → [`fold`] → [`profile`] (history, lists, enrollments), with the [`rules`]'
//! [`condition`]s and [`guard`]s → [`decision`]s and [`message`]s, which come to [`count`]s and
//! are kept in a [`log`].

pub mod address;
pub mod campaign;
pub mod condition;
pub mod count;
pub mod decision;
pub mod event;
pub mod feedback;
pub mod fold;
pub mod guard;
pub mod hindsight;
pub mod id;
pub mod line;
pub mod log;
pub mod message;
pub mod profile;
pub mod recurrence;
pub mod rules;
pub mod service;
pub mod time;
