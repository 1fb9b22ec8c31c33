//! The table: items by key, the due index, the stream.

use super::fault::Faults;
use super::stream::{Change, Record};
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::PortError;
use beckon_shared::ports::outbox::Envelope;
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::keys::{self, Key, Kind};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The table, behind every port of the store. A clone is the same table.
#[derive(Clone)]
pub struct MemoryStore {
    pub(super) faults: Faults,
    table: Rc<RefCell<Table>>,
}

/// Items, what is due, and what changed.
#[derive(Default)]
pub(super) struct Table {
    items: BTreeMap<Key, Item>,
    /// By `due_pk`, `due_sk` and key.
    due: BTreeSet<(String, String, Key)>,
    stream: Vec<Record>,
    /// Instances that were started over it.
    instances: u64,
}

impl MemoryStore {
    /// An empty table.
    pub fn new(faults: Faults) -> Self {
        Self {
            faults,
            table: Rc::default(),
        }
    }

    /// What the stream has carried from this position on (0: the beginning), in order.
    pub fn records_from(&self, position: usize) -> Vec<Record> {
        self.read(|table| table.stream.get(position..).unwrap_or_default().to_vec())
    }

    /// Removes what has expired by `now`, as DynamoDB does some time later.
    pub fn expire(&self, now: Timestamp) {
        self.write(|table| {
            let expired: Vec<Key> = table
                .items
                .iter()
                .filter(|(_, item)| item.number::<i64>(keys::TTL).is_ok_and(|ttl| ttl < now.as_second()))
                .map(|(key, _)| key.clone())
                .collect();
            for key in expired {
                table.remove(&key);
            }
        });
    }

    /// Every profile that has anything, in order. No fault strikes.
    pub fn profiles(&self) -> Vec<ProfileId> {
        self.read(|table| {
            let ids: BTreeSet<ProfileId> = table.items.keys().filter_map(Key::profile).collect();
            ids.into_iter().collect()
        })
    }

    /// The profile as it is saved. No fault strikes.
    pub fn profile(&self, id: &ProfileId) -> Result<Option<Profile>, PortError> {
        self.read(|table| {
            let Some(state) = table.get(&keys::state(id)) else {
                return Ok(None);
            };
            Ok(Some(codec::decode_profile(state, table.get(&keys::traits(id)))?))
        })
    }

    /// The profile's inbox, in order of event time. No fault strikes.
    pub fn inbox(&self, id: &ProfileId) -> Result<Vec<InboxItem>, PortError> {
        self.read(|table| {
            table
                .partition(id)
                .filter(|(key, _)| key.kind() == Kind::Inbox)
                .map(|(_, item)| Ok(codec::decode_inbox(item)?))
                .collect()
        })
    }

    /// The profile's messages, in order of their ids. No fault strikes.
    pub fn messages(&self, id: &ProfileId) -> Result<Vec<Envelope>, PortError> {
        self.read(|table| {
            table
                .partition(id)
                .filter(|(key, _)| key.kind() == Kind::Message)
                .map(|(_, item)| Ok(codec::decode_envelope(item)?))
                .collect()
        })
    }

    /// A number that no other instance of a function has.
    pub fn number_of_an_instance(&self) -> u64 {
        self.write(|table| {
            table.instances += 1;
            table.instances
        })
    }

    /// When the first entry of the due index is due, over all shards; long ago, where somebody stands in a line.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = |(pk, sk, _): &(String, String, Key)| match pk.starts_with(keys::LINE_PREFIX) {
            true => Some(Timestamp::UNIX_EPOCH),
            false => keys::due_time(sk),
        };
        self.read(|table| table.due.iter().filter_map(due).min())
    }

    /// Puts any item, well formed or not: a poison record, for one.
    pub fn put_raw(&self, item: Item) -> Result<(), PortError> {
        let key = item.key()?;
        self.write(|table| table.put(key, item));
        Ok(())
    }

    pub(super) fn read<T>(&self, with: impl FnOnce(&Table) -> T) -> T {
        with(&self.table.borrow())
    }

    pub(super) fn write<T>(&self, with: impl FnOnce(&mut Table) -> T) -> T {
        with(&mut self.table.borrow_mut())
    }
}

