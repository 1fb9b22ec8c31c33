//! The first event of each function, and what has to be there for it to have work.

use crate::Outcome;
use crate::workload::{self, Shipped};
use aws_lambda_events::dynamodb::Event as Batch;
use axum::body::Bytes;
use beckon_shared::domain::campaign::{Channel, Policy, Purpose};
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::ports::Profiles as _;
use beckon_shared::ports::due::Bucket;
use beckon_shared::ports::profiles::Decided;
use beckon_shared::store::DynamoStore;
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_tests::memory::{Change, Record};
use serde_json::{Value, json};

/// What is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A 1 KB event is posted.
    Ingest,
    /// That event, in the stream.
    Evaluate,
    /// A bucket with one alarm.
    Check,
    /// A queued mail.
    Send,
    /// A delivery.
    Feedback,
}

/// A table with a profile for each round: its traits, an alarm that is due, a queued message.
pub struct Seeded {
    began: Timestamp,
    messages: Vec<Message>,
    rows: Vec<Item>,
}

impl Seeded {
    /// Puts in what so many rounds need.
    pub async fn new(store: &DynamoStore, shipped: &Shipped, rounds: usize) -> Outcome<Self> {
        #[allow(clippy::disallowed_methods)] // the functions go by the machine's clock here
        let began = Timestamp::now();
        let expires = after(began, Span::from_days(90));
        let mut seeded = Self {
            began,
            messages: Vec::new(),
            rows: Vec::new(),
        };
        for round in 0..rounds {
            let id = workload::profile_id(round)?;
            let mut profile = workload::profile(round, began);
            profile.state.alarm = Some(alarm(began, round)?);
            let message = message(shipped, &id, round, began);
            store
                .save(
                    &id,
                    &mut profile,
                    &Decided {
                        traits_changed: true,
                        messages: std::slice::from_ref(&message),
                        ..Decided::nothing(expires)
                    },
                )
                .await?;
            seeded.rows.push(codec::encode_message(&message, expires)?);
            seeded.messages.push(message);
        }
        Ok(seeded)
    }

    /// The event of a round.
    pub fn event(&self, kind: Kind, round: usize) -> Outcome<Bytes> {
        let event = match kind {
            Kind::Ingest => self.posted(round)?,
            Kind::Evaluate => self.streamed(round)?,
            Kind::Check => {
                let bucket = Bucket::of(&workload::profile_id(round)?, alarm(self.began, round)?);
                json!({ "bucket": bucket })
            }
            Kind::Send => self.queued(round, 1)?,
            Kind::Feedback => self.delivered(round)?,
        };
        Ok(serde_json::to_vec(&event)?.into())
    }

    /// So many queued messages from this one on, as one batch of the stream.
    pub fn queued(&self, first: usize, count: usize) -> Outcome<Value> {
        let rows = self.rows.get(first..first + count).ok_or("there is no such round")?;
        let rows = rows.iter().enumerate();
        stream_event(rows.map(|(place, row)| (first + place, row.clone())))
    }

    fn posted(&self, round: usize) -> Outcome<Value> {
        let properties = workload::product_added("c-1", round % 3);
        let user = workload::profile_id(round)?;
        // Each is another event, whoever is asked to take it.
        let message = format!("5c1e0b7e-6a54-4c0e-9d9b-{:012}", self.messages.len() + round);
        let call = workload::call(user.as_str(), &message, workload::EVENT, &properties, self.began);
        Ok(workload::http_event("/v1/track", &call, &message, self.began))
    }

    fn streamed(&self, round: usize) -> Outcome<Value> {
        let id = format!("5c1e0b7e-6a54-4c0e-9d9b-{round:012}");
        let event = Event {
            id: id.clone(),
            kind: EventKind::Track,
            name: workload::EVENT.to_owned(),
            at: self.began,
            source: Source::Server,
            hops: 0,
            properties: workload::product_added("c-1", round % 3),
        };
        let item = InboxItem {
            profile: workload::profile_id(round)?,
            id,
            at: self.began,
            received: self.began,
            inputs: vec![Input::Event(event)],
        };
        let row = codec::encode_inbox(&item, after(self.began, Span::from_days(90)))?;
        stream_event([(round, row)])
    }

    fn delivered(&self, round: usize) -> Outcome<Value> {
        let message = self.messages.get(round).ok_or("there is no such round")?;
        Ok(workload::notification(message, "Delivery", self.began, round))
    }
}

/// Each round's alarm is in a bucket of its own, and has just been due.
fn alarm(began: Timestamp, round: usize) -> Outcome<Timestamp> {
    Ok(before(began, Span::from_mins(i64::try_from(round)? + 2)))
}

fn message(shipped: &Shipped, id: &ProfileId, round: usize, now: Timestamp) -> Message {
    let item = Value::Object(workload::product_added("c-1", 1));
    Message {
        id: MessageId(format!("msg_{round:026}")),
        profile: id.clone(),
        campaign: shipped.cart.name.clone(),
        version: shipped.cart.version.clone(),
        step: "reminder".to_owned(),
        channel: Channel::Email,
        to: format!("user-{round:06}@example.com"),
        template: "cart-reminder".to_owned(),
        variant: None,
        locale: "en".to_owned(),
        topic: shipped.cart.topic.clone(),
        purpose: Purpose::Marketing,
        priority: 50,
        policy: Policy::AtMostOnce,
        decided: now,
        expires: None,
        context: json!({ "profile": { "first_name": "Ann" }, "cart": { "key": "c-1", "items": [item] }, "key": "c-1" })
            .as_object()
            .cloned()
            .unwrap_or_default(),
    }
}

/// A batch of new items, as Lambda hands it over.
fn stream_event(images: impl IntoIterator<Item = (usize, Item)>) -> Outcome<Value> {
    let mut batch = Batch::default();
    for (place, image) in images {
        let record = Record {
            position: place + 1,
            change: Change::Insert,
            key: image.key()?,
            image,
        };
        batch.records.push(record.event_record());
    }
    Ok(serde_json::to_value(batch)?)
}
