//! What the table's stream says, read from a record's new image.
//!
//! A record that cannot be read can never be processed: its [`DecodeError`] is the reason to set
//! it aside with.

use super::codec;
pub use super::codec::DecodeError;
use super::keys;
use crate::domain::event::InboxItem;
use crate::domain::id::{MessageId, ProfileId};

/// The item that was appended to an inbox. `image` is the record's new image.
pub fn inbox_item(image: &serde_dynamo::Item) -> Result<InboxItem, DecodeError> {
    codec::decode_inbox(image)
}

/// The message that was queued. `image` is the record's new image; its keys would do.
pub fn outbox_key(image: &serde_dynamo::Item) -> Result<(ProfileId, MessageId), DecodeError> {
    codec::decode_message_key(image)
}

/// Where the record's item is, for the set-aside queue: `PK` and `SK`, as far as they can be read.
pub fn place(record_keys: &serde_dynamo::Item) -> String {
    let part = |name: &str| match record_keys.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => text.as_str(),
        _ => "?",
    };
    format!("{} {}", part(keys::PK), part(keys::SK))
}

/// Where an inbox item is, in the same form.
pub fn place_of(item: &InboxItem) -> String {
    let key = keys::inbox(&item.profile, item.at, &item.id);
    format!("{} {}", key.pk, key.sk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_dynamo::AttributeValue;
    use std::collections::HashMap;

    fn image(attributes: &[(&str, AttributeValue)]) -> serde_dynamo::Item {
        let map: HashMap<String, AttributeValue> = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        map.into()
    }

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn inbox(body: &str) -> serde_dynamo::Item {
        image(&[
            ("PK", text("P#u1")),
            ("SK", text("E#001772359200500#req-1")),
            ("received", AttributeValue::N("1772359201000".to_owned())),
            ("body", text(body)),
        ])
    }

    #[test]
    fn an_inbox_item_is_read() {
        let item = inbox_item(&inbox(r#"[{"alarm":{"id":"a1"}}]"#)).expect("it is read");
        assert_eq!(item.profile.as_str(), "u1");
        assert_eq!((item.id.as_str(), item.inputs.len()), ("req-1", 1));
        assert_eq!(item.at.as_millisecond(), 1_772_359_200_500);
        assert_eq!(item.received.as_millisecond(), 1_772_359_201_000);
    }

    #[test]
    fn what_is_wrong_is_named_without_what_it_says() {
        let reason = |image: &serde_dynamo::Item| inbox_item(image).expect_err("it cannot be read").to_string();
        assert_eq!(
            reason(&image(&[("PK", text("P#u1"))])),
            "attribute `SK` is missing or not a text"
        );
        assert_eq!(
            reason(&image(&[("PK", text("C#")), ("SK", text("E#1#a"))])),
            "attribute `PK` cannot be read: not a profile's partition"
        );
        assert_eq!(
            reason(&inbox("[{")),
            "attribute `body` cannot be read: EOF while parsing an object at line 1 column 2"
        );
        let told = reason(&inbox(r#"[{"ann@example.com":1}]"#));
        assert_eq!(
            told,
            "attribute `body` cannot be read: unknown variant at line 1 column 19"
        );
    }

    #[test]
    fn a_message_is_known_by_its_keys() {
        let queued = image(&[("PK", text("P#anon:x")), ("SK", text("M#msg_1"))]);
        let (profile, message) = outbox_key(&queued).expect("it is read");
        assert_eq!((profile.as_str(), message.as_str()), ("anon:x", "msg_1"));
        assert_eq!(place(&queued), "P#anon:x M#msg_1");
        assert!(outbox_key(&inbox("[]")).is_err());
        assert_eq!(place(&image(&[])), "? ?");
    }
}
