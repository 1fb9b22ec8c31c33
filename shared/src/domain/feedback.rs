//! What providers and people say about messages, and what it does to a profile: names as in
//! the Segment email specification where it has them.

use super::address::address_digest;
use super::campaign::Channel;
use super::event::{Event, Source};
use super::profile::{Stand, Traits};
use serde_json::Value;

/// A provider took the message to the person's mailbox.
pub const EMAIL_DELIVERED: &str = "Email Delivered";
/// The person opened it.
pub const EMAIL_OPENED: &str = "Email Opened";
/// The person followed a link in it.
pub const EMAIL_CLICKED: &str = "Email Link Clicked";
/// The mailbox refused it; `bounce_type` is `hard` or `soft`.
pub const EMAIL_BOUNCED: &str = "Email Bounced";
/// The person complained.
pub const EMAIL_SPAM: &str = "Email Marked as Spam";
/// The person said no, to `channel` (all, if absent) and `topic` (all, if absent).
pub const UNSUBSCRIBED: &str = "Unsubscribed";
/// `send` gave up on a message.
pub const MESSAGE_FAILED: &str = "Message Failed";
/// `send` held a message back at its last look.
pub const MESSAGE_SKIPPED: &str = "Message Skipped";
/// A provider may or may not have taken a message, which is let rest.
pub const MESSAGE_UNKNOWN: &str = "Message Unknown";

/// Property of a bounce or complaint: the digest of the address it is about, where the provider
/// told it. What is said of an address that the person has left does not concern the new one.
pub const ADDRESS_DIGEST: &str = "address_digest";

/// Whether events of this name change what may be sent.
pub fn is_feedback(event: &str) -> bool {
    matches!(event, EMAIL_BOUNCED | EMAIL_SPAM | UNSUBSCRIBED)
}

/// Whether only a provider or the team's own server may say it.
fn needs_authority(event: &str) -> bool {
    matches!(event, EMAIL_BOUNCED | EMAIL_SPAM)
}

/// Takes what the event says about consent. Says whether anything changed.
pub fn take(traits: &mut Traits, event: &Event) -> bool {
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    if needs_authority(&event.name) {
        let email = traits.text(Channel::Email.address_trait());
        let current = email.map(|email| address_digest(Channel::Email, email));
        let outdated = text(ADDRESS_DIGEST).is_some_and(|told| Some(told) != current.as_deref());
        if event.source == Source::Browser || outdated {
            return false;
        }
    }
    let at = event.at.as_millisecond();
    let consent = &mut traits.consent;
    match event.name.as_str() {
        EMAIL_BOUNCED if text("bounce_type") == Some("hard") => consent.kill(Channel::Email, "hard_bounce"),
        EMAIL_SPAM => {
            let said = consent.say(Channel::Email, None, Stand::Out, at);
            consent.kill(Channel::Email, "complaint") || said
        }
        UNSUBSCRIBED => {
            let channels = Channel::ALL
                .into_iter()
                .filter(|channel| text("channel").is_none_or(|name| name == channel.name()));
            let mut changed = false;
            for channel in channels {
                changed |= consent.say(channel, text("topic"), Stand::Out, at);
            }
            changed
        }
        _ => false,
    }
}
