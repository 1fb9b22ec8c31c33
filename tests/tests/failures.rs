//! What must hold, whatever fails: each row of that table is caused here, and what it says holds.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::message::Status;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::PortError;
use beckon_shared::store::codec::{Item, number};
use beckon_shared::telemetry::Metric;
use beckon_tests::memory::{Fault, When};
use beckon_tests::story::{Letter, Person, Product, Shop, case, coffee, phone, shirt};
use beckon_tests::world::functions::SERVER_KEY;
use beckon_tests::world::provider::{Word, notification};
use beckon_tests::world::{Reader, World, definitions};
use serde_json::json;
use std::cell::Cell;

fn ann_at_ten() -> (Shop, Person) {
    let shop = Shop::opens_with("2026-03-01 10:00", definitions::with_our_own().unwrap().clone());
    let ann = shop.customer("Ann");
    // The sweep has run for long: what comes near in the next day has its schedule.
    shop.with(World::sweep);
    (shop, ann)
}

fn statuses(shop: &Shop, person: &Person) -> Vec<Status> {
    let messages = shop
        .with(|world| world.outside.store.messages(&person.profile()))
        .unwrap();
    messages.iter().map(|envelope| envelope.status).collect()
}

/// From now on the so-manyth call of this name, counted from 0, comes to this.
fn strike_nth(world: &World, name: &'static str, when: When, nth: u32, fault: Fault) {
    let seen = Cell::new(0);
    world.outside.faults.install(move |call, at| {
        if call != name || at != when {
            return None;
        }
        seen.set(seen.get() + 1);
        (seen.get() == nth + 1).then(|| fault.clone())
    });
}

fn lost() -> Fault {
    Fault::Error(PortError::Retry("the answer is lost".to_owned()))
}

// The same comes again, or twice at once.

#[test]
fn a_batch_that_two_instances_get_at_once_is_folded_and_sent_once() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.with(|world| {
        // Everybody gives way at every call, so that the two go hand in hand.
        world.outside.faults.install(|_, _| Some(Fault::Yield));
        world.clock().advance(Span::from_hours(1));
        world.carry_out();
        for reader in Reader::ALL {
            for lane in 0..4 {
                world.pump_twice_at_once(reader, lane);
            }
        }
        world.outside.faults.clear();
        world.until_idle();
    });
    shop.passes("1d");
    ann.receives("abandoned-cart").at("2026-03-01 11:00");
    assert_eq!(statuses(&shop, &ann), [Status::Sent]);
}

#[test]
fn an_instance_that_remembers_an_older_profile_looks_at_the_stored_one() {
    let shop = Shop::opens("2026-03-01 10:00");
    let ann = shop.customer("Ann");
    for (instance, birthday) in [(0, "1990-05-01"), (1, "1990-06-01"), (0, "1990-05-01")] {
        shop.passes("1m");
        shop.with(|world| world.take_turn(instance));
        ann.is(json!({ "birthday": birthday }));
    }
    shop.comes_to("2026-06-02 00:00");
    ann.receives("birthday").at("2026-05-01 09:00");
}

#[test]
fn an_alarm_that_fires_again_and_again_is_one() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    let bucket = shop.with(|world| *world.outside.scheduler.schedules().keys().next().unwrap());
    shop.passes("30m");
    shop.with(|world| assert!(world.check(check::Call::Bucket(bucket)), "early"));
    shop.passes("30m");
    ann.receives("abandoned-cart").at("2026-03-01 11:00");
    for _ in 0..3 {
        shop.with(|world| assert!(world.check(check::Call::Bucket(bucket)) && world.check(check::Call::Sweep(true))));
        shop.passes("1m");
    }
    ann.receives_nothing();
}

#[test]
fn feedback_that_comes_twice_is_one_and_a_notification_that_is_none_is_given_up_alone() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart");
    shop.hears_from_ses(&letter, Word::Open);
    let opened = shop
        .with(|world| world.outside.store.inbox(&ann.profile()))
        .unwrap()
        .len();
    shop.with(|world| {
        let at = world.now();
        world.publish_feedback(notification(&letter.delivery, Word::Open, at, "again"));
        world.publish_feedback(beckon_tests::world::provider::published("not an event", at, "strange"));
    });
    shop.passes("10m");
    shop.with(|world| {
        assert_eq!(world.outside.store.inbox(&ann.profile()).unwrap().len(), opened);
        assert_eq!(world.dead_letters, 1);
    });
}

// A function dies at any line.

