//! Scenario 29 and the workspace's guards on the deciding core: who is not written to any more, and who
//! goes first. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::json;

/// A reason to write to them, for marketing.
fn rises(person: &Actor) {
    person.has("Loyalty Level Changed", json!({ "level": "gold", "rank": 2 }));
}

const MARKETING: [&str; 2] = ["loyalty-level", "list-hygiene"];

#[test]
fn a_hard_bounce_and_a_complaint_end_it_at_once() {
    let play = Rehearsal::of(&MARKETING, "2026-03-01 10:00");
    let (ann, bob) = (play.person("ann"), play.person("bob"));
    ann.is_reported("Email Bounced", json!({ "bounce_type": "hard" }));
    bob.is_reported("Email Marked as Spam", json!({}));
    rises(&ann);
    rises(&bob);
    play.told(&[
        "03-01 10:00 ann enters loyalty-level (level-gold-2026)",
        "03-01 10:00 ann is spared congratulation by email: suppressed",
        "03-01 10:00 bob enters loyalty-level (level-gold-2026)",
        "03-01 10:00 bob is spared congratulation by email: not_consented",
    ]);
}

#[test]
fn three_soft_bounces_in_thirty_days_end_it_and_two_do_not() {
    let play = Rehearsal::of(&["list-hygiene", "first-purchase"], "2026-03-01 10:00");
    let (ann, bob) = (play.person("ann"), play.person("bob"));
    for day in 0..3 {
        ann.is_reported("Email Bounced", json!({ "bounce_type": "soft" }));
        bob.is_reported("Email Bounced", json!({ "bounce_type": "soft" }));
        play.passes(if day == 0 { "5d" } else { "1d" });
    }
    let (ann_was, bob_was) = (ann.profile(), bob.profile());
    for profile in [ann_was, bob_was] {
        let email = beckon_shared::domain::campaign::Channel::Email;
        assert_eq!(profile.traits.consent.dead(email), Some("soft_bounces"));
    }
    play.told(&[
        "03-07 10:00 ann enters list-hygiene (soft_bounces)",
        "03-07 10:00 bob enters list-hygiene (soft_bounces)",
    ]);
    // A dead address is dead for everything.
    ann.has("Order Completed", json!({ "order_id": "o1", "total": 9.0 }));
    play.told(&[
        "03-08 10:00 ann enters first-purchase (o1)",
        "03-08 10:00 ann is spared thanks by email: suppressed",
    ]);
}

#[test]
fn soft_bounces_that_are_a_month_apart_are_forgotten() {
    let play = Rehearsal::of(&MARKETING, "2026-03-01 10:00");
    let ann = play.person("ann");
    for _ in 0..6 {
        ann.is_reported("Email Bounced", json!({ "bounce_type": "soft" }));
        play.passes("15d");
    }
    play.told_nothing();
}

#[test]
fn twelve_letters_that_were_never_opened_end_marketing_only() {
    let play = Rehearsal::of(&["list-hygiene", "loyalty-level", "first-purchase"], "2026-03-01 10:00");
    let (ann, bob) = (play.person("ann"), play.person("bob"));
    for letter in 0..12 {
        ann.is_reported("Email Delivered", json!({}));
        bob.is_reported("Email Delivered", json!({}));
        if letter == 3 {
            bob.is_reported("Email Opened", json!({}));
        }
        play.passes("7d");
    }
    rises(&ann);
    rises(&bob);
    ann.has("Order Completed", json!({ "order_id": "o1", "total": 9.0 }));
    play.told(&[
        "05-17 10:00 ann enters list-hygiene (never_opened)",
        "05-24 10:00 ann enters loyalty-level (level-gold-2026)",
        "05-24 10:00 ann is spared congratulation by email: suppressed",
        "05-24 10:00 bob enters loyalty-level (level-gold-2026)",
        "05-24 10:00 bob gets congratulation by email",
        "05-24 10:00 ann enters first-purchase (o1)",
        "05-24 10:00 ann gets thanks by email",
    ]);
}

#[test]
fn where_there_is_room_for_one_the_campaign_that_matters_more_has_it() {
    let play = Rehearsal::of(&["abandoned-cart", "birthday", "first-purchase"], "2026-05-13 08:00");
    let ann = play.person("ann");
    ann.is(json!({ "birthday": "1990-05-14" }));
    play.comes_to("2026-05-14 08:00");
    ann.does("Product Added", json!({ "cart_id": "c1", "product_id": "mug" }));
    play.passes("2h");
    // What is transactional needs no room.
    ann.has("Order Completed", json!({ "order_id": "o1", "total": 9.0 }));
    play.told(&[
        "05-14 08:00 ann enters abandoned-cart (c1)",
        "05-14 09:00 ann enters birthday (2026)",
        "05-14 09:00 ann is offered reminder-offer until 05-16 09:00",
        "05-14 09:00 ann gets wishes by email",
        "05-14 09:00 ann is spared reminder by email: frequency_cap (1 in 1d)",
        "05-14 10:00 ann reaches the goal of abandoned-cart (c1), worth 9",
        "05-14 10:00 ann leaves abandoned-cart (c1): Order Completed",
        "05-14 10:00 ann enters first-purchase (o1)",
        "05-14 10:00 ann gets thanks by email",
    ]);
}

#[test]
fn who_is_held_out_gets_no_marketing_of_the_campaign_and_is_measured_all_the_same() {
    let play = Rehearsal::of_file(
        "campaign: compared
about: Half of them get nothing, for comparison.
holdout: 50%
enter: { on: Offer Requested }
goal: { on: Order Completed, within: 3d, value: event.total }
steps:
  - send: greeting
    by: email
    template: welcome-hello
    purpose: transactional
  - send: word
    by: email
    template: welcome-story
",
        "2026-03-01 10:00",
    );
    let mut held_out = 0;
    for nth in 0..200 {
        let name = format!("p{nth}");
        let person = play.person(&name);
        person.does("Offer Requested", json!({}));
        person.has("Order Completed", json!({ "order_id": nth.to_string(), "total": 5.0 }));
        let step = play.last_message().step;
        let word = match step.as_str() {
            "word" => format!("03-01 10:00 {name} gets word by email"),
            _ => {
                held_out += 1;
                format!("03-01 10:00 {name} is spared word by email: holdout")
            }
        };
        play.told(&[
            &format!("03-01 10:00 {name} enters compared"),
            &format!("03-01 10:00 {name} gets greeting by email"),
            &word,
            &format!("03-01 10:00 {name} reaches the goal of compared, worth 5"),
        ]);
    }
    assert!((75..=125).contains(&held_out), "{held_out} of 200 are held out");
}
