//! Scenarios 2, 7, 12 to 14, 16 and 17 on the deciding core: what comes with time, mostly at an hour
//! of the day where the person lives. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::json;

fn ann_with(campaign: &str) -> (Rehearsal, Actor) {
    let play = Rehearsal::of(&[campaign], "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

#[test]
fn a_trial_that_ends_without_a_subscription_is_asked_about_wherever_its_end_moved() {
    let (play, ann) = ann_with("trial-expiry");
    let bob = play.person("bob");
    for person in [&ann, &bob] {
        person.has(
            "Trial Started",
            json!({ "trial_id": "t1", "ends_at": "2026-03-15T08:00:00Z" }),
        );
    }
    play.passes("1d");
    ann.has(
        "Trial Changed",
        json!({ "trial_id": "t1", "ends_at": "2026-03-20T08:00:00Z" }),
    );
    bob.has(
        "Trial Changed",
        json!({ "trial_id": "t1", "ends_at": "2026-03-05T08:00:00Z" }),
    );
    play.comes_to("2026-03-30 10:00");
    ann.has("Subscription Started", json!({ "plan": "team", "value": 290.0 }));
    play.told(&[
        "03-01 10:00 ann enters trial-expiry",
        "03-01 10:00 bob enters trial-expiry",
        "03-05 08:00 bob gets ask-why by email",
        "03-19 08:00 bob leaves trial-expiry: exit",
        "03-20 08:00 ann gets ask-why by email",
        "03-30 10:00 ann reaches the goal of trial-expiry, worth 290",
        "03-30 10:00 ann leaves trial-expiry: Subscription Started",
    ]);
}

#[test]
fn who_subscribes_during_the_trial_is_not_asked() {
    let (play, ann) = ann_with("trial-expiry");
    ann.is(json!({ "trial_ends_at": "2026-03-15T08:00:00Z" }));
    play.passes("3d");
    ann.has("Subscription Started", json!({ "plan": "solo", "value": 90.0 }));
    play.passes("30d");
    play.told(&[
        "03-01 10:00 ann enters trial-expiry",
        "03-04 10:00 ann reaches the goal of trial-expiry, worth 90",
        "03-04 10:00 ann leaves trial-expiry: Subscription Started",
    ]);
}

#[test]
fn the_answer_brings_help_more_time_or_a_person() {
    let (play, ann) = ann_with("trial-expiry");
    let bob = play.person("bob");
    let eve = play.person("eve");
    for person in [&ann, &bob, &eve] {
        person.has(
            "Trial Started",
            json!({ "trial_id": "t1", "ends_at": "2026-03-10T08:00:00Z" }),
        );
    }
    play.comes_to("2026-03-10 09:00");
    play.never_mind();
    ann.does("Trial Answered", json!({ "reason": "needs help" }));
    bob.does("Trial Answered", json!({ "reason": "more time" }));
    eve.does("Trial Answered", json!({ "reason": "price" }));
    assert_eq!(play.last_message().context["who"], json!("eve"));
    assert_eq!(play.last_message().context["campaign"], json!("trial-expiry"));
    play.passes("1h");
    play.told(&[
        "03-10 09:00 ann gets help by email",
        "03-10 09:00 bob gets extension by email",
        "03-10 09:00 eve gets sales by webhook",
        "03-10 09:15 eve gets sales by webhook",
    ]);
}

#[test]
fn three_letters_welcome_whoever_gives_an_address_until_the_first_order() {
    let play = Rehearsal::of(&["welcome-series"], "2026-03-01 10:00");
    play.person("ann");
    let bob = play.person("bob");
    play.passes("3d");
    bob.has("Order Completed", json!({ "order_id": "o1", "total": 30.0 }));
    bob.is(json!({ "email": "bob@elsewhere.example" }));
    play.passes("5d");
    play.told(&[
        "03-01 10:00 ann enters welcome-series",
        "03-01 10:00 ann gets hello by email",
        "03-01 10:00 bob enters welcome-series",
        "03-01 10:00 bob gets hello by email",
        "03-03 10:00 ann gets favourites by email",
        "03-03 10:00 bob gets favourites by email",
        "03-04 10:00 bob reaches the goal of welcome-series, worth 30",
        "03-04 10:00 bob leaves welcome-series: Order Completed",
        "03-06 10:00 ann gets story by email",
    ]);
}

#[test]
fn who_unsubscribes_or_has_no_confirmed_address_is_not_welcomed_further() {
    let play = Rehearsal::of(&["welcome-series"], "2026-03-01 10:00");
    let ann = play.person("ann");
    let nobody = play.stranger("nobody");
    nobody.is(json!({ "first_name": "Nobody" }));
    play.passes("1d");
    ann.has("Unsubscribed", json!({ "channel": "email" }));
    play.passes("9d");
    play.told(&[
        "03-01 10:00 ann enters welcome-series",
        "03-01 10:00 ann gets hello by email",
        "03-03 10:00 ann is spared favourites by email: not_consented",
        "03-06 10:00 ann is spared story by email: not_consented",
    ]);
}

#[test]
fn the_greeting_leaves_the_days_letter_to_a_cart_left_within_the_hour() {
    let play = Rehearsal::of(&["welcome-series", "abandoned-cart"], "2026-03-01 10:00");
    let ann = play.person("ann");
    ann.does("Product Added", json!({ "cart_id": "c1", "product_id": "mug" }));
    play.passes("1h");
    play.told(&[
        "03-01 10:00 ann enters welcome-series",
        "03-01 10:00 ann gets hello by email",
        "03-01 10:00 ann enters abandoned-cart (c1)",
        "03-01 11:00 ann is offered reminder-offer until 03-03 11:00",
        "03-01 11:00 ann gets reminder by email",
    ]);
}

#[test]
fn silence_is_asked_about_after_thirty_sixty_and_ninety_days_and_then_marketing_stops() {
    let play = Rehearsal::of(&["win-back", "first-purchase", "abandoned-cart"], "2026-03-01 10:00");
    let ann = play.person("ann");
    ann.sees("home");
    play.passes("100d");
    play.told(&[
        "03-31 10:00 ann enters win-back (2026-03-01T10:00:00Z)",
        "03-31 10:00 ann gets miss-you by email",
        "04-30 10:00 ann is offered still-there-offer until 05-07 10:00",
        "04-30 10:00 ann gets still-there by email",
        "05-30 10:00 ann gets goodbye by email",
    ]);
    // The address rests: marketing has it no more, an order is still thanked for.
    ann.does("Product Added", json!({ "cart_id": "c1", "product_id": "mug" }));
    play.passes("1h");
    ann.has(
        "Order Completed",
        json!({ "order_id": "o1", "cart_id": "c1", "total": 12.5 }),
    );
    play.told(&[
        "06-09 10:00 ann enters abandoned-cart (c1)",
        "06-09 11:00 ann is offered reminder-offer until 06-11 11:00",
        "06-09 11:00 ann is spared reminder by email: suppressed",
        "06-09 11:00 ann reaches the goal of win-back (2026-03-01T10:00:00Z), worth 12.5",
        "06-09 11:00 ann reaches the goal of abandoned-cart (c1), worth 12.5",
        "06-09 11:00 ann leaves abandoned-cart (c1): Order Completed",
        "06-09 11:00 ann enters first-purchase (o1)",
        "06-09 11:00 ann gets thanks by email",
    ]);
}

#[test]
fn who_comes_back_is_left_in_peace_and_an_order_soon_after_counts() {
    let (play, ann) = ann_with("win-back");
    ann.sees("home");
    play.passes("29d");
    ann.sees("home");
    play.passes("29d");
    play.told_nothing();
    play.passes("2d");
    ann.sees("home");
    play.passes("1d");
    ann.has("Order Delivered", json!({ "order_id": "o0" })); // which is not her doing
    ann.has("Order Completed", json!({ "order_id": "o1", "total": 40.0 }));
    play.passes("30d");
    play.told(&[
        "04-29 10:00 ann enters win-back (2026-03-30T10:00:00Z)",
        "04-29 10:00 ann gets miss-you by email",
        "04-30 10:00 ann leaves win-back (2026-03-30T10:00:00Z): page",
        "05-01 10:00 ann reaches the goal of win-back (2026-03-30T10:00:00Z), worth 40",
        "05-31 10:00 ann enters win-back (2026-05-01T10:00:00Z)",
        "05-31 10:00 ann gets miss-you by email",
    ]);
}

#[test]
fn a_birthday_is_wished_at_nine_where_the_person_lives_once_a_year() {
    let (play, ann) = ann_with("birthday");
    ann.lives_in("Asia/Kolkata");
    ann.is(json!({ "birthday": "1990-05-14" }));
    let leap = play.person("leap");
    leap.is(json!({ "birthday": "--02-29", "timezone": "America/New_York" }));
    play.comes_to("2026-06-01 00:00");
    ann.is(json!({ "birthday": "1990-08-01" })); // edited: not twice in a calendar year
    play.comes_to("2028-03-10 00:00");
    play.told(&[
        "05-14 03:30 ann enters birthday (2026)",
        "05-14 03:30 ann gets wishes by email",
        "02-28 14:00 leap enters birthday (2027)",
        "02-28 14:00 leap gets wishes by email",
        "08-01 03:30 ann enters birthday (2027)",
        "08-01 03:30 ann gets wishes by email",
        "02-29 14:00 leap enters birthday (2028)",
        "02-29 14:00 leap gets wishes by email",
    ]);
}

#[test]
fn another_year_together_is_thanked_for_from_the_first_on_and_not_on_the_day_of_joining() {
    let play = Rehearsal::of(&["anniversary"], "2026-03-01 06:00");
    let ann = play.person("ann");
    ann.lives_in("America/New_York");
    ann.is(json!({ "created_at": "2026-03-01T06:00:00Z" }));
    play.comes_to("2028-03-02 00:00");
    play.told(&[
        "03-01 14:00 ann enters anniversary (2027)",
        "03-01 14:00 ann gets thanks by email",
        "03-01 14:00 ann enters anniversary (2028)",
        "03-01 14:00 ann gets thanks by email",
    ]);
    assert_eq!(play.last_message().context["years"], json!(2));
}

#[test]
fn points_that_expire_are_spoken_of_a_month_a_week_and_a_day_before_in_the_morning() {
    let (play, ann) = ann_with("points-expiry");
    ann.lives_in("America/New_York");
    let lot = json!({ "lot_id": "l1", "points": 500, "expires_at": "2026-05-01T04:00:00Z" });
    ann.has("Points Lot Added", lot);
    play.comes_to("2026-05-02 00:00");
    play.told(&[
        "03-01 10:00 ann enters points-expiry (l1)",
        "04-01 14:00 ann gets month by email",
        "04-24 14:00 ann gets week by email",
        "04-30 14:00 ann gets day by email",
    ]);
}

#[test]
fn points_that_are_spent_are_not_spoken_of_and_short_lots_only_when_it_is_time() {
    let (play, ann) = ann_with("points-expiry");
    let bob = play.person("bob");
    let lot = |id: &str, ends: &str| json!({ "lot_id": id, "points": 500, "expires_at": ends });
    ann.has("Points Lot Added", lot("l1", "2026-05-01T00:00:00Z"));
    bob.has("Points Lot Added", lot("l2", "2026-03-07T18:00:00Z"));
    bob.has("Points Lot Added", lot("l3", "2026-03-07T18:00:00Z"));
    play.comes_to("2026-03-05 10:00");
    ann.has("Points Changed", json!({ "balance": 0 }));
    bob.has("Points Lot Spent", json!({ "lot_id": "l3" }));
    play.comes_to("2026-05-02 00:00");
    play.told(&[
        "03-01 10:00 ann enters points-expiry (l1)",
        "03-01 10:00 bob enters points-expiry (l2)",
        "03-01 10:00 bob enters points-expiry (l3)",
        "03-05 10:00 ann leaves points-expiry (l1): Points Changed",
        "03-05 10:00 bob reaches the goal of points-expiry (l3)",
        "03-05 10:00 bob leaves points-expiry (l3): Points Lot Spent",
        "03-06 10:00 bob gets day by email",
    ]);
}

#[test]
fn on_the_holiday_who_is_loyal_then_is_invited_at_ten_where_they_live() {
    let play = Rehearsal::of(&["holiday-early-access"], "2026-03-01 10:00");
    let ann = play.person("ann");
    let bob = play.person("bob");
    for (person, zone) in [(&ann, "Asia/Kolkata"), (&bob, "America/New_York")] {
        person.lives_in(zone);
        person.has("Order Completed", json!({ "order_id": "o1", "total": 9.0 }));
        person.has("Order Completed", json!({ "order_id": "o2", "total": 9.0 }));
    }
    play.comes_to("2026-11-25 10:00");
    ann.has("Order Completed", json!({ "order_id": "o3", "total": 9.0 }));
    play.told_nothing();
    play.comes_to("2027-11-24 10:00");
    // Bob never was; Ann is not any more when the next one comes.
    ann.is(json!({ "first_name": "Anna" }));
    play.comes_to("2027-11-27 10:00");
    play.told(&[
        "11-26 04:30 ann enters holiday-early-access (2026-11-26T10:00)",
        "11-26 04:30 ann gets invitation by email",
    ]);
}
