//! The shop: its campaigns, its days, and everybody in it.

use super::when::{instant, span};
use super::{Letter, Person};
use crate::memory::{Delivery, Fault, When};
use crate::world::provider::{self, Word};
use crate::world::{Heard, Reader, World, definitions};
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::PortError;
use beckon_shared::telemetry::Metric;
use serde_json::Value;
use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A shop that runs on the bundle. A clone is the same shop.
#[derive(Clone)]
pub struct Shop(Rc<RefCell<Inner>>);

struct Inner {
    world: World,
    in_force: Definitions,
    paused: Vec<&'static str>,
    /// How many messages of each profile were spoken of.
    read: BTreeMap<ProfileId, usize>,
    /// How often each reason was spoken of.
    held_back: BTreeMap<String, f64>,
    /// How many records set aside were spoken of.
    set_aside: usize,
    said: u64,
    last_request: Option<(String, &'static str, Value)>,
}

impl Shop {
    /// Opens a shop with a few of the campaigns that ship.
    pub fn opens(at: &str) -> Self {
        let few = definitions::few().unwrap_or_else(|error| panic!("{error}"));
        Self::opens_with(at, few.clone())
    }

    /// Opens a shop with campaigns of its own.
    pub fn opens_with(at: &str, definitions: Definitions) -> Self {
        let mut world = World::new(instant(at));
        world.counts.listening = true;
        let shop = Self(Rc::new(RefCell::new(Inner {
            world,
            in_force: definitions.clone(),
            paused: Vec::new(),
            read: BTreeMap::new(),
            held_back: BTreeMap::new(),
            set_aside: 0,
            said: 0,
            last_request: None,
        })));
        shop.applies(definitions);
        shop
    }

    /// Puts other definitions in force, as `beckon apply` does.
    pub fn applies(&self, definitions: Definitions) {
        self.inner().in_force = definitions;
        self.publish();
    }

    /// Pauses a campaign.
    pub fn pauses(&self, campaign: &'static str) {
        self.inner().paused.push(campaign);
        self.publish();
    }

    /// Lets it go on.
    pub fn resumes(&self, campaign: &str) {
        self.inner().paused.retain(|paused| *paused != campaign);
        self.publish();
    }

    fn publish(&self) {
        let inner = self.inner();
        definitions::publish(
            &inner.world.outside.store,
            &inner.in_force,
            &inner.paused,
            inner.world.now(),
        )
        .expect("nothing goes wrong while applying");
    }

    /// A customer whom the shop's server knows by name and address.
    pub fn customer(&self, name: &str) -> Person {
        let person = self.stranger(name);
        person.is(serde_json::json!({ "first_name": name, "email": person.email() }));
        person
    }

    /// A customer of whom nothing is known yet but a user id.
    pub fn stranger(&self, name: &str) -> Person {
        Person::new(self.clone(), name)
    }

    /// Lets time pass.
    pub fn passes(&self, time: &str) {
        self.inner().world.advance(span(time));
    }

    /// Lets time pass until then.
    pub fn comes_to(&self, time: &str) {
        self.inner().world.advance_to(instant(time));
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.inner().world.now()
    }

    /// Something that stories have no words for.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.inner().world)
    }

    /// The last request reaches the shop once more, word by word.
    pub fn hears_the_last_request_again(&self) {
        let (path, key, body) = self.inner().last_request.clone().expect("something was said");
        self.post(&path, key, body);
    }

    /// Everything that the stream ever carried comes again, to both who read it.
    pub fn sees_the_whole_stream_again(&self) {
        let world = &mut self.inner().world;
        let records = world.outside.store.records_from(0);
        let inbox: Vec<_> = records
            .iter()
            .filter(|record| record.is_for_evaluate())
            .cloned()
            .collect();
        let outbox: Vec<_> = records.into_iter().filter(|record| record.is_for_send()).collect();
        world.repeat(Reader::Evaluate, &inbox);
        world.repeat(Reader::Send, &outbox);
        world.until_idle();
    }

    /// All calls whose name starts so fail from now on, before they do anything.
    pub fn loses(&self, port: &'static str) {
        self.inner().world.outside.faults.install(move |call, when| {
            (call.starts_with(port) && when == When::Before)
                .then(|| Fault::Error(PortError::Retry("throttled".to_owned())))
        });
    }

