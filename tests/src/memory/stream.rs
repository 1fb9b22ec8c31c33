//! What the table's stream carries.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue;
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::Status;
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::keys::{self, Key, Kind};
use std::collections::HashMap;

/// What happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Insert,
    /// It was there and differs now. (An item written again as it was makes no record.)
    Modify,
    /// It is gone.
    Remove,
}

/// One change of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its place in the stream, from 0, without gaps.
    pub position: usize,
    /// What happened.
    pub change: Change,
    /// To which item.
    pub key: Key,
    /// The item afterwards; empty where it was removed.
    pub image: Item,
}

impl Record {
    /// The sequence number: decimal, growing, and larger than 64 bits can hold, as real ones are.
    pub fn sequence(&self) -> String {
        format!("1{:022}", self.position)
    }

    /// Whether the event source mapping of `evaluate` lets it through
    /// (`beckon_shared::wiring::INBOX_FILTER`).
    pub fn is_for_evaluate(&self) -> bool {
        self.change == Change::Insert && self.key.kind() == Kind::Inbox
    }

    /// Whether the event source mapping of `send` lets it through
    /// (`beckon_shared::wiring::OUTBOX_FILTER`).
    pub fn is_for_send(&self) -> bool {
        self.change != Change::Remove
            && self.key.kind() == Kind::Message
            && self.image.text(keys::STATUS) == Ok(Status::Queued.name())
    }

    /// The inbox item, where it is one.
    pub fn inbox_item(&self) -> Option<InboxItem> {
        codec::decode_inbox(&self.image).ok()
    }

    /// The message, where it is one.
    pub fn message(&self) -> Option<(ProfileId, MessageId)> {
        codec::decode_message_key(&self.image).ok()
    }

    /// As Lambda hands it over (view type `NEW_IMAGE`).
    pub fn event_record(&self) -> EventRecord {
        let mut record = EventRecord::default();
        record.event_id = self.sequence();
        record.event_name = match self.change {
            Change::Insert => "INSERT",
            Change::Modify => "MODIFY",
            Change::Remove => "REMOVE",
        }
        .to_owned();
        record.event_source = Some("aws:dynamodb".to_owned());
        record.change.sequence_number = Some(self.sequence());
        record.change.keys = carried(&codec::keyed(self.key.clone()));
        record.change.new_image = carried(&self.image);
        record
    }
}

/// The item as stream records carry it.
fn carried(item: &Item) -> serde_dynamo::Item {
    item.iter()
        .map(|(name, value)| (name.clone(), value_carried(value)))
        .collect::<HashMap<_, _>>()
        .into()
}

fn value_carried(value: &AttributeValue) -> serde_dynamo::AttributeValue {
    match value {
        AttributeValue::S(text) => serde_dynamo::AttributeValue::S(text.clone()),
        AttributeValue::N(digits) => serde_dynamo::AttributeValue::N(digits.clone()),
        AttributeValue::B(bytes) => serde_dynamo::AttributeValue::B(bytes.as_ref().to_vec()),
        AttributeValue::Bool(yes) => serde_dynamo::AttributeValue::Bool(*yes),
        _ => serde_dynamo::AttributeValue::Null(true),
    }
}
