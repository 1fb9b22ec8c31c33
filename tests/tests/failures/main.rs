//! What must hold, whatever fails: each row of that table is caused here, and what it says holds.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod inputs;
mod outages;

use beckon_shared::domain::message::Status;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::PortError;
use beckon_tests::memory::{Fault, When};
use beckon_tests::story::{Letter, Person, Shop, phone};
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
