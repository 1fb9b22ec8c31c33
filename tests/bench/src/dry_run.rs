//! The command: how fast `beckon simulate` plays, in how much memory, and how long `beckon check` takes. Both are the
//! command as README builds it, as a process of its own.

use crate::Outcome;
use crate::process::{self, Taken};
use crate::report::{Figure, median};
use crate::setting::{Setting, progress};
use crate::workload::month;
use beckon_tests::world::definitions;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const SIMULATE: &str = "beckon simulate, all example campaigns, one core";
const CHECK: &str = "beckon check";
/// People in the events.
const PEOPLE: usize = 10_000;
/// Campaign files to be checked.
const FILES: usize = 1_000;

/// Measures.
pub fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("beckon-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = simulate(setting, &folder).and_then(|mut figures| {
        figures.push(check(setting, &folder)?);
        Ok(figures)
    });
    fs::remove_dir_all(&folder)?;
    measured
}

/// Twice, so that it can be seen what more events of the same people cost.
fn simulate(setting: &Setting, folder: &Path) -> Outcome<Vec<Figure>> {
    let few = setting.times(150_000, 15_000);
    let mut figures = Vec::new();
    for events in [few, few * 4] {
        progress(&format!("simulate: {events} events"));
        let file = folder.join("events.jsonl");
        let mut to = BufWriter::new(fs::File::create(&file)?);
        for message in month::messages(
            setting.times(PEOPLE, PEOPLE / 10),
            events,
            "2026-03-01T10:00:00Z".parse()?,
            month::DAYS,
        ) {
            writeln!(to, "{message}")?;
        }
        to.into_inner()?;
        let taken = run(Command::new(program(setting))
            .args(["simulate", "--format", "jsonl", "--until", "2026-03-31", "--campaigns"])
            .arg(setting.project.join("campaigns"))
            .arg("--events")
            .arg(&file))?;
        let a_second = f64::from(u32::try_from(events)?) / taken.cpu.as_secs_f64();
        figures.push(
            Figure::new(
                SIMULATE,
                format!("{events} events of the same people"),
                a_second,
                "events/s",
            )
            .at_least(100_000.0)
            .note(format!("{:.0} MB at most", taken.peak_mb)),
        );
    }
    Ok(figures)
}

/// The example campaigns, over and over, each under a name of its own.
fn check(setting: &Setting, folder: &Path) -> Outcome<Figure> {
    let campaigns = folder.join("campaigns");
    definitions::copy(&setting.project.join("campaigns"), &campaigns)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&campaigns)? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let is_campaign = path.extension().is_some_and(|ending| ending == "yaml") && name != "workspace";
        if is_campaign {
            files.push((name, fs::read_to_string(&path)?));
        }
    }
    for (number, (name, text)) in (files.len()..FILES).zip(files.iter().cycle()) {
        let copied = text.replacen(&format!("campaign: {name}"), &format!("campaign: {name}-{number}"), 1);
        fs::write(campaigns.join(format!("{name}-{number}.yaml")), copied)?;
    }
    let mut seconds = Vec::new();
    for _ in 0..setting.times(5, 1) {
        progress(&format!("check: {FILES} campaign files"));
        let taken = run(Command::new(program(setting)).arg("check").arg(&campaigns))?;
        seconds.push(taken.cpu.as_secs_f64());
    }
    Ok(Figure::new(
        CHECK,
        format!("{FILES} campaign files, with their templates"),
        median(&seconds),
        "s",
    )
    .at_most(1.0))
}

/// It is built by a profile of its own.
fn program(setting: &Setting) -> std::path::PathBuf {
    setting.binaries.with_file_name("command").join("beckon")
}

/// Runs it to its end, without what it tells.
fn run(command: &mut Command) -> Outcome<Taken> {
    let (output, taken) = process::run(command.stdout(Stdio::null()).stderr(Stdio::piped()))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(taken)
}
