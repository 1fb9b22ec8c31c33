//! Prints every figure; see the crate's documentation.

use beckon_bench::machine::Machine;
use beckon_bench::report::{Figure, table};
use beckon_bench::setting::Setting;
use beckon_bench::{Outcome, alarms, capacity, fold, latency, request, size, start};
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
    if setting.wants("capacity") {
        figures.extend(Box::pin(capacity::measure(&setting)).await?);
    }
    if setting.wants("alarms") {
        figures.extend(Box::pin(alarms::measure(&setting)).await?);
    }
    if setting.wants("start") {
        figures.extend(Box::pin(start::measure(&setting, &machine)).await?);
    }
    if setting.wants("request") {
        figures.extend(Box::pin(request::measure(&setting, &machine)).await?);
    }
    if setting.wants("fold") {
        figures.extend(fold::measure(&setting, &machine)?);
    }
    if setting.wants("size") {
        figures.extend(Box::pin(size::measure(&setting)).await?);
    }
    if setting.wants("latency") {
        figures.extend(Box::pin(latency::measure(&setting)).await?);
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
    Ok(())
}
