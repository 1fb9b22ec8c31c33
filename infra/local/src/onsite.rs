//! Messages on the page leave by being written to the table: what is written there as one is listed among what
//! left, as the page will show it.

use crate::sent::{SentMessage, tag};
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beckon_shared::ports::page::Placed;
use jiff::Timestamp;
use serde::Deserialize;

/// What a `PutItem` says of a message on the page.
#[derive(Debug, Deserialize)]
struct Put {
    #[serde(rename = "Item")]
    item: Item,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(rename = "PK")]
    pk: Text,
    #[serde(rename = "SK")]
    sk: Text,
    body: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// The message that a `PutItem` places on the page, if it places one.
pub fn placed(body: &Bytes, now: Timestamp) -> Option<SentMessage> {
    let item = serde_json::from_slice::<Put>(body).ok()?.item;
    let profile = item.pk.text.strip_prefix("P#")?;
    item.sk.text.strip_prefix("S#")?;
    let placed: Placed = serde_json::from_str(&item.body.text).ok()?;
    let tags = [
        (tag::MESSAGE, placed.message.as_str().to_owned()),
        (tag::CAMPAIGN, placed.campaign.as_str().to_owned()),
        (tag::STEP, placed.step.clone()),
        (tag::PROFILE, URL_SAFE_NO_PAD.encode(profile)),
        ("form", placed.form.name().to_owned()),
    ];
    let tags = tags.map(|(name, value)| (name.to_owned(), value)).into();
    let id = placed.message.as_str().to_owned();
    let text = match &placed.link {
        Some(link) => format!("{}\n{link}", placed.text),
        None => placed.text.clone(),
    };
    Some(SentMessage {
        subject: placed.title,
        text: Some(text),
        body: Some(placed.text),
        ..SentMessage::new(now, "onsite", String::new(), id, tags)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_placed_is_listed() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let placed_item = json!({
            "message": "msg_1", "campaign": "idle-chat", "step": "hello", "form": "chat",
            "title": "Hello", "text": "Ask.", "link": "/help", "at": 1, "expires": 2,
        });
        let put = |sk: &str| {
            let item = json!({
                "PK": { "S": "P#anon:v1" }, "SK": { "S": sk }, "body": { "S": placed_item.to_string() },
            });
            Bytes::from(json!({ "TableName": "t", "Item": item }).to_string())
        };
        let listed = placed(&put("S#msg_1"), now).unwrap();
        assert_eq!(listed.channel, "onsite");
        assert_eq!(listed.profile.as_deref(), Some("anon:v1"));
        assert_eq!(listed.subject.as_deref(), Some("Hello"));
        assert_eq!(listed.text.as_deref(), Some("Ask.\n/help"));
        assert_eq!(placed(&put("M#msg_1"), now), None);
    }
}