    /// Whatever failed works again.
    pub fn recovers(&self) {
        self.inner().world.outside.faults.clear();
    }

    /// A guard held back exactly one more message, for this reason.
    pub fn held_one_back(&self, reason: &str) {
        let mut inner = self.inner();
        let counted = inner.world.counts.of(Metric::Skipped, reason);
        let told = inner.held_back.entry(reason.to_owned()).or_default();
        *told += 1.0;
        assert!(
            (counted - *told).abs() < 0.5,
            "held back by `{reason}`: {counted} times, not {told}"
        );
    }

    /// Exactly one more record was set aside, for a reason that says this.
    pub fn set_one_aside(&self, reason: &str) {
        let mut inner = self.inner();
        let records = inner.world.outside.set_aside.records();
        let new = records.get(inner.set_aside..).unwrap_or_default();
        assert_eq!(new.len(), 1, "set aside: {new:?}");
        assert!(
            new.iter().all(|record| record.reason.contains(reason)),
            "set aside: {new:?}"
        );
        inner.set_aside = records.len();
    }

    /// Whatever was set aside so far is no surprise.
    pub fn knows_of_set_aside(&self) {
        let mut inner = self.inner();
        inner.set_aside = inner.world.outside.set_aside.records().len();
    }

    /// Everything that somebody received and nobody spoke of; now it is.
    pub fn letters(&self, person: &Person) -> Vec<Letter> {
        std::iter::from_fn(|| self.next_letter(&person.profile())).collect()
    }

    /// SES says something of the last message that somebody received.
    pub fn hears_from_ses(&self, letter: &Letter, word: Word) {
        let mut inner = self.inner();
        inner.said += 1;
        let event = provider::notification(
            &letter.delivery,
            word,
            inner.world.now(),
            &format!("sns-{}", inner.said),
        );
        inner.world.publish_feedback(event);
        inner.world.until_idle();
    }

    pub(super) fn deliveries(&self, profile: &ProfileId) -> Vec<Delivery> {
        self.inner().deliveries(profile)
    }

    /// Takes the next message that was not spoken of.
    pub(super) fn next_letter(&self, profile: &ProfileId) -> Option<Letter> {
        let mut inner = self.inner();
        let deliveries = inner.deliveries(profile);
        let read = inner.read.entry(profile.clone()).or_default();
        let delivery = deliveries.get(*read).cloned()?;
        *read += 1;
        Some(Letter { delivery })
    }

    pub(super) fn unread(&self, profile: &ProfileId) -> Vec<Delivery> {
        let inner = self.inner();
        let read = inner.read.get(profile).copied().unwrap_or_default();
        inner.deliveries(profile).into_iter().skip(read).collect()
    }

    /// An id that nothing had before.
    pub(super) fn new_id(&self) -> String {
        let mut inner = self.inner();
        inner.said += 1;
        format!("m-{}", inner.said)
    }

    /// Posts and lets what follows at once happen.
    pub(super) fn post(&self, path: &str, key: &'static str, body: Value) -> Heard {
        let mut inner = self.inner();
        inner.last_request = Some((path.to_owned(), key, body.clone()));
        let heard = inner.world.post(path, key, &body).expect("ingest lives");
        inner.world.until_idle();
        heard
    }

    fn inner(&self) -> RefMut<'_, Inner> {
        self.0.borrow_mut()
    }
}

impl Inner {
    fn deliveries(&self, profile: &ProfileId) -> Vec<Delivery> {
        let mut all = self.world.outside.deliveries();
        all.retain(|delivery| delivery.outgoing.profile == *profile);
        all
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for profile in self.world.outside.store.profiles() {
            let read = self.read.get(&profile).copied().unwrap_or_default();
            let unread: Vec<String> = self
                .deliveries(&profile)
                .iter()
                .skip(read)
                .map(|delivery| format!("{} at {}", delivery.outgoing.campaign, delivery.at))
                .collect();
            assert!(unread.is_empty(), "{profile} received what nobody spoke of: {unread:?}");
        }
        let records = self.world.outside.set_aside.records();
        assert_eq!(
            records.len(),
            self.set_aside,
            "set aside, and nobody spoke of it: {records:?}"
        );
        assert!(
            self.world.streams_are_down || self.world.is_idle(),
            "the story ended too early"
        );
    }
}
