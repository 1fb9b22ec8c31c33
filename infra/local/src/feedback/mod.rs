//! What providers say about messages, as they would say it: SES events through SNS (Amazon SES
//! Developer Guide, "Examples of event data that Amazon SES publishes to Amazon SNS"), replies to
//! text messages through SNS (AWS End User Messaging SMS User Guide, "Two-way SMS messaging").

mod ses_event;

use crate::aws;
use crate::sent::SentMessage;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// SES took it.
    Send,
    /// The recipient's server refused it; `bounce_type` `Permanent` unless given.
    Bounce,
    /// The recipient called it spam.
    Complaint,
    /// The recipient's server took it.
    Delivery,
    /// It was opened.
    Open,
    /// A link in it was clicked; `link` says which.
    Click,
    /// SES found a virus in it.
    Reject,
    /// The recipient answered; `text` says what.
    Reply,
}

/// An order to say something about a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// The message's id, ours or the provider's.
    pub message: String,
    /// What happened to it.
    pub event: Happening,
    /// `Permanent`, `Transient` or `Undetermined`.
    #[serde(default)]
    pub bounce_type: Option<String>,
    /// `General`, `MailboxFull`, …
    #[serde(default)]
    pub bounce_sub_type: Option<String>,
    /// The link that was clicked.
    #[serde(default)]
    pub link: Option<String>,
    /// What the recipient answered.
    #[serde(default)]
    pub text: Option<String>,
    /// The kind of complaint: `abuse`, …
    #[serde(default)]
    pub complaint_type: Option<String>,
    /// When it happened, if not now.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// Why nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedbackError {
    /// SMS delivery goes where no function listens.
    #[error(
        "SNS reports the delivery of text messages to CloudWatch Logs only, which no function of the bundle reads; \
         for a text message the stack knows the event `reply`"
    )]
    NotForSms,
    /// Inbound mail is not part of the bundle.
    #[error("replies to email go to the mailbox in its Reply-To, which is not part of the stack")]
    NotForEmail,
    /// SES publishes events of a configuration set only.
    #[error("the message was sent without a configuration set, so SES publishes no events about it")]
    NoConfigurationSet,
}

/// The Lambda event that brings the feedback, as SNS delivers it.
pub fn lambda_event(feedback: &Feedback, sent: &SentMessage, now: Timestamp) -> Result<Value, FeedbackError> {
    let at = feedback.at.unwrap_or(now);
    let (topic, subject, notice) = match (sent.channel.as_str(), feedback.event) {
        ("email", Happening::Reply) => return Err(FeedbackError::NotForEmail),
        ("email", _) if sent.configuration_set.is_none() => return Err(FeedbackError::NoConfigurationSet),
        ("email", _) => (
            aws::FEEDBACK_TOPIC,
            Some("Amazon SES Email Event Notification"),
            ses_event::event(feedback, sent, at),
        ),
        (_, Happening::Reply) => (aws::FEEDBACK_TOPIC, None, sms_reply(feedback, sent, at)),
        _ => return Err(FeedbackError::NotForSms),
    };
    let id = aws::derived_id(&format!("{} {:?} {at}", sent.provider_id, feedback.event));
    let arn = aws::topic_arn(topic);
    Ok(json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": format!("{arn}:{}", aws::derived_id(&arn)),
            "Sns": {
                "Type": "Notification",
                "MessageId": id,
                "TopicArn": arn,
                "Subject": subject,
                "Message": notice.to_string(),
                "Timestamp": millis(at),
                "SignatureVersion": "1",
                "Signature": "EXAMPLE",
                "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem",
                "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
                "MessageAttributes": {},
            },
        }],
    }))
}

fn sms_reply(feedback: &Feedback, sent: &SentMessage, at: Timestamp) -> Value {
    json!({
        "originationNumber": sent.to,
        "destinationNumber": sent.from.as_deref().unwrap_or("+12065550100"),
        "messageKeyword": "KEYWORD_000000000000",
        "messageBody": feedback.text.as_deref().unwrap_or("STOP"),
        "previousPublishedMessageId": sent.provider_id,
        "inboundMessageId": aws::derived_id(&format!("inbound {} {at}", sent.provider_id)),
    })
}

/// With milliseconds, as SES and SNS write times.
fn millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::sent::tag;

    fn email() -> SentMessage {
        let tags = [(tag::MESSAGE.to_owned(), "msg_1".to_owned())].into();
        let at = "2026-03-01T10:00:00Z".parse().unwrap();
        SentMessage {
            from: Some("Shop <hello@shop.example>".to_owned()),
            subject: Some("Hi".to_owned()),
            configuration_set: Some(aws::CONFIGURATION_SET.to_owned()),
            ..SentMessage::new(
                at,
                "email",
                "Ann <ann@example.com>".to_owned(),
                "ses-1".to_owned(),
                tags,
            )
        }
    }

    fn feedback(json: Value) -> Feedback {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_bounce_comes_as_ses_says_it_through_sns() {
        let order = feedback(json!({"message": "msg_1", "event": "bounce"}));
        let at = "2026-03-01T10:05:00.25Z".parse().unwrap();
        let event = lambda_event(&order, &email(), at).unwrap();
        let sns = &event["Records"][0]["Sns"];
        assert_eq!(sns["Timestamp"], "2026-03-01T10:05:00.250Z");
        let notice: Value = serde_json::from_str(sns["Message"].as_str().unwrap()).unwrap();
        assert_eq!(notice["eventType"], "Bounce");
        assert_eq!(notice["bounce"]["bounceType"], "Permanent");
        assert_eq!(
            notice["bounce"]["bouncedRecipients"][0]["emailAddress"],
            "ann@example.com"
        );
        assert_eq!(notice["mail"]["tags"]["beckon_message"], json!(["msg_1"]));
        assert_eq!(notice["mail"]["tags"]["ses:from-domain"], json!(["shop.example"]));
        assert_eq!(notice["mail"]["messageId"], "ses-1");
        assert_eq!(notice["mail"]["destination"], json!(["ann@example.com"]));
    }

    #[test]
    fn what_a_provider_would_not_say_is_not_said() {
        let now = Timestamp::UNIX_EPOCH;
        let mut sms = email();
        sms.channel = "sms".to_owned();
        let delivery = feedback(json!({"message": "m", "event": "delivery"}));
        assert_eq!(lambda_event(&delivery, &sms, now), Err(FeedbackError::NotForSms));
        let reply = feedback(json!({"message": "m", "event": "reply", "text": "yes"}));
        assert_eq!(lambda_event(&reply, &email(), now), Err(FeedbackError::NotForEmail));
        let event = lambda_event(&reply, &sms, now).unwrap();
        let notice: Value = serde_json::from_str(event["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap();
        assert_eq!(notice["messageBody"], "yes");
        let mut untracked = email();
        untracked.configuration_set = None;
        assert_eq!(
            lambda_event(&delivery, &untracked, now),
            Err(FeedbackError::NoConfigurationSet)
        );
    }
}
