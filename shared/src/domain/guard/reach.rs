//! Whether a person can be reached on a channel, and may be.

use crate::domain::campaign::{Addresses, Channel, Purpose};
use crate::domain::decision::SkipReason;
use crate::domain::profile::Traits;

/// The first of `channels` that reaches the person, with the address there; or why none does:
/// the reason of the channel that came closest.
pub fn first_reachable<'t>(
    traits: &'t Traits,
    addresses: &Addresses,
    channels: &[Channel],
    purpose: Purpose,
    topic: &str,
) -> Result<(Channel, &'t str), (Channel, SkipReason)> {
    let mut closest: Option<(Channel, SkipReason)> = None;
    for channel in channels {
        match reach(traits, addresses, *channel, purpose, topic) {
            Ok(address) => return Ok((*channel, address)),
            Err(reason) => {
                if closest.is_none_or(|(_, known)| reason > known) {
                    closest = Some((*channel, reason));
                }
            }
        }
    }
    Err(closest.unwrap_or((Channel::Email, SkipReason::Unreachable)))
}

/// The person's address on the channel, if they have one; empty where it needs none, and where the channel goes to
/// all the devices that the person has when the message leaves.
pub fn address<'t>(traits: &'t Traits, addresses: &Addresses, channel: Channel) -> Option<&'t str> {
    let devices = &traits.devices;
    match channel {
        Channel::Email | Channel::Sms | Channel::Viber | Channel::Whatsapp => {
            addresses.trait_of(channel).and_then(|name| traits.text(name))
        }
        Channel::Push => (!devices.phones.is_empty()).then_some(""),
        Channel::Webpush => (!devices.browsers.is_empty()).then_some(""),
        Channel::Onsite | Channel::Webhook => Some(""),
    }
}

