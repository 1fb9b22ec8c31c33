//! What SES tells of a mail, as its topic publishes it (SES Developer Guide, "Examples of event
//! data that Amazon SES publishes to Amazon SNS").

use crate::memory::Delivery;
use aws_lambda_events::sns::SnsEvent;
use beckon_shared::channel::tags;
use beckon_shared::domain::time::Timestamp;
use serde_json::{Map, Value, json};

/// What happened to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The mailbox does not exist.
    HardBounce,
    /// The mailbox is full, for one.
    SoftBounce,
    /// The person called it spam.
    Complaint,
    /// It reached the mailbox.
    Delivery,
    /// The person opened it.
    Open,
}

/// The notification of what happened to a delivered mail, with SNS's id of it.
pub fn notification(delivery: &Delivery, word: Word, at: Timestamp, id: &str) -> SnsEvent {
    let tags: Map<String, Value> = tags::of(&delivery.outgoing)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!([value])))
        .collect();
    let recipient = json!([{ "emailAddress": delivery.outgoing.to }]);
    let (kind, field, told) = match word {
        Word::HardBounce | Word::SoftBounce => {
            let permanent = word == Word::HardBounce;
            let told = json!({
                "bounceType": if permanent { "Permanent" } else { "Transient" },
                "bouncedRecipients": recipient, "timestamp": at, "feedbackId": delivery.provider_id,
            });
            ("Bounce", "bounce", told)
        }
        Word::Complaint => {
            let told = json!({
                "complainedRecipients": recipient, "timestamp": at, "feedbackId": delivery.provider_id,
            });
            ("Complaint", "complaint", told)
        }
        Word::Delivery => ("Delivery", "delivery", json!({ "timestamp": at })),
        Word::Open => ("Open", "open", json!({ "timestamp": at })),
    };
    let event = json!({
        "eventType": kind,
        field: told,
        "mail": { "timestamp": delivery.at, "messageId": delivery.provider_id, "tags": tags },
    });
    published(&event.to_string(), at, id)
}

/// Any text, as SNS hands it over.
pub fn published(text: &str, at: Timestamp, id: &str) -> SnsEvent {
    let record = json!({ "Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:aws:sns:eu-west-1:1:feedback:1",
        "Sns": {
            "Type": "Notification", "MessageId": id, "TopicArn": "arn:aws:sns:eu-west-1:1:feedback",
            "Message": text, "Timestamp": at.to_string(), "SignatureVersion": "1", "Signature": "",
            "SigningCertUrl": "", "UnsubscribeUrl": "", "MessageAttributes": {},
        },
    }] });
    serde_json::from_value(record).unwrap_or_default()
}
