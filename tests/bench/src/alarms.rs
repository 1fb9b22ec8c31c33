//! Calls of the Scheduler for 100,000 alarms due within a day, by the real adapter against an
//! endpoint that counts; the table is in memory.

use crate::Outcome;
use crate::canned::CannedAws;
use crate::report::Figure;
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use aws_lambda_events::dynamodb::Event as Batch;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::id::draw;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::definitions::{Definition, Listed, Manifest};
use beckon_shared::ports::due::{Bucket, SHARDS};
use beckon_shared::ports::{Clock as _, Definitions as _};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::scheduler::{EventBridgeScheduler, Settings};
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::telemetry::Metrics;
use beckon_tests::memory::{Change, MemorySetAside, MemoryStore, MemoryWorld, Record, VirtualClock, When};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

const SECTION: &str = "Scheduler calls for 100,000 alarms due within one day";
/// A batch of the stream.
const BATCH: usize = 100;
/// Instances of `evaluate` at work.
const INSTANCES: usize = 4;
/// Minutes of a day, each with every shard.
const BUCKETS: u32 = 1_440 * SHARDS as u32;

type Evaluate = evaluate::Deps<MemoryStore, EventBridgeScheduler, MemorySetAside, VirtualClock>;

/// When alarms are due.
#[derive(Debug, Clone, Copy)]
enum Spread {
    /// All at one minute: birthdays at 09:00.
    OneMinute,
    /// All over the day, decided in no order: ends of trials.
    OverTheDay,
}

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let people = setting.times(100_000, 10_000);
    let shipped = Shipped::read(setting)?;
    let mut figures = Vec::new();
    for (spread, what) in [
        (Spread::OneMinute, "all at one minute"),
        (Spread::OverTheDay, "spread over the day"),
    ] {
        progress(&format!("alarms: {people} profiles, {what}"));
        let run = Run::start(&shipped).await?;
        for instances in [1, INSTANCES] {
            run.decide(spread, people, instances).await?;
            let (calls, made) = run.asked();
            let name = format!(
                "{what}, {instances} instance{} of evaluate",
                if instances == 1 { "" } else { "s" }
            );
            let mut figure = Figure::new(SECTION, name, calls, "calls").at_most(BUCKETS.into());
            if instances == 1 {
                figure = figure.note(format!("{made} schedules made for {people} people"));
            } else {
                figure =
                    figure.note("more calls than schedules are answered with `it exists`: each instance asks once");
            }
            figures.push(figure);
        }
        let woken = run.wake(spread).await?;
        figures.push(woken);
    }
    Ok(figures)
}

/// A table, and what it was asked so far.
struct Run {
    world: MemoryWorld,
    canned: CannedAws,
    counted: RefCell<(usize, usize)>,
}

impl Run {
    async fn start(shipped: &Shipped) -> Outcome<Self> {
        let world = MemoryWorld::new(start()?);
        let campaign = shipped.until();
        world
            .store
            .store(&Definition::Workspace(shipped.workspace.clone()))
            .await?;
        world.store.store(&Definition::Campaign(campaign.clone())).await?;
        let listed = Listed {
            version: campaign.version.clone(),
            paused: false,
            migrate: false,
        };
        let manifest = Manifest {
            revision: 1,
            workspace: Some(shipped.workspace.version.clone()),
            campaigns: BTreeMap::from([(campaign.name.clone(), listed)]),
            ..Manifest::default()
        };
        world.store.publish(&manifest).await?;
        Ok(Self {
            world,
            canned: CannedAws::start().await?,
            counted: RefCell::default(),
        })
    }

    /// Calls and schedules made since the last look.
    fn asked(&self) -> (f64, usize) {
        let now = (self.canned.calls("CreateSchedule"), self.canned.schedules());
        let before = self.counted.replace(now);
        let calls = u32::try_from(now.0 - before.0).map_or(f64::MAX, f64::from);
        (calls, now.1)
    }

    /// An event for each person, folded by so many fresh instances. Each event restarts the
    /// person's wait, so every run decides every alarm.
    async fn decide(&self, spread: Spread, people: usize, instances: usize) -> Outcome<()> {
        let instances = (0..instances)
            .map(|_| self.evaluate())
            .collect::<Outcome<Vec<Evaluate>>>()?;
        for first in (0..people).step_by(BATCH) {
            let place = first / BATCH;
            let Some(deps) = instances.get(place % instances.len()) else {
                continue;
            };
            let mut batch = Batch::default();
            for person in first..(first + BATCH).min(people) {
                batch.records.push(self.record(spread, person)?.event_record());
            }
            let answer = Box::pin(evaluate::handle(deps, batch)).await;
            if answer != Default::default() {
                return Err("evaluate wants records again".into());
            }
            self.world.clock.advance(Span::from_millis(100));
        }
        Ok(())
    }

