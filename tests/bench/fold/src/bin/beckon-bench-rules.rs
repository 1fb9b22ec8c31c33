//! `beckon-bench-rules MATCHING SECONDS [EVENTS]`: asks which campaigns events let their people into (a JSON file says
//! which there are), for so long, and prints what was told, as JSON.

use beckon_bench_fold::matching::Matching;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(seconds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: beckon-bench-rules MATCHING SECONDS [EVENTS]".into());
    };
    let events = arguments.next().map_or(Ok(usize::MAX), |events| events.parse())?;
    let matching: Matching = serde_json::from_slice(&std::fs::read(file)?)?;
    let asked = matching.ask(events, Duration::from_secs_f64(seconds.parse()?))?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&asked)?)?;
    Ok(())
}
