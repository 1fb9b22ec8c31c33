//! Things to put into the store.

use beckon_shared::domain::campaign::{Cap, Channel, ChannelSet, Policy, Purpose};
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId, Version};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::profile::{By, Profile, Sent, Stand};
use beckon_shared::domain::time::{Span, Timestamp};
use beckon_shared::ports::profiles::Decided;
use serde_json::json;

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

pub fn millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("it is a time")
}

/// When everything that may be forgotten may be.
pub fn expires() -> Timestamp {
    at("2036-01-01T00:00:00Z")
}

/// What is saved with a profile that forwards nothing.
pub fn decided(traits_changed: bool, messages: &[Message]) -> Decided<'_> {
    Decided {
        traits_changed,
        messages,
        ..Decided::nothing(expires())
    }
}

pub fn profile_id(id: &str) -> ProfileId {
    ProfileId::known(id).expect("it is an id")
}

pub fn properties(value: serde_json::Value) -> Properties {
    value.as_object().cloned().expect("it is an object")
}

pub fn viewed(id: &str, when: Timestamp) -> Event {
    Event {
        id: id.to_owned(),
        kind: EventKind::Track,
        name: "Product Viewed".to_owned(),
        at: when,
        source: Source::Browser,
        hops: 0,
        properties: properties(json!({ "product_id": "p-1", "price": 19.5, "name": "Кружка ☕ \"\\" })),
    }
}

pub fn item(profile: &str, id: &str, when: &str) -> InboxItem {
    InboxItem {
        profile: profile_id(profile),
        id: id.to_owned(),
        at: at(when),
        received: at(when),
        inputs: vec![
            Input::Event(viewed(id, at(when))),
            Input::Alarm {
                id: format!("alarm-{id}"),
            },
        ],
    }
}

pub fn message(profile: &str, id: &str) -> Message {
    Message {
        id: MessageId::from(id),
        profile: profile_id(profile),
        campaign: CampaignName::from("abandoned-cart"),
        version: Version::from("v1"),
        step: "reminder".to_owned(),
        channel: Channel::Email,
        to: "ann@example.com".to_owned(),
        template: "cart-reminder".to_owned(),
        variant: Some("a".to_owned()),
        locale: "ru".to_owned(),
        topic: "offers".to_owned(),
        purpose: Purpose::Marketing,
        priority: 50,
        policy: Policy::AtMostOnce,
        decided: at("2026-03-01T10:00:00.123Z"),
        expires: Some(at("2026-03-02T10:00:00Z")),
        context: properties(json!({ "event": { "cart_id": "c-17", "value": 59.0 }, "lists": [1, null, "ä"] })),
    }
}

/// One that makes the ledger keep all that it can of a message.
fn cap_by_topic() -> Cap {
    Cap {
        purpose: Purpose::Marketing,
        channels: vec![Channel::Email],
        topics: vec!["news".to_owned()],
        at_most: 3,
        window: Span::from_days(7),
    }
}

/// A profile with something of most kinds in it.
pub fn profile() -> Profile {
    let mut profile = Profile::default();
    let state = &mut profile.state;
    state.cursor = Some("100000000000000000000042".to_owned());
    state.folded = Some(at("2026-03-01T10:00:00.001Z"));
    state.seen.insert("event-1");
    state.alarm = Some(at("2026-03-01T11:00:00Z"));
    state.ledger.note(
        Purpose::Marketing,
        Sent::new(
            at("2026-02-27T08:00:00Z"),
            Channel::Email,
            "news",
            ChannelSet::default().with(Channel::Sms),
        ),
        &[cap_by_topic()],
    );
    state
        .past
        .entry(CampaignName::from("abandoned-cart"))
        .or_default()
        .note("c-16", 1_772_000_000_000, false);
    state.dates.insert(CampaignName::from("birthday"), 1_773_000_000_000);
    profile.traits.values = properties(json!({ "email": "ann@example.com", "first_name": "Анна", "age": 36 }));
    profile.traits.set.insert("email".to_owned(), 1_772_000_000_000);
    profile
        .traits
        .consent
        .say(Channel::Email, Some("offers"), Stand::In, 1_772_000_000_000, By::Page);
    profile.traits.consent.new_address(Channel::Sms, false);
    profile
}
