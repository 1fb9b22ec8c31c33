//! How fast campaigns' conditions are asked, beside other people's rule engines: the same rules, the same events, and only
//! where every engine finds the same matches. Ours is what the fold asks before it changes anything: the program
//! `beckon-bench-rules`, built as the functions are. The others are `baselines/rules` (built here, apart from the
//! project) and `baselines/node/rules.js`. All are processes of one thread, timed by their processor time.

mod condition;
mod contest;
mod rivals;
mod shop;

use crate::Outcome;
use crate::report::{Figure, median};
use crate::setting::{Setting, progress};
use beckon_bench_contest::Told;
use beckon_bench_fold::matching::Asked;
use rivals::{Rival, rivals};
use std::path::Path;
use std::process::Command;

const SECTION: &str = "rules: which campaigns an event lets its person into, one core";
/// How many campaigns are in force.
const SIZES: [usize; 4] = [1, 100, 1_000, 10_000];
/// How many events each engine is asked about, again and again: so few that they stay in the processor's caches, as an event
/// does that has just been read. Tens of thousands would time the memory that they lie in, for every engine alike.
const EVENTS: usize = 2_000;
/// What the rules, the people and the events are drawn from.
const SEED: u64 = 20_261_122;

/// Measures.
pub fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("beckon-bench-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = in_folder(setting, &folder);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn in_folder(setting: &Setting, folder: &Path) -> Outcome<Vec<Figure>> {
    let rivals = rivals(setting)?;
    let mut figures = Vec::new();
    for size in SIZES {
        figures.extend(at(setting, folder, &rivals, size)?);
    }
    Ok(figures)
}

/// The figures for so many campaigns.
fn at(setting: &Setting, folder: &Path, rivals: &[Rival], size: usize) -> Outcome<Vec<Figure>> {
    progress(&format!("rules: {size} campaigns"));
    let drawn = contest::draw(SEED, size, EVENTS, folder)?;
    let seconds = if setting.quick { "0.3" } else { "2" };
    let ours = || {
        let mut command = Command::new(setting.binaries.join("beckon-bench-rules"));
        command.arg(&drawn.matching).arg(seconds);
        command
    };
    let whole: Asked = told(&mut ours())?;
    let rate = a_second(&whole.matching);
    let (mut plain, mut best): (f64, f64) = (0.0, 0.0);
    let mut figure = Figure::new(SECTION, format!("{size} campaigns"), rate, "events/s");
    for rival in rivals {
        progress(&format!("rules: {size} campaigns, {}", rival.name));
        let theirs: Told = told(rival.command().arg(&drawn.contest).arg(seconds))?;
        let same = match theirs.events == whole.matching.events {
            true => whole.matching.clone(),
            false => told::<Asked>(ours().arg(theirs.events.to_string()))?.matching,
        };
        if (theirs.events, &theirs.digest) != (same.events, &same.digest) {
            let (events, matches) = (theirs.events, theirs.matches);
            let ours = (same.events, same.matches);
            return Err(format!(
                "{} finds {matches} matches in {events} events where ours finds {} in {}: what differs is not compared",
                rival.name, ours.1, ours.0
            )
            .into());
        }
        let theirs = a_second(&theirs);
        best = best.max(theirs);
        if !rival.indexed {
            plain = plain.max(theirs);
        }
        figure = figure.beside(rival.name, theirs);
    }
    figure = figure.beside("our whole fold", a_second(&whole.folding));
    #[allow(clippy::cast_precision_loss)] // counts of a benchmark
    let each = |number: usize| number as f64 / whole.matching.events as f64;
    figure = figure.note(format!(
        "seed {SEED}: {} events, {:.1} rules listen to one and {:.2} match it",
        whole.matching.events,
        each(drawn.listening),
        each(whole.matching.matches)
    ));
    if size == 1 {
        figure = figure.note(
            "ours is what the fold asks before it changes anything, with the profile in memory: without codec and I/O",
        );
    }
    if size == 100 {
        figure = figure.at_least(800_000.0);
    }
    let times = |name: &str, of: f64| {
        let figure = Figure::new(SECTION, format!("{size} campaigns, {name}"), rate / of, "times");
        if size >= 100 { figure.at_least(10.0) } else { figure }
    };
    Ok(vec![
        figure,
        times("beside the best of them", plain),
        times("beside the best with our index in front", best),
    ])
}

/// What a program prints.
fn told<T: serde::de::DeserializeOwned>(command: &mut Command) -> Outcome<T> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?} could not be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn a_second(told: &Told) -> f64 {
    1e9 / median(&told.nanos)
}
