//! What the on-failure destination is told about records that were given up (AWS Lambda, "Retain
//! discarded records for a DynamoDB event source", "Example invocation record"): where they are,
//! not what they say.

use super::mapping::{DiscardReason, Discarded};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where the records came from and who could not process them.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The function's ARN.
    pub function_arn: &'a str,
    /// The stream's ARN.
    pub stream_arn: &'a str,
    /// The stream's shard.
    pub shard: &'a str,
}

/// The invocation record. `condition` for records that are too old is `RecordAgeExceeded`; the
/// documentation shows the other one only.
pub fn invocation_record(origin: Origin<'_>, discarded: &Discarded, now: Timestamp) -> Value {
    let sequence = |place: Option<&super::record::StreamRecord>| place.map(|record| record.sequence.clone());
    let arrival = |place: Option<&super::record::StreamRecord>| place.map(|record| record.arrived.to_string());
    let (first, last) = (discarded.records.first(), discarded.records.last());
    let mut record = json!({
        "requestContext": {
            "requestId": crate::aws::derived_id(&format!(
                "{} {} {now}", origin.function_arn, sequence(first).unwrap_or_default(),
            )),
            "functionArn": origin.function_arn,
            "condition": match discarded.why {
                DiscardReason::RetriesExhausted => "RetryAttemptsExhausted",
                DiscardReason::TooOld => "RecordAgeExceeded",
            },
            "approximateInvokeCount": discarded.invocations,
        },
        "version": "1.0",
        "timestamp": now.to_string(),
        "DDBStreamBatchInfo": {
            "shardId": origin.shard,
            "startSequenceNumber": sequence(first),
            "endSequenceNumber": sequence(last),
            "approximateArrivalOfFirstRecord": arrival(first),
            "approximateArrivalOfLastRecord": arrival(last),
            "batchSize": discarded.records.len(),
            "streamArn": origin.stream_arn,
        },
    });
    if let (Some(_), Some(object)) = (&discarded.error, record.as_object_mut()) {
        object.insert(
            "responseContext".to_owned(),
            json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}),
        );
    }
    record
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::stream::record::StreamRecord;

    #[test]
    fn it_says_where_the_records_are_and_not_what_they_say() {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let record = |sequence: &str| StreamRecord {
            sequence: sequence.to_owned(),
            key: "k".to_owned(),
            arrived: now,
            body: json!({"secret": "s"}),
            bytes: 1,
        };
        let discarded = Discarded {
            records: vec![record("101"), record("102")],
            why: DiscardReason::RetriesExhausted,
            invocations: 3,
            error: Some("no".to_owned()),
        };
        let origin = Origin {
            function_arn: "arn:f",
            stream_arn: "arn:s",
            shard: "shard-1",
        };
        let told = invocation_record(origin, &discarded, now);
        assert_eq!(told["requestContext"]["condition"], "RetryAttemptsExhausted");
        assert_eq!(told["requestContext"]["approximateInvokeCount"], 3);
        assert_eq!(told["DDBStreamBatchInfo"]["startSequenceNumber"], "101");
        assert_eq!(told["DDBStreamBatchInfo"]["endSequenceNumber"], "102");
        assert_eq!(told["DDBStreamBatchInfo"]["batchSize"], 2);
        assert_eq!(told["responseContext"]["functionError"], "Unhandled");
        assert!(!told.to_string().contains("secret"));
    }
}
