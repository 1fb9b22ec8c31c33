//! `ingest`, `evaluate` and `feedback` in this process, over the table of the local stack.

use super::PACE;
use crate::Outcome;
use crate::workload::{self, Shipped};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_local::LocalStack;
use beckon_shared::domain::campaign::{Campaign, Channel};
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::State;
use beckon_shared::domain::service::Heard;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::inbox::{Appended, LatestPage, Older};
use beckon_shared::ports::origins::{KeptWord, Named, Noted, Origin};
use beckon_shared::ports::profiles::Decided;
use beckon_shared::ports::suppressions::Suppression;
use beckon_shared::ports::{Clock, Inbox, Origins, PortError, Profiles, Suppressions};
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

/// `ingest`, `evaluate` and `feedback`, warm, over one table.
pub(super) struct Bundle {
    /// Holds the table.
    pub(super) stack: LocalStack,
    pub(super) store: DynamoStore,
    pub(super) capacity: Arc<Capacity>,
    pub(super) clock: VirtualClock,
    pub(super) ingest: ingest::Deps<Tap, DynamoStore, VirtualClock>,
    pub(super) feedback: feedback::Deps<Tap, VirtualClock>,
    pub(super) evaluate: evaluate::Deps<DynamoStore, MemoryScheduler, MemorySetAside, VirtualClock>,
    taken: Rc<RefCell<Vec<InboxItem>>>,
    /// How many records the stream has carried.
    position: Cell<usize>,
    /// Size of the last inbox item.
    pub(super) item_bytes: Cell<usize>,
}

impl Bundle {
    pub(super) async fn start(shipped: &Shipped, campaigns: &[Campaign], profiles: usize) -> Outcome<Self> {
        let stack = workload::aws_without_functions().await?;
        let store = workload::store(stack.aws_url())?;
        let capacity = Arc::new(Capacity::default());
        let world = MemoryWorld::new("2026-03-01T10:00:00Z".parse()?);
        workload::apply(&store, shipped, campaigns).await?;
        for number in 0..profiles {
            let mut profile = workload::profile(number, Timestamp::UNIX_EPOCH);
            let expires = "2036-01-01T00:00:00Z".parse()?;
            let traits = Decided {
                traits_changed: true,
                ..Decided::nothing(expires)
            };
            store
                .save(&workload::profile_id(number)?, &mut profile, &traits)
                .await?;
        }
        let store = store.observed(Arc::clone(&capacity) as _);
        let taken = Rc::<RefCell<Vec<InboxItem>>>::default();
        let tap = Tap {
            store: store.clone(),
            taken: Rc::clone(&taken),
        };
        let feedback = feedback::Deps {
            store: tap.clone(),
            clock: world.clock.clone(),
            metrics: Rc::new(Metrics::new("feedback")),
            retention: shipped.workspace.kept.events,
        };
        let ingest = ingest::Deps {
            inbox: tap,
            rules: RulesCache::new(store.clone()),
            clock: world.clock.clone(),
            keys: ingest::keys::WriteKeys::parse(&workload::write_keys())?,
            metrics: Rc::new(Metrics::new("ingest")),
        };
        let evaluate = evaluate::Deps {
            counting: evaluate::Counting::of_any_instance(),
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
            feedback,
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
    pub(super) async fn post(&self, path: &str, body: &str) -> Outcome<BTreeMap<(Part, Access), f64>> {
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
    pub(super) async fn fold(&self) -> Outcome<()> {
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

    /// How large a profile's state is as it is stored, and what it is made of.
    pub(super) async fn state_size(&self, number: usize) -> Outcome<String> {
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
pub(super) struct Tap {
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

    async fn latest(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        now: Timestamp,
        from: Option<&Older>,
    ) -> Result<LatestPage, PortError> {
        self.store.latest(profile, after, now, from).await
    }
}

impl Suppressions for Tap {
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError> {
        self.store.suppress(channel, address, suppression).await
    }

    async fn lift(&self, channel: Channel, address: &str, reason: &str, at: Timestamp) -> Result<bool, PortError> {
        self.store.lift(channel, address, reason, at).await
    }

    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError> {
        self.store.suppression(channel, address).await
    }
}

impl Origins for Tap {
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        told: usize,
        expires: Timestamp,
    ) -> Result<Noted, PortError> {
        self.store.note_origin(service, named, origin, told, expires).await
    }

    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError> {
        self.store.origin(service, named).await
    }

    async fn keep_word(
        &self,
        service: &str,
        id: &str,
        word: &Heard,
        expires: Timestamp,
    ) -> Result<KeptWord, PortError> {
        self.store.keep_word(service, id, word, expires).await
    }
}
