//! A contest of rule engines: every one is given the same rules, people and events, is timed by the same stopwatch, and
//! tells a digest of what it found, so that only those are compared that found the same. The program for Node does as
//! [`run`] does.

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::time::Duration;

/// Most rounds over the events; the last of them are long after everything is warm.
const ROUNDS_MAX: usize = 1_000;

/// What other engines are given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contest {
    /// People's traits.
    pub profiles: Vec<Map<String, Value>>,
    /// What they do, in order.
    pub events: Vec<Happening>,
    /// The rules, in every engine's words.
    pub rules: Vec<Rule>,
}

/// An event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Happening {
    /// What it is called.
    pub name: String,
    /// Whose it is: a place in [`Contest::profiles`].
    pub profile: usize,
    /// What it says.
    pub properties: Map<String, Value>,
}

/// What lets a person into a campaign: an event of a name, and a condition on its properties (`event`) and on traits
/// (`profile`), in the words of each engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    /// The event's name.
    pub event: String,
    /// The condition in CEL.
    pub cel: String,
    /// The condition in the ZEN expression language.
    pub zen: String,
    /// The condition as json-rules-engine has it.
    pub json: Value,
}

/// What an engine tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// How many events, from the first on, it got through in its time.
    pub events: usize,
    /// How many times a rule matched one of them.
    pub matches: usize,
    /// SHA-256 of a line for each event: its place and the places of the rules that matched, ascending.
    pub digest: String,
    /// Processor time of an event in nanoseconds, in each round over them.
    pub nanos: Vec<f64>,
}

/// Lets an engine look at `count` events, or at as many as it gets through in `budget` of processor time (but at `least`
/// so many), notes what it finds, and times it at those again and again for as long. `matches` puts the places of the rules that match the event
/// at a place into an empty list, in any order.
pub fn run(
    count: usize,
    least: usize,
    budget: Duration,
    mut matches: impl FnMut(usize, &mut Vec<usize>) -> Result<(), Box<dyn Error>>,
) -> Result<Told, Box<dyn Error>> {
    let mut told = Told {
        events: 0,
        matches: 0,
        digest: String::new(),
        nanos: Vec::new(),
    };
    let mut lines = Sha256::new();
    let mut found = Vec::new();
    let start = processor_time()?;
    while told.events < count && (told.events < least || processor_time()?.saturating_sub(start) < budget) {
        found.clear();
        matches(told.events, &mut found)?;
        found.sort_unstable();
        lines.update(line(told.events, &found));
        told.matches += found.len();
        told.events += 1;
    }
    told.digest = lines.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let events = u32::try_from(told.events).map_or(f64::MAX, f64::from);
    let start = processor_time()?;
    while told.nanos.is_empty() || (told.nanos.len() < ROUNDS_MAX && processor_time()?.saturating_sub(start) < budget) {
        let before = processor_time()?;
        for event in 0..told.events {
            found.clear();
            matches(event, &mut found)?;
            std::hint::black_box(&found);
        }
        let taken = processor_time()?.saturating_sub(before);
        told.nanos.push(taken.as_secs_f64() * 1e9 / events);
    }
    Ok(told)
}

fn line(event: usize, rules: &[usize]) -> String {
    let rules: Vec<String> = rules.iter().map(usize::to_string).collect();
    format!("{event}:{}\n", rules.join(" "))
}

/// Processor time of this process so far, of all its threads.
pub fn processor_time() -> nix::Result<Duration> {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from)
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn found(rules: &'static [&'static [usize]]) -> Told {
        let told = run(rules.len(), 1, Duration::from_millis(1), |event, found| {
            found.extend(rules.get(event).into_iter().copied().flatten());
            Ok(())
        });
        told.expect("nothing fails")
    }

    #[test]
    fn the_digest_is_of_what_is_found_in_any_order() {
        let told = found(&[&[3, 1], &[], &[2]]);
        assert_eq!((told.events, told.matches), (3, 3));
        assert_eq!(told.digest, found(&[&[1, 3], &[], &[2]]).digest);
        assert_ne!(told.digest, found(&[&[1, 3], &[2], &[]]).digest);
        assert!(!told.nanos.is_empty());
    }

    #[test]
    fn who_is_slow_looks_at_fewer_events() {
        let told = run(usize::MAX, 1, Duration::from_millis(5), |_, _| Ok(())).expect("nothing fails");
        assert!(told.events > 0 && told.events < usize::MAX);
    }

    #[test]
    fn an_engine_that_fails_is_not_timed() {
        assert!(run(1, 1, Duration::ZERO, |_, _| Err("no such rule".into())).is_err());
    }
}
