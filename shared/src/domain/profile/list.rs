//! Lists that events keep up: a cart, for one.

mod packed;

use crate::domain::campaign::ListRule;
use crate::domain::event::{Event, Properties};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most entries that are kept; the oldest go first.
const KEPT: usize = 50;
/// Most removals that are remembered, for events that come out of order.
const REMOVED_KEPT: usize = 16;

/// A list. Events may come in any order: an entry's own latest event decides; of two that are
/// said to have happened at the same moment, the one that came last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// Which list it is, where the rule has a `key`.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is on it.
    #[serde(rename = "i", default, with = "packed", skip_serializing_if = "Vec::is_empty")]
    entries: Vec<Entry>,
    /// Everything before this was wiped (milliseconds).
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    wiped: Option<i64>,
    /// Entries removed after that, and when.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<(String, i64)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// What it is known by.
    by: String,
    /// When it was put, in milliseconds.
    at: i64,
    /// What is kept of it: an object, without nulls.
    properties: Value,
}

impl List {
    /// What is on it, in the order it was put.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        self.entries.iter().map(|entry| &entry.properties)
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts or removes an entry that is nothing but its name.
    pub fn change(&mut self, rule: &ListRule, by: &str, put: bool, at: Timestamp) -> bool {
        let at = at.as_millisecond();
        if !put {
            return self.remove(by.to_owned(), at);
        }
        let mut properties = Properties::new();
        properties.insert(rule.by.clone(), Value::from(by));
        self.put(Entry {
            by: by.to_owned(),
            at,
            properties: Value::Object(properties),
        })
    }

    /// Takes what the event says about it, by the rule. Says whether anything changed.
    pub fn take(&mut self, rule: &ListRule, event: &Event) -> bool {
        let named = |events: &[String]| events.contains(&event.name);
        let at = event.at.as_millisecond();
        if named(&rule.clear) {
            return self.wipe(at, event.at, None);
        }
        if let Some(property) = &rule.key
            && let Some(key) = event.properties.get(property).and_then(text)
            && self.key.as_deref() != Some(&key)
        {
            // Another list has begun, unless this is a late word about one that is over.
            let latest = self
                .entries
                .iter()
                .map(|entry| entry.at)
                .chain(self.removed.iter().map(|(_, at)| *at));
            if latest.chain(self.wiped).any(|known| known > at) {
                return false;
            }
            *self = Self {
                key: Some(key),
                wiped: self.wiped,
                ..Self::default()
            };
        }
        if named(&rule.replace) {
            self.replace(rule, event, at)
        } else if named(&rule.put) {
            entry(rule, &event.properties, at).is_some_and(|entry| self.put(entry))
        } else if named(&rule.drop) {
            event
                .properties
                .get(&rule.by)
                .and_then(text)
                .is_some_and(|by| self.remove(by, at))
        } else {
            false
        }
    }

    /// Takes in the same list of another profile, as if its events had come here. Of two that are
    /// not the same (their keys differ), the one with the latest word goes on.
    pub fn merge(&mut self, other: Self) {
        let wiped = self.wiped.max(other.wiped);
        let differ = matches!((&self.key, &other.key), (Some(own), Some(their)) if own != their);
        if differ {
            if other.latest() > self.latest() {
                *self = other;
            }
            self.wiped = wiped;
        } else {
            self.key = self.key.take().or(other.key);
            self.wiped = wiped;
            for (by, at) in other.removed {
                self.remove(by, at);
            }
            for entry in other.entries {
                self.put(entry);
            }
            self.entries.sort_by_key(|entry| entry.at);
        }
        let since = wiped.unwrap_or(i64::MIN);
        self.entries.retain(|entry| entry.at >= since);
        self.removed.retain(|(_, removed)| *removed > since);
    }

    /// When the last word about it was said.
    fn latest(&self) -> Option<i64> {
        let entries = self.entries.iter().map(|entry| entry.at);
        let removed = self.removed.iter().map(|(_, at)| *at);
        entries.chain(removed).chain(self.wiped).max()
    }

    fn wipe(&mut self, at: i64, _when: Timestamp, keep: Option<&[String]>) -> bool {
        if self.wiped.is_some_and(|wiped| wiped > at) {
            return false;
        }
        self.wiped = Some(at);
        self.entries
            .retain(|entry| entry.at > at || keep.is_some_and(|keep| keep.contains(&entry.by)));
        self.removed.retain(|(_, removed)| *removed > at);
        true
    }

