//! What a reader said, as it goes into the profile's inbox: the profile's one writer takes it from there.

use crate::{Deps, Reader, Table};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::feedback::{ADDRESS_CONFIRMED, ADDRESS_DIGEST, BY, SUBSCRIBED, UNSUBSCRIBED};
use beckon_shared::domain::id::digest;
use beckon_shared::domain::profile::By;
use beckon_shared::domain::time::after;
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Clock, PortError};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::Metric;
use serde_json::Value;

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// No more of the topic; of anything, where there is none.
    No(Channel, Option<String>),
    /// Yes to the topic.
    Yes(Channel, String),
    /// The address is mine.
    Mine {
        /// On this channel.
        channel: Channel,
        /// And yes to this.
        topic: String,
        /// Which.
        digest: String,
    },
}

impl Said {
    const fn event(&self) -> &'static str {
        match self {
            Self::No(..) => UNSUBSCRIBED,
            Self::Yes(..) => SUBSCRIBED,
            Self::Mine { .. } => ADDRESS_CONFIRMED,
        }
    }

    fn properties(&self, by: By, reader: &Reader) -> Properties {
        let (channel, topic, digest) = match self {
            Self::No(channel, topic) => (channel, topic.as_deref(), None),
            Self::Yes(channel, topic) => (channel, Some(topic.as_str()), None),
            Self::Mine { channel, topic, digest } => (channel, Some(topic.as_str()), Some(digest.as_str())),
        };
        let carrier = reader.claims.carrier.as_ref();
        let told = [
            ("channel", Some(channel.name())),
            ("topic", topic),
            (ADDRESS_DIGEST, digest),
            (BY, Some(by.name())),
            ("message", carrier.map(|carrier| carrier.message.as_str())),
            ("campaign", carrier.map(|carrier| carrier.campaign.as_str())),
            ("step", carrier.map(|carrier| carrier.step.as_str())),
        ];
        told.into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))))
            .collect()
    }
}

/// Appends what was said, in one item. Said twice at the same moment it is said once; said again later it is said
/// again, because in between the reader may have said otherwise elsewhere.
pub async fn append<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    reader: &Reader,
    said: &[Said],
    by: By,
) -> Result<(), PortError> {
    if said.is_empty() {
        return Ok(());
    }
    let profile = &reader.claims.profile;
    let moment = reader.now.to_string();
    let inputs: Vec<Input> = said
        .iter()
        .map(|said| {
            let properties = said.properties(by, reader);
            let what = Value::Object(properties.clone()).to_string();
            Input::Event(Event {
                id: format!("pref_{}", digest(&[profile.as_str(), said.event(), &what, &moment])),
                kind: EventKind::Track,
                name: said.event().to_owned(),
                at: reader.now,
                // Nobody but who received the message has the link.
                source: Source::Provider,
                hops: 0,
                properties,
            })
        })
        .collect();
    let ids: Vec<&str> = inputs.iter().map(Input::id).collect();
    let item = InboxItem {
        profile: profile.clone(),
        id: format!("pref_{}", digest(&ids)),
        at: reader.now,
        received: reader.now,
        inputs,
    };
    let retention = deps.rules.workspace(reader.now).await?.retention;
    match deps.store.append(&item, after(reader.now, retention)).await? {
        Appended::New => deps.metrics.count(Metric::Accepted, "event", by.name()),
        Appended::Repeat => deps.metrics.add(Metric::Duplicates, 1.0),
    }
    tracing::info!(profile = %LogId(profile), by = by.name(), said = said.len(), "a reader's word was taken");
    Ok(())
}
