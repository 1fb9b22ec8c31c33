//! Read and write units an event, as DynamoDB accounts for them (here: as dynoxide does, by the
//! documented rules). The real handlers over the real client; records go from one to the other
//! as the stream would carry them.

use crate::Outcome;
use crate::report::Figure;
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_local::LocalStack;
use beckon_shared::domain::campaign::Campaign;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::profile::State;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::outbox::{Claim, Settled};
use beckon_shared::ports::{Clock, Inbox, Outbox, PortError, Profiles};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::store::DynamoStore;
use beckon_shared::store::capacity::{Access, Capacity, Part};
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::telemetry::Metrics;
use beckon_tests::memory::{Change, MemoryScheduler, MemorySetAside, MemoryWorld, Record, VirtualClock};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const SECTION: &str = "capacity units an accepted event (20 campaigns in force, profiles with 3 KB of traits)";
/// Events of one visit.
const VISIT: usize = 10;
/// Time from one event to the next, over all profiles: ten a second.
const PACE: Span = Span::from_millis(100);

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    progress("capacity: units by part of the table");
    let shipped = Shipped::read(setting)?;
    let profiles = setting.times(50, 10);
    let mut figures = Vec::new();
    for (listening, products) in [(0, 1), (1, 1), (3, 1), (1, 5), (3, 5)] {
        figures.extend(single(&shipped, profiles, listening, products).await?);
    }
    for listening in [0, 1, 3] {
        figures.extend(batches(&shipped, profiles, listening).await?);
    }
    Ok(figures)
}

/// A visit to a shop, an event a request: so many products are put into the cart, again and again.
async fn single(shipped: &Shipped, profiles: usize, listening: usize, products: usize) -> Outcome<Vec<Figure>> {
    let event = if listening == 0 {
        workload::UNHEARD_EVENT
    } else {
        workload::EVENT
    };
    let bundle = Bundle::start(shipped, &shipped.campaigns(listening, event), profiles).await?;
    let mut first = Spent::default();
    let mut further = Spent::default();
    for turn in 0..VISIT {
        for number in 0..profiles {
            let properties = workload::product_added(&format!("cart-{number}"), turn % products);
            let user = workload::profile_id(number)?;
            let message = format!("5c1e0b7e-6a54-4c0e-9d9b-{number:06}{turn:06}");
            let call = workload::call(user.as_str(), &message, event, &properties, bundle.clock.now());
            let spent = bundle.post("/v1/track", &call).await?;
            if turn == 0 {
                first.add(spent, 1)
            } else {
                further.add(spent, 1)
            }
        }
    }
    let mut all = first.clone();
    all.join(&further);
    let name = match (listening, products) {
        (0, _) => "single events, none of 20 listens".to_owned(),
        (_, 1) => format!("single events, {listening} of 20 listen, 1 product in the cart"),
        _ => format!("single events, {listening} of 20 listen, {products} products in the cart"),
    };
    let mut figures = vec![
        Figure::new(
            SECTION,
            format!("{name}: inbox"),
            all.each(Part::Inbox, Access::Write),
            "WCU",
        )
        .at_most(1.0),
        Figure::new(
            SECTION,
            format!("{name}: state"),
            all.each(Part::State, Access::Write),
            "WCU",
        )
        .at_most(1.0)
        .note(format!(
            "in all {:.2}: {all}; the first of a visit: {first}",
            all.total(Access::Write)
        ))
        .note(bundle.state_size(0).await?),
    ];
    if (listening, products) == (1, 1) {
        figures.push(
            Figure::new(
                SECTION,
                "read an event, warm, at ten events a second an instance",
                further.total(Access::Read),
                "RCU",
            )
            .at_most(0.1)
            .note(format!(
                "{}; the first event of a profile that the instance has not met: {:.2}",
                further.told(Access::Read),
                first.total(Access::Read)
            )),
        );
        let sent = bundle.remind(profiles).await?;
        figures.push(
            Figure::new(
                SECTION,
                "a message, from its alarm to its delivery to the provider",
                sent.total(Access::Write),
                "WCU",
            )
            .note(format!(
                "{sent} (the decision is a transaction, which is billed double)"
            )),
        );
    }
    bundle.stack.stop().await?;
    Ok(figures)
}