impl Table {
    pub(super) fn get(&self, key: &Key) -> Option<&Item> {
        self.items.get(key)
    }

    /// Everything in a profile's partition, by sort key.
    pub(super) fn partition(&self, id: &ProfileId) -> impl Iterator<Item = (&Key, &Item)> {
        let pk = keys::profile_pk(id);
        let from = Key {
            pk: pk.clone(),
            sk: String::new(),
        };
        self.items.range(from..).take_while(move |(key, _)| key.pk == pk)
    }

    /// What is due in the index's partitions of one shard, day by day.
    pub(super) fn due_in(&self, shard: u16) -> impl Iterator<Item = (&str, &Key)> {
        let ending = format!("#{shard}");
        self.due
            .iter()
            .filter(move |(pk, _, _)| pk.ends_with(&ending) && !pk.starts_with(keys::LINE_PREFIX))
            .map(|(_, sk, key)| (sk.as_str(), key))
    }

    /// Who stands in a partition of a line, in order.
    pub(super) fn line_in(&self, due_pk: String) -> impl Iterator<Item = (&str, &Key)> {
        self.due
            .iter()
            .filter(move |(pk, _, _)| *pk == due_pk)
            .map(|(_, sk, key)| (sk.as_str(), key))
    }

    /// Whose totals wait in a partition of the index, those that have waited longest first.
    pub(super) fn waiting_in(&self, due_pk: &str) -> impl Iterator<Item = &Key> {
        let of_partition = move |place: &&(String, String, Key)| place.0 == due_pk;
        self.due.iter().filter(of_partition).map(|(_, _, key)| key)
    }

    /// Everything in a partition, by sort key.
    pub(super) fn of(&self, pk: &str) -> impl Iterator<Item = &Item> {
        let from = Key {
            pk: pk.to_owned(),
            sk: String::new(),
        };
        let items = self.items.range(from..).take_while(move |(key, _)| key.pk == pk);
        items.map(|(_, item)| item)
    }

    /// Puts the item, keeps the index up, and tells the stream if anything changed.
    pub(super) fn put(&mut self, key: Key, item: Item) {
        let before = self.items.insert(key.clone(), item.clone());
        if before.as_ref() == Some(&item) {
            return;
        }
        if let Some(place) = before.as_ref().and_then(|before| place(&key, before)) {
            self.due.remove(&place);
        }
        self.due.extend(place(&key, &item));
        let change = match before {
            None => Change::Insert,
            Some(_) => Change::Modify,
        };
        self.tell(change, key, item);
    }

    /// Puts the item unless there is one. Says whether it did.
    pub(super) fn put_new(&mut self, key: Key, item: Item) -> bool {
        let new = !self.items.contains_key(&key);
        if new {
            self.put(key, item);
        }
        new
    }

    fn remove(&mut self, key: &Key) {
        if let Some(before) = self.items.remove(key) {
            if let Some(place) = place(key, &before) {
                self.due.remove(&place);
            }
            self.tell(Change::Remove, key.clone(), Item::new());
        }
    }

    fn tell(&mut self, change: Change, key: Key, image: Item) {
        self.stream.push(Record {
            position: self.stream.len(),
            change,
            key,
            image,
        });
    }
}

/// The item's place in the due index, if it has one.
fn place(key: &Key, item: &Item) -> Option<(String, String, Key)> {
    let pk = item.text(keys::DUE_PK).ok()?;
    let sk = item.text(keys::DUE_SK).ok()?;
    Some((pk.to_owned(), sk.to_owned(), key.clone()))
}
