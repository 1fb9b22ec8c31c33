//! What providers and people say about messages, and what it does to a profile: names as in
//! the Segment email specification where it has them.

use super::address::address_digest;
use super::campaign::{Addresses, Channel};
use super::event::{Event, Source};
use super::profile::{By, Stand, Traits};
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
/// The person said yes again, to `channel` (all, if absent) and `topic` (all, if absent). Nobody says so for them in a
/// browser.
pub const SUBSCRIBED: &str = "Subscribed";
/// The person said that the address on `channel`, known by its digest, is theirs, and yes to `topic` there.
pub const ADDRESS_CONFIRMED: &str = "Address Confirmed";
/// The team's server or a campaign says that the address on `channel` is written to no more, for a
/// `reason`: with `sunset` and `never_opened` marketing stops, with any other everything does.
pub const ADDRESS_SUPPRESSED: &str = "Address Suppressed";
/// `send` gave up on a message.
pub const MESSAGE_FAILED: &str = "Message Failed";
/// `send` held a message back at its last look.
pub const MESSAGE_SKIPPED: &str = "Message Skipped";
/// A provider may or may not have taken a message, which is let rest.
pub const MESSAGE_UNKNOWN: &str = "Message Unknown";

/// A text message arrived.
pub const SMS_DELIVERED: &str = "SMS Delivered";
/// A text message did not arrive.
pub const SMS_FAILED: &str = "SMS Failed";
/// A message on any other channel arrived.
pub const MESSAGE_DELIVERED: &str = "Message Delivered";
/// The person read a message.
pub const MESSAGE_READ: &str = "Message Read";
/// The person opened a notification or a message on the page.
pub const MESSAGE_OPENED: &str = "Message Opened";
/// The person put a message on the page away.
pub const POPUP_DISMISSED: &str = "Popup Dismissed";
/// The person answered.
pub const REPLY_RECEIVED: &str = "Reply Received";
/// What is heard of a message on its way, in which a cascade is interested.
pub const RECEIPTS: [&str; 13] = [
    EMAIL_DELIVERED,
    EMAIL_OPENED,
    EMAIL_CLICKED,
    EMAIL_BOUNCED,
    SMS_DELIVERED,
    SMS_FAILED,
    MESSAGE_DELIVERED,
    MESSAGE_READ,
    MESSAGE_OPENED,
    MESSAGE_FAILED,
    MESSAGE_SKIPPED,
    MESSAGE_UNKNOWN,
    REPLY_RECEIVED,
];
/// A service answered a `call` step: `message` is the call's id, the rest is the answer.
pub const CALL_ANSWERED: &str = "Call Answered";
/// Somebody took a handover on.
pub const HANDOVER_CLAIMED: &str = "Handover Claimed";
/// Somebody is done with a handover.
pub const HANDOVER_CLOSED: &str = "Handover Closed";
/// What is heard of a handover.
pub const HANDOVER: [&str; 2] = [HANDOVER_CLAIMED, HANDOVER_CLOSED];
/// The person used the `code` of an offer.
pub const OFFER_REDEEMED: &str = "Offer Redeemed";

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receipt {
    /// It did not get there.
    Failed,
    /// It got there.
    Delivered,
    /// It was read.
    Read,
}

/// What an event of this name says of the message it is about; `None` where it is no receipt or
/// says nothing for sure.
pub fn receipt(event: &str) -> Option<Receipt> {
    match event {
        EMAIL_BOUNCED | SMS_FAILED | MESSAGE_FAILED | MESSAGE_SKIPPED => Some(Receipt::Failed),
        EMAIL_DELIVERED | SMS_DELIVERED | MESSAGE_DELIVERED => Some(Receipt::Delivered),
        EMAIL_OPENED | EMAIL_CLICKED | MESSAGE_READ | MESSAGE_OPENED | REPLY_RECEIVED => Some(Receipt::Read),
        _ => None,
    }
}

/// Property of a bounce or complaint: the digest of the address it is about, where the provider
/// told it. What is said of an address that the person has left does not concern the new one.
pub const ADDRESS_DIGEST: &str = "address_digest";

/// Property of what is said of consent: how, a name of [`By`].
pub const BY: &str = "by";

/// Whether events of this name change what may be sent.
pub fn is_feedback(event: &str) -> bool {
    matches!(
        event,
        EMAIL_BOUNCED | EMAIL_SPAM | UNSUBSCRIBED | SUBSCRIBED | ADDRESS_CONFIRMED | ADDRESS_SUPPRESSED
    )
}

/// Whether only a provider or the team's own server may say it.
fn needs_authority(event: &str) -> bool {
    matches!(
        event,
        EMAIL_BOUNCED | EMAIL_SPAM | SUBSCRIBED | ADDRESS_CONFIRMED | ADDRESS_SUPPRESSED
    )
}

/// Takes what the event says about consent. Says whether anything changed.
pub fn take(traits: &mut Traits, event: &Event, addresses: &Addresses) -> bool {
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    if needs_authority(&event.name) {
        let channel = Channel::named(text("channel").unwrap_or_default()).unwrap_or(Channel::Email);
        let address = addresses.trait_of(channel).and_then(|name| traits.text(name));
        let current = address.map(|address| address_digest(channel, address));
        let outdated = text(ADDRESS_DIGEST).is_some_and(|told| Some(told) != current.as_deref());
        if event.source == Source::Browser || outdated {
            return false;
        }
    }
    let at = event.at.as_millisecond();
    let by = text(BY).and_then(By::parse).unwrap_or(match event.source {
        Source::Server => By::Api,
        Source::Browser => By::Browser,
        Source::Provider | Source::System => By::Unknown,
    });
    let consent = &mut traits.consent;
    match event.name.as_str() {
        EMAIL_BOUNCED if text("bounce_type") == Some("hard") => consent.kill(Channel::Email, "hard_bounce"),
        EMAIL_SPAM => {
            let said = consent.say(Channel::Email, None, Stand::Out, at, By::Complaint);
            consent.kill(Channel::Email, "complaint") || said
        }
        ADDRESS_SUPPRESSED => {
            let channel = text("channel").and_then(Channel::named);
            channel.is_some_and(|channel| consent.kill(channel, text("reason").unwrap_or("manual")))
        }
        ADDRESS_CONFIRMED => {
            let channel = text("channel").and_then(Channel::named);
            channel
                .filter(|_| text(ADDRESS_DIGEST).is_some())
                .is_some_and(|channel| {
                    let confirmed = consent.confirm(channel);
                    text("topic").is_some_and(|topic| consent.say(channel, Some(topic), Stand::In, at, by)) || confirmed
                })
        }
        UNSUBSCRIBED | SUBSCRIBED => {
            let stand = if event.name == SUBSCRIBED {
                Stand::In
            } else {
                Stand::Out
            };
            let channels = Channel::ALL
                .into_iter()
                .filter(|channel| text("channel").is_none_or(|name| name == channel.name()));
            let mut changed = false;
            for channel in channels {
                changed |= consent.say(channel, text("topic"), stand, at, by);
            }
            changed
        }
        _ => false,
    }
}
