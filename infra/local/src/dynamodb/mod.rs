//! DynamoDB, by `dynoxide` embedded: the table, its stream, its TTL.

mod contents;
mod proxy;

pub use proxy::Proxy;

use beckon_shared::wiring;
use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

use crate::clock::VirtualClock;

/// Attribute that says when an item may be forgotten, in seconds since 1970.
pub const TTL_ATTRIBUTE: &str = "ttl";

/// The database failed, or the table is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The database refused.
    #[error("the local table failed: {0}")]
    Database(#[from] dynoxide::DynoxideError),
    /// What came from it could not be read.
    #[error("the local table's answer was not understood: {0}")]
    Shape(#[from] serde_json::Error),
    /// The table has no stream.
    #[error("the local table `{0}` has no stream")]
    NoStream(String),
}

/// The one table.
#[derive(Clone)]
pub struct Table {
    database: Database,
    name: String,
    stream_arn: String,
}

impl Table {
    /// Opens the table in memory on `clock`, or in the file `path`, and creates it if it is not
    /// there. A file's TTL goes by real time: the database takes its clock in memory only.
    pub fn open(name: &str, clock: &Arc<VirtualClock>, path: Option<&Path>) -> Result<Self, TableError> {
        let database = match path {
            None => Database::memory_with_clock(Arc::clone(clock) as Arc<dyn dynoxide::storage_backend::Clock>)?,
            Some(path) => Database::new(&path.to_string_lossy())?,
        };
        let mut table = Self {
            database,
            name: name.to_owned(),
            stream_arn: String::new(),
        };
        if !table.exists()? {
            table.create()?;
        }
        let described = serde_json::to_value(
            table
                .database
                .describe_table(request(json!({"TableName": table.name}))?)?,
        )?;
        table.stream_arn = described
            .pointer("/Table/LatestStreamArn")
            .and_then(Value::as_str)
            .ok_or_else(|| TableError::NoStream(table.name.clone()))?
            .to_owned();
        Ok(table)
    }

    /// The database, to serve it.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The stream's ARN, in the form that AWS has.
    pub fn public_stream_arn(&self) -> String {
        let label = self.stream_arn.rsplit('/').next().unwrap_or_default();
        format!(
            "arn:aws:dynamodb:{}:{}:table/{}/stream/{label}",
            crate::aws::REGION,
            crate::aws::ACCOUNT,
            self.name
        )
    }

    /// The stream's one shard.
    pub fn shard(&self) -> String {
        dynoxide::streams::shard_id(&self.name)
    }

    /// Where to read the stream from: after the record `sequence`, at the very end, or from the
    /// beginning.
    pub fn stream_position(&self, from: StreamStart<'_>) -> Result<String, TableError> {
        let (kind, sequence) = match from {
            StreamStart::After(sequence) => ("AFTER_SEQUENCE_NUMBER", Some(sequence)),
            StreamStart::Latest => ("LATEST", None),
            StreamStart::Beginning => ("TRIM_HORIZON", None),
        };
        let mut body = json!({
            "StreamArn": self.stream_arn,
            "ShardId": self.shard(),
            "ShardIteratorType": kind,
        });
        if let (Some(sequence), Some(object)) = (sequence, body.as_object_mut()) {
            object.insert("SequenceNumber".to_owned(), Value::from(sequence));
        }
        let answer = self.database.get_shard_iterator(request(body)?)?;
        answer
            .shard_iterator
            .ok_or_else(|| TableError::NoStream(self.name.clone()))
    }

    /// The stream's next records after `position`, as JSON, and the position after them.
    pub fn read_stream(&self, position: &str) -> Result<(Vec<Value>, String), TableError> {
        let answer = self
            .database
            .get_records(request(json!({"ShardIterator": position}))?)?;
        let records = answer
            .records
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<Vec<_>, _>>()?;
        Ok((
            records,
            answer.next_shard_iterator.unwrap_or_else(|| position.to_owned()),
        ))
    }

    /// Deletes what has expired; answers with how many items went.
    pub fn sweep_ttl(&self) -> Result<usize, TableError> {
        Ok(self.database.sweep_ttl()?)
    }

    fn exists(&self) -> Result<bool, TableError> {
        let listed = serde_json::to_value(self.database.list_tables(request(json!({}))?)?)?;
        let names = listed.get("TableNames").and_then(Value::as_array);
        Ok(names.is_some_and(|names| names.iter().any(|name| name == self.name.as_str())))
    }

    /// The table of `infra/template.yaml`, except that the stream carries old images as well:
    /// without them nobody could tell a write that changed nothing, for which DynamoDB writes no
    /// stream record. The pump takes them off.
    fn create(&self) -> Result<(), TableError> {
        let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        self.database.create_table(request(json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("PK"), attribute("SK"), attribute("due_pk"), attribute("due_sk")],
            "KeySchema": [key("PK", "HASH"), key("SK", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": wiring::DUE_INDEX,
                "KeySchema": [key("due_pk", "HASH"), key("due_sk", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        }))?)?;
        self.database.update_time_to_live(request(json!({
            "TableName": self.name,
            "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": true},
        }))?)?;
        Ok(())
    }
}

/// Where to begin reading the stream.
#[derive(Debug, Clone, Copy)]
pub enum StreamStart<'a> {
    /// After the record with this sequence number.
    After(&'a str),
    /// After everything that is there.
    Latest,
    /// At the first record.
    Beginning,
}

fn request<T: DeserializeOwned>(body: Value) -> Result<T, TableError> {
    Ok(serde_json::from_value(body)?)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::clock::ClockMode;

    pub fn table() -> Table {
        let clock = VirtualClock::new(ClockMode::Manual, Some("2026-03-01T10:00:00Z".parse().unwrap()));
        Table::open("beckon-main", &Arc::new(clock), None).unwrap()
    }

    pub fn put(table: &Table, pk: &str, more: &Value) {
        let mut item = json!({"PK": {"S": pk}, "SK": {"S": "x"}});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = request(json!({"TableName": table.name(), "Item": item})).unwrap();
        table.database.put_item(body).unwrap();
    }

    #[test]
    fn the_stream_is_read_on_from_where_it_was_left() {
        let table = table();
        let start = table.stream_position(StreamStart::Beginning).unwrap();
        put(&table, "P#u1", &json!({}));
        let (records, next) = table.read_stream(&start).unwrap();
        assert_eq!(records.len(), 1);
        let sequence = records[0]
            .pointer("/dynamodb/SequenceNumber")
            .unwrap()
            .as_str()
            .unwrap();
        assert_eq!(table.read_stream(&next).unwrap().0.len(), 0);
        put(&table, "P#u2", &json!({}));
        assert_eq!(table.read_stream(&next).unwrap().0.len(), 1);
        let after = table.stream_position(StreamStart::After(sequence)).unwrap();
        assert_eq!(table.read_stream(&after).unwrap().0.len(), 1);
        let latest = table.stream_position(StreamStart::Latest).unwrap();
        assert_eq!(table.read_stream(&latest).unwrap().0.len(), 0);
    }
}
