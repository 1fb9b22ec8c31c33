//! Scenarios 1, 3, 4, 18 and 28 on the deciding core: what somebody looked at, tried or put into a
//! cart, and the offers that follow. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::{Value, json};

fn mug(cart: &str) -> Value {
    json!({ "cart_id": cart, "product_id": "mug", "name": "Blue mug", "price": 12.5, "quantity": 1 })
}

/// The code that the last message carried.
fn last_code(play: &Rehearsal) -> String {
    let offer = play.last_message().context["offer"].clone();
    offer["code"].as_str().expect("the message carries a code").to_owned()
}

fn ann_with(campaigns: &[&str]) -> (Rehearsal, Actor) {
    let play = Rehearsal::of(campaigns, "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

#[test]
fn a_cart_is_reminded_of_an_hour_after_its_last_change_and_by_sms_a_day_later() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.does("Product Added", mug("c1"));
    play.passes("40m");
    ann.does(
        "Cart Updated",
        json!({ "cart_id": "c1", "products": [mug("c1")], "value": 12.5 }),
    );
    play.passes("3d");
    play.told(&[
        "03-01 10:00 ann enters abandoned-cart (c1)",
        "03-01 11:40 ann is offered reminder-offer until 03-03 11:40",
        "03-01 11:40 ann gets reminder by email",
        "03-02 11:40 ann gets nudge by sms",
    ]);
}

#[test]
fn who_opens_the_reminder_gets_no_sms_and_an_order_within_three_days_counts() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.does("Product Added", mug("c1"));
    play.passes("2h");
    ann.is_reported(
        "Email Opened",
        json!({ "campaign": "abandoned-cart", "step": "reminder" }),
    );
    play.passes("2d");
    ann.has(
        "Order Completed",
        json!({ "order_id": "o1", "cart_id": "c1", "total": 12.5 }),
    );
    play.told(&[
        "03-01 10:00 ann enters abandoned-cart (c1)",
        "03-01 11:00 ann is offered reminder-offer until 03-03 11:00",
        "03-01 11:00 ann gets reminder by email",
        "03-03 12:00 ann reaches the goal of abandoned-cart (c1), worth 12.5",
    ]);
}

#[test]
fn an_emptied_cart_is_not_reminded_of_until_it_is_filled_again() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.does("Product Added", mug("c1"));
    play.passes("59m");
    ann.does("Product Removed", mug("c1"));
    play.passes("1d");
    ann.does("Product Added", mug("c1"));
    play.passes("1h");
    play.told(&[
        "03-01 10:00 ann enters abandoned-cart (c1)",
        "03-01 10:59 ann leaves abandoned-cart (c1): condition",
        "03-02 10:59 ann enters abandoned-cart (c1)",
        "03-02 11:59 ann is offered reminder-offer until 03-04 11:59",
        "03-02 11:59 ann gets reminder by email",
    ]);
}

#[test]
fn a_cart_is_reminded_of_once_also_where_more_is_put_into_it_after_the_reminder() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.does("Product Added", mug("c1"));
    play.passes("2h");
    play.never_mind();
    ann.does("Product Added", mug("c1"));
    play.passes("5d");
    play.told(&["03-02 11:00 ann gets nudge by sms"]);
}

#[test]
fn a_second_cart_within_a_month_is_reminded_of_without_a_second_code() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.does("Product Added", mug("c1"));
    play.comes_to("2026-03-20 10:00");
    play.never_mind();
    ann.does("Checkout Started", json!({ "cart_id": "c2", "products": [mug("c2")] }));
    play.passes("1h");
    play.told(&[
        "03-20 10:00 ann enters abandoned-cart (c2)",
        "03-20 11:00 ann gets reminder by email",
    ]);
}

#[test]
fn the_nudge_waits_for_the_morning_where_the_person_lives_and_is_dropped_after_an_order() {
    let (play, ann) = ann_with(&["abandoned-cart"]);
    ann.lives_in("Asia/Kolkata");
    play.comes_to("2026-03-01 16:00");
    ann.does("Product Added", mug("c1"));
    play.passes("25h");
    ann.at("2026-03-02 17:00")
        .has("Order Completed", json!({ "order_id": "o1", "total": 12.5 }));
    play.passes("2d");
    play.told(&[
        "03-01 16:00 ann enters abandoned-cart (c1)",
        "03-01 17:00 ann is offered reminder-offer until 03-03 17:00",
        "03-01 17:00 ann gets reminder by email",
        "03-02 17:00 ann waits for nudge by sms until 03-03 02:30: quiet_hours",
        "03-02 17:00 ann reaches the goal of abandoned-cart (c1), worth 12.5",
        "03-02 17:00 ann leaves abandoned-cart (c1): Order Completed",
    ]);
}

