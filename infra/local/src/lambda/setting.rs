//! What the instances of all functions share, and what each of them gets.

use super::logs::Logs;
use crate::clock::VirtualClock;
use axum::body::Bytes;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// What all pools share.
#[derive(Debug)]
pub struct Setting {
    /// Folder of the binaries, each named as its function.
    pub binaries: PathBuf,
    /// Where the runtime API is: `http://127.0.0.1:<port>`.
    pub aws_url: String,
    /// Most instances of one function.
    pub max_instances: usize,
    /// Tells the functions the time.
    pub clock: Arc<VirtualClock>,
    /// Takes what they print.
    pub logs: Arc<Logs>,
}

/// What an instance gets when it asks for its next invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Request id.
    pub id: String,
    /// The event.
    pub payload: Bytes,
    /// Real time by which it has to be done.
    pub deadline: Timestamp,
    /// Virtual time at which it begins.
    pub now: Timestamp,
}
