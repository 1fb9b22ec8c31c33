//! The answer to a batch of stream records.

use serde::Serialize;

/// Which records of a batch have to come again (AWS Lambda, "Configuring partial batch response
/// with DynamoDB and Lambda"): Lambda goes on from the lowest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl BatchAnswer {
    /// An answer that asks for the records with these sequence numbers again.
    pub fn again(sequences: impl IntoIterator<Item = String>) -> Self {
        let batch_item_failures = sequences
            .into_iter()
            .map(|item_identifier| Failure { item_identifier })
            .collect();
        Self { batch_item_failures }
    }

    /// The sequence numbers asked for again.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_lambda_reads() {
        let answer = BatchAnswer::again(["17".to_owned()]);
        let text = serde_json::to_string(&answer).expect("it is written");
        assert_eq!(text, r#"{"batchItemFailures":[{"itemIdentifier":"17"}]}"#);
    }
}