    fn record(&self, spread: Spread, person: usize) -> Outcome<Record> {
        let now = self.world.clock.now();
        let profile = workload::profile_id(person)?;
        let until = due(spread, profile.as_str())?;
        let properties = json!({ "cart_id": "c", "until": until.to_string() });
        let id = format!("{person}-{}", now.as_millisecond());
        let event = Event {
            id: id.clone(),
            kind: EventKind::Track,
            name: workload::EVENT.to_owned(),
            at: now,
            source: Source::Server,
            hops: 0,
            properties: properties.as_object().cloned().unwrap_or_default(),
        };
        let item = InboxItem {
            profile,
            id,
            at: now,
            received: now,
            inputs: vec![Input::Event(event)],
        };
        let image = codec::encode_inbox(&item, after(now, Span::from_days(90)))?;
        let position = usize::try_from(now.as_millisecond())? * 1_000_000 + person;
        Ok(Record {
            position,
            change: Change::Insert,
            key: image.key()?,
            image,
        })
    }

    fn evaluate(&self) -> Outcome<Evaluate> {
        let arn = |name: &str| format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}");
        let settings = Settings {
            group: "beckon".to_owned(),
            check_arn: arn("check"),
            role_arn: arn("role"),
            dlq_arn: arn("dlq"),
        };
        Ok(Evaluate {
            counting: evaluate::Counting::of_any_instance(),
            store: self.world.store.clone(),
            rules: RulesCache::new(self.world.store.clone()),
            scheduler: EventBridgeScheduler::new(workload::aws(self.canned.url())?.scheduler(), settings),
            set_aside: self.world.set_aside.clone(),
            clock: self.world.clock.clone(),
            memory: evaluate::Memory::default(),
            metrics: Rc::new(Metrics::new("evaluate")),
        })
    }

    /// What `check` does with the buckets of an hour, by calls of the table.
    async fn wake(&self, spread: Spread) -> Outcome<Figure> {
        let calls = Rc::<RefCell<BTreeMap<&'static str, usize>>>::default();
        let counted = Rc::clone(&calls);
        self.world.faults.install(move |call, when| {
            *counted.borrow_mut().entry(call).or_default() += usize::from(when == When::Before);
            None
        });
        let deps = check::Deps {
            store: self.world.store.clone(),
            scheduler: self.world.scheduler.clone(),
            clock: self.world.clock.clone(),
            metrics: Rc::new(Metrics::new("check")),
            retention: Span::from_days(30),
        };
        let minute = due(spread, "")?.as_second() / 60;
        let (from, until) = match spread {
            Spread::OneMinute => (minute, minute),
            Spread::OverTheDay => (start()?.as_second() / 60 + 720, start()?.as_second() / 60 + 779),
        };
        for minute in from..=until {
            for shard in 0..SHARDS {
                let bucket = Bucket { minute, shard };
                self.world.clock.set(after(bucket.at(), Span::from_secs(1)));
                Box::pin(check::handle(&deps, check::Call::Bucket(bucket))).await?;
            }
        }
        self.world.faults.clear();
        let calls = calls.borrow();
        let count = |name: &str| calls.get(name).copied().unwrap_or_default();
        let buckets = (until - from + 1) * i64::from(SHARDS);
        let pages = u32::try_from(count("due.due")).map_or(f64::MAX, f64::from);
        Ok(Figure::new(
            SECTION,
            format!("pages of the due index that check reads for {buckets} buckets"),
            pages,
            "pages",
        )
        .note(format!("{} alarms woken, an inbox item each", count("inbox.append"))))
    }
}

fn start() -> Outcome<Timestamp> {
    Ok("2026-03-01T10:00:00Z".parse()?)
}

/// When this person's alarm is due: at 09:00 tomorrow, or at any moment from an hour from the
/// start until a day from it.
fn due(spread: Spread, person: &str) -> Outcome<Timestamp> {
    Ok(match spread {
        Spread::OneMinute => "2026-03-02T09:00:00Z".parse()?,
        Spread::OverTheDay => {
            let span = draw(&["due", person]) % (23 * 3_600_000);
            after(start()?, Span::from_millis(3_600_000 + i64::try_from(span)?))
        }
    })
}