#[test]
fn three_sessions_on_the_same_offers_within_a_week_bring_an_offer() {
    let (play, ann) = ann_with(&["promo-revisits"]);
    ann.sees("promo");
    play.passes("29m");
    ann.sees("promo"); // the same session still
    play.passes("1d");
    ann.sees("promo");
    ann.sees("comparison");
    play.passes("1d");
    play.told_nothing();
    ann.sees("promo");
    play.told(&[
        "03-03 10:29 ann enters promo-revisits (promo)",
        "03-03 10:29 ann is offered offer-offer until 03-05 10:29",
        "03-03 10:29 ann gets offer by email",
    ]);
}

#[test]
fn the_same_offers_bring_another_offer_after_thirty_days_and_not_before() {
    let (play, ann) = ann_with(&["promo-revisits"]);
    let comes_thrice = || {
        for _ in 0..3 {
            ann.sees("comparison");
            play.passes("1d");
        }
    };
    comes_thrice();
    play.never_mind();
    play.comes_to("2026-03-20 10:00");
    comes_thrice();
    play.told_nothing();
    play.comes_to("2026-04-05 10:00");
    comes_thrice();
    play.told(&[
        "04-07 10:00 ann enters promo-revisits (comparison)",
        "04-07 10:00 ann is offered offer-offer until 04-09 10:00",
        "04-07 10:00 ann gets offer by email",
    ]);
}

#[test]
fn sessions_without_need_of_an_offer_bring_none() {
    let (play, ann) = ann_with(&["promo-revisits"]);
    let bob = play.person("bob");
    let eve = play.person("eve");
    bob.has("Order Completed", json!({ "order_id": "o1", "total": 9.0 }));
    for day in 0..3 {
        ann.sees("promo");
        bob.sees("promo");
        eve.sees("guide");
        play.passes(if day == 0 { "7d" } else { "1d" });
    }
    // Ann's first session has left the week, Bob has ordered in it, Eve reads guides.
    play.told_nothing();
}

#[test]
fn ten_minutes_after_a_demo_the_album_is_offered_and_once_more_before_the_offer_ends() {
    let (play, ann) = ann_with(&["demo-to-album"]);
    ann.does(
        "Demo Played",
        json!({ "album_id": "a1", "track_id": "t1", "progress": 0.79 }),
    );
    play.told_nothing();
    ann.does(
        "Demo Played",
        json!({ "album_id": "a1", "track_id": "t1", "progress": 0.8 }),
    );
    play.passes("3d");
    play.told(&[
        "03-01 10:00 ann enters demo-to-album (a1)",
        "03-01 10:10 ann is offered offer-offer until 03-03 10:10",
        "03-01 10:10 ann gets offer by email",
        "03-03 04:10 ann gets last-call by email",
    ]);
}

#[test]
fn who_buys_the_album_hears_no_more_of_it_and_another_album_is_another_run() {
    let (play, ann) = ann_with(&["demo-to-album"]);
    ann.does("Demo Played", json!({ "album_id": "a1", "progress": 0.9 }));
    play.passes("1h");
    let order = json!({ "order_id": "o1", "products": [{ "product_id": "a1", "name": "Blue", "price": 14.0 }] });
    ann.has("Order Completed", order);
    ann.does("Demo Played", json!({ "album_id": "a1", "progress": 1.0 }));
    ann.does("Demo Played", json!({ "album_id": "a2", "progress": 1.0 }));
    play.told(&[
        "03-01 10:00 ann enters demo-to-album (a1)",
        "03-01 10:10 ann is offered offer-offer until 03-03 10:10",
        "03-01 10:10 ann gets offer by email",
        "03-01 11:00 ann reaches the goal of demo-to-album (a1), worth 14",
        "03-01 11:00 ann leaves demo-to-album (a1): Product Bought",
        "03-01 11:00 ann enters demo-to-album (a2)",
    ]);
}

#[test]
fn the_album_counts_as_sold_by_the_offer_until_the_offer_ends() {
    let (play, ann) = ann_with(&["demo-to-album"]);
    let bob = play.person("bob");
    for person in [&ann, &bob] {
        person.does("Demo Played", json!({ "album_id": "a1", "progress": 0.9 }));
    }
    let order = json!({ "order_id": "o1", "products": [{ "product_id": "a1", "price": 14.0 }] });
    play.comes_to("2026-03-03 10:09");
    play.never_mind();
    ann.has("Order Completed", order.clone());
    play.passes("2m");
    bob.has("Order Completed", order);
    play.told(&["03-03 10:09 ann reaches the goal of demo-to-album (a1), worth 14"]);
}