/// The person's address on the channel as [`address`] has it, unless they have none, did not agree, or it
/// is suppressed.
/// A transactional message needs no consent to its topic, but an address that only a browser
/// claimed is nobody's until it is confirmed: all it may be sent is the question whether it is theirs.
pub fn reach<'t>(
    traits: &'t Traits,
    addresses: &Addresses,
    channel: Channel,
    purpose: Purpose,
    topic: &str,
) -> Result<&'t str, SkipReason> {
    let address = address(traits, addresses, channel).ok_or(SkipReason::Unreachable)?;
    let consented = match purpose {
        Purpose::Marketing => traits.consent.allows(channel, topic),
        Purpose::Transactional => !traits.consent.unconfirmed(channel),
        Purpose::Confirmation if !traits.consent.unconfirmed(channel) => return Err(SkipReason::Condition),
        Purpose::Confirmation => !traits.consent.refuses(channel, topic),
    };
    if !consented {
        return Err(SkipReason::NotConsented);
    }
    if traits.consent.suppressed(channel, purpose).is_some() {
        return Err(SkipReason::Suppressed);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::profile::{By, Stand};
    use serde_json::json;

    /// Where addresses are held as usual.
    fn reach<'t>(traits: &'t Traits, channel: Channel, purpose: Purpose, topic: &str) -> Result<&'t str, SkipReason> {
        super::reach(traits, &Addresses::default(), channel, purpose, topic)
    }

    fn traits(confirmed: bool) -> Traits {
        let mut traits = Traits::default();
        traits.values.insert("email".into(), json!("ann@example.com"));
        traits.consent.new_address(Channel::Email, confirmed);
        traits
    }

    #[test]
    fn guards_are_asked_in_their_order() {
        let nobody = Traits::default();
        assert_eq!(
            reach(&nobody, Channel::Email, Purpose::Marketing, "news"),
            Err(SkipReason::Unreachable)
        );

        let mut ann = traits(true);
        assert_eq!(
            reach(&ann, Channel::Email, Purpose::Marketing, "news"),
            Ok("ann@example.com")
        );
        ann.consent.kill(Channel::Email, "hard_bounce");
        assert_eq!(
            reach(&ann, Channel::Email, Purpose::Marketing, "news"),
            Err(SkipReason::Suppressed)
        );
        ann.consent.say(Channel::Email, Some("news"), Stand::Out, 1, By::Page);
        assert_eq!(
            reach(&ann, Channel::Email, Purpose::Marketing, "news"),
            Err(SkipReason::NotConsented)
        );
    }

    #[test]
    fn a_browsers_claim_is_nobodys_address() {
        let ann = traits(false);
        for purpose in [Purpose::Marketing, Purpose::Transactional] {
            assert_eq!(
                reach(&ann, Channel::Email, purpose, "news"),
                Err(SkipReason::NotConsented)
            );
        }
    }

    #[test]
    fn only_the_question_whose_it_is_goes_to_an_address_that_a_browser_claimed() {
        let asks = |ann: &Traits| reach(ann, Channel::Email, Purpose::Confirmation, "news").map(str::to_owned);
        let mut ann = traits(false);
        assert_eq!(asks(&ann), Ok("ann@example.com".to_owned()));
        ann.consent.say(Channel::Email, None, Stand::Out, 1, By::OneClick);
        assert_eq!(
            asks(&ann),
            Err(SkipReason::NotConsented),
            "its owner wants no such letters"
        );
        ann.consent.say(Channel::Email, None, Stand::In, 2, By::Page);
        assert!(
            !ann.consent.allows(Channel::Email, "news"),
            "a yes is worth nothing before it is known whose it is"
        );
        assert!(ann.consent.confirm(Channel::Email));
        assert_eq!(asks(&ann), Err(SkipReason::Condition), "there is nothing to ask");
        assert!(ann.consent.allows(Channel::Email, "news"));
        ann.consent.new_address(Channel::Email, false);
        ann.consent.kill(Channel::Email, "hard_bounce");
        assert_eq!(asks(&ann), Err(SkipReason::Suppressed));
    }

    #[test]
    fn what_the_person_said_last_counts_whatever_order_it_came_in() {
        let mut ann = traits(true);
        assert!(ann.consent.say(Channel::Email, None, Stand::Out, 2, By::Reply));
        assert!(!ann.consent.say(Channel::Email, None, Stand::In, 1, By::Page));
        assert_eq!(
            reach(&ann, Channel::Email, Purpose::Marketing, "news"),
            Err(SkipReason::NotConsented)
        );
        assert_eq!(
            reach(&ann, Channel::Email, Purpose::Transactional, "news"),
            Ok("ann@example.com")
        );
    }

    #[test]
    fn where_nobody_answered_for_long_only_marketing_rests() {
        let mut ann = traits(true);
        assert!(ann.consent.kill(Channel::Email, "sunset"));
        let reached = |ann: &Traits, purpose| reach(ann, Channel::Email, purpose, "news").map(str::to_owned);
        assert_eq!(reached(&ann, Purpose::Marketing), Err(SkipReason::Suppressed));
        assert_eq!(reached(&ann, Purpose::Transactional), Ok("ann@example.com".to_owned()));

        assert!(ann.consent.kill(Channel::Email, "hard_bounce"));
        assert!(!ann.consent.kill(Channel::Email, "sunset"));
        assert_eq!(reached(&ann, Purpose::Transactional), Err(SkipReason::Suppressed));
    }

    #[test]
    fn the_channel_that_came_closest_gives_the_reason() {
        let mut ann = traits(true);
        ann.consent.kill(Channel::Email, "complaint");
        assert_eq!(
            first_reachable(
                &ann,
                &Addresses::default(),
                &[Channel::Sms, Channel::Email],
                Purpose::Marketing,
                "news"
            ),
            Err((Channel::Email, SkipReason::Suppressed))
        );
    }

    #[test]
    fn a_messenger_is_reached_by_what_its_service_asks_for() {
        let addresses = Addresses::from_iter([(Channel::Viber, "viber_id".to_owned())]);
        let reached = |ann: &Traits, channel| {
            super::reach(ann, &addresses, channel, Purpose::Marketing, "news").map(str::to_owned)
        };
        let mut ann = traits(true);
        ann.values.insert("phone".into(), json!("+14155550100"));
        assert_eq!(reached(&ann, Channel::Viber), Err(SkipReason::Unreachable));
        assert_eq!(reached(&ann, Channel::Whatsapp), Ok("+14155550100".to_owned()));
        ann.values.insert("viber_id".into(), json!("01234567890A="));
        assert_eq!(reached(&ann, Channel::Viber), Ok("01234567890A=".to_owned()));
    }
}
