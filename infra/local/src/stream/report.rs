//! What a function's answer says about its batch (AWS Lambda, "Configuring partial batch response
//! with DynamoDB and Lambda", "Success and failure conditions").

use super::record::StreamRecord;
use serde_json::Value;

/// How a batch went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is done.
    Done,
    /// Everything before the record at this place in the batch is done; it and what follows is
    /// to be tried again.
    FailedFrom(usize),
    /// All of it failed: the function failed, or its answer made no sense.
    Failed(String),
}

/// Reads a function's answer about `batch`.
///
/// Done: an empty or null answer, an empty or null list. Failed as a whole: an identifier that is
/// empty, null, missing, or not of this batch, and anything that is not a report. With several
/// identifiers the lowest sequence number counts.
pub fn read(answer: &[u8], batch: &[StreamRecord]) -> Outcome {
    if answer.is_empty() {
        return Outcome::Done;
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return Outcome::Failed("the answer is not JSON".to_owned());
    };
    let failures = match &answer {
        Value::Null => return Outcome::Done,
        Value::Object(report) => match report.get("batchItemFailures") {
            None | Some(Value::Null) => return Outcome::Done,
            Some(Value::Array(failures)) => failures,
            Some(_) => return Outcome::Failed("`batchItemFailures` is not a list".to_owned()),
        },
        // A function that answers with a text or a number reports nothing.
        Value::Bool(_) | Value::Number(_) | Value::String(_) => return Outcome::Done,
        Value::Array(_) => return Outcome::Failed("the answer is a list, not a report".to_owned()),
    };
    let mut first: Option<usize> = None;
    for failure in failures {
        let sequence = failure
            .get("itemIdentifier")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(place) = batch.iter().position(|record| record.sequence == sequence) else {
            return Outcome::Failed(format!("`{sequence}` is not a record of the batch"));
        };
        first = Some(first.map_or(place, |first| first.min(place)));
    }
    first.map_or(Outcome::Done, Outcome::FailedFrom)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use serde_json::json;

    fn batch() -> Vec<StreamRecord> {
        ["101", "102", "103"]
            .map(|sequence| StreamRecord {
                sequence: sequence.to_owned(),
                key: "k".to_owned(),
                arrived: jiff::Timestamp::UNIX_EPOCH,
                body: json!({}),
                bytes: 2,
            })
            .to_vec()
    }

    fn outcome(answer: Value) -> Outcome {
        read(answer.to_string().as_bytes(), &batch())
    }

    #[test]
    fn nothing_reported_is_all_done() {
        assert_eq!(read(b"", &batch()), Outcome::Done);
        for answer in [
            json!(null),
            json!({}),
            json!({"batchItemFailures": null}),
            json!({"batchItemFailures": []}),
        ] {
            assert_eq!(outcome(answer), Outcome::Done);
        }
    }

    #[test]
    fn the_lowest_sequence_number_is_the_checkpoint() {
        let answer = json!({"batchItemFailures": [{"itemIdentifier": "103"}, {"itemIdentifier": "102"}]});
        assert_eq!(outcome(answer), Outcome::FailedFrom(1));
    }

    #[test]
    fn an_identifier_that_says_nothing_fails_the_batch() {
        for identifier in [json!(""), json!(null), json!("999"), json!(5)] {
            let answer = json!({"batchItemFailures": [{"itemIdentifier": identifier}]});
            assert!(matches!(outcome(answer), Outcome::Failed(_)));
        }
        assert!(matches!(
            outcome(json!({"batchItemFailures": [{"id": "102"}]})),
            Outcome::Failed(_)
        ));
        assert!(matches!(
            outcome(json!({"batchItemFailures": "102"})),
            Outcome::Failed(_)
        ));
        assert!(matches!(read(b"oops", &batch()), Outcome::Failed(_)));
    }
}
