//! What a profile is told of what a service says.

use crate::Table;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::id::digest;
use beckon_shared::domain::service::{Heard, Service};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::PortError;
use beckon_shared::ports::origins::{Named, Origin};
use serde_json::Value;

/// Whose message it is about: by the service's id of it, or else by the address it comes from.
pub async fn origin<S: Table>(store: &S, service: &Service, heard: &Heard) -> Result<Option<Origin>, PortError> {
    if let Some(id) = &heard.message
        && let Some(origin) = store.origin(&service.name, Named::Id(id)).await?
    {
        return Ok(Some(origin));
    }
    let Some(from) = &heard.from else {
        return Ok(None);
    };
    for channel in &service.carries {
        if let Some(origin) = store.origin(&service.name, Named::Address(*channel, from)).await? {
            return Ok(Some(origin));
        }
    }
    Ok(None)
}

/// The inbox item that it becomes. Its id and its place derive from what was said, not from the call, which may
/// come again.
pub fn item(service: &Service, heard: &Heard, origin: &Origin, now: Timestamp) -> InboxItem {
    let told_at = heard.at.map(|at| at.min(now));
    let own = heard.id.clone().or_else(|| heard.at.map(|at| at.to_string()));
    let about = [
        service.name.as_str(),
        heard.event.as_str(),
        heard.message.as_deref().unwrap_or_default(),
        own.as_deref().unwrap_or_default(),
        heard.text.as_deref().unwrap_or_default(),
    ];
    let id = format!("svc_{}", digest(&about));
    let told = [
        ("message", Some(origin.message.as_str())),
        ("campaign", Some(origin.campaign.as_str())),
        ("step", Some(origin.step.as_str())),
        ("channel", Some(origin.channel.name())),
        ("service", Some(service.name.as_str())),
        ("text", heard.text.as_deref()),
    ];
    let properties: Properties = told
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))))
        .collect();
    let event = Event {
        id: id.clone(),
        kind: EventKind::Track,
        name: heard.event.clone(),
        at: told_at.unwrap_or(now),
        source: Source::Provider,
        hops: 0,
        properties,
    };
    InboxItem {
        profile: origin.profile.clone(),
        id,
        at: told_at.unwrap_or(origin.at),
        received: now,
        inputs: vec![Input::Event(event)],
    }
}
