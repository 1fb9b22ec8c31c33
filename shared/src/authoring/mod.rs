//! Reading, checking and compiling what campaign owners write. The functions are built without it.

mod calendar;
mod check;
pub mod condition;
pub mod definitions;
pub mod diagnostic;
mod raw;
pub mod schema;
mod services;
mod suggest;
pub mod template;
mod topics;
mod yaml;
