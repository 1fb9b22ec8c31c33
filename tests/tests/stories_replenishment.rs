//! Scenario 11, `replenishment`: three days before something delivered runs out it is offered
//! again, unless it was reordered.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::story::{Person, Shop, coffee, filters, phone};

fn ann_in_march() -> (Shop, Person) {
    let shop = Shop::opens("2026-03-01 10:00");
    let ann = shop.customer("Ann");
    (shop, ann)
}

#[test]
fn three_days_before_something_runs_out_it_is_offered_again() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee(), phone()]);
    shop.comes_to("2026-03-28 09:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("replenishment")
        .at("2026-03-28 10:00")
        .about("Running low? House coffee")
        .says("House coffee")
        .does_not_say("Pocket phone");
    shop.passes("365d");
    ann.receives_nothing();
}

#[test]
fn who_reads_russian_is_offered_it_in_russian() {
    let (shop, ann) = ann_in_march();
    ann.reads("ru");
    ann.gets_delivered("o-1", &[coffee()]);
    shop.passes("27d");
    ann.receives("replenishment")
        .about("Скоро закончится: House coffee")
        .says("House coffee");
}

#[test]
fn twice_as_much_lasts_twice_as_long() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee().times(2)]);
    shop.passes("56d");
    ann.receives_nothing();
    shop.passes("1d");
    ann.receives("replenishment").at("2026-04-27 10:00");
}

#[test]
fn each_product_runs_out_at_its_own_time() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee(), filters()]);
    shop.passes("7d");
    ann.receives("replenishment")
        .at("2026-03-08 10:00")
        .about("Running low? Water filter");
    shop.passes("20d");
    ann.receives("replenishment")
        .at("2026-03-28 10:00")
        .about("Running low? House coffee");
}

#[test]
fn who_reorders_in_time_is_not_asked_until_that_runs_out() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee()]);
    shop.passes("20d");
    ann.orders("o-2", &[coffee()]);
    shop.passes("10d");
    ann.receives_nothing();
    ann.gets_delivered("o-2", &[coffee()]);
    shop.passes("27d");
    ann.receives("replenishment").at("2026-04-27 10:00");
}

#[test]
fn an_order_of_something_else_does_not_fill_the_shelf() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee()]);
    shop.passes("20d");
    ann.orders("o-2", &[filters(), phone()]);
    shop.passes("7d");
    ann.receives("replenishment").about("Running low? House coffee");
}

#[test]
fn a_second_delivery_meanwhile_moves_the_date_later() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee()]);
    shop.passes("10d");
    ann.gets_delivered("o-2", &[coffee()]);
    shop.passes("26d");
    ann.receives_nothing();
    shop.passes("1d");
    ann.receives("replenishment").at("2026-04-07 10:00");
}

#[test]
fn a_smaller_delivery_meanwhile_moves_the_date_earlier() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee().times(4)]);
    shop.passes("1d");
    ann.gets_delivered("o-2", &[coffee()]);
    shop.passes("27d");
    ann.receives("replenishment").at("2026-03-29 10:00");
    shop.passes("365d");
    ann.receives_nothing();
}

#[test]
fn an_older_delivery_that_is_heard_of_late_moves_nothing() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-2", &[coffee()]);
    ann.earlier("12h").gets_delivered("o-1", &[coffee().times(9)]);
    shop.passes("27d");
    ann.receives("replenishment").at("2026-03-28 10:00");
}

#[test]
fn the_same_delivery_told_twice_is_one() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[coffee()]);
    shop.passes("1d");
    shop.hears_the_last_request_again();
    shop.sees_the_whole_stream_again();
    shop.passes("26d");
    ann.receives("replenishment").at("2026-03-28 10:00");
    shop.sees_the_whole_stream_again();
    shop.passes("60d");
    ann.receives_nothing();
}

#[test]
fn history_that_is_imported_starts_nothing() {
    let (shop, ann) = ann_in_march();
    ann.earlier("10d").gets_delivered("o-1", &[coffee()]);
    shop.passes("60d");
    ann.receives_nothing();
}

#[test]
fn what_does_not_get_used_up_is_never_offered_again() {
    let (shop, ann) = ann_in_march();
    ann.gets_delivered("o-1", &[phone()]);
    shop.passes("730d");
    ann.receives_nothing();
}

#[test]
fn two_years_of_coffee() {
    let (shop, ann) = ann_in_march();
    for month in 0..24 {
        ann.gets_delivered(&format!("o-{month}"), &[coffee()]);
        shop.passes("27d");
        ann.receives("replenishment").about("Running low? House coffee");
        ann.orders(&format!("o-{}", month + 1), &[coffee()]);
        shop.passes("3d");
    }
    ann.receives_nothing();
}
