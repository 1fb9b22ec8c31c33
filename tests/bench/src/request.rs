//! Processor time of one warm request to ingest: one event of 1 KB, thousands of times through
//! the same Runtime API, against a table that answers at once.

use crate::canned::CannedAws;
use crate::handler::{Handler, Process};
use crate::machine::Machine;
use crate::report::Figure;
use crate::runtime_api::RuntimeApi;
use crate::setting::{Setting, progress};
use crate::{Outcome, callgrind, workload};
use axum::body::Bytes;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::wiring;

const SECTION: &str = "processor time of one request to ingest, one event of 1 KB, warm";
/// Requests counted by callgrind, beyond the first ones.
const COUNTED: usize = 200;

/// Measures.
pub async fn measure(setting: &Setting, machine: &Machine) -> Outcome<Vec<Figure>> {
    let canned = CannedAws::start().await?;
    let ingest = Handler::function(setting, &wiring::INGEST, canned.url());
    let mut figure = Figure::new(SECTION, "ingest", micros(setting, &ingest).await?, "µs").at_most(400.0);
    let mut others = Vec::new();
    if machine.has("node") && setting.node_modules().exists() {
        others.push(Handler::node(setting, canned.url()));
    }
    if machine.has("python") {
        others.push(Handler::python(setting, canned.url()));
    }
    for other in &others {
        figure = figure.beside(other.name.clone(), micros(setting, other).await?);
    }
    if machine.has("valgrind") {
        progress("request: instructions of ingest");
        let few = counted(&ingest, 20).await?;
        let many = counted(&ingest, 20 + COUNTED).await?;
        #[allow(clippy::cast_precision_loss)]
        let each = (many - few) / COUNTED as f64;
        figure = figure.note(format!("{:.0} thousand instructions", each / 1e3));
    }
    let asked = canned.calls("PutItem");
    Ok(vec![
        figure.note(format!("{asked} items were put in all, by all of them")),
    ])
}

async fn micros(setting: &Setting, handler: &Handler) -> Outcome<f64> {
    let (warm, measured) = (setting.times(1_000, 100), setting.times(5_000, 400));
    progress(&format!("request: {measured} requests to {}", handler.name));
    let mut api = RuntimeApi::start().await?;
    let process = handler.spawn(&api)?;
    serve(&mut api, 0, warm).await?;
    let before = process.time()?;
    serve(&mut api, warm, measured).await?;
    let time = process.time()?.saturating_sub(before);
    process.end()?;
    Ok(time.as_secs_f64() * 1e6 / f64::from(u32::try_from(measured)?))
}

async fn counted(handler: &Handler, requests: usize) -> Outcome<f64> {
    let mut api = RuntimeApi::start().await?;
    let process: Process = handler.spawn_counted(&api)?;
    serve(&mut api, 0, requests).await?;
    callgrind::collected(&process.terminate()?)
}

/// Hands over so many requests and waits for their answers, each of which must be 200.
async fn serve(api: &mut RuntimeApi, first: usize, count: usize) -> Outcome<()> {
    for number in first..first + count {
        api.hand(event(number)?)?;
    }
    for _ in 0..count {
        let answer: serde_json::Value = serde_json::from_slice(&api.answer().await?)?;
        if answer.get("statusCode").is_none_or(|status| status != 200) {
            return Err(format!("a request was answered with {answer}").into());
        }
    }
    Ok(())
}

fn event(number: usize) -> Outcome<Bytes> {
    let now: Timestamp = "2026-03-01T10:00:00Z".parse()?;
    let user = workload::profile_id(number)?;
    let message = format!("5c1e0b7e-6a54-4c0e-9d9b-{number:012}");
    let properties = workload::product_added("c-1", number % 3);
    let call = workload::call(user.as_str(), &message, workload::EVENT, &properties, now);
    Ok(serde_json::to_vec(&workload::http_event("/v1/track", &call, &message, now))?.into())
}
