//! SES events about one email.

use super::{Feedback, Happening, millis};
use crate::aws;
use crate::sent::SentMessage;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The event as SES publishes it.
pub fn event(feedback: &Feedback, sent: &SentMessage, at: Timestamp) -> Value {
    let recipients: Vec<&str> = sent.to.split(", ").map(bare_address).collect();
    let time = millis(at);
    let feedback_id = aws::derived_id(&format!("feedback {} {at}", sent.provider_id));
    let (name, field, detail) = match feedback.event {
        Happening::Send => ("Send", "send", json!({})),
        Happening::Reject => ("Reject", "reject", json!({"reason": "Bad content"})),
        Happening::Delivery => (
            "Delivery",
            "delivery",
            json!({
                "timestamp": time, "processingTimeMillis": 546, "recipients": recipients,
                "smtpResponse": "250 ok:  Message accepted", "reportingMTA": "mta.local",
            }),
        ),
        Happening::Bounce => ("Bounce", "bounce", bounce(feedback, &recipients, &time, &feedback_id)),
        Happening::Complaint => (
            "Complaint",
            "complaint",
            json!({
                "complainedRecipients": recipients.iter().map(|to| json!({"emailAddress": to})).collect::<Vec<_>>(),
                "timestamp": time, "feedbackId": feedback_id, "userAgent": "local",
                "complaintFeedbackType": feedback.complaint_type.as_deref().unwrap_or("abuse"), "arrivalDate": time,
            }),
        ),
        Happening::Open => (
            "Open",
            "open",
            json!({"ipAddress": "192.0.2.1", "timestamp": time, "userAgent": "local"}),
        ),
        Happening::Click | Happening::Reply => (
            "Click",
            "click",
            json!({
                "ipAddress": "192.0.2.1", "timestamp": time, "userAgent": "local",
                "link": feedback.link.as_deref().unwrap_or("https://example.com/"), "linkTags": null,
            }),
        ),
    };
    let mut event = json!({"eventType": name, "mail": mail(sent, &recipients)});
    if let Some(event) = event.as_object_mut() {
        event.insert(field.to_owned(), detail);
    }
    event
}

fn bounce(feedback: &Feedback, recipients: &[&str], time: &str, feedback_id: &str) -> Value {
    let kind = feedback.bounce_type.as_deref().unwrap_or("Permanent");
    let (status, diagnosis) = match kind {
        "Permanent" => ("5.1.1", "smtp; 550 5.1.1 user unknown"),
        _ => ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
    };
    let bounced = recipients
        .iter()
        .map(|to| json!({"emailAddress": to, "action": "failed", "status": status, "diagnosticCode": diagnosis}));
    json!({
        "bounceType": kind,
        "bounceSubType": feedback.bounce_sub_type.as_deref().unwrap_or("General"),
        "bouncedRecipients": bounced.collect::<Vec<_>>(),
        "timestamp": time,
        "feedbackId": feedback_id,
        "reportingMTA": "dsn; mta.local",
    })
}

fn mail(sent: &SentMessage, recipients: &[&str]) -> Value {
    let headers = sent
        .headers
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}));
    let set = sent.configuration_set.as_deref().unwrap_or_default();
    let mut tags = Map::new();
    let from = sent.from.as_deref().unwrap_or_default();
    let domain = bare_address(from).rsplit('@').next().unwrap_or_default();
    for (name, value) in [
        ("ses:configuration-set", set),
        ("ses:from-domain", domain),
        ("ses:source-ip", "127.0.0.1"),
        ("ses:caller-identity", "local"),
    ] {
        tags.insert(name.to_owned(), json!([value]));
    }
    tags.extend(sent.tags.iter().map(|(name, value)| (name.clone(), json!([value]))));
    json!({
        "timestamp": millis(sent.at),
        "source": from,
        "sendingAccountId": aws::ACCOUNT,
        "messageId": sent.provider_id,
        "destination": recipients,
        "headersTruncated": false,
        "headers": headers.collect::<Vec<_>>(),
        "commonHeaders": {
            "from": [from],
            "to": recipients,
            "messageId": sent.provider_id,
            "subject": sent.subject,
        },
        "tags": tags,
    })
}

/// The address in `Name <address>`.
fn bare_address(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end_matches('>'),
        None => mailbox,
    }
}
