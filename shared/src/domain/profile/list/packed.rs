//! A list's entries as bytes: every byte of a profile is written with every event. What entries have in common stands
//! once: the names of their properties, and after them the values of each; that an entry is known by one of its properties.

use super::{Entry, text};
use crate::domain::event::Properties;
use crate::domain::profile::bytes;
use crate::domain::profile::number::{count_of, count_to, signed_to, time_of};
use serde::{Deserializer, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The names of properties, the values of each in order of the entries (null where there is none), and by what entries
/// are known: a property, or else a text for each.
type Table<'t> = (
    Vec<Cow<'t, str>>,
    Vec<Vec<Cow<'t, Value>>>,
    Option<usize>,
    Vec<Cow<'t, str>>,
);

pub(super) fn serialize<S: Serializer>(entries: &[Entry], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::new();
    count_to(&mut bytes, entries.len());
    let mut before = 0;
    for entry in entries {
        signed_to(&mut bytes, i128::from(entry.at) - i128::from(before));
        before = entry.at;
    }
    let table = rmp_serde::to_vec(&table(entries)).map_err(serde::ser::Error::custom)?;
    bytes.extend(table);
    serializer.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
    bytes::read(deserializer, "a list's entries", unpacked)
}

fn table(entries: &[Entry]) -> Table<'_> {
    let names: BTreeSet<&String> = entries
        .iter()
        .filter_map(|entry| entry.properties.as_object())
        .flat_map(Properties::keys)
        .collect();
    let column = |name: &String| -> Vec<Cow<'_, Value>> {
        let values = entries.iter().map(|entry| entry.properties.get(name));
        values
            .map(|value| value.map_or(Cow::Owned(Value::Null), Cow::Borrowed))
            .collect()
    };
    let tells = |name: &&String| {
        let known = |entry: &Entry| entry.properties.get(name.as_str()).and_then(text).as_ref() == Some(&entry.by);
        entries.iter().all(known)
    };
    let by = names.iter().position(tells);
    let texts = entries.iter().filter(|_| by.is_none());
    (
        names.iter().map(|name| Cow::Borrowed(name.as_str())).collect(),
        names.iter().map(|name| column(name)).collect(),
        by,
        texts.map(|entry| Cow::Borrowed(entry.by.as_str())).collect(),
    )
}

fn unpacked(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let count = count_of(&mut bytes)?;
    let mut at = 0_i64;
    // Each takes a byte at least, so that a damaged number costs no memory.
    let mut times = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        at = at.checked_add(time_of(&mut bytes)?)?;
        times.push(at);
    }
    let (names, columns, by, texts): Table<'_> = rmp_serde::from_slice(bytes).ok()?;
    if names.len() != columns.len() {
        return None;
    }
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let mut texts = texts.into_iter();
    let entries = times.into_iter().map(|at| {
        let mut properties = Properties::new();
        let mut known_by = None;
        for (place, (name, column)) in names.iter().zip(&mut columns).enumerate() {
            let value = column.next()?.into_owned();
            if by == Some(place) {
                known_by = text(&value);
            }
            if !value.is_null() {
                properties.insert(name.clone().into_owned(), value);
            }
        }
        let by = match by {
            Some(_) => known_by?,
            None => texts.next()?.into_owned(),
        };
        Some(Entry {
            by,
            at,
            properties: Value::Object(properties),
        })
    });
    entries.collect()
}
