//! Scenario 2, `trial-expiry`: when a trial ends without a subscription, its owner is asked why.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::story::{Person, Shop};
use serde_json::json;

fn ann_in_march() -> (Shop, Person) {
    let shop = Shop::opens("2026-03-01 09:00");
    let ann = shop.customer("Ann");
    (shop, ann)
}

#[test]
fn when_a_trial_ends_without_a_subscription_its_owner_is_asked_why() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.comes_to("2026-03-15 11:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("trial-expiry")
        .at("2026-03-15 12:00")
        .about("Ann, your trial has ended. What held you back?")
        .says("your trial has ended");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn who_reads_russian_is_asked_in_russian() {
    let (shop, ann) = ann_in_march();
    ann.reads("ru");
    ann.starts_a_trial("2026-03-15 12:00");
    shop.passes("15d");
    ann.receives("trial-expiry")
        .about("Ann, пробный период закончился. Что вас остановило?")
        .says("живой");
}

#[test]
fn who_subscribes_in_time_is_not_asked() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.comes_to("2026-03-15 11:59");
    ann.subscribes();
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn a_browser_cannot_subscribe_for_anybody() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    ann.is_not_believed("Subscription Started", json!({ "plan": "yearly" }));
    shop.passes("15d");
    ann.receives("trial-expiry");
}

#[test]
fn a_trial_that_is_extended_ends_later() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.comes_to("2026-03-14 12:00");
    ann.has_the_trial_moved("2026-03-22 12:00");
    shop.comes_to("2026-03-22 11:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("trial-expiry").at("2026-03-22 12:00");
}

#[test]
fn a_trial_that_is_cut_short_ends_earlier() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.passes("1d");
    ann.has_the_trial_moved("2026-03-05 12:00");
    shop.comes_to("2026-03-05 12:00");
    ann.receives("trial-expiry").at("2026-03-05 12:00");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn a_trial_that_is_over_when_it_is_heard_of_is_asked_about_at_once() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-02-28 12:00");
    ann.receives("trial-expiry").at("2026-03-01 09:00");
    shop.passes("30d");
}

#[test]
fn the_end_may_be_a_trait_that_moves() {
    let (shop, ann) = ann_in_march();
    ann.is(json!({ "trial_ends_at": "2026-03-10T12:00:00Z" }));
    shop.comes_to("2026-03-09 12:00");
    ann.is(json!({ "trial_ends_at": "2026-03-20T12:00:00Z" }));
    shop.comes_to("2026-03-15 12:00");
    ann.receives_nothing();
    ann.is(json!({ "trial_ends_at": "2026-03-18T12:00:00Z" }));
    shop.comes_to("2026-03-18 12:00");
    ann.receives("trial-expiry").at("2026-03-18 12:00");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn the_same_thing_said_twice_is_said_once() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.hears_the_last_request_again();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.sees_the_whole_stream_again();
    shop.passes("14d12h");
    ann.receives("trial-expiry").at("2026-03-15 12:00");
    shop.sees_the_whole_stream_again();
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn a_subscription_that_is_heard_of_before_the_trial_still_counts() {
    let (shop, ann) = ann_in_march();
    ann.subscribes();
    ann.earlier("2h").starts_a_trial("2026-03-15 12:00");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn an_older_word_about_the_end_does_not_replace_a_newer_one() {
    let (shop, ann) = ann_in_march();
    ann.has_the_trial_moved("2026-03-22 12:00");
    ann.earlier("1h").starts_a_trial("2026-03-15 12:00");
    shop.comes_to("2026-03-20 12:00");
    ann.receives_nothing();
    shop.passes("2d");
    ann.receives("trial-expiry").at("2026-03-22 12:00");
}

#[test]
fn history_that_is_imported_starts_nothing() {
    let (shop, ann) = ann_in_march();
    ann.earlier("25h").starts_a_trial("2026-03-15 12:00");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn in_two_years_each_trial_is_asked_about_once() {
    let (shop, ann) = ann_in_march();
    ann.starts_a_trial("2026-03-15 12:00");
    shop.comes_to("2026-03-15 12:00");
    ann.receives("trial-expiry");
    shop.comes_to("2027-03-01 09:00");
    ann.receives_nothing();
    ann.starts_a_trial("2027-03-15 12:00");
    shop.comes_to("2027-03-15 12:00");
    ann.receives("trial-expiry").at("2027-03-15 12:00");
    shop.comes_to("2028-03-01 09:00");
    ann.receives_nothing();
}
