//! What a profile is told of its message's fate.

use crate::ses::Notification;
use beckon_shared::channel::tags;
use beckon_shared::domain::address::address_digest;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::feedback::ADDRESS_DIGEST;
use beckon_shared::domain::id::digest;
use beckon_shared::domain::time::Timestamp;
use serde_json::Value;

/// The inbox item a notification becomes: `None` where its mail is not ours or nothing follows.
/// Its id derives from what happened, not from the notification, which SNS may send twice.
pub fn of(notification: &Notification, received: Timestamp) -> Option<InboxItem> {
    let name = notification.event_name()?;
    let profile = notification.profile()?;
    let message = notification.tag(tags::MESSAGE)?;
    // SES's times have milliseconds: an inbox item's too.
    let at = Timestamp::from_millisecond(notification.at().as_millisecond()).ok()?;
    let what = notification.feedback_id().or(notification.link()).unwrap_or_default();
    let id = format!("ses_{}", digest(&[message, name, &at.to_string(), what]));
    let address = notification
        .recipients()
        .next()
        .map(|address| address_digest(Channel::Email, address));
    let told = [
        ("message", Some(message)),
        ("campaign", notification.tag(tags::CAMPAIGN)),
        ("step", notification.tag(tags::STEP)),
        ("channel", Some(Channel::Email.name())),
        ("bounce_type", notification.bounce_type()),
        ("link", notification.link()),
        (ADDRESS_DIGEST, address.as_deref()),
    ];
    let properties: Properties = told
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))))
        .collect();
    let event = Event {
        id: id.clone(),
        kind: EventKind::Track,
        name: name.to_owned(),
        at,
        source: Source::Provider,
        hops: 0,
        properties,
    };
    Some(InboxItem {
        profile,
        id,
        at,
        received,
        inputs: vec![Input::Event(event)],
    })
}
