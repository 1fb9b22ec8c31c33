//! A stream record in the form in which Lambda hands it to a function.

use jiff::Timestamp;
use serde_json::{Value, json};

/// A record of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// Its place in the stream. Sequence numbers have one length: their order as texts is theirs.
    pub sequence: String,
    /// The item's partition key: records of one key keep their order.
    pub key: String,
    /// When it came into the stream, by the virtual clock.
    pub arrived: Timestamp,
    /// What the function is handed.
    pub body: Value,
    /// The body's size in bytes.
    pub bytes: usize,
}

impl StreamRecord {
    /// Reads a record as the table's stream gives it, with both images. `None` where DynamoDB
    /// would write none, because the write changed nothing ("DynamoDB Streams": a write that
    /// changes no data does not appear).
    pub fn read(mut raw: Value, arrived: Timestamp, stream_arn: &str) -> Option<Self> {
        let change = raw.get_mut("dynamodb").and_then(Value::as_object_mut)?;
        let old = change.remove("OldImage");
        if old.is_some() && old.as_ref() == change.get("NewImage") {
            return None;
        }
        change.insert("StreamViewType".to_owned(), Value::from("NEW_IMAGE"));
        change.insert(
            "ApproximateCreationDateTime".to_owned(),
            Value::from(arrived.as_second()),
        );
        let sequence = change.get("SequenceNumber").and_then(Value::as_str)?.to_owned();
        let key = change.get("Keys").and_then(|keys| keys.get("PK"))?.to_string();
        let record = raw.as_object_mut()?;
        record.insert("awsRegion".to_owned(), Value::from(crate::aws::REGION));
        record.insert("eventSourceARN".to_owned(), Value::from(stream_arn));
        let bytes = raw.to_string().len();
        Some(Self {
            sequence,
            key,
            arrived,
            body: raw,
            bytes,
        })
    }
}

/// The event that a function is invoked with.
pub fn event(records: &[StreamRecord]) -> Value {
    json!({"Records": records.iter().map(|record| &record.body).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn raw(old: Option<Value>, new: Value) -> Value {
        let mut raw = json!({
            "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "x",
            "dynamodb": {
                "Keys": {"PK": {"S": "P#u1"}, "SK": {"S": "STATE"}}, "NewImage": new,
                "SequenceNumber": "100000000000000000007", "SizeBytes": 5, "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        });
        if let Some(old) = old {
            raw["dynamodb"]["OldImage"] = old;
        }
        raw
    }

    #[test]
    fn a_write_that_changed_nothing_is_no_record() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let image = json!({"a": {"S": "1"}});
        assert_eq!(
            StreamRecord::read(raw(Some(image.clone()), image.clone()), now, "arn"),
            None
        );
        let changed = StreamRecord::read(raw(Some(json!({"a": {"S": "0"}})), image.clone()), now, "arn").unwrap();
        assert_eq!(changed.sequence, "100000000000000000007");
        assert_eq!(changed.body.pointer("/dynamodb/OldImage"), None);
        assert_eq!(changed.body["dynamodb"]["StreamViewType"], "NEW_IMAGE");
        assert_eq!(changed.body["dynamodb"]["ApproximateCreationDateTime"], 1_772_359_200);
        assert_eq!(changed.body["eventSourceARN"], "arn");
        assert!(StreamRecord::read(raw(None, image), now, "arn").is_some());
    }
}
