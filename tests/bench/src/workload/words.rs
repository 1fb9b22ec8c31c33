//! What SES says of a mail.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beckon_shared::channel::tags;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::Timestamp;
use serde_json::{Value, json};

/// That something of this kind (`Delivery`, `Open`) happened to a mail, as SNS hands it to a function (SES Developer
/// Guide, "Contents of event data that Amazon SES publishes to Amazon SNS").
pub fn notification(message: &Message, kind: &str, at: Timestamp, number: usize) -> Value {
    let at = at.to_string();
    let mut told = json!({
        "eventType": kind,
        "mail": {
            "timestamp": at,
            "source": "Example Shop <hello@shop.example.com>",
            "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
            "destination": [message.to],
            "tags": {
                "ses:configuration-set": ["beckon"],
                tags::MESSAGE: [message.id.as_str()],
                tags::CAMPAIGN: [message.campaign.as_str()],
                tags::STEP: [message.step],
                tags::PROFILE: [URL_SAFE_NO_PAD.encode(message.profile.as_str())],
            },
        },
    });
    let about = match kind {
        "Open" => json!({ "timestamp": at, "ipAddress": "192.0.2.1", "userAgent": "Mozilla/5.0" }),
        _ => json!({ "timestamp": at, "recipients": [message.to], "smtpResponse": "250 2.6.0 Message received" }),
    };
    if let Some(fields) = told.as_object_mut() {
        fields.insert(kind.to_lowercase(), about);
    }
    let topic = "arn:aws:sns:eu-central-1:000000000000:beckon-feedback";
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{topic}:6b0c0b60-7d9d-4c33-a6f8-000000000000"),
        "Sns": {
            "Type": "Notification",
            "MessageId": format!("7c191be4-e9ae-4d12-a87d-{number:012}"),
            "TopicArn": topic,
            "Message": told.to_string(),
            "Timestamp": at,
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "https://sns.eu-central-1.amazonaws.com/cert.pem",
            "UnsubscribeUrl": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
            "MessageAttributes": {},
        },
    }] })
}