#[test]
fn five_looks_at_a_category_bring_a_discount_a_day_later() {
    let (play, ann) = ann_with(&["category-discount"]);
    for product in ["p1", "p2", "p3", "p4", "p5"] {
        play.told_nothing();
        ann.does("Product Viewed", json!({ "product_id": product, "category": "lamps" }));
    }
    play.passes("2d");
    play.told(&[
        "03-01 10:00 ann enters category-discount (lamps)",
        "03-02 10:00 ann is offered discount-offer until 03-09 10:00",
        "03-02 10:00 ann gets discount by email",
    ]);
    let order = json!({ "order_id": "o1", "products": [{ "product_id": "p3", "category": "lamps", "price": 30.0 }] });
    ann.has("Order Completed", order);
    play.told(&["03-03 10:00 ann reaches the goal of category-discount (lamps), worth 30"]);
}

#[test]
fn who_buys_of_the_category_in_between_or_looked_at_it_long_ago_gets_no_discount() {
    let (play, ann) = ann_with(&["category-discount"]);
    let looks = |times: usize| {
        for _ in 0..times {
            ann.does("Product Viewed", json!({ "product_id": "p1", "category": "lamps" }));
        }
    };
    looks(4);
    play.passes("14d");
    looks(4);
    play.told_nothing();
    looks(1);
    let order = json!({ "order_id": "o1", "products": [{ "product_id": "p3", "category": "lamps", "price": 30.0 }] });
    ann.has("Order Completed", order);
    play.passes("3d");
    play.told(&[
        "03-15 10:00 ann enters category-discount (lamps)",
        "03-15 10:00 ann reaches the goal of category-discount (lamps), worth 30",
        "03-15 10:00 ann leaves category-discount (lamps): Product Bought",
    ]);
}

#[test]
fn a_category_is_discounted_again_after_sixty_days() {
    let (play, ann) = ann_with(&["category-discount"]);
    let looks = || {
        for _ in 0..5 {
            ann.does("Product Viewed", json!({ "product_id": "p1", "category": "lamps" }));
        }
    };
    looks();
    play.comes_to("2026-04-29 10:00");
    play.never_mind();
    looks();
    play.told_nothing();
    play.comes_to("2026-04-30 10:00");
    looks();
    play.told(&["04-30 10:00 ann enters category-discount (lamps)"]);
}

#[test]
fn a_code_of_ones_own_is_reminded_of_on_its_last_day_and_refused_after_it() {
    let (play, ann) = ann_with(&["limited-offer"]);
    ann.does("Offer Requested", json!({}));
    let code = last_code(&play);
    assert!(code.starts_with("MINE-"), "{code}");
    play.passes("2d");
    play.told(&[
        "03-01 10:00 ann enters limited-offer",
        "03-01 10:00 ann is offered code-offer until 03-04 10:00",
        "03-01 10:00 ann gets code by email",
        "03-03 10:00 ann gets last-day by email",
    ]);
    assert_eq!(last_code(&play), code);
    play.passes("1d");
    ann.has("Offer Redeemed", json!({ "code": code }));
    play.told(&["03-04 10:00 ann is refused a code: ended"]);
}

#[test]
fn a_code_is_good_once_until_the_minute_it_ends_and_who_ordered_is_not_reminded() {
    let (play, ann) = ann_with(&["limited-offer"]);
    let bob = play.person("bob");
    ann.does("Offer Requested", json!({}));
    let code = last_code(&play);
    play.never_mind();
    play.passes("1d");
    // Somebody else's code is none.
    bob.has("Offer Redeemed", json!({ "code": code }));
    play.told_nothing();
    ann.has("Offer Redeemed", json!({ "code": code.to_lowercase() }));
    ann.has("Offer Redeemed", json!({ "code": code }));
    ann.has("Order Completed", json!({ "order_id": "o1", "total": 50.0 }));
    ann.does("Offer Requested", json!({}));
    play.passes("5d");
    play.told(&[
        "03-02 10:00 ann redeems a code",
        "03-02 10:00 ann is refused a code: used",
        "03-02 10:00 ann reaches the goal of limited-offer, worth 50",
        "03-02 10:00 ann leaves limited-offer: Order Completed",
    ]);
}
