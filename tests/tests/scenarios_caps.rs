//! Frequency caps by channel and topic, messages that possibly came twice, topics of single messages, and leaving as
//! time passes, on the deciding core. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use beckon_tests::world::definitions;
use serde_json::json;

const CAPS: &str = "caps:
  - { purpose: marketing, at most: 1, in: 1d }
  - { purpose: marketing, at most: 4, in: 7d }
";

/// The campaigns, under these caps instead of the shop's.
fn under(caps: &[&str], campaigns: &[&str]) -> (Rehearsal, Actor) {
    let caps: String = caps.iter().map(|cap| format!("  - {{ {cap} }}\n")).collect();
    let names: Vec<String> = (0..campaigns.len())
        .map(|number| format!("tried-{number}.yaml"))
        .collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(campaigns.iter().copied())
        .collect();
    let edits = [("workspace.yaml", CAPS, format!("caps:\n{caps}"))];
    let edits: Vec<(&str, &str, &str)> = edits
        .iter()
        .map(|(file, found, put)| (*file, *found, put.as_str()))
        .collect();
    let mut definitions = definitions::edited(&edits, &files).unwrap_or_else(|error| panic!("{error}"));
    definitions.campaigns.retain(|campaign| {
        campaigns
            .iter()
            .any(|yaml| yaml.starts_with(&format!("campaign: {}\n", campaign.name)))
    });
    let play = Rehearsal::with(definitions, "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

/// One message for each order that arrives.
fn says(name: &str, by: &str, more: &str) -> String {
    format!(
        "campaign: {name}
topic: offers
enter: {{ on: Order Delivered, key: event.order_id }}
steps:
  - send: word
    by: {by}
    template: order-arrived
{more}"
    )
}

fn gets(ann: &Actor, order: &str) {
    ann.has("Order Delivered", json!({ "order_id": order }));
}

#[test]
fn a_cap_by_channel_holds_to_its_edge_and_speaks_of_no_other_channel() {
    let texts = says("texts", "sms", "");
    let (play, ann) = under(
        &["at most: 1, in: 1d, channel: sms"],
        &[&texts, &says("chats", "whatsapp", "    priority: 60\n")],
    );
    gets(&ann, "o1");
    play.never_mind();
    play.comes_to("2026-03-02 09:59:59.999");
    gets(&ann, "o2");
    play.told(&[
        "03-02 09:59 ann enters chats (o2)",
        "03-02 09:59 ann enters texts (o2)",
        "03-02 09:59 ann gets word by whatsapp",
        "03-02 09:59 ann is spared word by sms: frequency_cap (1 in 1d by sms)",
    ]);
    // Exactly a day after the first: it has left the window.
    play.comes_to("2026-03-02 10:00");
    gets(&ann, "o3");
    let sent = play
        .decided()
        .iter()
        .filter(|decision| decision.line().decision == "send")
        .count();
    assert_eq!(sent, 2);
    assert_eq!(play.last_message().channel.name(), "sms");
}

#[test]
fn what_is_owed_to_the_person_neither_counts_nor_waits() {
    let owed = says("owed", "sms", "    purpose: transactional\n");
    let (play, ann) = under(&["at most: 1, in: 1d, channel: sms, topic: offers"], &[&owed]);
    for order in ["o1", "o2", "o3"] {
        gets(&ann, order);
    }
    let sent = play
        .decided()
        .iter()
        .filter(|decision| decision.line().decision == "send")
        .count();
    assert_eq!(sent, 3);
    assert!(ann.profile().state.ledger.is_empty());
}

#[test]
fn where_a_channel_is_full_the_next_that_reaches_the_person_is_taken() {
    let either = says("either", "[whatsapp, sms]", "");
    let caps = [
        "at most: 1, in: 1d, channel: whatsapp",
        "at most: 2, in: 7d, channel: sms",
    ];
    let (play, ann) = under(&caps, &[&either]);
    for order in ["o1", "o2", "o3", "o4"] {
        gets(&ann, order);
    }
    play.told(&[
        "03-01 10:00 ann enters either (o1)",
        "03-01 10:00 ann gets word by whatsapp",
        "03-01 10:00 ann enters either (o2)",
        "03-01 10:00 ann gets word by sms",
        "03-01 10:00 ann enters either (o3)",
        "03-01 10:00 ann gets word by sms",
        "03-01 10:00 ann enters either (o4)",
        "03-01 10:00 ann is spared word by whatsapp: frequency_cap (1 in 1d by whatsapp)",
    ]);
}

#[test]
fn a_cap_by_topic_follows_the_topic_of_the_single_message() {
    let letters = "campaign: letters
topic: offers
enter: { on: Order Delivered, key: event.order_id }
steps:
  - send: offer
    by: sms
    template: order-arrived
  - send: greeting
    by: sms
    topic: greetings
    template: order-arrived
";
    let (play, ann) = under(&["at most: 1, in: 7d, topic: offers"], &[letters]);
    gets(&ann, "o1");
    assert_eq!(play.last_message().topic, "greetings");
    gets(&ann, "o2");
    // Who says no to greetings still hears of offers, and the other way round.
    ann.has("Unsubscribed", json!({ "topic": "greetings" }));
    play.passes("7d");
    gets(&ann, "o3");
    play.told(&[
        "03-01 10:00 ann enters letters (o1)",
        "03-01 10:00 ann gets offer by sms",
        "03-01 10:00 ann gets greeting by sms",
        "03-01 10:00 ann enters letters (o2)",
        "03-01 10:00 ann is spared offer by sms: frequency_cap (1 in 7d about offers)",
        "03-01 10:00 ann gets greeting by sms",
        "03-08 10:00 ann enters letters (o3)",
        "03-08 10:00 ann gets offer by sms",
        "03-08 10:00 ann is spared greeting by sms: not_consented",
    ]);
}

#[test]
fn what_goes_on_to_the_next_channel_counts_there_and_in_all_once() {
    let cascade = says("cascade", "[whatsapp, sms]", "    next: { after: 1h }\n");
    let caps = [
        "at most: 3, in: 7d",
        "at most: 1, in: 7d, channel: sms",
        "at most: 2, in: 7d, channel: [whatsapp, sms]",
    ];
    let (play, ann) = under(&caps, &[&cascade]);
    for order in ["o1", "o2", "o3"] {
        gets(&ann, order);
        play.passes("1d");
    }
    play.told(&[
        "03-01 10:00 ann enters cascade (o1)",
        "03-01 10:00 ann gets word by whatsapp",
        "03-01 11:00 ann gets word by sms, possibly by whatsapp too",
        "03-02 10:00 ann enters cascade (o2)",
        "03-02 10:00 ann gets word by whatsapp",
        "03-02 11:00 ann is spared word by sms: frequency_cap (1 in 7d by sms)",
        "03-03 10:00 ann enters cascade (o3)",
        "03-03 10:00 ann is spared word by whatsapp: frequency_cap (2 in 7d by whatsapp, sms)",
    ]);
}

#[test]
fn the_last_place_under_a_channels_cap_is_the_more_important_messages() {
    let plain = says("plain", "sms", "    priority: 20\n");
    let urgent = says("urgent", "sms", "    priority: 80\n");
    let (play, ann) = under(&["at most: 1, in: 1d, channel: sms"], &[&plain, &urgent]);
    gets(&ann, "o1");
    play.told(&[
        "03-01 10:00 ann enters plain (o1)",
        "03-01 10:00 ann enters urgent (o1)",
        "03-01 10:00 ann gets word by sms",
        "03-01 10:00 ann is spared word by sms: frequency_cap (1 in 1d by sms)",
    ]);
    assert_eq!(play.last_message().campaign.as_str(), "urgent");
}

#[test]
fn what_a_visitor_was_sent_counts_under_the_caps_of_whom_they_turn_out_to_be() {
    let texts = says("texts", "sms", "");
    let (play, ann) = under(&["at most: 1, in: 1d, channel: sms, topic: offers"], &[&texts]);
    let visitor = play.visitor("v1");
    visitor.is(json!({ "phone": "+4915112345678" }));
    gets(&visitor, "o1");
    visitor.turns_out_to_be(&ann);
    play.never_mind();
    gets(&ann, "o2");
    play.told(&[
        "03-01 10:00 ann enters texts (o2)",
        "03-01 10:00 ann is spared word by sms: frequency_cap (1 in 1d by sms about offers)",
    ]);
}

#[test]
fn what_failed_or_is_known_to_have_arrived_is_not_possibly_both() {
    let told = |unless: &str, word: &str| {
        let more = format!("    next: {{ after: 1h, unless: {unless} }}\n");
        let (play, ann) = under(&["at most: 9, in: 1d"], &[&says("cascade", "[whatsapp, sms]", &more)]);
        gets(&ann, "o1");
        let message = play.last_message().id;
        play.never_mind();
        if !word.is_empty() {
            ann.is_reported(word, json!({ "message": message.as_str() }));
        }
        play.passes("2h");
        // What is heard after the next has left changes nothing.
        ann.is_reported("Message Delivered", json!({ "message": message.as_str() }));
        play.passes("1d");
        let lines: Vec<String> = play.decided().iter().map(beckon_tests::rehearsal::line).collect();
        lines
    };
    let both = ["03-01 11:00 ann gets word by sms, possibly by whatsapp too"];
    assert_eq!(told("delivered", ""), both);
    assert_eq!(told("delivered", "Message Unknown"), both);
    assert_eq!(
        told("delivered", "Message Failed"),
        ["03-01 10:00 ann gets word by sms"]
    );
    assert_eq!(told("read", "Message Delivered"), ["03-01 11:00 ann gets word by sms"]);
    assert!(told("delivered", "Message Delivered").is_empty());
}

#[test]
fn who_comes_to_a_condition_of_leaving_as_time_passes_leaves_then() {
    let (play, ann) = under(
        &["at most: 9, in: 1d"],
        &["campaign: patient
topic: offers
enter: { on: Order Delivered, key: event.order_id }
exit:
  - when: now - last(\"Product Viewed\") >= 2d
steps:
  - wait: 30d
  - send: word
    by: sms
    template: order-arrived
"],
    );
    ann.has("Product Viewed", json!({ "product_id": "p1" }));
    gets(&ann, "o1");
    play.passes("1d");
    ann.has("Product Viewed", json!({ "product_id": "p2" }));
    play.passes("5d");
    play.told(&[
        "03-01 10:00 ann enters patient (o1)",
        "03-04 10:00 ann leaves patient (o1): condition",
    ]);
}
