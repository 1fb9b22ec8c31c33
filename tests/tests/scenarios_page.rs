//! Scenarios 5, 6, 23, 24, 26 and 27 on the deciding core: what somebody does on the page right now, and
//! people who take them on. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::{Value, json};

fn ann_with(campaigns: &[&str]) -> (Rehearsal, Actor) {
    let play = Rehearsal::of(campaigns, "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

fn engaged(visible_secs: u32, scroll_depth: f64, clicks: u32) -> Value {
    json!({ "visible_secs": visible_secs, "scroll_depth": scroll_depth, "clicks": clicks })
}

/// Nearly ready to buy: 4 + 10 + 15 + 40 points.
fn warms_up(person: &Actor) {
    person.does("Product Viewed", json!({ "product_id": "mug" }));
    person.sees("pricing");
    person.does("Product Added", json!({ "cart_id": "c1", "product_id": "mug" }));
    person.does(
        "Checkout Started",
        json!({ "cart_id": "c1", "products": [{ "product_id": "mug" }] }),
    );
}

#[test]
fn who_reads_for_forty_seconds_without_a_click_is_asked_in_the_chat_at_once() {
    let play = Rehearsal::of(&["idle-chat"], "2026-03-01 10:00");
    let visitor = play.visitor("v1");
    visitor.does("Page Engaged", engaged(39, 0.4, 0));
    visitor.does("Page Engaged", engaged(40, 0.0, 0));
    visitor.does("Page Engaged", engaged(40, 0.4, 1));
    play.told_nothing();
    visitor.does("Page Engaged", engaged(40, 0.4, 0));
    visitor.does("Page Engaged", engaged(50, 0.6, 0)); // the same session
    play.passes("10m");
    visitor.does("Reply Received", json!({ "text": "Do you ship to Spain?" }));
    play.told(&[
        "03-01 10:00 anon:v1 enters idle-chat",
        "03-01 10:00 anon:v1 gets hello by onsite",
        "03-01 10:10 anon:v1 reaches the goal of idle-chat",
    ]);
}

#[test]
fn the_chat_asks_again_in_another_session_and_not_what_is_heard_of_too_late() {
    let (play, ann) = ann_with(&["idle-chat"]);
    ann.does("Page Engaged", engaged(45, 0.4, 0));
    play.passes("30m");
    ann.does("Page Engaged", engaged(45, 0.4, 0));
    play.passes("2h");
    ann.at("2026-03-01 12:00").does("Page Engaged", engaged(45, 0.4, 0));
    play.told(&[
        "03-01 10:00 ann enters idle-chat",
        "03-01 10:00 ann gets hello by onsite",
        "03-01 10:30 ann enters idle-chat",
        "03-01 10:30 ann gets hello by onsite",
        "03-01 12:30 ann enters idle-chat",
        "03-01 12:30 ann is spared hello by onsite: expired",
    ]);
}

#[test]
fn a_stranger_who_leaves_is_asked_for_an_address_and_a_no_counts_for_thirty_days() {
    let play = Rehearsal::of(&["lead-popup"], "2026-03-01 10:00");
    let visitor = play.visitor("v1");
    visitor.does("Exit Intent", json!({ "visible_secs": 9 }));
    visitor.does("Page Engaged", engaged(20, 0.59, 0));
    play.told_nothing();
    visitor.does("Exit Intent", json!({ "visible_secs": 10 }));
    visitor.does("Popup Dismissed", json!({}));
    play.passes("29d");
    visitor.does("Page Engaged", engaged(20, 0.6, 0));
    play.passes("1d");
    visitor.does("Page Engaged", engaged(20, 0.6, 0));
    visitor.does("Address Confirmed", json!({}));
    play.told(&[
        "03-01 10:00 anon:v1 enters lead-popup",
        "03-01 10:00 anon:v1 gets question by onsite",
        "03-01 10:00 anon:v1 leaves lead-popup: Popup Dismissed",
        "03-31 10:00 anon:v1 enters lead-popup",
        "03-31 10:00 anon:v1 gets question by onsite",
        "03-31 10:00 anon:v1 reaches the goal of lead-popup",
    ]);
}

#[test]
fn whose_address_is_known_is_not_asked_for_it() {
    let (play, ann) = ann_with(&["lead-popup"]);
    ann.does("Exit Intent", json!({ "visible_secs": 30 }));
    ann.does("Page Engaged", engaged(60, 0.9, 3));
    play.told_nothing();
}

#[test]
fn a_closed_ticket_is_asked_about_and_a_yes_may_tell_others() {
    let (play, ann) = ann_with(&["two-way-survey"]);
    ann.does("Ticket Closed", json!({ "ticket_id": "t1" }));
    play.passes("3h");
    let about = |text: &str| json!({ "campaign": "two-way-survey", "step": "survey", "text": text });
    ann.is_reported("Reply Received", about("Yes, thanks"));
    play.told(&[
        "03-01 10:00 ann enters two-way-survey (t1)",
        "03-01 11:00 ann gets survey by sms",
        "03-01 13:00 ann gets review by email",
    ]);
    ann.is_reported("Reply Received", about("no"));
    play.passes("9d");
    play.told_nothing();
}

#[test]
fn a_no_brings_a_person_and_a_link_that_is_no_answer_brings_nothing() {
    let (play, ann) = ann_with(&["two-way-survey"]);
    ann.is(json!({ "phone": null }));
    ann.does("Ticket Closed", json!({ "ticket_id": "t1" }));
    play.passes("2h");
    let link = |link: &str| json!({ "campaign": "two-way-survey", "step": "survey", "link": link });
    ann.is_reported("Email Link Clicked", link("https://shop.example.com/preferences"));
    play.passes("1d");
    play.told(&[
        "03-01 10:00 ann enters two-way-survey (t1)",
        "03-01 11:00 ann gets survey by email",
    ]);
    ann.is_reported(
        "Email Link Clicked",
        link("https://shop.example.com/survey/no?ticket=t1"),
    );
    play.passes("5m");
    ann.has("Handover Claimed", json!({}));
    play.passes("5d");
    play.told(&["03-02 12:00 ann gets care by webhook"]);
}

#[test]
fn who_is_ready_to_buy_gets_a_person_and_the_next_one_after_fifteen_minutes() {
    let (play, ann) = ann_with(&["hot-lead"]);
    warms_up(&ann);
    play.told_nothing();
    ann.sees("comparison");
    let asked = play.last_message().context;
    assert_eq!(
        (&asked["who"], &asked["why"]),
        (&json!("ann"), &json!("readiness 77 of 100"))
    );
    play.passes("2h");
    play.told(&[
        "03-01 10:00 ann enters hot-lead",
        "03-01 10:00 ann gets sales by webhook",
        "03-01 10:15 ann gets sales by webhook",
    ]);
}

#[test]
fn who_is_claimed_is_not_passed_on_and_who_orders_meanwhile_needs_nobody() {
    let (play, ann) = ann_with(&["hot-lead"]);
    let bob = play.person("bob");
    for person in [&ann, &bob] {
        warms_up(person);
        person.sees("comparison");
    }
    play.passes("14m");
    ann.has("Handover Claimed", json!({}));
    bob.has("Order Completed", json!({ "order_id": "o1", "total": 99.0 }));
    play.passes("5d");
    play.told(&[
        "03-01 10:00 ann enters hot-lead",
        "03-01 10:00 ann gets sales by webhook",
        "03-01 10:00 bob enters hot-lead",
        "03-01 10:00 bob gets sales by webhook",
        "03-01 10:14 bob reaches the goal of hot-lead, worth 99",
        "03-01 10:14 bob leaves hot-lead: Order Completed",
    ]);
}

#[test]
fn campaigns_are_silent_while_people_speak_and_there_is_one_handover_at_a_time() {
    let (play, ann) = ann_with(&["hot-lead", "abandoned-cart", "first-purchase"]);
    ann.does("Product Added", json!({ "cart_id": "c1", "product_id": "mug" }));
    play.passes("30m");
    ann.does("Reply Received", json!({ "text": "Please CALL ME" }));
    ann.has("Handover Claimed", json!({}));
    ann.does("Reply Received", json!({ "text": "a human, please" }));
    play.passes("2h");
    ann.has("Handover Closed", json!({}));
    play.told(&[
        "03-01 10:00 ann enters abandoned-cart (c1)",
        "03-01 10:30 ann enters hot-lead",
        "03-01 10:30 ann gets sales by webhook",
        "03-01 11:00 ann is offered reminder-offer until 03-03 11:00",
        "03-01 11:00 ann waits for reminder by email until 03-03 10:30: handover",
        "03-01 12:30 ann gets reminder by email",
    ]);
}

#[test]
fn readiness_fades_and_passes_its_threshold_once_until_it_was_low() {
    let (play, ann) = ann_with(&["hot-lead"]);
    warms_up(&ann);
    ann.sees("comparison");
    ann.has("Handover Closed", json!({}));
    play.passes("1d");
    play.never_mind();
    // 77 has become about 61, which is above 55: past 70 again is no news.
    ann.sees("pricing");
    play.told_nothing();
    // In six days more all of it is worth about a quarter; then it rises once more.
    play.passes("6d");
    warms_up(&ann);
    play.told(&[
        "03-08 10:00 ann enters hot-lead",
        "03-08 10:00 ann gets sales by webhook",
    ]);
}

#[test]
fn who_wants_to_buy_right_now_and_hesitates_is_helped_on_the_page() {
    let (play, ann) = ann_with(&["micromoment"]);
    let bob = play.person("bob");
    let eve = play.person("eve");
    ann.sees("guide");
    ann.does(
        "Checkout Started",
        json!({ "cart_id": "c1", "products": [{ "product_id": "mug" }] }),
    );
    // Two points for buying of five in all are no clear word.
    for _ in 0..3 {
        bob.sees("guide");
    }
    bob.does("Product Added", json!({ "cart_id": "c2", "product_id": "mug" }));
    eve.does(
        "Checkout Started",
        json!({ "cart_id": "c3", "products": [{ "product_id": "mug" }] }),
    );
    play.passes("2m");
    eve.has("Order Completed", json!({ "order_id": "o1", "total": 12.5 }));
    play.passes("2h");
    play.told(&[
        "03-01 10:00 ann enters micromoment",
        "03-01 10:00 eve enters micromoment",
        "03-01 10:02 eve reaches the goal of micromoment, worth 12.5",
        "03-01 10:02 eve leaves micromoment: Order Completed",
        "03-01 10:03 ann gets help by onsite",
    ]);
}

#[test]
fn what_was_wanted_half_an_hour_ago_is_not_wanted_any_more() {
    let (play, ann) = ann_with(&["micromoment"]);
    ann.at("2026-03-01 09:29")
        .does("Checkout Started", json!({ "cart_id": "c1" }));
    play.passes("1h");
    play.told_nothing();
}
