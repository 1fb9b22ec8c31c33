//! How large the functions are, zipped as they are uploaded, and how much memory a busy
//! `evaluate` takes.

use crate::Outcome;
use crate::handler::Handler;
use crate::report::Figure;
use crate::runtime_api::RuntimeApi;
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use aws_lambda_events::dynamodb::Event as Batch;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::Profiles as _;
use beckon_shared::ports::profiles::Decided;
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::wiring;
use beckon_tests::memory::{Change, Record};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

const SECTION: &str = "size and memory";
/// What a zip archive adds to one file named `bootstrap`: its local and central headers and the
/// end record (PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16).
const ZIP_BYTES: usize = (30 + 9) + (46 + 9) + 22;
/// A batch of the stream.
const BATCH: usize = 100;

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    progress("size: zipping the functions");
    let mut figures = Vec::new();
    for function in wiring::FUNCTIONS {
        let program = std::fs::read(setting.binaries.join(function.name))?;
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&program)?;
        let zipped = megabytes(packed.finish()?.len() + ZIP_BYTES);
        let name = format!("{}, zipped", function.name);
        let unpacked = format!("{:.1} MB unpacked", megabytes(program.len()));
        figures.push(Figure::new(SECTION, name, zipped, "MB").at_most(3.0).note(unpacked));
    }
    figures.push(memory(setting).await?);
    Ok(figures)
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

/// Memory of `evaluate` after 10,000 events of 2,000 profiles.
async fn memory(setting: &Setting) -> Outcome<Figure> {
    let (events, profiles) = (setting.times(10_000, 1_000), setting.times(2_000, 200));
    progress(&format!("size: {events} events to evaluate"));
    let stack = workload::aws_without_functions().await?;
    let store = workload::store(stack.aws_url())?;
    let shipped = Shipped::read(setting)?;
    workload::apply(&store, &shipped, &shipped.campaigns(3, workload::EVENT)).await?;
    #[allow(clippy::disallowed_methods)] // the functions go by the machine's clock here
    let now = Timestamp::now();
    for number in 0..profiles {
        let expires = after(now, Span::from_days(90));
        store
            .save(
                &workload::profile_id(number)?,
                &mut workload::profile(number, now),
                &Decided {
                    traits_changed: true,
                    ..Decided::nothing(expires)
                },
            )
            .await?;
    }
    let mut api = RuntimeApi::start().await?;
    let process = Handler::function(setting, &wiring::EVALUATE, stack.aws_url()).spawn(&api)?;
    let mut first = None;
    for batch in 0..events / BATCH {
        api.hand(serde_json::to_vec(&records(batch, profiles, now)?)?.into())?;
        let answer: serde_json::Value = serde_json::from_slice(&api.answer().await?)?;
        if answer
            .get("batchItemFailures")
            .and_then(|failed| failed.as_array())
            .is_none_or(|failed| !failed.is_empty())
        {
            return Err(format!("evaluate answered {answer}").into());
        }
        first = first.or(Some(process.memory_mb()?.0));
    }
    let (now_mb, peak_mb) = process.memory_mb()?;
    let each = process.time()?.as_secs_f64() * 1e6 / f64::from(u32::try_from(events)?);
    process.end()?;
    stack.stop().await?;
    Ok(Figure::new(SECTION, format!("evaluate, resident after {events} events"), now_mb, "MB").at_most(32.0).note(
        format!(
            "{:.1} MB after the first batch, {peak_mb:.1} MB at most; {profiles} profiles; {each:.0} µs of processor time an event",
            first.unwrap_or_default()
        ),
    ))
}

fn records(batch: usize, profiles: usize, start: Timestamp) -> Outcome<Batch> {
    let mut event = Batch::default();
    for place in 0..BATCH {
        let number = batch * BATCH + place;
        let at = after(start, Span::from_millis(i64::try_from(number)?));
        let id = format!("5c1e0b7e-6a54-4c0e-9d9b-{number:012}");
        let input = Event {
            id: id.clone(),
            kind: EventKind::Track,
            name: workload::EVENT.to_owned(),
            at,
            source: Source::Server,
            hops: 0,
            properties: workload::product_added("c-1", number % 3),
        };
        let profile = workload::profile_id(number % profiles)?;
        let item = InboxItem {
            profile,
            id,
            at,
            received: at,
            inputs: vec![Input::Event(input)],
        };
        let image = codec::encode_inbox(&item, after(at, Span::from_days(90)))?;
        let record = Record {
            position: number + 1,
            change: Change::Insert,
            key: image.key()?,
            image,
        };
        event.records.push(record.event_record());
    }
    Ok(event)
}
