//! Scenarios 8 to 11, 22 and 25 on the deciding core: what follows an order. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::{Value, json};

fn order(id: &str, product: Value) -> Value {
    json!({ "order_id": id, "products": [product], "total": 20.0 })
}

fn phone() -> Value {
    json!({ "product_id": "phone", "name": "Pocket phone", "category": "phones", "price": 400.0, "quantity": 1 })
}

fn of_category(category: &str) -> Value {
    json!({ "product_id": category, "category": category, "price": 15.0, "quantity": 1 })
}

fn coffee(quantity: u32) -> Value {
    json!({ "product_id": "coffee", "price": 24.0, "quantity": quantity, "supply_days": 30 })
}

fn ann_with(campaigns: &[&str]) -> (Rehearsal, Actor) {
    let play = Rehearsal::of(campaigns, "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

#[test]
fn the_first_order_is_thanked_for_at_once_and_explained_a_day_after_it_arrived() {
    let (play, ann) = ann_with(&["first-purchase"]);
    ann.has("Order Completed", order("o1", phone()));
    play.passes("4d");
    ann.has("Order Delivered", order("o1", phone()));
    play.passes("5d");
    ann.has("Order Completed", order("o2", phone()));
    play.told(&[
        "03-01 10:00 ann enters first-purchase (o1)",
        "03-01 10:00 ann gets thanks by email",
        "03-06 10:00 ann gets care by email",
    ]);
}

#[test]
fn what_came_back_is_not_explained_and_another_orders_arrival_does_not_count() {
    let (play, ann) = ann_with(&["first-purchase"]);
    ann.has("Order Completed", order("o1", phone()));
    play.never_mind();
    ann.has("Order Delivered", order("o2", phone()));
    play.passes("2d");
    play.told_nothing();
    ann.has("Order Delivered", order("o1", phone()));
    play.passes("23h");
    ann.has("Order Returned", order("o1", phone()));
    play.passes("3d");
    play.told(&["03-04 09:00 ann leaves first-purchase (o1): Order Returned"]);
}

#[test]
fn three_days_after_a_phone_arrived_what_it_lacks_is_shown() {
    let (play, ann) = ann_with(&["cross-sell"]);
    ann.has("Order Completed", order("o0", of_category("cases")));
    ann.has("Order Delivered", order("o1", phone()));
    ann.has("Order Delivered", order("o2", of_category("lamps")));
    play.passes("4d");
    play.told(&[
        "03-01 10:00 ann enters cross-sell (o1)",
        "03-04 10:00 ann gets accessories by email",
    ]);
    assert_eq!(play.last_message().context["owned_categories"], json!(["cases"]));
    play.passes("10d");
    ann.has("Order Completed", order("o3", of_category("glass")));
    play.told(&["03-15 10:00 ann reaches the goal of cross-sell (o1), worth 15"]);
}

#[test]
fn who_has_everything_for_the_phone_or_buys_it_meanwhile_is_shown_nothing() {
    let (play, ann) = ann_with(&["cross-sell"]);
    let bob = play.person("bob");
    for kind in ["cases", "glass", "headphones"] {
        ann.has("Order Completed", order(kind, of_category(kind)));
    }
    ann.has("Order Delivered", order("o1", phone()));
    bob.has("Order Delivered", order("o2", phone()));
    play.passes("2d");
    bob.has("Order Completed", order("o3", of_category("glass")));
    play.passes("5d");
    play.told(&[
        "03-01 10:00 ann enters cross-sell (o1)",
        "03-01 10:00 bob enters cross-sell (o2)",
        "03-03 10:00 bob reaches the goal of cross-sell (o2), worth 15",
        "03-03 10:00 bob leaves cross-sell (o2): Product Bought",
        "03-04 10:00 ann is spared accessories by email: condition",
    ]);
}

#[test]
fn a_review_is_asked_for_after_a_week_and_once_more_five_days_later() {
    let (play, ann) = ann_with(&["review-request"]);
    ann.has("Order Delivered", order("o1", phone()));
    play.passes("30d");
    play.told(&[
        "03-01 10:00 ann enters review-request (o1)",
        "03-08 10:00 ann gets ask by email",
        "03-13 10:00 ann gets remind by email",
    ]);
}

#[test]
fn nobody_is_asked_while_a_ticket_is_open_after_a_return_or_after_the_review() {
    let (play, ann) = ann_with(&["review-request"]);
    let bob = play.person("bob");
    ann.has("Order Delivered", order("o1", phone()));
    bob.has("Order Delivered", order("o2", phone()));
    ann.does("Ticket Opened", json!({ "ticket_id": "t1", "product_id": "phone" }));
    play.passes("6d");
    bob.has("Order Returned", order("o2", phone()));
    play.passes("3d");
    ann.does("Ticket Closed", json!({ "ticket_id": "t1", "product_id": "phone" }));
    play.passes("1d");
    ann.does("Product Reviewed", json!({ "product_id": "phone", "rating": 5 }));
    play.passes("9d");
    play.told(&[
        "03-01 10:00 ann enters review-request (o1)",
        "03-01 10:00 bob enters review-request (o2)",
        "03-07 10:00 bob leaves review-request (o2): Order Returned",
        "03-08 10:00 ann is spared ask by email: condition",
        "03-11 10:00 ann reaches the goal of review-request (o1)",
        "03-11 10:00 ann leaves review-request (o1): Product Reviewed",
    ]);
}

#[test]
fn two_packs_of_thirty_days_are_offered_again_after_fifty_seven() {
    let (play, ann) = ann_with(&["replenishment"]);
    ann.has("Order Delivered", order("o1", coffee(2)));
    ann.has("Order Delivered", order("o2", phone())); // which is not used up
    play.passes("60d");
    ann.has("Order Completed", order("o3", coffee(2)));
    play.told(&[
        "03-01 10:00 ann enters replenishment (coffee)",
        "04-27 10:00 ann gets reorder by email",
        "04-30 10:00 ann reaches the goal of replenishment (coffee), worth 24",
    ]);
}

#[test]
fn from_the_third_purchase_on_a_persons_own_rhythm_counts_and_a_reorder_starts_over() {
    let (play, ann) = ann_with(&["replenishment"]);
    for id in ["o1", "o2", "o3"] {
        ann.has("Order Completed", order(id, coffee(1)));
        ann.has("Order Delivered", order(id, coffee(1)));
        play.passes("20d");
    }
    play.told(&[
        "03-01 10:00 ann enters replenishment (coffee)",
        "03-21 10:00 ann reaches the goal of replenishment (coffee), worth 24",
        "03-21 10:00 ann leaves replenishment (coffee): Product Bought",
        "03-21 10:00 ann enters replenishment (coffee)",
        "04-10 10:00 ann reaches the goal of replenishment (coffee), worth 24",
        "04-10 10:00 ann leaves replenishment (coffee): Product Bought",
        "04-10 10:00 ann enters replenishment (coffee)",
        "04-27 10:00 ann gets reorder by email",
    ]);
}

#[test]
fn who_orders_like_clockwork_gets_the_next_order_on_its_day() {
    let (play, ann) = ann_with(&["routine-reorder"]);
    for id in ["o1", "o2", "o3"] {
        ann.has("Order Completed", order(id, coffee(1)));
        play.passes("14d");
    }
    ann.has("Order Completed", order("o4", coffee(1)));
    play.told(&[
        "03-29 10:00 ann enters routine-reorder",
        "04-12 10:00 ann gets one-tap by email",
        "04-12 10:00 ann reaches the goal of routine-reorder, worth 20",
        "04-12 10:00 ann enters routine-reorder",
    ]);
}

#[test]
fn who_orders_now_and_then_or_earlier_than_expected_is_not_asked() {
    let (play, ann) = ann_with(&["routine-reorder"]);
    for days in ["5d", "30d", "90d"] {
        ann.has("Order Completed", order(days, coffee(1)));
        play.passes(days);
    }
    play.told_nothing();

    let (play, ann) = ann_with(&["routine-reorder"]);
    for at in [
        "2026-03-01 10:00",
        "2026-03-11 10:00",
        "2026-03-21 10:00",
        "2026-03-30 10:00",
    ] {
        play.comes_to(at);
        ann.has("Order Completed", order(at, coffee(1)));
    }
    play.comes_to("2026-04-02 10:00");
    play.told(&[
        "03-21 10:00 ann enters routine-reorder",
        "03-30 10:00 ann reaches the goal of routine-reorder, worth 20",
        "03-30 10:00 ann leaves routine-reorder: Order Completed",
        "03-30 10:00 ann enters routine-reorder",
    ]);
}

#[test]
fn an_arrival_is_told_on_viber_then_whatsapp_then_sms_until_it_is_delivered() {
    let (play, ann) = ann_with(&["channel-cascade"]);
    ann.has("Order Delivered", order("o1", phone()));
    let first = play.last_message().id;
    play.passes("10m");
    let word = |channel: &str| json!({ "campaign": "channel-cascade", "step": "arrived", "channel": channel });
    ann.is_reported("Message Failed", word("viber"));
    play.passes("2h");
    ann.is_reported("SMS Delivered", word("sms"));
    // A late word of the first channel starts nothing anew.
    ann.is_reported(
        "Message Failed",
        json!({ "message": first.as_str(), "channel": "viber" }),
    );
    play.passes("1d");
    play.told(&[
        "03-01 10:00 ann enters channel-cascade (o1)",
        "03-01 10:00 ann gets arrived by viber",
        "03-01 10:10 ann gets arrived by whatsapp",
        // WhatsApp never said what became of it.
        "03-01 12:10 ann gets arrived by sms, possibly by whatsapp too",
    ]);
}

#[test]
fn who_never_subscribed_to_the_bot_is_not_written_to_on_viber() {
    let (play, ann) = ann_with(&["channel-cascade"]);
    ann.is(json!({ "viber_id": null }));
    ann.has("Order Delivered", order("o1", phone()));
    assert_eq!(play.last_message().to, "+4915112345678");
    ann.is_reported(
        "Message Delivered",
        json!({ "campaign": "channel-cascade", "step": "arrived", "channel": "whatsapp" }),
    );
    ann.is(json!({ "viber_id": "v-ann", "phone": null }));
    ann.has("Order Delivered", order("o2", phone()));
    assert_eq!(play.last_message().to, "v-ann");
    play.passes("1d");
    play.told(&[
        "03-01 10:00 ann enters channel-cascade (o1)",
        "03-01 10:00 ann gets arrived by whatsapp",
        "03-01 10:00 ann enters channel-cascade (o2)",
        "03-01 10:00 ann gets arrived by viber",
    ]);
}

#[test]
fn what_was_delivered_in_time_goes_no_further() {
    let (play, ann) = ann_with(&["channel-cascade"]);
    ann.has("Order Delivered", order("o1", phone()));
    play.passes("1h");
    let word = json!({ "campaign": "channel-cascade", "step": "arrived", "channel": "viber" });
    ann.is_reported("Message Delivered", word.clone());
    play.passes("10m");
    ann.is_reported("Message Failed", word);
    play.passes("1d");
    play.told(&[
        "03-01 10:00 ann enters channel-cascade (o1)",
        "03-01 10:00 ann gets arrived by viber",
    ]);
}

#[test]
fn a_cascade_begins_where_the_person_agreed_and_may_go_on_until_it_is_read() {
    let play = Rehearsal::of_file(
        "campaign: news
about: A word on the first messenger that the person agreed to.
enter: { on: Order Delivered }
steps:
  - send: word
    by: [viber, whatsapp, sms]
    next: { after: 30m, unless: read }
    template: order-arrived
",
        "2026-03-01 10:00",
    );
    let ann = play.person("ann");
    ann.has("Unsubscribed", json!({ "channel": "viber" }));
    ann.has("Order Delivered", order("o1", phone()));
    let word = json!({ "campaign": "news", "step": "word", "channel": "whatsapp" });
    ann.is_reported("Message Delivered", word.clone());
    play.passes("30m");
    ann.is_reported("Message Read", word);
    play.passes("1d");
    play.told(&[
        "03-01 10:00 ann enters news",
        "03-01 10:00 ann gets word by whatsapp",
        "03-01 10:30 ann gets word by sms",
    ]);
}
