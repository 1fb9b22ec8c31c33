//! The providers that carry messages: SES for email, SNS for text messages and phones, the browsers' push services,
//! the table for messages on the page, services over HTTP for the rest.
//!
//! A sender makes one attempt and says what came of it (see [`failure`]). The clients that are
//! handed to it must have the SDK's own retries switched off (`RetryConfig::disabled()`): a repeat
//! after a lost answer is a second copy, and whether to risk one is for the campaign's policy to
//! say. They should have a connect timeout well below their operation timeout, because only a
//! connection that never stood is known to have carried nothing.

pub mod address;
pub mod email;
pub mod failure;
pub mod headers;
pub mod onsite;
#[cfg(test)]
mod outcomes;
pub mod push;
pub mod sms;
pub mod suppression_list;
pub mod tags;
pub mod webhook;
pub mod webpush;
#[cfg(test)]
pub(crate) mod wire;

pub use email::EmailSender;
pub use onsite::OnsiteSender;
pub use push::{PushApps, PushSender};
pub use sms::SmsSender;
pub use webhook::WebhookSender;
pub use webpush::WebPushSender;

use crate::ports::Sender;
use crate::ports::sender::{Outgoing, SendError, Taken};
use std::rc::Rc;

/// The senders of a bundle.
#[derive(Clone, Default)]
pub struct Channels(Vec<Rc<dyn Sender>>);

impl Channels {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this one, too. Where two serve a channel the earlier does.
    #[must_use]
    pub fn with(mut self, sender: impl Sender + 'static) -> Self {
        self.0.push(Rc::new(sender));
        self
    }

    /// Hands the message to the sender of its channel.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let mut senders = self.0.iter();
        match senders.find(|sender| sender.channels().contains(&outgoing.channel)) {
            Some(sender) => sender.send(outgoing).await,
            None => Err(SendError::Fail {
                reason: format!("no sender for `{}` in this bundle", outgoing.channel.name()),
            }),
        }
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let channels = self.0.iter().flat_map(|sender| sender.channels());
        f.debug_list().entries(channels.map(|channel| channel.name())).finish()
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
    use crate::domain::campaign::Channel;
    use crate::ports::sender::Attempt;

    /// Takes everything, and says who took it.
    struct Taker([Channel; 1]);

    impl Sender for Taker {
        fn channels(&self) -> &[Channel] {
            &self.0
        }

        fn send<'a>(&'a self, _: &'a Outgoing) -> Attempt<'a> {
            Box::pin(async { Ok(Taken::under(self.0[0].name())) })
        }
    }

    #[tokio::test]
    async fn each_message_goes_to_its_channel() {
        let channels = Channels::new()
            .with(Taker([Channel::Email]))
            .with(Taker([Channel::Sms]));
        for channel in [Channel::Email, Channel::Sms] {
            assert_eq!(
                channels.send(&outgoing(channel)).await,
                Ok(Taken::under(channel.name()))
            );
        }
    }

    #[tokio::test]
    async fn a_channel_that_nobody_serves_is_named() {
        let channels = Channels::new().with(Taker([Channel::Email]));
        let others = Channel::ALL.into_iter().filter(|channel| *channel != Channel::Email);
        for channel in others {
            let reason = format!("no sender for `{}` in this bundle", channel.name());
            assert_eq!(channels.send(&outgoing(channel)).await, Err(SendError::Fail { reason }));
        }
    }
}
