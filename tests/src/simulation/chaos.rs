//! What goes wrong: any call of any port may fail before its effect, lose its answer after it,
//! be the last that its function makes, or let others go first.

use crate::memory::{Fault, When};
use crate::world::World;
use beckon_shared::ports::PortError;
use fastrand::Rng;
use std::cell::Cell;
use std::rc::Rc;

/// How bad it is: faults in a thousand calls, on either side of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Functions die.
    pub crashes: u16,
    /// Calls fail, or their answers are lost.
    pub errors: u16,
    /// Others go first.
    pub yields: u16,
    /// Every batch of the stream is handed to two instances at once.
    pub twice: bool,
    /// One port is down: none of its calls succeed.
    pub down: Option<&'static str>,
}

/// Ports that may be down for a while.
pub const PORTS: [&str; 4] = ["sender.", "scheduler.", "inbox.", "profiles."];

impl Weather {
    /// Some weather, from a drizzle to a hurricane.
    pub fn draw(rng: &mut Rng) -> Self {
        let scale = [2, 10, 40].get(rng.usize(0..3)).copied().unwrap_or(10);
        Self {
            crashes: rng.u16(0..=scale),
            errors: rng.u16(0..=scale),
            yields: if rng.bool() { 300 } else { 0 },
            twice: rng.u8(0..3) == 0,
            down: (rng.u8(0..5) == 0).then(|| rng.choice(PORTS)).flatten(),
        }
    }
}

/// What has gone wrong so far.
#[derive(Debug, Clone, Default)]
pub struct Toll {
    /// Faults in all.
    pub faults: Rc<Cell<u64>>,
    /// Faults after which it may not be known whether a message left.
    pub doubts: Rc<Cell<u64>>,
}

/// Lets the weather in.
pub fn let_in(world: &World, weather: Weather, toll: &Toll, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let dead = Rc::clone(&world.dead);
    let toll = toll.clone();
    world.outside.faults.install(move |call, when| {
        if dead.get() {
            return Some(Fault::Crash);
        }
        let fault = strike(&mut rng, weather, call, when)?;
        if fault != Fault::Yield {
            toll.faults.set(toll.faults.get() + 1);
            toll.doubts.set(toll.doubts.get() + 1);
        }
        dead.set(fault == Fault::Crash);
        Some(fault)
    });
}

fn strike(rng: &mut Rng, weather: Weather, call: &str, when: When) -> Option<Fault> {
    let draw = rng.u16(0..1_000);
    let error = || Fault::Error(PortError::Retry("the weather".to_owned()));
    if when == When::Before && weather.down.is_some_and(|down| call.starts_with(down)) {
        return Some(error());
    }
    let (crashes, errors) = (weather.crashes, weather.crashes + weather.errors);
    if draw < crashes {
        Some(Fault::Crash)
    } else if draw < errors {
        Some(error())
    } else if draw < errors + weather.yields {
        Some(Fault::Yield)
    } else {
        None
    }
}
