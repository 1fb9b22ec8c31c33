//! SQS: a queue of records that can never be processed, for people to look at. The event source
//! mappings' on-failure destination is the same queue.

use crate::aws::failure;
use crate::ports::set_aside::SetAsideRecord;
use crate::ports::{PortError, SetAside};
use aws_sdk_sqs::Client;

/// Sets records aside in a queue.
#[derive(Debug, Clone)]
pub struct SqsSetAside {
    client: Client,
    queue_url: String,
}

impl SqsSetAside {
    /// The queue of this URL.
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self {
            client,
            queue_url: queue_url.into(),
        }
    }
}

impl SetAside for SqsSetAside {
    async fn set_aside(&self, record: &SetAsideRecord) -> Result<(), PortError> {
        let body = serde_json::to_string(record)
            .map_err(|error| PortError::Fail(format!("a record cannot be written as JSON: {error}")))?;
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .send()
            .await
            .map_err(|error| failure::sort("sqs SendMessage", &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_is_sent_as_json() {
        let service = crate::aws::stub::serve(vec![(200, r#"{"MessageId":"m1"}"#)]).await;
        let queue = SqsSetAside::new(crate::aws::stub::aws(&service.url).sqs(), format!("{}/q", service.url));
        let record = SetAsideRecord {
            function: "evaluate".to_owned(),
            place: "P#u1 E#1#a".to_owned(),
            sequence: Some("7".to_owned()),
            reason: "attribute `body` is missing or not a text".to_owned(),
        };
        assert_eq!(queue.set_aside(&record).await, Ok(()));
        let heard = service.heard().await;
        let body: serde_json::Value = serde_json::from_str(&heard[0].body).expect("it is JSON");
        assert!(body["QueueUrl"].as_str().is_some_and(|url| url.ends_with("/q")));
        let told: serde_json::Value =
            serde_json::from_str(body["MessageBody"].as_str().expect("a text")).expect("it is JSON");
        assert_eq!(
            told,
            serde_json::json!({
                "function": "evaluate",
                "place": "P#u1 E#1#a",
                "sequence": "7",
                "reason": "attribute `body` is missing or not a text",
            })
        );
    }
}
