//! Messages on the page: who finds them, for how long, and who does not.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::story::{Person, Shop};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::{BROWSER_KEY, SERVER_KEY};
use serde_json::{Value, json};

/// A random id, as pages make them.
const DEVICE: &str = "2f1c9f0e-7a52-4b6e-9d43-0c1f6a5be3d8";

fn shop() -> Shop {
    Shop::opens_with("2026-03-01 10:00", definitions::shipped().unwrap().clone())
}

fn reads_on(visitor: &Person) {
    visitor.does(
        "Page Engaged",
        json!({ "visible_secs": 45, "scroll_depth": 0.4, "clicks": 0 }),
    );
}

fn titles(found: &[Value]) -> Vec<&str> {
    found.iter().map(|message| message["title"].as_str().unwrap()).collect()
}

#[test]
fn who_reads_without_a_click_finds_the_chats_question_at_once_and_until_it_is_seen() {
    let shop = shop();
    let visitor = shop.visitor(DEVICE);
    assert!(visitor.finds_on_the_page().is_empty());
    reads_on(&visitor);
    visitor.receives("idle-chat");
    let found = visitor.finds_on_the_page();
    assert_eq!(titles(&found), ["Hello, is something missing here?"]);
    let question = &found[0];
    assert_eq!(
        (&question["form"], &question["campaign"], &question["step"]),
        (&json!("chat"), &json!("idle-chat"), &json!("hello"))
    );
    assert_eq!(question["placed"], "2026-03-01T10:00:00Z");
    assert_eq!(question["expires"], "2026-03-01T10:01:00Z");
    assert_eq!(visitor.finds_on_the_page(), found, "until it is seen");
    visitor.does("Message Opened", json!({ "message": question["message"] }));
    assert!(visitor.finds_on_the_page().is_empty());
}

#[test]
fn what_has_expired_is_not_found_though_the_table_still_has_it() {
    let shop = shop();
    let visitor = shop.visitor(DEVICE);
    reads_on(&visitor);
    visitor.receives("idle-chat");
    shop.passes("59s");
    assert_eq!(visitor.finds_on_the_page().len(), 1);
    shop.passes("1s");
    assert!(visitor.finds_on_the_page().is_empty());
}

#[test]
fn a_visitor_who_turns_out_to_be_a_customer_finds_what_waits_for_both() {
    let shop = shop();
    let ann = shop.customer("Ann");
    ann.receives("welcome-series");
    let visitor = shop.visitor(DEVICE);
    reads_on(&visitor);
    visitor.receives("idle-chat");
    visitor.turns_out_to_be(&ann);
    assert_eq!(
        titles(&visitor.finds_on_the_page()),
        ["Hello, is something missing here?"]
    );
    shop.passes("40m");
    reads_on(&ann);
    ann.receives("idle-chat");
    let found = visitor.finds_on_the_page();
    assert_eq!(titles(&found), ["Hello Ann, is something missing here?"]);
    ann.does("Message Read", json!({ "message": found[0]["message"] }));
    assert!(visitor.finds_on_the_page().is_empty(), "whichever of them says so");
}

#[test]
fn nobody_reads_what_waits_for_another() {
    let shop = shop();
    let ann = shop.customer("Ann");
    ann.receives("welcome-series");
    let visitor = shop.visitor(DEVICE);
    visitor.turns_out_to_be(&ann);
    reads_on(&ann);
    ann.receives("idle-chat");
    let other = shop.visitor("another-device");
    assert!(other.finds_on_the_page().is_empty());
    // A user's id can be guessed, so it is nothing to ask with, in whatever place.
    for guess in ["ann", "user:ann", "P#ann", "anon:2f1c", "account:ann"] {
        let heard = shop.hears_a_page_ask(&[("anonymousId", guess), ("writeKey", BROWSER_KEY)]);
        assert_eq!((heard.status, &heard.body["messages"]), (200, &json!([])), "{guess}");
    }
    let heard = shop.hears_a_page_ask(&[("userId", "ann"), ("writeKey", BROWSER_KEY)]);
    assert_eq!((heard.status, &heard.body["field"]), (400, &json!("anonymousId")));
    for key in [SERVER_KEY, "guessed", ""] {
        let heard = shop.hears_a_page_ask(&[("anonymousId", DEVICE), ("writeKey", key)]);
        assert_eq!(heard.status, 401, "{key}");
    }
    // To say that one has seen another's message hides it from nobody else.
    let waits = visitor.finds_on_the_page();
    other.does("Message Opened", json!({ "message": waits[0]["message"] }));
    assert_eq!(visitor.finds_on_the_page(), waits);
}
