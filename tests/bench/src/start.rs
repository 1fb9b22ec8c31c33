//! From spawn to first response: what a cold start costs in processor time. Each function gets
//! an event that it does its whole work for, against the services of the local stack, over plain
//! HTTP; what TLS adds before the first handshake is a figure of its own.

use crate::handler::Handler;
use crate::machine::Machine;
use crate::report::{Figure, median};
use crate::runtime_api::RuntimeApi;
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use crate::{Outcome, callgrind};
use axum::body::Bytes;
use beckon_shared::wiring;
use std::time::Duration;

pub(crate) mod events;
use events::{Kind, Seeded};

const SECTION: &str = "spawn to first response, processor time (release, local endpoints)";

/// The name of ingest where it may speak TLS.
const READY_FOR_TLS: &str = "ingest, ready for TLS";

/// What is started, with the event that it is given in each round.
struct Start {
    handler: Handler,
    kind: Kind,
    millis: Vec<f64>,
    wall_millis: Vec<f64>,
}

/// Measures.
pub async fn measure(setting: &Setting, machine: &Machine) -> Outcome<Vec<Figure>> {
    let rounds = setting.times(41, 5);
    let stack = workload::aws_without_functions().await?;
    let store = workload::store(stack.aws_url())?;
    let shipped = Shipped::read(setting)?;
    workload::apply(&store, &shipped, &shipped.campaigns(3, workload::EVENT)).await?;
    // The last round is counted, not timed.
    progress("start: putting what is needed into the table");
    let seeded = Seeded::new(&store, &shipped, rounds + 1).await?;
    let mut starts = starts(setting, machine, stack.aws_url());
    progress(&format!("start: {rounds} rounds of {} processes", starts.len()));
    for round in 0..rounds {
        for start in &mut starts {
            let (time, wall) = once(start, seeded.event(start.kind, round)?).await?;
            start.millis.push(time.as_secs_f64() * 1e3);
            start.wall_millis.push(wall.as_secs_f64() * 1e3);
        }
    }
    let mut figures = Vec::new();
    let (own, others): (Vec<Start>, Vec<Start>) = starts
        .into_iter()
        .partition(|start| !matches!(start.handler.name.as_str(), "Node, AWS SDK v3" | "Python, boto3"));
    for start in &own {
        let mut figure = Figure::new(SECTION, start.handler.name.clone(), median(&start.millis), "ms").note(format!(
            "of {} starts; to the response {:.1} ms by the clock",
            start.millis.len(),
            median(&start.wall_millis)
        ));
        if start.handler.name == READY_FOR_TLS {
            figure =
                figure.note("with the machine's root certificates loaded, as against AWS itself, but no handshake");
        } else {
            figure = figure.at_most(5.0);
        }
        if start.handler.name == wiring::INGEST.name {
            for other in &others {
                figure = figure.beside(other.handler.name.clone(), median(&other.millis));
            }
        }
        if machine.has("valgrind") {
            progress(&format!("start: instructions of {}", start.handler.name));
            figure = figure.note(format!(
                "{:.1} million instructions",
                counted(start, seeded.event(start.kind, rounds)?).await? / 1e6
            ));
        }
        figures.push(figure);
    }
    stack.stop().await?;
    Ok(figures)
}

fn starts(setting: &Setting, machine: &Machine, aws: &str) -> Vec<Start> {
    let function = |function: &wiring::Function| Handler::function(setting, function, aws);
    let mut handlers = vec![
        (function(&wiring::INGEST), Kind::Ingest),
        (function(&wiring::EVALUATE), Kind::Evaluate),
        (function(&wiring::CHECK), Kind::Check),
        (function(&wiring::SEND), Kind::Send),
        (function(&wiring::FEEDBACK), Kind::Feedback),
    ];
    // One service at an https address is enough for certificates to be loaded; none is called.
    let mut tls = function(&wiring::INGEST).with(
        beckon_shared::aws::Service::Sns.endpoint_variable(),
        "https://127.0.0.1:1",
    );
    tls.name = READY_FOR_TLS.to_owned();
    handlers.push((tls, Kind::Ingest));
    if machine.has("node") && setting.node_modules().exists() {
        handlers.push((Handler::node(setting, aws), Kind::Ingest));
    }
    if machine.has("python") {
        handlers.push((Handler::python(setting, aws), Kind::Ingest));
    }
    handlers
        .into_iter()
        .map(|(handler, kind)| Start {
            handler,
            kind,
            millis: Vec::new(),
            wall_millis: Vec::new(),
        })
        .collect()
}

/// One start: processor time and time by the clock until the answer came.
async fn once(start: &Start, event: Bytes) -> Outcome<(Duration, Duration)> {
    let mut api = RuntimeApi::start().await?;
    api.hand(event)?;
    #[allow(clippy::disallowed_methods)] // a stopwatch
    let begin = std::time::Instant::now();
    let process = start.handler.spawn(&api)?;
    let answer = api.answer().await;
    let wall = begin.elapsed();
    let time = process.end()?;
    expect_success(&start.handler.name, &answer?)?;
    Ok((time, wall))
}

/// Instructions of one start.
async fn counted(start: &Start, event: Bytes) -> Outcome<f64> {
    let mut api = RuntimeApi::start().await?;
    api.hand(event)?;
    let process = start.handler.spawn_counted(&api)?;
    let answer = api.answer().await;
    let said = process.terminate()?;
    expect_success(&start.handler.name, &answer?)?;
    callgrind::collected(&said)
}

/// An event that was not carried out would be cheap.
pub(crate) fn expect_success(name: &str, answer: &Bytes) -> Outcome<()> {
    let answer: serde_json::Value = serde_json::from_slice(answer)?;
    let refused = answer.get("statusCode").is_some_and(|status| status != 200);
    let failed = answer.get("batchItemFailures").and_then(|failures| failures.as_array());
    if refused || failed.is_some_and(|failed| !failed.is_empty()) {
        return Err(format!("{name} answered {answer}").into());
    }
    Ok(())
}
