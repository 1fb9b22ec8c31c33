//! Time and instructions of one fold of one event, in the program `beckon-bench-fold`, which is
//! built as the functions are.

use crate::machine::Machine;
use crate::report::{Figure, median};
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use crate::{Outcome, callgrind};
use beckon_bench_fold::Workload;
use beckon_shared::domain::event::{Event, EventKind, Source};
use beckon_shared::domain::time::{Span, Timestamp, after};
use std::path::{Path, PathBuf};
use std::process::Command;

const SECTION: &str = "one fold of one event, 20 campaigns in force";
/// Events of one round.
const EVENTS: usize = 1_000;
/// Campaigns in force that listen to other events.
const MORE: usize = 10_000;

/// What was measured of a workload.
struct Cost {
    nanos: f64,
    instructions: Option<f64>,
}

/// Measures.
pub fn measure(setting: &Setting, machine: &Machine) -> Outcome<Vec<Figure>> {
    let shipped = Shipped::read(setting)?;
    let mut costs = Vec::new();
    for (listening, more) in [(3, 0), (3, MORE), (1, 0), (0, 0)] {
        progress(&format!("fold: {listening} of 20 listen, {more} more do not"));
        costs.push(cost(setting, machine, &workload(&shipped, listening, more)?)?);
    }
    let [three, many, one, none] = costs.as_slice() else {
        return Err("a workload is missing".into());
    };
    let figure = |name: &str, cost: &Cost| {
        let figure = Figure::new(SECTION, name, cost.nanos / 1e3, "µs");
        match cost.instructions {
            Some(count) => figure.note(format!("{:.1} thousand instructions", count / 1e3)),
            None => figure.note("valgrind is not installed: instructions are not counted"),
        }
    };
    let more = |with: f64, without: f64| (with / without - 1.0) * 100.0;
    let mut growth = Figure::new(
        SECTION,
        "10,000 more that do not listen add",
        more(many.nanos, three.nanos),
        "%",
    );
    if let (Some(with), Some(without)) = (many.instructions, three.instructions) {
        growth = growth.note(format!("{:+.1} % of the instructions", more(with, without)));
    }
    Ok(vec![
        figure("3 of 20 listen", three).at_most(20.0).note(
            "(callgrind's processor has no instructions for SHA-256, of which a fold computes several: it counts more)",
        ),
        figure("3 of 10,020 listen", many),
        growth.at_most(20.0),
        figure("1 of 20 listens", one),
        figure("none listens", none),
    ])
}

/// A visit in which products are put into a cart, again and again.
fn workload(shipped: &Shipped, listening: usize, more: usize) -> Outcome<Workload> {
    let name = if listening == 0 {
        workload::UNHEARD_EVENT
    } else {
        workload::EVENT
    };
    let start: Timestamp = "2026-03-01T10:00:00Z".parse()?;
    let event = |number: usize| -> Outcome<Event> {
        Ok(Event {
            id: format!("5c1e0b7e-6a54-4c0e-9d9b-{number:012}"),
            kind: EventKind::Track,
            name: name.to_owned(),
            at: after(start, Span::from_secs(i64::try_from(number)?)),
            source: Source::Server,
            hops: 0,
            properties: workload::product_added("c-1", number % 3),
        })
    };
    Ok(Workload {
        profile: workload::profile_id(1)?,
        traits: workload::traits(1, start),
        workspace: shipped.workspace.clone(),
        campaigns: shipped.campaigns(listening, workload::EVENT),
        more,
        first: event(0)?,
        events: (1..=EVENTS).map(event).collect::<Outcome<_>>()?,
    })
}

fn cost(setting: &Setting, machine: &Machine, workload: &Workload) -> Outcome<Cost> {
    let file = std::env::temp_dir().join(format!("beckon-bench-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_vec(workload)?)?;
    let measured = measured(setting, machine, &file);
    std::fs::remove_file(&file)?;
    measured
}

fn measured(setting: &Setting, machine: &Machine, file: &Path) -> Outcome<Cost> {
    let program = setting.binaries.join("beckon-bench-fold");
    let (nanos, _) = run(Command::new(&program), file, setting.times(200, 20))?;
    let instructions = if machine.has("valgrind") {
        let count =
            |rounds| -> Outcome<f64> { callgrind::collected(&run(callgrind::command(&program), file, rounds)?.1) };
        #[allow(clippy::cast_precision_loss)]
        let each = (count(1)? - count(0)?) / EVENTS as f64;
        Some(each)
    } else {
        None
    };
    Ok(Cost { nanos, instructions })
}

/// Runs the program: the median of its rounds, and what it said on standard error.
fn run(mut command: Command, file: &Path, rounds: usize) -> Outcome<(f64, String)> {
    let program = PathBuf::from(command.get_program());
    let output = command.arg(file).arg(rounds.to_string()).output();
    let output = output.map_err(|error| format!("{} could not be started: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{} failed: {said}", program.display()).into());
    }
    let nanos: Vec<f64> = serde_json::from_slice(&output.stdout)?;
    Ok((median(&nanos), said))
}
