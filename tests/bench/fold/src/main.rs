//! `beckon-bench-fold WORKLOAD ROUNDS`: folds the workload's events (a JSON file) and prints how
//! many nanoseconds a fold took in each round, as a JSON array.

use beckon_bench_fold::{Workload, run};
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(rounds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: beckon-bench-fold WORKLOAD ROUNDS".into());
    };
    let workload: Workload = serde_json::from_slice(&std::fs::read(file)?)?;
    let nanos = run(&workload, rounds.parse()?);
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&nanos)?)?;
    Ok(())
}
