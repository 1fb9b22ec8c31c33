//! `beckon-bench-render RENDERING ROUNDS`: renders a message (a JSON file says which) and prints how many nanoseconds
//! it took the first time and in each round after, as a JSON array.

use beckon_bench_fold::render::{Rendering, run};
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(rounds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: beckon-bench-render RENDERING ROUNDS".into());
    };
    let rendering: Rendering = serde_json::from_slice(&std::fs::read(file)?)?;
    let nanos = run(&rendering, rounds.parse()?)?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&nanos)?)?;
    Ok(())
}
