//! `beckon-bench-rivals ENGINE CONTEST SECONDS`: lets an engine look at a contest (a JSON file) for so long, and prints
//! what it told, as JSON.

mod cel;
mod index;
mod zen;

use beckon_bench_contest::Contest;
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, file, seconds] = arguments.as_slice() else {
        return Err("usage: beckon-bench-rivals ENGINE CONTEST SECONDS".into());
    };
    let contest: Contest = serde_json::from_slice(&std::fs::read(file)?)?;
    let budget = Duration::from_secs_f64(seconds.parse()?);
    let told = match engine.as_str() {
        "zen-table" => zen::table(&contest, budget),
        "zen-expressions" => zen::expressions(&contest, budget),
        "zen-indexed" => zen::indexed(&contest, budget),
        "cel" => cel::programs(&contest, budget),
        "cel-indexed" => cel::indexed(&contest, budget),
        other => Err(format!("there is no engine `{other}`").into()),
    }?;
    println!("{}", serde_json::to_string(&told)?);
    Ok(())
}
