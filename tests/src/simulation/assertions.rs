//! What must hold: always, when the storm has passed, and at the end.

use super::Figures;
use super::chronicle::{Arrival, Chronicle};
use super::reference::{Decided, Reference};
use super::system::System;
use crate::memory::{Delivery, run};
use crate::world::World;
use beckon_shared::domain::campaign::Policy;
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::{Message, Status};
use beckon_shared::domain::time::{Span, Timestamp, before};
use beckon_shared::ports::DueIndex;
use beckon_shared::ports::due::{DueEntry, SHARDS};
use std::collections::{BTreeMap, BTreeSet};

/// How late a look may be where nothing goes wrong: the sweep every five minutes, a minute's
/// grace, a minute's bucket; an alarm that was woken in vain is woken again after fifteen.
const LATEST: Span = Span::from_mins(25);

/// Largest state that lives like these come to, in bytes of its stored form.
const STATE_MAX_BYTES: usize = 16_000;

/// Reference lives, as far as they were compared.
#[derive(Default)]
pub struct Compared {
    chronicle: Chronicle,
    people: BTreeMap<ProfileId, Person>,
}

struct Person {
    reference: Reference,
    looks: usize,
    known: usize,
    expected: Vec<Decided>,
}

/// What must hold at any time.
pub fn always(system: &mut System) -> Result<(), String> {
    let mut compared = std::mem::take(&mut system.compared);
    let result = compared
        .read_on(system)
        .and_then(|()| compared.decisions())
        .and_then(|()| compared.copies(system));
    system.compared = compared;
    result
}

/// What must hold where nothing has gone wrong for hours.
pub fn when_calm(system: &System) -> Result<(), String> {
    let world = &system.world;
    if !world.is_idle() {
        return Err("something is still in flight".to_owned());
    }
    if let Some(discarded) = world.discarded.first() {
        return Err(format!("a record was given up: {discarded:?}"));
    }
    let aside = world.outside.set_aside.records();
    if !aside.is_empty() {
        return Err(format!("records were set aside: {aside:?}"));
    }
    system.compared.nothing_lost(system)?;
    system.compared.nothing_forgotten(world)?;
    due_index(world)
}

/// What must hold once everything that was to come has come.
pub fn at_the_end(system: &System) -> Result<Figures, String> {
    let mut unknown = 0;
    for (profile, life) in &system.compared.chronicle.lives {
        for message in &life.messages {
            unknown += u64::from(ended(system, profile, message)?);
        }
    }
    let doubts = system.toll.doubts.get();
    if unknown > doubts {
        return Err(format!("{unknown} messages are unknown, after {doubts} faults"));
    }
    let lives = system.compared.chronicle.lives.values();
    Ok(Figures {
        accepted: system.accepted.len(),
        looks: lives.clone().map(|life| life.looks.len()).sum(),
        decided: lives.map(|life| life.messages.len()).sum(),
        left: deliveries(&system.world).len(),
        faults: system.toll.faults.get(),
    })
}

impl Compared {
    fn read_on(&mut self, system: &System) -> Result<(), String> {
        self.chronicle.read_on(&system.world, &system.said)?;
        for (profile, life) in &self.chronicle.lives {
            let person = self.people.entry(profile.clone()).or_insert_with(|| Person {
                reference: Reference::new(profile.clone()),
                looks: 0,
                known: 0,
                expected: Vec::new(),
            });
            for look in life.looks.get(person.looks..).unwrap_or_default() {
                if look.known < person.known {
                    return Err(format!("{profile} is known less of at {} than before", look.now));
                }
                let news = life.arrivals.get(person.known..look.known).unwrap_or_default();
                person.expected.extend(person.reference.look(look.now, news));
                person.known = look.known;
                person.looks += 1;
            }
        }
        Ok(())
    }

    /// Every look came to what the reference says, in that order, and to nothing else.
    fn decisions(&self) -> Result<(), String> {
        for (profile, person) in &self.people {
            let Some(life) = self.chronicle.lives.get(profile) else {
                continue;
            };
            let expected: Vec<_> = person
                .expected
                .iter()
                .map(|told| (told.at, told.campaign, told.key.as_str()))
                .collect();
            let decided: Vec<_> = life.messages.iter().map(summary).collect();
            if decided != expected {
                let place = decided
                    .iter()
                    .zip(&expected)
                    .take_while(|(decided, expected)| decided == expected)
                    .count();
                let looks = life.looks.get(life.looks.len().saturating_sub(4)..);
                return Err(format!(
                    "{profile}: after {place} decisions alike, decided {:?} where {:?} was to be; last looks {looks:?}",
                    decided.get(place..),
                    expected.get(place..)
                ));
            }
        }
        Ok(())
    }

    /// Nothing left that was not decided, and nothing twice that may leave once.
    fn copies(&self, system: &System) -> Result<(), String> {
        let mut once: BTreeSet<MessageId> = BTreeSet::new();
        for delivery in deliveries(&system.world) {
            let outgoing = &delivery.outgoing;
            let Some(message) = self.chronicle.message(&outgoing.profile, &outgoing.message) else {
                return Err(format!("{outgoing:?} left, but nobody decided it"));
            };
            let again = !once.insert(outgoing.message.clone());
            if again && (message.policy == Policy::AtMostOnce || system.toll.doubts.get() == 0) {
                return Err(format!("{} of {} left twice", message.step, message.campaign));
            }
        }
        Ok(())
    }