    fn replace(&mut self, rule: &ListRule, event: &Event, at: i64) -> bool {
        if self.wiped.is_some_and(|wiped| wiped > at) {
            return false;
        }
        self.wipe(at, event.at, None);
        let products = event.properties.get("products").and_then(Value::as_array);
        for product in products.into_iter().flatten().take(KEPT) {
            if let Some(entry) = product.as_object().and_then(|product| entry(rule, product, at)) {
                self.put(entry);
            }
        }
        true
    }

    fn put(&mut self, entry: Entry) -> bool {
        if self.wiped.is_some_and(|wiped| wiped > entry.at)
            || self.removed.iter().any(|(by, at)| *by == entry.by && *at > entry.at)
        {
            return false;
        }
        match self.entries.iter_mut().find(|known| known.by == entry.by) {
            Some(known) if known.at > entry.at => return false,
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
        if self.entries.len() > KEPT {
            self.entries.remove(0);
        }
        true
    }

    /// Always a change: that it was removed is worth remembering even where it is not there, since
    /// the word that it was put may come later.
    fn remove(&mut self, by: String, at: i64) -> bool {
        self.entries.retain(|entry| entry.by != by || entry.at > at);
        let known = self.removed.iter().position(|(known, _)| *known == by);
        let before = known.map(|place| self.removed.remove(place).1);
        self.removed.push((by, before.map_or(at, |before| before.max(at))));
        if self.removed.len() > REMOVED_KEPT {
            self.removed.remove(0);
        }
        true
    }
}

fn entry(rule: &ListRule, properties: &Properties, at: i64) -> Option<Entry> {
    let by = properties.get(&rule.by).and_then(text)?;
    let kept = properties
        .iter()
        .filter(|(name, value)| (**name == rule.by || rule.keep.contains(name)) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Some(Entry {
        by,
        at,
        properties: Value::Object(kept),
    })
}

/// An identifier as text: strings and numbers serve.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn put(list: &mut List, rule: &ListRule, number: i64, properties: &Value) {
        let at = Timestamp::from_millisecond(1_772_359_200_000 + number * 61_001).expect("a moment");
        let properties = properties.as_object().expect("an object");
        assert!(entry(rule, properties, at.as_millisecond()).is_some_and(|entry| list.put(entry)));
    }

    fn kept(list: &List) -> (usize, List) {
        let bytes = rmp_serde::to_vec_named(list).expect("it is written");
        (bytes.len(), rmp_serde::from_slice(&bytes).expect("it is read"))
    }

    #[test]
    fn entries_come_back_as_they_were_and_are_small() {
        let rule: ListRule =
            serde_json::from_value(json!({ "by": "product_id", "keep": ["name", "price", "sizes"] })).expect("a rule");
        let mut list = List::default();
        put(
            &mut list,
            &rule,
            3,
            &json!({ "product_id": 7, "name": "Tea", "other": 1 }),
        );
        put(
            &mut list,
            &rule,
            1,
            &json!({ "product_id": "p-1", "name": null, "price": 2.5 }),
        );
        put(
            &mut list,
            &rule,
            2,
            &json!({ "product_id": "p-2", "price": 2, "sizes": ["s", "m"] }),
        );
        assert_eq!(kept(&list).1, list);
        let told: Vec<String> = list.items().map(Value::to_string).collect();
        let wanted = [
            r#"{"name":"Tea","product_id":7}"#,
            r#"{"price":2.5,"product_id":"p-1"}"#,
            r#"{"price":2,"product_id":"p-2","sizes":["s","m"]}"#,
        ];
        assert_eq!(told, wanted);
        for number in 10..30 {
            put(
                &mut list,
                &rule,
                number,
                &json!({ "product_id": format!("p-{number}"), "name": "Tea", "price": 30 }),
            );
        }
        let (bytes, again) = kept(&list);
        assert_eq!(again, list);
        assert!(bytes < 450, "{bytes} bytes for 23 entries");
    }

    #[test]
    fn entries_that_are_known_by_nothing_they_hold_come_back_too() {
        let mut list = List::default();
        for by in ["a", "b"] {
            list.put(Entry {
                by: by.to_owned(),
                at: -5,
                properties: json!({}),
            });
        }
        assert_eq!(kept(&list).1, list);
    }

    #[test]
    fn damaged_entries_are_an_error() {
        let mut list = List::default();
        list.put(Entry {
            by: "a".to_owned(),
            at: 5,
            properties: json!({ "a": "a" }),
        });
        let bytes = rmp_serde::to_vec_named(&list).expect("it is written");
        for end in 0..bytes.len() {
            let cut = bytes.get(..end).expect("shorter");
            assert!(rmp_serde::from_slice::<List>(cut).is_err(), "{end}");
        }
    }
}