/// Lives through a day in which the so-manyth call of any port is a function's last. Gives whether
/// there was such a call, and what Ann received.
fn day_with_a_death(nth: u64, when: When) -> (bool, Vec<Letter>, Vec<Status>) {
    let (shop, ann) = ann_at_ten();
    let died = shop.with(|world| world.dies_at(nth, when));
    shop.with(|world| {
        let event = json!({
            "type": "track", "userId": "ann", "messageId": "add", "timestamp": world.now(),
            "event": "Product Added", "properties": { "cart_id": "c-1", "product_id": "p-1", "name": "Pocket phone" },
        });
        // Whoever hears nothing sends it again.
        while world
            .post("/v1/batch", SERVER_KEY, &json!({ "batch": [event] }))
            .is_none_or(|heard| heard.status != 200)
        {}
    });
    shop.passes("1d");
    let letters = shop.letters(&ann);
    (died.get(), letters, statuses(&shop, &ann))
}

#[test]
fn whichever_call_is_a_functions_last_nothing_accepted_is_lost_and_nothing_is_sent_twice() {
    for when in [When::Before, When::After] {
        let mut nth = 0;
        loop {
            let (died, letters, statuses) = day_with_a_death(nth, when);
            let [status] = statuses[..] else {
                panic!("call {nth} {when:?}: {statuses:?}")
            };
            match (letters.len(), status) {
                (1, Status::Sent | Status::Unknown) => {}
                // It died with the message in its hand: at most once means that it rests.
                (0, Status::Unknown) => {}
                (copies, status) => panic!("call {nth} {when:?}: {copies} copies, {status:?}"),
            }
            if !died {
                assert!(nth > 20, "only {nth} calls in a day");
                break;
            }
            nth += 1;
        }
    }
}

#[test]
fn who_dies_with_a_claim_is_relieved_after_its_lease() {
    let (shop, ann) = ann_at_ten();
    shop.with(|world| strike_nth(world, "sender.send", When::Before, 0, Fault::Crash));
    ann.orders("o-1", &[phone()]);
    ann.receives_nothing();
    assert_eq!(statuses(&shop, &ann), [Status::Sending]);
    // A lease of 75 seconds, then 15 minutes for a word of the provider.
    shop.passes("10m");
    ann.receives_nothing();
    shop.passes("15m");
    ann.receives("order-thanks");
    assert_eq!(statuses(&shop, &ann), [Status::Sent]);
}

#[test]
fn who_dies_after_the_provider_took_it_is_known_by_the_providers_word() {
    let (shop, ann) = ann_at_ten();
    shop.with(|world| strike_nth(world, "sender.send", When::After, 0, Fault::Crash));
    ann.orders("o-1", &[phone()]);
    let letter = ann.receives("order-thanks");
    shop.hears_from_ses(&letter, Word::Delivery);
    shop.passes("1d");
    ann.receives_nothing();
    assert_eq!(statuses(&shop, &ann), [Status::Sent]);
}

#[test]
fn at_most_once_rests_where_the_providers_answer_is_lost() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.with(|world| strike_nth(world, "sender.send", When::After, 0, lost()));
    shop.passes("2d");
    ann.receives("abandoned-cart");
    ann.receives_nothing();
    assert_eq!(statuses(&shop, &ann), [Status::Unknown]);
}

#[test]
fn at_least_once_is_sent_again_where_the_providers_answer_is_lost_and_no_word_comes() {
    let (shop, ann) = ann_at_ten();
    shop.with(|world| strike_nth(world, "sender.send", When::After, 0, lost()));
    ann.orders("o-1", &[phone()]);
    ann.receives("order-thanks").at("2026-03-01 10:00");
    shop.passes("2d");
    // A quarter of an hour for the provider's word; then the next sweep finds it.
    ann.receives("order-thanks").at("2026-03-01 10:20");
    ann.receives_nothing();
    assert_eq!(statuses(&shop, &ann), [Status::Sent]);
}

// Late, early, out of order.

#[test]
fn in_whatever_order_the_same_things_are_heard_of_the_letter_is_the_same() {
    let acts: [fn(&Person); 4] = [
        |ann| ann.at("2026-03-01 09:50").adds("c-1", phone()),
        |ann| ann.at("2026-03-01 09:52").adds("c-1", case()),
        |ann| ann.at("2026-03-01 09:54").removes("c-1", &phone()),
        |ann| ann.at("2026-03-01 09:56").adds("c-1", shirt()),
    ];
    let mut orders = Vec::new();
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| ![a, b].contains(c)) {
                orders.push([a, b, c, 6 - a - b - c]);
            }
        }
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        let (shop, ann) = ann_at_ten();
        ann.at("2026-03-01 09:48").adds("c-1", coffee());
        for act in order {
            acts[act](&ann);
        }
        shop.passes("2h");
        ann.receives("abandoned-cart")
            .at("2026-03-01 10:56")
            .says("Felt case")
            .says("Linen shirt")
            .does_not_say("Pocket phone");
    }
}