    /// Everything that was answered with 200 is known to the profiles, which are what it made them.
    fn nothing_lost(&self, system: &System) -> Result<(), String> {
        let arrived: BTreeSet<&str> = self
            .chronicle
            .lives
            .values()
            .flat_map(|life| &life.arrivals)
            .map(|arrival| arrival.said.id.as_str())
            .collect();
        if let Some(lost) = system.accepted.iter().find(|id| !arrived.contains(id.as_str())) {
            return Err(format!("`{lost}` was accepted and is in no inbox"));
        }
        for (profile, person) in &self.people {
            let mut reference = person.reference.clone();
            reference.look(system.world.now(), self.news(profile, person));
            let saved = system
                .world
                .outside
                .store
                .profile(profile)
                .map_err(|error| error.to_string())?;
            let state = saved.unwrap_or_default().state;
            let items: BTreeSet<String> = state
                .lists
                .get("cart")
                .into_iter()
                .flat_map(|cart| cart.items())
                .filter_map(|item| item.get("product_id")?.as_str().map(str::to_owned))
                .collect();
            let expected: BTreeSet<String> = reference.cart().into_iter().map(str::to_owned).collect();
            if items != expected {
                return Err(format!("{profile}'s cart holds {items:?}, not {expected:?}"));
            }
            let bytes = serde_json::to_vec(&state).map_err(|error| error.to_string())?.len();
            if bytes > STATE_MAX_BYTES {
                return Err(format!("{profile}'s state has grown to {bytes} bytes"));
            }
        }
        Ok(())
    }

    /// A look now would come to nothing that should have been decided long ago.
    fn nothing_forgotten(&self, world: &World) -> Result<(), String> {
        let now = world.now();
        for (profile, person) in &self.people {
            let mut reference = person.reference.clone();
            let missed = reference.look(now, self.news(profile, person));
            if let Some(missed) = missed.iter().find(|missed| missed.since < before(now, LATEST)) {
                return Err(format!("{profile} was not looked at by {now}: {missed:?}"));
            }
        }
        Ok(())
    }

    /// What arrived since the last look that was saved.
    fn news(&self, profile: &ProfileId, person: &Person) -> &[Arrival] {
        let life = self.chronicle.lives.get(profile);
        life.and_then(|life| life.arrivals.get(person.known..))
            .unwrap_or_default()
    }
}

/// Whether a message is settled as it should be; whether it is one of which nobody knows.
fn ended(system: &System, profile: &ProfileId, message: &Message) -> Result<bool, String> {
    let named = format!("{} of {} for {profile}", message.step, message.campaign);
    let all = system
        .world
        .outside
        .store
        .messages(profile)
        .map_err(|error| error.to_string())?;
    let envelope = all
        .iter()
        .find(|envelope| envelope.message.id == message.id)
        .ok_or(format!("{named} is gone"))?;
    let copies = deliveries(&system.world)
        .iter()
        .filter(|left| left.outgoing.message == message.id)
        .count();
    match (envelope.status, message.policy) {
        (Status::Sent, _) if copies > 0 => Ok(false),
        (Status::Skipped, _) if copies == 0 => Ok(false),
        (Status::Unknown, Policy::AtMostOnce) => Ok(true),
        (status, policy) => Err(format!(
            "{named} ({policy:?}) ended as {status:?}, with {copies} copies"
        )),
    }
}

/// The due index says what the states say, and nothing in it is overdue.
fn due_index(world: &World) -> Result<(), String> {
    let (store, now) = (&world.outside.store, world.now());
    let mut indexed: BTreeSet<(String, Timestamp)> = BTreeSet::new();
    for shard in 0..SHARDS {
        let page = run(store.due(shard, Timestamp::MIN, Timestamp::MAX, u16::MAX, None)).finished();
        let page = page.transpose().map_err(|error| error.to_string())?.unwrap_or_default();
        for entry in page.entries {
            let (who, due) = match entry {
                DueEntry::Alarm { profile, due } => (profile.to_string(), due),
                DueEntry::Message { profile, message, due } => (format!("{profile} {message}"), due),
            };
            if due < before(now, LATEST) {
                return Err(format!("{who} was due at {due}, and it is {now}"));
            }
            indexed.insert((who, due));
        }
    }
    for profile in store.profiles() {
        let saved = store
            .profile(&profile)
            .map_err(|error| error.to_string())?
            .unwrap_or_default();
        let alarm = saved.state.alarm;
        let found = indexed
            .iter()
            .find(|(who, _)| *who == profile.to_string())
            .map(|(_, due)| *due);
        if alarm != found {
            return Err(format!("{profile} wants a look at {alarm:?}, the index says {found:?}"));
        }
    }
    Ok(())
}

fn deliveries(world: &World) -> Vec<Delivery> {
    world.outside.deliveries()
}

fn summary(message: &Message) -> (Timestamp, &str, &str) {
    let key = message
        .context
        .get("key")
        .and_then(|key| key.as_str())
        .unwrap_or_default();
    (message.decided, message.campaign.as_str(), key)
}
