//! Prints every figure; see the crate's documentation.

use beckon_bench::machine::Machine;
use beckon_bench::report::{Figure, table};
use beckon_bench::setting::{PARTS, Setting};
use beckon_bench::{Outcome, alarms, capacity, dry_run, fold, latency, request, rules, sending, size, start, state};
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // The last thing that can be said.
            let _ = writeln!(std::io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome<()> {
    let setting = Setting::parse(std::env::args().skip(1))?;
    let machine = Machine::this(&setting.python().display().to_string());
    let mut figures: Vec<Figure> = Vec::new();
    let mut failed: Vec<&str> = Vec::new();
    for part in PARTS {
        if !setting.wants(part) {
            continue;
        }
        // What one part cannot measure does not keep the others from it.
        match measure(part, &setting, &machine).await {
            Ok(measured) => figures.extend(measured),
            Err(problem) => {
                writeln!(std::io::stderr(), "{part}: {problem}")?;
                failed.push(part);
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if setting.jsonl {
        writeln!(out, "{}", machine.json())?;
        for figure in &figures {
            writeln!(out, "{}", figure.json())?;
        }
    } else {
        write!(out, "{}", table(&machine, &figures))?;
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not measured: {}", failed.join(", ")).into())
    }
}

async fn measure(part: &str, setting: &Setting, machine: &Machine) -> Outcome<Vec<Figure>> {
    match part {
        "capacity" => Box::pin(capacity::measure(setting)).await,
        "alarms" => Box::pin(alarms::measure(setting)).await,
        "start" => Box::pin(start::measure(setting, machine)).await,
        "request" => Box::pin(request::measure(setting, machine)).await,
        "fold" => fold::measure(setting, machine),
        "rules" => rules::measure(setting),
        "state" => state::measure(setting),
        "dry-run" => dry_run::measure(setting),
        "sending" => Box::pin(sending::measure(setting)).await,
        "size" => Box::pin(size::measure(setting)).await,
        "latency" => Box::pin(latency::measure(setting)).await,
        _ => Err(format!("there is no part `{part}`").into()),
    }
}
