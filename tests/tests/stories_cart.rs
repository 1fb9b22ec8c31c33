//! Scenario 1, `abandoned-cart`: an hour after the last thing done with a cart, its owner is
//! reminded of what is in it, unless there is no reason any more.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::story::{Person, Shop, case, phone, shirt};
use beckon_tests::world::definitions;
use serde_json::json;

fn ann_at_half_past_nine() -> (Shop, Person) {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    (shop, ann)
}

#[test]
fn an_hour_after_the_last_thing_done_with_a_cart_its_owner_is_reminded() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    shop.passes("59m");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("abandoned-cart")
        .at("2026-03-01 10:30")
        .to("ann@customers.example")
        .about("Ann, your cart is waiting")
        .says("Pocket phone")
        .does_not_say("Felt case");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn who_reads_russian_is_reminded_in_russian() {
    let (shop, anna) = ann_at_half_past_nine();
    anna.is(json!({ "first_name": "Анна", "locale": "ru-RU" }));
    anna.adds("c-17", phone());
    anna.adds("c-17", case().times(2));
    shop.passes("1h");
    anna.receives("abandoned-cart")
        .about("Анна, корзина ждёт вас")
        .says("Pocket phone")
        .says("Felt case")
        .says("Итого");
}

#[test]
fn whose_name_nobody_knows_is_reminded_all_the_same() {
    let shop = Shop::opens("2026-03-01 09:30");
    let somebody = shop.stranger("u-7");
    somebody.is(json!({ "email": "somebody@customers.example" }));
    somebody.starts_checkout("c-1", &[shirt()]);
    shop.passes("1h");
    somebody
        .receives("abandoned-cart")
        .about("Your cart is waiting")
        .says("Linen shirt");
}

#[test]
fn who_orders_within_the_hour_is_left_in_peace() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    shop.passes("59m");
    ann.orders("o-1", &[phone()]);
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn who_empties_the_cart_is_left_in_peace() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    shop.passes("20m");
    ann.changes_cart_to("c-17", &[]);
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn who_takes_the_last_thing_out_is_left_in_peace() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    ann.adds("c-17", case());
    shop.passes("20m");
    ann.removes("c-17", &phone());
    ann.removes("c-17", &case());
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn the_hour_counts_from_the_last_thing_done_with_the_cart() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    shop.passes("40m");
    ann.adds("c-17", case());
    shop.passes("40m");
    ann.receives_nothing();
    shop.passes("20m");
    ann.receives("abandoned-cart")
        .at("2026-03-01 11:10")
        .says("Pocket phone")
        .says("Felt case");
}

#[test]
fn a_shorter_wait_brings_the_reminder_forward_for_carts_that_are_filled_from_then_on() {
    let (shop, ann) = ann_at_half_past_nine();
    let ben = shop.customer("Ben");
    ann.adds("c-17", phone());
    let sooner = definitions::edited(&[("abandoned-cart.yaml", "wait: 1h", "wait: 30m")], &[]).unwrap();
    shop.applies(sooner);
    shop.passes("10s");
    ben.adds("c-18", shirt());
    shop.passes("31m");
    ben.receives("abandoned-cart").says("Linen shirt");
    ann.receives_nothing();
    shop.comes_to("2026-03-01 10:30");
    ann.receives("abandoned-cart").at("2026-03-01 10:30");
}

#[test]
fn each_cart_is_reminded_of_once() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart");
    shop.passes("2d");
    ann.adds("c-17", case());
    shop.passes("2d");
    ann.receives_nothing();
    ann.adds("c-18", shirt());
    shop.passes("1h");
    ann.receives("abandoned-cart")
        .says("Linen shirt")
        .does_not_say("Pocket phone");
}

#[test]
fn the_same_thing_said_twice_is_said_once() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.saying_as("m-add").adds("c-17", phone());
    shop.passes("30m");
    shop.hears_the_last_request_again();
    ann.saying_as("m-add").at("2026-03-01 09:30").adds("c-17", phone());
    shop.sees_the_whole_stream_again();
    shop.passes("30m");
    ann.receives("abandoned-cart").at("2026-03-01 10:30");
    shop.hears_the_last_request_again();
    shop.sees_the_whole_stream_again();
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn an_order_that_is_heard_of_before_its_cart_still_counts() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.orders("o-1", &[phone()]);
    shop.passes("5m");
    ann.at("2026-03-01 09:20").adds("c-17", phone());
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn an_older_word_about_the_cart_does_not_bring_the_reminder_forward() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.adds("c-17", phone());
    ann.earlier("30m").adds("c-17", case());
    shop.passes("45m");
    ann.receives_nothing();
    shop.passes("15m");
    ann.receives("abandoned-cart").says("Pocket phone").says("Felt case");
}

#[test]
fn what_is_heard_of_hours_late_is_reminded_of_at_once() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.earlier("3h").adds("c-17", phone());
    ann.receives("abandoned-cart").at("2026-03-01 09:30");
    shop.passes("2d");
}

#[test]
fn history_that_is_imported_starts_nothing() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.earlier("25h").adds("c-17", phone());
    ann.earlier("24h").adds("c-17", case());
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn a_browser_whose_clock_runs_ahead_does_not_delay_the_reminder() {
    let (shop, ann) = ann_at_half_past_nine();
    ann.at("2026-03-01 15:00").adds("c-17", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart").at("2026-03-01 10:30");
}

#[test]
fn two_years_of_carts_are_two_years_of_reminders_and_the_profile_stays_small() {
    let (shop, ann) = ann_at_half_past_nine();
    for week in 0..104 {
        let cart = format!("c-{week}");
        ann.adds(&cart, phone());
        shop.passes("1h");
        if week % 3 == 0 {
            ann.receives("abandoned-cart");
            ann.orders(&format!("o-{week}"), &[phone()]);
        } else {
            ann.receives("abandoned-cart");
        }
        shop.passes("6d23h");
    }
    let profile = shop
        .with(|world| world.outside.store.profile(&ann.profile()))
        .unwrap()
        .unwrap();
    let bytes = serde_json::to_vec(&profile.state.enrollments).unwrap().len();
    assert!(bytes < 2_000, "{bytes} bytes of enrollments");
}
