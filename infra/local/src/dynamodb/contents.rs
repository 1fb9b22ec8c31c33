//! Looking at what is in the table, and emptying it.

use super::{Table, TableError, request};
use beckon_shared::wiring;
use serde_json::{Map, Value, json};

/// Partition keys that begin so hold definitions (see `beckon_shared::store::keys`): what was
/// applied, which a reset keeps.
const DEFINITIONS_PREFIX: &str = "C#";

impl Table {
    /// The earliest entry of the due index: its sort key.
    pub fn earliest_due(&self) -> Result<Option<String>, TableError> {
        let mut earliest: Option<String> = None;
        self.scan(Some(wiring::DUE_INDEX), |item| {
            let due = item.pointer("/due_sk/S").and_then(Value::as_str);
            if let Some(due) = due
                && earliest.as_deref().is_none_or(|least| due < least)
            {
                earliest = Some(due.to_owned());
            }
            Ok(())
        })?;
        Ok(earliest)
    }

    /// Deletes every item; with `keep_definitions`, all but what was applied.
    pub fn empty(&self, keep_definitions: bool) -> Result<(), TableError> {
        let mut keys = Vec::new();
        self.scan(None, |item| {
            let definition = item
                .pointer("/PK/S")
                .and_then(Value::as_str)
                .is_some_and(|key| key.starts_with(DEFINITIONS_PREFIX));
            if !(keep_definitions && definition) {
                let mut key = Map::new();
                for name in ["PK", "SK"] {
                    key.insert(name.to_owned(), item.get(name).cloned().unwrap_or_default());
                }
                keys.push(Value::Object(key));
            }
            Ok(())
        })?;
        for key in keys {
            self.database
                .delete_item(request(json!({"TableName": self.name, "Key": key}))?)?;
        }
        Ok(())
    }

    fn scan(
        &self,
        index: Option<&str>,
        mut each: impl FnMut(&Value) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let mut from: Option<Value> = None;
        loop {
            let mut body = json!({"TableName": self.name});
            if let Some(object) = body.as_object_mut() {
                if let Some(index) = index {
                    object.insert("IndexName".to_owned(), Value::from(index));
                }
                if let Some(from) = from.take() {
                    object.insert("ExclusiveStartKey".to_owned(), from);
                }
            }
            let page = serde_json::to_value(self.database.scan(request(body)?)?)?;
            for item in page.get("Items").and_then(Value::as_array).into_iter().flatten() {
                each(item)?;
            }
            match page.get("LastEvaluatedKey") {
                Some(key) if key.as_object().is_some_and(|key| !key.is_empty()) => from = Some(key.clone()),
                Some(_) | None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::dynamodb::tests::{put, table};

    #[test]
    fn the_due_index_knows_what_is_due_first() {
        let table = table();
        assert_eq!(table.earliest_due().unwrap(), None);
        put(
            &table,
            "P#u1",
            &json!({"due_pk": {"S": "d#1"}, "due_sk": {"S": "200#u1"}}),
        );
        put(
            &table,
            "P#u2",
            &json!({"due_pk": {"S": "d#2"}, "due_sk": {"S": "100#u2"}}),
        );
        put(&table, "P#u3", &json!({}));
        assert_eq!(table.earliest_due().unwrap().as_deref(), Some("100#u2"));
    }

    #[test]
    fn emptying_keeps_definitions_if_asked_to() {
        let table = table();
        put(&table, "P#u1", &json!({}));
        put(&table, "C#", &json!({}));
        let count = |table: &Table| {
            let mut count = 0;
            table
                .scan(None, |_| {
                    count += 1;
                    Ok(())
                })
                .unwrap();
            count
        };
        table.empty(true).unwrap();
        assert_eq!(count(&table), 1);
        table.empty(false).unwrap();
        assert_eq!(count(&table), 0);
    }
}
