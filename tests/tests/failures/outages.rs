//! Something outside is down, a schedule is lost, the stream is not read, an item is full.

use crate::ann_at_ten;
use beckon_tests::story::{Product, Shop, coffee, phone, shirt};
use beckon_tests::world::functions::SERVER_KEY;
use serde_json::json;

// Something outside is down for an hour.

#[test]
fn mail_waits_while_ses_is_down_and_leaves_once() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.loses("sender.");
    shop.passes("2h");
    ann.receives_nothing();
    shop.recovers();
    shop.passes("1h");
    ann.receives("abandoned-cart");
    shop.passes("1d");
    ann.receives_nothing();
}

#[test]
fn what_could_not_leave_in_time_does_not_leave_late() {
    let shop = Shop::opens("2026-05-14 08:00");
    let ann = shop.customer("Ann");
    ann.is(json!({ "birthday": "1990-05-14" }));
    shop.loses("sender.");
    shop.passes("14h");
    shop.recovers();
    shop.passes("2h");
    ann.receives_nothing();
    shop.held_one_back("expired");
}

#[test]
fn caps_hold_after_dynamodb_was_down_for_an_hour() {
    let (shop, ann) = ann_at_ten();
    ann.starts_a_trial("2026-03-01 10:45");
    ann.adds("c-1", phone());
    shop.passes("10m");
    shop.loses("profiles.");
    shop.passes("1h10m");
    ann.receives_nothing();
    shop.recovers();
    shop.passes("30m");
    // Both have become due meanwhile; there is room for one, and the cart matters more.
    ann.receives("abandoned-cart");
    shop.held_one_back("frequency_cap");
    shop.passes("1d");
    ann.receives_nothing();
}

#[test]
fn while_dynamodb_throttles_nobody_is_told_that_events_were_taken() {
    let (shop, ann) = ann_at_ten();
    shop.loses("inbox.");
    let event = json!({ "userId": "ann", "messageId": "add", "timestamp": shop.now(), "event": "Product Added",
                        "properties": { "cart_id": "c-1", "product_id": "p-1" } });
    let heard = shop.with(|world| world.post("/v1/track", SERVER_KEY, &event)).unwrap();
    assert_eq!(heard.status, 429);
    shop.passes("1h");
    shop.recovers();
    let heard = shop.with(|world| world.post("/v1/track", SERVER_KEY, &event)).unwrap();
    assert_eq!(heard.status, 200);
    shop.passes("1h");
    ann.receives("abandoned-cart");
}

#[test]
fn quiet_hours_hold_after_sns_was_down_in_the_evening() {
    let (shop, ann) = ann_at_ten();
    ann.is(json!({ "phone": "+4915112345678" }));
    shop.comes_to("2026-03-01 20:00");
    shop.loses("profiles.");
    ann.gets_delivered("o-1", &[phone()]);
    shop.comes_to("2026-03-01 21:30");
    shop.recovers();
    shop.comes_to("2026-03-02 07:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("on-its-way").by_sms().at("2026-03-02 08:00");
}

#[test]
fn a_scheduler_that_is_down_for_an_hour_delays_by_minutes() {
    let (shop, ann) = ann_at_ten();
    shop.loses("scheduler.");
    ann.adds("c-1", phone());
    shop.with(|world| assert!(world.outside.scheduler.schedules().is_empty()));
    shop.passes("1h");
    ann.receives_nothing();
    shop.passes("7m");
    ann.receives("abandoned-cart");
    shop.recovers();
    shop.passes("1d");
    ann.receives_nothing();
}

// A schedule is lost, late, or fires twice.

#[test]
fn a_lost_schedule_costs_minutes_and_no_message() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.with(|world| {
        let schedules = world.outside.scheduler.schedules();
        assert!(schedules.keys().all(|bucket| world.outside.scheduler.lose(*bucket)) && !schedules.is_empty());
    });
    shop.passes("1h");
    ann.receives_nothing();
    shop.passes("7m");
    ann.receives("abandoned-cart");
}

#[test]
fn an_alarm_that_is_months_away_gets_its_schedule_when_it_comes_near() {
    let shop = Shop::opens("2026-03-01 10:00");
    let ann = shop.customer("Ann");
    ann.gets_delivered("o-1", &[coffee().times(4)]);
    shop.with(|world| assert!(world.outside.scheduler.schedules().is_empty()));
    shop.passes("116d12h");
    shop.with(|world| assert_eq!(world.outside.scheduler.schedules().len(), 1));
    shop.passes("12h");
    ann.receives("replenishment").at("2026-06-26 10:00");
}

// The stream is not read for more than a day.

#[test]
fn what_the_stream_has_forgotten_is_folded_from_the_inbox() {
    let (shop, ann) = ann_at_ten();
    let ben = shop.customer("Ben");
    shop.passes("1h");
    shop.with(|world| world.streams_are_down = true);
    ann.adds("c-1", phone());
    shop.passes("9h");
    ben.adds("c-2", shirt());
    shop.passes("20h");
    // Ann's event is 29 hours old, and gone from the stream; Ben's is 20 hours old, and there.
    shop.with(|world| {
        world.until_idle();
        world.streams_are_down = false;
    });
    shop.passes("1m");
    ben.receives("abandoned-cart");
    ann.receives_nothing();
    ann.has("Product Viewed", json!({}));
    let cart = shop
        .with(|world| world.outside.store.profile(&ann.profile()))
        .unwrap()
        .unwrap();
    let items = cart.state.lists.get("cart").map_or(0, |cart| cart.len());
    assert_eq!(items, 1, "what was accepted has not reached the profile");
    shop.passes("1d");
}

// Items grow.

#[test]
fn a_profile_that_would_outgrow_its_item_refuses_what_is_too_much_and_is_not_stuck() {
    let (shop, ann) = ann_at_ten();
    let name: &'static str = Box::leak("x".repeat(28_000).into_boxed_str());
    let ids: Vec<&'static str> = (0..20).map(|number| &*format!("p-{number}").leak()).collect();
    for id in ids {
        ann.adds("c-1", Product { id, name, ..phone() });
    }
    let aside = shop.with(|world| world.outside.set_aside.records());
    assert!(
        !aside.is_empty() && aside.iter().all(|record| record.reason.contains("over the limit")),
        "{aside:?}"
    );
    shop.knows_of_set_aside();
    ann.orders("o-1", &[phone()]);
    ann.receives("order-thanks");
    shop.passes("1m");
    ann.adds("c-2", shirt());
    shop.passes("1h");
    ann.receives("abandoned-cart").says("Linen shirt");
}