/// Ten small events of one profile in a request.
async fn batches(shipped: &Shipped, profiles: usize, listening: usize) -> Outcome<Vec<Figure>> {
    let event = if listening == 0 {
        workload::UNHEARD_EVENT
    } else {
        workload::SMALL_EVENT
    };
    let bundle = Bundle::start(shipped, &shipped.campaigns(listening, event), profiles).await?;
    let (mut first, mut all) = (Spent::default(), Spent::default());
    for turn in 0..VISIT {
        for number in 0..profiles {
            let user = workload::profile_id(number)?;
            let calls: Vec<String> = (0..10)
                .map(|place| {
                    workload::small_call(
                        user.as_str(),
                        (turn * profiles + number) * 10 + place,
                        bundle.clock.now(),
                    )
                })
                .collect();
            let spent = bundle.post("/v1/batch", &workload::batch(&calls)).await?;
            if turn == 0 {
                first.add(spent.clone(), 10);
            }
            all.add(spent, 10);
        }
    }
    let name = format!("ten small events a request, {listening} of 20 listen");
    let (size, item_bytes) = (bundle.state_size(0).await?, bundle.item_bytes.get());
    bundle.stack.stop().await?;
    Ok(vec![
        Figure::new(SECTION, format!("{name}: in all"), all.total(Access::Write), "WCU")
            .at_most(0.3)
            .note(format!("{all}; the first request of a visit: {first}"))
            .note(format!("the inbox item is {item_bytes} bytes; {size}")),
    ])
}

/// What some events consumed.
#[derive(Debug, Clone, Default)]
struct Spent {
    units: BTreeMap<(Part, Access), f64>,
    events: f64,
}

impl Spent {
    fn add(&mut self, units: BTreeMap<(Part, Access), f64>, events: u32) {
        self.join(&Self {
            units,
            events: events.into(),
        });
    }

    fn join(&mut self, other: &Self) {
        for (place, units) in &other.units {
            *self.units.entry(*place).or_default() += units;
        }
        self.events += other.events;
    }

    fn each(&self, part: Part, access: Access) -> f64 {
        self.units.get(&(part, access)).copied().unwrap_or_default() / self.events
    }

    fn total(&self, access: Access) -> f64 {
        self.units
            .iter()
            .filter(|((_, known), _)| *known == access)
            .map(|(_, units)| units)
            .sum::<f64>()
            / self.events
    }

    fn told(&self, access: Access) -> String {
        let parts = self.units.keys().filter(|(_, known)| *known == access);
        let parts: Vec<String> = parts
            .map(|(part, _)| format!("{} {:.2}", format!("{part:?}").to_lowercase(), self.each(*part, access)))
            .collect();
        if parts.is_empty() {
            "nothing".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told(Access::Write))
    }
}

/// `ingest` and `evaluate`, warm, over one table.
struct Bundle {
    /// Holds the table.
    stack: LocalStack,
    store: DynamoStore,
    capacity: Arc<Capacity>,
    clock: VirtualClock,
    ingest: ingest::Deps<Tap, DynamoStore, VirtualClock>,
    evaluate: evaluate::Deps<DynamoStore, MemoryScheduler, MemorySetAside, VirtualClock>,
    taken: Rc<RefCell<Vec<InboxItem>>>,
    /// How many records the stream has carried.
    position: Cell<usize>,
    /// Size of the last inbox item.
    item_bytes: Cell<usize>,
}

impl Bundle {
    async fn start(shipped: &Shipped, campaigns: &[Campaign], profiles: usize) -> Outcome<Self> {
        let stack = workload::aws_without_functions().await?;
        let store = workload::store(stack.aws_url())?;
        let capacity = Arc::new(Capacity::default());
        let world = MemoryWorld::new("2026-03-01T10:00:00Z".parse()?);
        workload::apply(&store, shipped, campaigns).await?;
        for number in 0..profiles {
            let mut profile = workload::profile(number, Timestamp::UNIX_EPOCH);
            let expires = "2036-01-01T00:00:00Z".parse()?;
            store
                .save(&workload::profile_id(number)?, &mut profile, true, &[], expires)
                .await?;
        }
        let store = store.observed(Arc::clone(&capacity) as _);
        let taken = Rc::<RefCell<Vec<InboxItem>>>::default();
        let ingest = ingest::Deps {
            inbox: Tap {
                store: store.clone(),
                taken: Rc::clone(&taken),
            },
            rules: RulesCache::new(store.clone()),
            clock: world.clock.clone(),
            keys: ingest::keys::WriteKeys::parse(&workload::write_keys())?,
            metrics: Rc::new(Metrics::new("ingest")),
        };
        let evaluate = evaluate::Deps {
            store: store.clone(),
            rules: RulesCache::new(store.clone()),
            scheduler: world.scheduler.clone(),
            set_aside: world.set_aside.clone(),
            clock: world.clock.clone(),
            memory: evaluate::Memory::default(),
            metrics: Rc::new(Metrics::new("evaluate")),
        };
        let bundle = Self {
            stack,
            store,
            capacity,
            clock: world.clock.clone(),
            ingest,
            evaluate,
            taken,
            position: Cell::default(),
            item_bytes: Cell::default(),
        };
        // Definitions are read once for all that follows.
        bundle.ingest.rules.workspace(bundle.clock.now()).await?;
        bundle.evaluate.rules.rules(bundle.clock.now()).await?;
        bundle.capacity.take();
        Ok(bundle)
    }

