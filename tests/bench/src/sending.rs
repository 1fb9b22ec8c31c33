//! What a message costs `send`: rendering the shipped cart email, and the whole way through the real binary, with
//! table and SES of the local stack.

use crate::Outcome;
use crate::handler::Handler;
use crate::report::{Figure, median, quantile};
use crate::runtime_api::RuntimeApi;
use crate::setting::{Setting, progress};
use crate::start::events::Seeded;
use crate::start::expect_success;
use crate::workload::{self, Shipped};
use axum::body::Bytes;
use beckon_bench_fold::render::Rendering;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::Properties;
use beckon_shared::wiring;
use std::process::Command;

const RENDER: &str = "rendering the shipped cart email (its MJML compiled when it was applied, Jinja kept compiled)";
const SEND: &str = "sending the shipped cart email, warm, with table and SES of the local stack";
/// Messages of one batch, as the stream hands them over.
const BATCH: usize = wiring_batch();
/// Template and language that are rendered.
const TEMPLATE: &str = "cart-reminder";
const LOCALE: &str = "en";

/// The size of a batch that the mapping asks for.
const fn wiring_batch() -> usize {
    match wiring::SEND.trigger {
        wiring::Trigger::Stream(source) => source.batch_size as usize,
        wiring::Trigger::Http { .. } | wiring::Trigger::Schedule | wiring::Trigger::Topic => 1,
    }
}

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let shipped = Shipped::read(setting)?;
    let mut figures = rendering(setting, &shipped)?;
    figures.extend(Box::pin(sending(setting, &shipped)).await?);
    Ok(figures)
}

fn rendering(setting: &Setting, shipped: &Shipped) -> Outcome<Vec<Figure>> {
    let rounds = setting.times(5_000, 500);
    progress(&format!("sending: {rounds} renderings"));
    let template = shipped.templates.iter().find(|template| template.name == TEMPLATE);
    let folder = setting.project.join("campaigns/templates").join(TEMPLATE);
    let sample: Properties = serde_json::from_slice(&std::fs::read(folder.join("sample.json"))?)?;
    let rendering = Rendering {
        template: template.ok_or("there is no template of the cart email")?.clone(),
        channel: Channel::Email,
        locale: LOCALE.to_owned(),
        context: sample,
        senders: shipped.workspace.senders.clone(),
    };
    let file = std::env::temp_dir().join(format!("beckon-bench-render-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_vec(&rendering)?)?;
    let program = setting.binaries.join("beckon-bench-render");
    let output = Command::new(&program).arg(&file).arg(rounds.to_string()).output();
    std::fs::remove_file(&file)?;
    let output = output.map_err(|error| format!("{} could not be started: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!(
            "{} failed: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let nanos: Vec<f64> = serde_json::from_slice(&output.stdout)?;
    let (first, warm) = nanos.split_first().ok_or("nothing was rendered")?;
    Ok(vec![
        Figure::new(RENDER, "subject, HTML and text, median", median(warm) / 1e6, "ms")
            .at_most(1.0)
            .note(format!("99 of 100 within {:.3} ms", quantile(warm, 0.99) / 1e6)),
        Figure::new(RENDER, "for the first time in an instance", first / 1e6, "ms"),
    ])
}

async fn sending(setting: &Setting, shipped: &Shipped) -> Outcome<Vec<Figure>> {
    let (warm, measured) = (setting.times(500, 100), setting.times(3_000, 400));
    progress(&format!("sending: {measured} messages through `send`"));
    let stack = workload::aws_without_functions().await?;
    let store = workload::store(stack.aws_url())?;
    workload::apply(&store, shipped, &shipped.campaigns(3, workload::EVENT)).await?;
    let seeded = Seeded::new(&store, shipped, warm + measured).await?;
    let mut api = RuntimeApi::start().await?;
    let process = Handler::function(setting, &wiring::SEND, stack.aws_url()).spawn(&api)?;
    carry(&mut api, &seeded, 0, warm).await?;
    let before = process.time()?;
    #[allow(clippy::disallowed_methods)] // a stopwatch
    let begun = std::time::Instant::now();
    carry(&mut api, &seeded, warm, measured).await?;
    let wall = begun.elapsed().as_secs_f64();
    let time = process.time()?.saturating_sub(before).as_secs_f64();
    process.end()?;
    let left = stack.messages().len();
    stack.stop().await?;
    if left != warm + measured {
        return Err(format!("of {} messages {left} left", warm + measured).into());
    }
    let count = f64::from(u32::try_from(measured)?);
    Ok(vec![
        Figure::new(SEND, "processor time of `send` a message", time / count * 1e6, "µs").note(format!(
            "{measured} messages in batches of {BATCH}; by the clock {:.0} a second, with table and SES on the same machine",
            count / wall
        )),
        Figure::new(SEND, "messages a second and core", count / time, "1/s"),
    ])
}

/// Has so many messages carried from the `first` on.
async fn carry(api: &mut RuntimeApi, seeded: &Seeded, first: usize, count: usize) -> Outcome<()> {
    for begin in (first..first + count).step_by(BATCH) {
        let batch = seeded.queued(begin, BATCH.min(first + count - begin))?;
        api.hand(Bytes::from(serde_json::to_vec(&batch)?))?;
        expect_success("send", &api.answer().await?)?;
    }
    Ok(())
}
