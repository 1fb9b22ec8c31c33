//! The providers that carry messages: SES for email, SNS for text messages.
//!
//! A sender makes one attempt and says what came of it (see [`failure`]). The clients that are
//! handed to it must have the SDK's own retries switched off (`RetryConfig::disabled()`): a repeat
//! after a lost answer is a second copy, and whether to risk one is for the campaign's policy to
//! say. They should have a connect timeout well below their operation timeout, because only a
//! connection that never stood is known to have carried nothing.

pub mod address;
pub mod email;
pub mod failure;
#[cfg(test)]
mod outcomes;
pub mod sms;
pub mod tags;
#[cfg(test)]
mod wire;

pub use email::EmailSender;
pub use sms::SmsSender;

use crate::domain::campaign::Channel;
use crate::ports::Sender;
use crate::ports::sender::{Content, Outgoing, SendError};

/// One sender a channel.
#[derive(Debug, Clone)]
pub struct Channels<E, S> {
    email: E,
    sms: S,
}

/// The senders of the deployed bundle.
pub type AwsChannels = Channels<EmailSender, SmsSender>;

impl<E: Sender, S: Sender> Channels<E, S> {
    /// These senders.
    pub fn new(email: E, sms: S) -> Self {
        Self { email, sms }
    }

    /// Hands the message to the sender of its channel; answers with the provider's id for it.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        match outgoing.content {
            Content::Email { .. } => self.email.send(outgoing).await,
            Content::Sms { .. } => self.sms.send(outgoing).await,
            Content::Plain { channel, .. } => Err(no_sender(channel)),
        }
    }
}

/// What becomes of a message whose channel nobody serves.
fn no_sender(channel: Channel) -> SendError {
    SendError::Fail {
        reason: format!("no sender for `{}` in this bundle", channel.name()),
    }
}

/// What a sender says to content that is not its own.
fn misdirected(sender: &str) -> SendError {
    SendError::Fail {
        reason: format!("{sender} was handed a message of another channel"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::wire::outgoing;

    /// Takes everything, and says who took it.
    struct Taker(Channel);

    impl Sender for Taker {
        fn channel(&self) -> Channel {
            self.0
        }

        async fn send(&self, _: &Outgoing) -> Result<String, SendError> {
            Ok(self.0.name().to_owned())
        }
    }

    #[tokio::test]
    async fn each_message_goes_to_its_channel() {
        let channels = Channels::new(Taker(Channel::Email), Taker(Channel::Sms));
        for channel in [Channel::Email, Channel::Sms] {
            assert_eq!(channels.send(&outgoing(channel)).await, Ok(channel.name().to_owned()));
        }
    }

    #[tokio::test]
    async fn a_channel_that_nobody_serves_is_named() {
        let channels = Channels::new(Taker(Channel::Email), Taker(Channel::Sms));
        let served = [Channel::Email, Channel::Sms];
        for channel in Channel::ALL.into_iter().filter(|channel| !served.contains(channel)) {
            let reason = format!("no sender for `{}` in this bundle", channel.name());
            assert_eq!(channels.send(&outgoing(channel)).await, Err(SendError::Fail { reason }));
        }
    }
}
