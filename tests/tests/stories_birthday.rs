//! Scenario 13, `birthday`: good wishes at nine in the morning where the person lives, once a
//! calendar year.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::story::{Person, Shop};
use serde_json::json;

fn born(shop: &Shop, name: &str, birthday: &str, zone: Option<&str>) -> Person {
    let person = shop.customer(name);
    person.is(json!({ "birthday": birthday, "timezone": zone }));
    person
}

#[test]
fn good_wishes_come_at_nine_where_the_person_lives() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", Some("Asia/Kolkata"));
    shop.comes_to("2026-05-14 08:59 Asia/Kolkata");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("birthday")
        .at("2026-05-14 03:30")
        .about("Happy birthday, Ann!")
        .says("glad you");
}

#[test]
fn who_reads_russian_gets_russian_wishes() {
    let shop = Shop::opens("2026-03-01 09:30");
    let anna = born(&shop, "Anna", "1990-05-14", Some("Europe/Moscow"));
    anna.is(json!({ "first_name": "Анна", "locale": "ru" }));
    shop.comes_to("2026-05-14 09:00 Europe/Moscow");
    anna.receives("birthday")
        .about("С днём рождения, Анна!")
        .says("С днём рождения, Анна!");
}

#[test]
fn two_years_hold_two_birthdays_across_daylight_saving() {
    let shop = Shop::opens("2026-03-01 09:30");
    // The clocks go forward on the morning of 29 March 2026, and back on 25 October.
    let ann = born(&shop, "Ann", "1990-03-29", Some("Europe/Berlin"));
    let ben = born(&shop, "Ben", "--10-25", Some("Europe/Berlin"));
    let eve = born(&shop, "Eve", "1985-07-04", Some("America/St_Johns"));
    shop.comes_to("2028-03-01 00:00");
    ann.receives("birthday").at("2026-03-29 07:00");
    ann.receives("birthday").at("2027-03-29 07:00");
    ben.receives("birthday").at("2026-10-25 08:00");
    ben.receives("birthday").at("2027-10-25 07:00");
    eve.receives("birthday").at("2026-07-04 11:30");
    eve.receives("birthday").at("2027-07-04 11:30");
}

#[test]
fn who_was_born_on_a_leap_day_has_a_birthday_every_year() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "2000-02-29", None);
    let ben = born(&shop, "Ben", "--02-29", Some("Pacific/Auckland"));
    shop.comes_to("2028-03-02 00:00");
    ann.receives("birthday").at("2027-02-28 09:00");
    ann.receives("birthday").at("2028-02-29 09:00");
    ben.receives("birthday").at("2027-02-28 09:00 Pacific/Auckland");
    ben.receives("birthday").at("2028-02-29 09:00 Pacific/Auckland");
}

#[test]
fn an_edited_date_cannot_come_twice_in_a_calendar_year() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    shop.comes_to("2026-05-14 09:00");
    ann.receives("birthday");
    ann.is(json!({ "birthday": "1990-06-14" }));
    shop.comes_to("2026-12-31 23:00");
    ann.receives_nothing();
    shop.comes_to("2027-06-15 00:00");
    ann.receives("birthday").at("2027-06-14 09:00");
}

#[test]
fn a_date_that_is_corrected_in_time_moves_the_wishes() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    let ben = born(&shop, "Ben", "1990-05-14", None);
    shop.comes_to("2026-05-10 00:00");
    ann.is(json!({ "birthday": "1990-05-12" }));
    ben.is(json!({ "birthday": "1990-05-20" }));
    shop.comes_to("2026-06-01 00:00");
    ann.receives("birthday").at("2026-05-12 09:00");
    ben.receives("birthday").at("2026-05-20 09:00");
}

#[test]
fn what_has_become_due_comes_although_the_date_is_edited_before_anybody_looks() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    shop.comes_to("2026-05-14 08:59");
    shop.with(|world| world.streams_are_down = true);
    shop.comes_to("2026-05-14 09:10");
    ann.is(json!({ "birthday": "1990-06-14" }));
    shop.with(|world| world.streams_are_down = false);
    shop.comes_to("2027-06-15 00:00");
    ann.receives("birthday").at("2026-05-14 09:10");
    ann.receives("birthday").at("2027-06-14 09:00");
}

#[test]
fn who_moves_while_waiting_gets_the_wishes_at_nine_in_the_new_home() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", Some("America/New_York"));
    shop.comes_to("2026-05-13 12:00");
    ann.lives_in("Asia/Tokyo");
    shop.comes_to("2026-05-15 00:00");
    ann.receives("birthday").at("2026-05-14 09:00 Asia/Tokyo");
}

#[test]
fn where_no_zone_or_no_such_zone_is_known_it_is_the_shops() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    let ben = born(&shop, "Ben", "1990-05-14", Some("Mars/Olympus"));
    shop.comes_to("2026-05-15 00:00");
    ann.receives("birthday").at("2026-05-14 09:00");
    ben.receives("birthday").at("2026-05-14 09:00");
}

#[test]
fn who_has_no_birthday_any_more_gets_nothing() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    shop.comes_to("2026-05-14 08:00");
    ann.is(json!({ "birthday": null }));
    shop.passes("730d");
    ann.receives_nothing();
}

#[test]
fn what_is_no_date_concerns_nobody_else() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = born(&shop, "Ann", "fourteenth of May", None);
    let ben = born(&shop, "Ben", "1990-05-14", None);
    shop.passes("90d");
    ann.receives_nothing();
    ben.receives("birthday");
}

#[test]
fn a_birthday_that_is_told_after_nine_on_its_day_waits_for_the_next() {
    let shop = Shop::opens("2026-05-14 09:30");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    shop.comes_to("2027-05-14 08:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("birthday").at("2027-05-14 09:00");
}

#[test]
fn the_same_thing_said_twice_is_said_once() {
    let shop = Shop::opens("2026-05-14 08:00");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    shop.hears_the_last_request_again();
    shop.comes_to("2026-05-14 09:01");
    ann.receives("birthday");
    shop.sees_the_whole_stream_again();
    ann.is(json!({ "birthday": "1990-05-14" }));
    shop.comes_to("2027-05-14 08:00");
    ann.receives_nothing();
}

#[test]
fn wishes_that_would_come_half_a_day_late_do_not_come() {
    let shop = Shop::opens("2026-05-14 08:00");
    let ann = born(&shop, "Ann", "1990-05-14", None);
    let ben = born(&shop, "Ben", "1990-05-14", Some("America/Los_Angeles"));
    shop.with(|world| world.schedules_are_down = true);
    shop.comes_to("2026-05-14 22:00");
    shop.with(|world| world.schedules_are_down = false);
    shop.passes("10m");
    ann.receives_nothing();
    shop.held_one_back("expired");
    // Where it was 09:00 only six hours ago they are still worth it.
    ben.receives("birthday");
}
