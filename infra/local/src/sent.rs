//! Everything that left: the messages that the providers took, as their recipients see them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The names under which a message's origin travels: as SES email tags, and as SNS message
/// attributes. The profile is in URL-safe base64 without padding, because tags do not take every
/// character.
pub mod tag {
    /// The message's id.
    pub const MESSAGE: &str = "beckon_message";
    /// The campaign's name.
    pub const CAMPAIGN: &str = "beckon_campaign";
    /// The step's name.
    pub const STEP: &str = "beckon_step";
    /// The profile's id, encoded.
    pub const PROFILE: &str = "beckon_profile";
}

/// One message that left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentMessage {
    /// When, by the virtual clock.
    pub at: Timestamp,
    /// `email`, `sms`, `onsite`, …
    pub channel: String,
    /// To whom; several addresses are separated by `, `.
    pub to: String,
    /// From whom, where the channel knows it.
    pub from: Option<String>,
    /// An email's subject.
    pub subject: Option<String>,
    /// An email's headers, those that the sender added included.
    pub headers: BTreeMap<String, String>,
    /// An email's HTML part.
    pub html: Option<String>,
    /// An email's text part.
    pub text: Option<String>,
    /// A text message's body.
    pub body: Option<String>,
    /// Which campaign, as its tag says.
    pub campaign: Option<String>,
    /// Which step, as its tag says.
    pub step: Option<String>,
    /// Whose, as its tag says.
    pub profile: Option<String>,
    /// The message's id, as its tag says.
    pub message: Option<String>,
    /// The provider's id for it.
    pub provider_id: String,
    /// All tags, as sent.
    pub tags: BTreeMap<String, String>,
    /// The SES configuration set.
    pub configuration_set: Option<String>,
}

impl SentMessage {
    /// A message with nothing in it but what every channel has.
    pub fn new(at: Timestamp, channel: &str, to: String, provider_id: String, tags: BTreeMap<String, String>) -> Self {
        let named = |name: &str| tags.get(name).cloned();
        let profile = named(tag::PROFILE).map(|encoded| {
            let decoded = URL_SAFE_NO_PAD.decode(&encoded).ok();
            decoded
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .unwrap_or(encoded)
        });
        Self {
            at,
            channel: channel.to_owned(),
            to,
            from: None,
            subject: None,
            headers: BTreeMap::new(),
            html: None,
            text: None,
            body: None,
            campaign: named(tag::CAMPAIGN),
            step: named(tag::STEP),
            profile,
            message: named(tag::MESSAGE),
            provider_id,
            tags,
            configuration_set: None,
        }
    }
}

/// All that left, in order.
#[derive(Debug, Default)]
pub struct Sent {
    messages: Mutex<Vec<SentMessage>>,
}

impl Sent {
    /// Takes a message. `make` gets the number of messages before it, from which the provider's
    /// id follows.
    pub fn take(&self, make: impl FnOnce(usize) -> SentMessage) -> String {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let message = make(messages.len());
        let id = message.provider_id.clone();
        messages.push(message);
        id
    }

    /// What left, oldest first; only one channel, if it is named.
    pub fn messages(&self, channel: Option<&str>) -> Vec<SentMessage> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = messages
            .iter()
            .filter(|message| channel.is_none_or(|channel| message.channel == channel));
        wanted.cloned().collect()
    }

    /// How many left.
    pub fn count(&self) -> usize {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The last message with this id, ours or the provider's.
    pub fn find(&self, id: &str) -> Option<SentMessage> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut latest = messages.iter().rev();
        latest
            .find(|message| message.provider_id == id || message.message.as_deref() == Some(id))
            .cloned()
    }

    /// Puts back what [`Sent::messages`] gave.
    pub fn restore(&self, kept: Vec<SentMessage>) {
        *self.messages.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_knows_its_origin_by_its_tags() {
        let tags = [
            (tag::MESSAGE, "msg_1"),
            (tag::CAMPAIGN, "abandoned-cart"),
            (tag::STEP, "reminder"),
            (tag::PROFILE, "YW5vbjpBw6k"),
        ];
        let tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let sent = SentMessage::new(Timestamp::UNIX_EPOCH, "sms", "+1".to_owned(), "p".to_owned(), tags);
        assert_eq!(sent.profile.as_deref(), Some("anon:A\u{e9}"));
        assert_eq!(sent.campaign.as_deref(), Some("abandoned-cart"));
        let all = Sent::default();
        all.take(|_| sent);
        assert!(all.find("msg_1").is_some() && all.find("p").is_some() && all.find("q").is_none());
        assert_eq!(all.messages(Some("email")).len(), 0);
    }
}
