//! Random but plausible days of several profiles, with everything that can go wrong, on seeds.
//!
//! ```text
//! seed ─▶ transition (what happens next) ─▶ system (the bundle under test, with chaos)
//!                                               │ what was accepted, when each profile was looked at
//!                                               ▼
//!                     assertions ◀── reference (what each look must have decided)
//! ```
//!
//! The reference is written from the scenarios' words, from the full list of what was accepted: it
//! knows no engine, no state, no stream. It has no faults either: it asks what each look at a
//! profile that really took place should have come to, knowing what was known then. That no look
//! was forgotten is asserted beside it, wherever the storm has passed.
//!
//! `BECKON_SEED=123 cargo test -p beckon-tests --test simulation` replays one seed.

mod assertions;
mod chaos;
mod chronicle;
mod reference;
mod said;
mod system;
mod transition;

use beckon_shared::domain::time::{Span, Timestamp};
use fastrand::Rng;
use std::fmt::Debug;
use system::System;
use transition::{Transition, draw};

/// What a run came to, for those who want to know that it was about something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Events that were accepted.
    pub accepted: usize,
    /// Looks at profiles that were saved.
    pub looks: usize,
    /// Messages that were decided.
    pub decided: usize,
    /// Messages that left.
    pub left: usize,
    /// Faults that struck.
    pub faults: u64,
}

/// Lives through the days of a seed. Gives what went wrong.
pub fn run(seed: u64) -> Result<Figures, String> {
    run_and_tell(seed, |_, _| {})
}

/// The same, telling what happens when.
pub fn run_and_tell(seed: u64, tell: impl Fn(Timestamp, &dyn Debug)) -> Result<Figures, String> {
    let mut rng = Rng::with_seed(seed);
    let mut system = System::new(&mut rng)?;
    let steps = rng.usize(25..60);
    for _ in 0..steps {
        let transition = draw(&mut rng, &system);
        let calm = matches!(transition, Transition::Calm(_));
        tell(system.world.now(), &transition);
        system.apply(transition);
        assertions::always(&mut system)?;
        if calm {
            assertions::when_calm(&system)?;
        }
    }
    for span in [Span::from_hours(3), Span::from_days(40)] {
        system.apply(Transition::Calm(span));
        assertions::always(&mut system)?;
        assertions::when_calm(&system)?;
    }
    assertions::at_the_end(&system)
}
