//! Text messages by Amazon SNS (`Publish` to a phone number).

use super::{address, failure, misdirected, tags};
use crate::domain::campaign::Channel;
use crate::ports::Sender;
use crate::ports::sender::{Attempt, Content, Outgoing, SendError, Taken};
use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;

const PROVIDER: &str = "sns";

/// Reliability rather than cost: a text message that is worth sending is worth delivering.
const SMS_TYPE: &str = "Transactional";

/// Sends text messages. Its client makes one attempt a call (see [`super`]).
#[derive(Debug, Clone)]
pub struct SmsSender {
    client: Client,
}

impl SmsSender {
    /// A sender through this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Sender for SmsSender {
    fn channels(&self) -> &[Channel] {
        &[Channel::Sms]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl SmsSender {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Content::Sms {
            sender_id,
            max_price,
            text,
        } = &outgoing.content
        else {
            return Err(misdirected(PROVIDER));
        };
        let to = address::phone(&outgoing.to).map_err(|error| fail(&error))?;
        let mut call = self.client.publish().phone_number(to).message(text);
        let own = [("AWS.SNS.SMS.SMSType", SMS_TYPE.to_owned())];
        let sender = sender_id.iter().map(|sender| ("AWS.SNS.SMS.SenderID", sender.clone()));
        for (name, value) in own.into_iter().chain(sender).chain(tags::of(outgoing)) {
            call = call.message_attributes(name, attribute("String", value).map_err(|error| fail(&error))?);
        }
        if let Some(price) = max_price {
            let price = attribute("Number", price.to_string()).map_err(|error| fail(&error))?;
            call = call.message_attributes("AWS.SNS.SMS.MaxPrice", price);
        }
        let answer = call.send().await.map_err(|error| failure::classify(PROVIDER, &error))?;
        answer.message_id.map(Taken::under).ok_or_else(|| SendError::Unknown {
            reason: format!("{PROVIDER}: the answer holds no message id"),
        })
    }
}

fn fail(reason: &dyn std::fmt::Display) -> SendError {
    SendError::Fail {
        reason: format!("{PROVIDER}: {reason}"),
    }
}

fn attribute(kind: &str, value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(value)
        .build()
}