    /// Posts a body, folds what comes of it, and says what both consumed.
    async fn post(&self, path: &str, body: &str) -> Outcome<BTreeMap<(Part, Access), f64>> {
        let event = workload::http_event(path, body, "request", self.clock.now());
        let request: LambdaFunctionUrlRequest = serde_json::from_value(event)?;
        let answer = Box::pin(ingest::handle(&self.ingest, request)).await;
        if answer.status_code != 200 {
            return Err(format!("ingest answered {}: {:?}", answer.status_code, answer.body).into());
        }
        self.fold().await?;
        self.clock.advance(PACE);
        Ok(self.capacity.take())
    }

    /// Folds what was taken.
    async fn fold(&self) -> Outcome<()> {
        let mut batch = Event::default();
        batch.records = self.records()?;
        let again = serde_json::to_value(Box::pin(evaluate::handle(&self.evaluate, batch)).await)?;
        if again
            .pointer("/batchItemFailures")
            .and_then(Value::as_array)
            .is_none_or(|failures| !failures.is_empty())
        {
            return Err(format!("evaluate wants records again: {again}").into());
        }
        Ok(())
    }

    /// What the stream carries of the items that were taken.
    fn records(&self) -> Outcome<Vec<EventRecord>> {
        let mut records = Vec::new();
        for item in self.taken.borrow_mut().drain(..) {
            let image = codec::encode_inbox(&item, Timestamp::MAX)?;
            self.item_bytes.set(codec::size(&image));
            self.position.set(self.position.get() + 1);
            let record = Record {
                position: self.position.get(),
                change: Change::Insert,
                key: image.key()?,
                image,
            };
            records.push(record.event_record());
        }
        Ok(records)
    }

    /// Wakes each profile's alarm and carries the message, but for the provider.
    async fn remind(&self, profiles: usize) -> Outcome<Spent> {
        let mut spent = Spent::default();
        self.clock.advance(Span::from_hours(2));
        for number in 0..profiles {
            let profile = workload::profile_id(number)?;
            let known = self.evaluate.rules.rules(self.clock.now()).await?;
            let loaded = self.store.load(&profile).await?.ok_or("the profile is gone")?;
            let first = loaded
                .state
                .enrollments
                .first()
                .ok_or("the profile is in no campaign")?;
            let enrollment = first.id.clone();
            self.capacity.take();
            let now = self.clock.now();
            let id = format!("alarm-{number}");
            let inputs = vec![Input::Alarm { id: id.clone() }];
            let item = InboxItem {
                profile: profile.clone(),
                id,
                at: now,
                received: now,
                inputs,
            };
            self.ingest
                .inbox
                .append(&item, after(now, known.workspace.retention))
                .await?;
            self.fold().await?;
            spent.add(self.capacity.take(), 1);
            let message = MessageId::derive(&enrollment, "reminder");
            let lease = after(now, Span::from_secs(75));
            if !matches!(self.store.claim(&profile, &message, now, lease).await?, Claim::Ours(_)) {
                return Err("the message was not there to claim".into());
            }
            let settled = Settled::Sent {
                provider_id: "0102018d5e6f7a8b-example-000000".to_owned(),
            };
            self.store.settle(&profile, &message, 1, &settled).await?;
            spent.add(self.capacity.take(), 0);
        }
        Ok(spent)
    }

    /// How large a profile's state is as it is stored, and what it is made of.
    async fn state_size(&self, number: usize) -> Outcome<String> {
        let id = workload::profile_id(number)?;
        let profile = self.store.load(&id).await?.ok_or("the profile is gone")?;
        let row = codec::encode_state(&id, profile.version, &profile.state)?;
        let packed = |state: &State| -> Outcome<usize> { Ok(rmp_serde::to_vec_named(state)?.len()) };
        let whole = packed(&profile.state)?;
        let part = |empty: fn(&mut State)| -> Outcome<usize> {
            let mut less = profile.state.clone();
            empty(&mut less);
            Ok(whole - packed(&less)?)
        };
        Ok(format!(
            "the state's item is {} bytes; packed, before it is deflated, {whole}: lists {}, enrollments {}, ids seen {}, \
             past runs {}",
            codec::size(&row),
            part(|state| state.lists.clear())?,
            part(|state| state.enrollments.clear())?,
            part(|state| state.seen = Default::default())?,
            part(|state| state.past.clear())?,
        ))
    }
}

/// An inbox that notes what is appended.
#[derive(Clone)]
struct Tap {
    store: DynamoStore,
    taken: Rc<RefCell<Vec<InboxItem>>>,
}

impl Inbox for Tap {
    async fn append(&self, item: &InboxItem, expires: Timestamp) -> Result<Appended, PortError> {
        let appended = self.store.append(item, expires).await?;
        if appended == Appended::New {
            self.taken.borrow_mut().push(item.clone());
        }
        Ok(appended)
    }

    async fn received_between(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<InboxItem>, PortError> {
        self.store.received_between(profile, after, until).await
    }
}