#[test]
fn what_a_telephone_had_in_its_queue_is_known_to_have_followed_whatever_came_after_it() {
    let demo = (
        "demo-alone.yaml",
        "campaign: demo-alone\npurpose: transactional\nenter:\n  on: Demo Played\n  key: event.album_id\n  \
         without: { on: Album Saved, where: album_id == event.album_id, for: 10m }\nsteps:\n  - send: letter\n    \
         by: email\n    template: win-back\n",
    );
    for (saved_at, receives) in [("2026-03-01T10:00:05Z", false), ("2026-03-01T10:10:05Z", true)] {
        let shop = Shop::opens_with("2026-03-01 10:31", definitions::edited(&[], &[demo]).unwrap());
        let ann = shop.customer("Ann");
        let event = |id: &str, name: &str, at: &str| {
            json!({ "type": "track", "userId": "ann", "messageId": id, "timestamp": at, "event": name,
                    "properties": { "album_id": "a1", "progress": 0.9 } })
        };
        shop.with(|world| {
            let queue = json!({ "batch": [
                event("demo", "Demo Played", "2026-03-01T10:00:00Z"),
                event("saved", "Album Saved", saved_at),
                event("again", "Album Saved", "2026-03-01T10:30:00Z"),
            ] });
            assert_eq!(world.post("/v1/batch", SERVER_KEY, &queue).unwrap().status, 200);
            world.until_idle();
        });
        if receives {
            ann.receives("demo-alone");
        } else {
            ann.receives_nothing();
        }
    }
}

// One bad record, campaign, template.

#[test]
fn a_poison_record_is_set_aside_with_its_reason_and_its_neighbours_go_on() {
    let (shop, ann) = ann_at_ten();
    let ben = shop.customer("Ben");
    shop.with(|world| {
        let at = world.now().as_millisecond();
        let mut poison = Item::new();
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        poison.insert("PK".to_owned(), text("P#ann"));
        poison.insert("SK".to_owned(), text(&format!("E#{at:015}#poison")));
        poison.insert("received".to_owned(), number(at));
        poison.insert("body".to_owned(), text("[{\"event\":"));
        world.outside.store.put_raw(poison).unwrap();
    });
    ann.adds("c-1", phone());
    ben.adds("c-2", shirt());
    shop.set_one_aside("`body` cannot be read");
    shop.passes("1h");
    ann.receives("abandoned-cart");
    ben.receives("abandoned-cart");
    shop.with(|world| assert!(world.counts.of(Metric::SetAside, "") > 0.5));
}

#[test]
fn a_poison_record_that_cannot_be_set_aside_yet_comes_again() {
    let (shop, ann) = ann_at_ten();
    shop.loses("set_aside.");
    shop.with(|world| {
        let mut poison = Item::new();
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        poison.insert("PK".to_owned(), text("P#ann"));
        poison.insert("SK".to_owned(), text("E#000000000000001#poison"));
        world.outside.store.put_raw(poison).unwrap();
    });
    ann.adds("c-1", phone());
    shop.recovers();
    shop.passes("1h");
    shop.set_one_aside("`received` is missing");
    ann.receives("abandoned-cart");
}

#[test]
fn a_campaign_that_does_not_work_for_somebody_is_counted_and_the_others_work() {
    let bad = "campaign: bad\nenter:\n  on: Product Added\n  where: event.price / event.quantity > 1.0\n\
               steps:\n  - send: it\n    by: email\n    template: cart-reminder\n";
    let shop = Shop::opens_with(
        "2026-03-01 10:00",
        definitions::edited(&[], &[("bad.yaml", bad)]).unwrap(),
    );
    let ann = shop.customer("Ann");
    ann.does("Product Added", json!({ "cart_id": "c-1", "product_id": "p" }));
    shop.passes("1h");
    ann.receives("abandoned-cart");
    shop.with(|world| assert!(world.counts.of(Metric::Decided, "fault") > 0.5));
}

#[test]
fn a_batch_keeps_its_good_events_and_names_the_bad_one() {
    let (shop, ann) = ann_at_ten();
    let heard = shop.with(|world| {
        let event = |id: &str, name: Option<&str>| {
            json!({ "type": "track", "userId": "ann", "messageId": id, "timestamp": world.now(), "event": name,
                    "properties": { "cart_id": "c-1", "product_id": id } })
        };
        let batch = json!({ "batch": [event("a", Some("Product Added")), event("b", None)] });
        let heard = world.post("/v1/batch", SERVER_KEY, &batch).unwrap();
        world.until_idle();
        heard
    });
    assert_eq!((heard.status, &heard.body["refused"][0]["index"]), (200, &json!(1)));
    shop.passes("1h");
    ann.receives("abandoned-cart");
}

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
