//! Email by Amazon SES (API v2, `SendEmail`).

use super::{address, failure, headers, misdirected, tags};
use crate::domain::campaign::Channel;
use crate::ports::Sender;
use crate::ports::sender::{Attempt, Content, Outgoing, SendError, Taken};
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::{Body, Content as Text, Destination, EmailContent, Message, MessageHeader, MessageTag};

const PROVIDER: &str = "ses";

/// Sends emails. Its client makes one attempt a call (see [`super`]).
#[derive(Debug, Clone)]
pub struct EmailSender {
    client: Client,
    configuration_set: Option<String>,
}

impl EmailSender {
    /// A sender through this client. The configuration set is where SES publishes what becomes of
    /// the message; without one there is no feedback.
    pub fn new(client: Client, configuration_set: Option<String>) -> Self {
        Self {
            client,
            configuration_set,
        }
    }
}

impl Sender for EmailSender {
    fn channels(&self) -> &[Channel] {
        &[Channel::Email]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl EmailSender {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Content::Email {
            from,
            reply_to,
            subject,
            html,
            text,
        } = &outgoing.content
        else {
            return Err(misdirected(PROVIDER));
        };
        let to = address::email(&outgoing.to).map_err(|error| fail(&error))?;
        let from = address::mailbox(from).map_err(|error| fail(&format!("sender: {error}")))?;
        let reply_to = reply_to
            .as_deref()
            .map(address::mailbox)
            .transpose()
            .map_err(|error| fail(&format!("reply address: {error}")))?;
        let headers = headers::of(&outgoing.headers).map_err(|error| fail(&error))?;
        let content = content(subject, html, text, headers).map_err(|error| fail(&error))?;
        let tags = message_tags(outgoing).map_err(|error| fail(&error))?;
        let answer = self
            .client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(to).build())
            .set_reply_to_addresses(reply_to.map(|address| vec![address]))
            .content(content)
            .set_email_tags(Some(tags))
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await
            .map_err(|error| failure::classify(PROVIDER, &error))?;
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

fn content(
    subject: &str,
    html: &str,
    text: &str,
    headers: Option<Vec<MessageHeader>>,
) -> Result<EmailContent, BuildError> {
    let part = |data: &str| Text::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().html(part(html)?).text(part(text)?).build();
    let message = Message::builder()
        .subject(part(subject)?)
        .body(body)
        .set_headers(headers)
        .build();
    Ok(EmailContent::builder().simple(message).build())
}

fn message_tags(outgoing: &Outgoing) -> Result<Vec<MessageTag>, BuildError> {
    tags::of(outgoing)
        .into_iter()
        .map(|(name, value)| MessageTag::builder().name(name).value(value).build())
        .collect()
}
