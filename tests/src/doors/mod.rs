//! The doors through which other people's text comes in: each takes any bytes, and must not panic, hang
//! or let something half-read through. `fuzz/` drives them by libFuzzer, `tests/fuzz.rs` for a short
//! while in every test run.
#![allow(clippy::expect_used)]

mod campaign;
mod condition;
mod events;
mod mutate;
mod template;

pub use mutate::Mutator;

use std::path::{Path, PathBuf};

/// A door.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// Its name, and that of its folder under `fuzz/corpus`.
    pub name: &'static str,
    /// Goes through it with these bytes. Panics where what came of it cannot be.
    pub enter: fn(&[u8]),
}

/// Campaign files.
pub const CAMPAIGN: Door = Door {
    name: "campaign",
    enter: campaign::enter,
};
/// Conditions.
pub const CONDITION: Door = Door {
    name: "condition",
    enter: condition::enter,
};
/// Templates.
pub const TEMPLATE: Door = Door {
    name: "template",
    enter: template::enter,
};
/// Bodies of requests to ingest, and what becomes of them in a profile.
pub const EVENTS: Door = Door {
    name: "events",
    enter: events::enter,
};

/// All of them.
pub const DOORS: [Door; 4] = [CAMPAIGN, CONDITION, TEMPLATE, EVENTS];

impl Door {
    /// Inputs that once were worth keeping.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn corpus(&self) -> std::io::Result<Vec<Vec<u8>>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/corpus")
            .join(self.name);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        files.iter().map(std::fs::read).collect()
    }
}
