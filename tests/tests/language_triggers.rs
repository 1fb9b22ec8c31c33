//! What lets a profile in, beyond what the shipped campaigns use: sequences, absences, what becomes
//! true, and what a campaign that arrives later finds.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::Rehearsal;
use serde_json::json;

const START: &str = "2026-03-02 10:00";

/// A campaign that lets in so and sends one letter.
fn entered_by(enter: &str) -> String {
    format!(
        "campaign: tried\npurpose: transactional\nenter:\n{enter}\nsteps:\n  - send: letter\n    by: email\n    template: win-back\n"
    )
}

fn viewed_then_added() -> String {
    entered_by(
        r"  sequence:
    - { on: Product Viewed, as: viewed }
    - { on: Product Added, where: event.product_id == viewed.product_id }
  within: 1d
  key: event.product_id
  again: always",
    )
}

#[test]
fn a_sequence_is_one_after_the_other_of_the_same_product_within_its_time() {
    let play = Rehearsal::of_file(&viewed_then_added(), START);
    let ann = play.person("ann");
    ann.does("Product Added", json!({ "cart_id": "c", "product_id": "p1" }));
    play.passes("1m");
    ann.does("Product Viewed", json!({ "product_id": "p1" }));
    play.passes("1m");
    ann.does("Product Added", json!({ "cart_id": "c", "product_id": "p2" }));
    play.told_nothing();
    play.passes("1m");
    ann.does("Product Added", json!({ "cart_id": "c", "product_id": "p1" }));
    play.told(&[
        "03-02 10:03 ann enters tried (p1)",
        "03-02 10:03 ann gets letter by email",
    ]);

    // A day to the minute has left the window; a minute less has not.
    let bob = play.person("bob");
    bob.does("Product Viewed", json!({ "product_id": "p1" }));
    play.passes("1d");
    bob.does("Product Added", json!({ "cart_id": "c", "product_id": "p1" }));
    play.told_nothing();
    bob.does("Product Viewed", json!({ "product_id": "p2" }));
    play.passes("23h59m");
    bob.does("Product Added", json!({ "cart_id": "c", "product_id": "p2" }));
    play.told(&[
        "03-04 10:02 bob enters tried (p2)",
        "03-04 10:02 bob gets letter by email",
    ]);
}

#[test]
fn a_sequence_is_found_once_in_whatever_order_its_events_are_heard_of() {
    let play = Rehearsal::of_file(&viewed_then_added(), START);
    let ann = play.person("ann");
    play.passes("1h");
    ann.at("2026-03-02 10:30")
        .does("Product Added", json!({ "cart_id": "c", "product_id": "p1" }));
    play.told_nothing();
    ann.at("2026-03-02 10:10")
        .does("Product Viewed", json!({ "product_id": "p1" }));
    play.told(&[
        "03-02 11:00 ann enters tried (p1)",
        "03-02 11:00 ann gets letter by email",
    ]);
    // Another look before the same addition is no other sequence.
    ann.at("2026-03-02 10:20")
        .does("Product Viewed", json!({ "product_id": "p1" }));
    play.told_nothing();
}

#[test]
fn an_absence_is_over_with_the_event_and_comes_at_its_minute_without() {
    let play = Rehearsal::of_file(
        &entered_by(
            r"  on: Demo Played
  without: { on: Product Bought, where: product_id == event.album_id, for: 10m }
  key: event.album_id",
        ),
        START,
    );
    let (ann, bob) = (play.person("ann"), play.person("bob"));
    for person in [&ann, &bob] {
        person.does("Demo Played", json!({ "album_id": "a1", "progress": 0.9 }));
    }
    play.passes("9m");
    ann.has("Product Bought", json!({ "product_id": "a1" }));
    bob.has("Product Bought", json!({ "product_id": "a2" }));
    play.told_nothing();
    play.passes("1h");
    play.told(&[
        "03-02 10:10 bob enters tried (a1)",
        "03-02 10:10 bob gets letter by email",
    ]);
}

#[test]
fn a_segment_is_left_by_time_passing_alone() {
    let play = Rehearsal::of_file(&entered_by("  when: '!loyal'\n  again: always"), START);
    let ann = play.person("ann");
    // She was never loyal: nothing has become of that.
    play.never_mind();
    for order in ["o1", "o2", "o3"] {
        ann.has("Order Completed", json!({ "order_id": order }));
        play.passes("1h");
    }
    play.told_nothing();
    // The first of the three leaves the year.
    play.passes("400d");
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets letter by email"]);
}

#[test]
fn a_campaign_that_arrives_later_says_what_becomes_of_those_it_finds() {
    for (existing, told) in [
        ("ignore", vec![]),
        (
            "enter",
            vec!["03-02 10:00 ann enters tried", "03-02 10:00 ann gets letter by email"],
        ),
    ] {
        let before = "campaign: before\npurpose: transactional\nenter: { on: Offer Requested }\nsteps:\n  - send: letter\n    by: email\n    template: win-back\n";
        let play = Rehearsal::of_file(before, START);
        let ann = play.person("ann");
        ann.is(json!({ "locale": "ru" }));
        let later = entered_by(&format!("  when: profile.locale == \"ru\"\n  existing: {existing}"));
        play.applies_file(&later, false);
        play.told(&told);
        // Whoever comes to it afterwards enters in any case.
        let bob = play.person("bob");
        bob.is(json!({ "locale": "ru" }));
        play.told(&["03-02 10:00 bob enters tried", "03-02 10:00 bob gets letter by email"]);
    }
}

#[test]
fn what_a_pause_swallowed_is_gone_or_comes_once_as_the_calendar_says() {
    for (missed, told) in [
        ("skip", vec![]),
        (
            "last",
            vec![
                "03-05 09:00 ann enters tried (2026-03-04T10:00)",
                "03-05 09:00 ann gets letter by email",
            ],
        ),
    ] {
        let yaml = entered_by(&format!(
            "  schedule: \"RRULE:FREQ=DAILY\"\n  at: \"10:00\"\n  missed: {missed}"
        ));
        let play = Rehearsal::of_file(&yaml, START);
        play.person("ann");
        play.pauses("tried");
        play.comes_to("2026-03-05 09:00");
        play.told_nothing();
        play.resumes("tried");
        play.told(&told);
        play.comes_to("2026-03-05 10:00");
        play.told(&[
            "03-05 10:00 ann enters tried (2026-03-05T10:00)",
            "03-05 10:00 ann gets letter by email",
        ]);
    }
}

#[test]
fn a_trait_of_the_account_lets_its_members_in() {
    let play = Rehearsal::of_file(
        &entered_by("  trait: account.plan\n  where: account.plan == \"yearly\""),
        START,
    );
    let ann = play.person("ann");
    ann.belongs_to("acme", json!({ "plan": "trial" }));
    play.told_nothing();
    ann.belongs_to("acme", json!({ "plan": "yearly" }));
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets letter by email"]);
}
