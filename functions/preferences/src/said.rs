//! What a reader said, as it goes into the profile's inbox: the profile's one writer takes it from there.

use crate::{Deps, Reader, Table};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::feedback::{ADDRESS_CONFIRMED, ADDRESS_DIGEST, BY, SUBSCRIBED, UNSUBSCRIBED};
use beckon_shared::domain::id::digest;
use beckon_shared::domain::profile::By;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Clock, PortError};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::Metric;
use serde_json::Value;

/// What ids of items begin with.
const PREFIX: &str = "pref_";

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

/// Appends what was said, in one item. Said again within the same minute it is said once, so that a request that is
/// replayed any number of times costs no fold; unless the reader said otherwise in between, or later: then it is said
/// again.
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
    let minute = minute_of(reader.now);
    let mut item = item(reader, said, by, minute);
    let retention = deps.rules.workspace(reader.now).await?.kept.events;
    let expires = after(reader.now, retention);
    let mut appended = deps.store.append(&item, expires).await?;
    if appended == Appended::Repeat && said_otherwise_since(deps, reader, &item).await? {
        item = self::item(reader, said, by, reader.now);
        appended = deps.store.append(&item, expires).await?;
    }
    match appended {
        Appended::New => deps.metrics.count(Metric::Accepted, "event", by.name()),
        Appended::Repeat => deps.metrics.add(Metric::Duplicates, 1.0),
    }
    tracing::info!(profile = %LogId(profile), by = by.name(), said = said.len(), "a reader's word was taken");
    Ok(())
}

/// What was said, as it is put into the inbox: the same item for the same words and the same moment.
fn item(reader: &Reader, said: &[Said], by: By, moment: Timestamp) -> InboxItem {
    let profile = &reader.claims.profile;
    let said_at = moment.to_string();
    let inputs: Vec<Input> = said
        .iter()
        .map(|said| {
            let properties = said.properties(by, reader);
            let what = Value::Object(properties.clone()).to_string();
            Input::Event(Event {
                id: format!("{PREFIX}{}", digest(&[profile.as_str(), said.event(), &what, &said_at])),
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
    InboxItem {
        profile: profile.clone(),
        id: format!("{PREFIX}{}", digest(&ids)),
        at: moment,
        received: reader.now,
        inputs,
    }
}

/// Whether the latest that this reader said on a page is something else than the item.
async fn said_otherwise_since<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    reader: &Reader,
    item: &InboxItem,
) -> Result<bool, PortError> {
    let from = before(item.at, Span::from_millis(1));
    let received = deps.store.received_between(&item.profile, from, reader.now).await?;
    let mut said = received.iter().rev().filter(|other| other.id.starts_with(PREFIX));
    let meant = |other: &InboxItem| words_of(other) == words_of(item);
    Ok(said.next().is_some_and(|latest| !meant(latest)))
}

/// What an item says, whenever it was said.
fn words_of(item: &InboxItem) -> Vec<(&str, &Properties)> {
    let events = item.inputs.iter().filter_map(|input| match input {
        Input::Event(event) => Some((event.name.as_str(), &event.properties)),
        Input::Alarm { .. }
        | Input::Join { .. }
        | Input::Merge { .. }
        | Input::Member { .. }
        | Input::Account { .. }
        | Input::Erase { .. } => None,
    });
    events.collect()
}

/// The minute that the moment is in.
fn minute_of(at: Timestamp) -> Timestamp {
    let millis = at.as_millisecond();
    Timestamp::from_millisecond(millis - millis.rem_euclid(60_000)).unwrap_or(at)
}
