//! Counters come to what was decided, exactly, whatever fails: the decisions themselves are told
//! from what was saved and from the outbox, not from the counters.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::count::{CountKey, Counts, What, day_of};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::ports::PortError;
use beckon_shared::store::log::decode_log;
use beckon_tests::memory::{Fault, When};
use beckon_tests::story::{Person, Shop, phone, shirt};
use beckon_tests::world::functions::SERVER_KEY;
use beckon_tests::world::provider::Word;
use beckon_tests::world::{Reader, World, definitions};
use serde_json::json;
use std::cell::Cell;
use std::collections::BTreeMap;

const CAMPAIGN: &str = "abandoned-cart";

fn counted(shop: &Shop) -> Counts {
    shop.with(|world| {
        let today = day_of(world.now());
        let since = "2026-01-01".parse().unwrap();
        let mut all = Counts::default();
        for day in world.outside.store.counted_between(None, since, today).unwrap() {
            all.merge(&day.counts);
        }
        all
    })
}

/// How often, by what, whatever the step.
fn sums(shop: &Shop, campaign: &str) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for (key, sum) in counted(shop)
        .iter()
        .filter(|(key, _)| key.campaign.as_str() == campaign)
    {
        *sums.entry(key.what.name()).or_default() += sum.count;
    }
    sums
}

/// What the profiles' own logs tell: they are saved in one write with what was decided.
fn logged(shop: &Shop) -> BTreeMap<(String, String), u64> {
    shop.with(|world| {
        let mut logged = BTreeMap::new();
        for profile in world.outside.store.profiles() {
            let saved = world.outside.store.profile(&profile).unwrap();
            for entry in saved.iter().flat_map(|profile| decode_log(&profile.log)) {
                *logged.entry((entry.campaign, entry.decision)).or_default() += 1;
            }
        }
        logged
    })
}

fn assert_exact(shop: &Shop, told: &str) {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut took: BTreeMap<String, u64> = BTreeMap::new();
    for (key, sum) in counted(shop).iter() {
        let decision = match key.what {
            What::Entered | What::HeldOut => "enter",
            What::Goal | What::HeldOutGoal => "goal",
            What::Exited => "exit",
            What::Sent => "send",
            What::Skipped => "skip",
            What::Deferred => "defer",
            What::Fault => "fault",
            What::Dropped
            | What::Failed
            | What::Unknown
            | What::Delivered
            | What::Opened
            | What::Clicked
            | What::Replied
            | What::Unsubscribed
            | What::Bounced
            | What::Complained
            // Told by the message that was sent.
            | What::Both
            // By the arms that people are drawn for.
            | What::Drawn
            | What::DrawnGoal => continue,
            What::Took | What::HeldOutTook => {
                if key.step.is_empty() {
                    *took.entry(key.campaign.to_string()).or_default() += sum.count;
                }
                continue;
            }
        };
        *counts
            .entry((key.campaign.to_string(), decision.to_owned()))
            .or_default() += sum.count;
    }
    let logged = logged(shop);
    assert_eq!(counts, logged, "{told}");
    // Each goal took its time.
    let goals = logged.into_iter().filter(|((_, decision), _)| decision == "goal");
    let goals: BTreeMap<String, u64> = goals.map(|((campaign, _), count)| (campaign, count)).collect();
    assert_eq!(took, goals, "{told}");
}

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

fn opens() -> (Shop, Person, Person) {
    let definitions = definitions::with_our_own().unwrap().clone();
    let shop = Shop::opens_with("2026-03-01 10:00", definitions);
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    (shop, ann, ben)
}

/// Ann and Ben in one request, so that one batch folds both.
fn both_add(shop: &Shop) {
    shop.with(|world| {
        let event = |user: &str| {
            json!({ "type": "track", "userId": user, "messageId": format!("add-{user}"), "timestamp": world.now(),
                    "event": "Product Added", "properties": { "cart_id": "c-1", "product_id": "p", "name": "Phone" } })
        };
        let batch = json!({ "batch": [event("ann"), event("ben")] });
        while world
            .post("/v1/batch", SERVER_KEY, &batch)
            .is_none_or(|heard| heard.status != 200)
        {}
    });
}

#[test]
fn what_happened_is_counted_by_campaign_step_and_channel() {
    let (shop, ann, ben) = opens();
    ann.adds("c-1", phone());
    ben.adds("c-2", shirt());
    shop.passes("1h");
    let letter = ann.receives(CAMPAIGN);
    let to_ben = ben.receives(CAMPAIGN);
    for word in [Word::Delivery, Word::Open, Word::Open, Word::Delivery] {
        shop.passes("1m");
        shop.hears_from_ses(&letter, word);
    }
    shop.hears_from_ses(&to_ben, Word::HardBounce);
    ann.orders("o-1", &[phone()]);
    shop.passes("1d");
    let _also = (shop.letters(&ann), shop.letters(&ben));
    let sums = sums(&shop, CAMPAIGN);
    assert_eq!(
        sums,
        BTreeMap::from([
            ("entered", 2),
            ("sent", 2),
            ("delivered", 1),
            ("opened", 1),
            ("bounced", 1),
            ("goal", 1),
            ("took", 1),
        ]),
    );
    let counted = counted(&shop);
    let goal = counted.of(&CountKey::of(&CampaignName::from(CAMPAIGN), What::Goal));
    assert!(goal.value() > 0.0, "{goal:?}");
    let bounced = counted.iter().find(|(key, _)| key.what == What::Bounced).unwrap().0;
    assert_eq!(
        (bounced.step.as_str(), bounced.channel.as_str(), bounced.reason.as_str()),
        ("reminder", "email", "hard")
    );
    assert_exact(&shop, "a day without faults");
}

#[test]
fn the_whole_stream_again_counts_nothing_again() {
    let (shop, ann, ben) = opens();
    both_add(&shop);
    shop.passes("2h");
    ann.receives(CAMPAIGN);
    ben.receives(CAMPAIGN);
    let before = counted(&shop);
    shop.sees_the_whole_stream_again();
    shop.with(World::deploy_anew);
    shop.sees_the_whole_stream_again();
    shop.passes("1d");
    assert_eq!(counted(&shop), before);
    assert_eq!(sums(&shop, CAMPAIGN), BTreeMap::from([("entered", 2), ("sent", 2)]));
}

#[test]
fn a_function_that_dies_between_save_and_totals_loses_nothing() {
    for (call, when) in [
        ("profiles.save", When::After),
        ("counters.put_totals", When::Before),
        ("counters.put_totals", When::After),
    ] {
        for nth in 0..2 {
            let (shop, ann, ben) = opens();
            shop.with(|world| strike_nth(world, call, when, nth, Fault::Crash));
            both_add(&shop);
            shop.passes("2h");
            ann.receives(CAMPAIGN);
            ben.receives(CAMPAIGN);
            let told = format!("{call} {when:?} {nth}");
            assert_eq!(sums(&shop, CAMPAIGN)["entered"], 2, "{told}");
            assert_exact(&shop, &told);
        }
    }
}

#[test]
fn totals_whose_answer_is_lost_count_once() {
    for (call, when) in [
        ("counters.put_totals", When::After),
        ("counters.put_totals", When::Before),
        ("counters.written", When::Before),
        ("counters.void", When::After),
        ("counters.merge", When::After),
        ("counters.waiting", When::Before),
        ("profiles.save", When::After),
        ("profiles.save", When::Before),
    ] {
        for nth in 0..3 {
            let (shop, ann, ben) = opens();
            shop.with(|world| strike_nth(world, call, when, nth, lost()));
            both_add(&shop);
            shop.passes("2h");
            ann.receives(CAMPAIGN);
            ben.receives(CAMPAIGN);
            shop.passes("1d");
            assert_exact(&shop, &format!("{call} {when:?} {nth}"));
        }
    }
}

#[test]
fn a_save_whose_answer_is_lost_counts_though_its_batch_told_without_it() {
    for nth in 0..8 {
        let (shop, _, _) = opens();
        let people: Vec<Person> = (0..8).map(|number| shop.customer(&format!("P{number}"))).collect();
        shop.with(|world| {
            strike_nth(world, "profiles.save", When::After, nth, lost());
            let events: Vec<_> = people
                .iter()
                .map(|person| {
                    let user = person.profile();
                    json!({ "type": "track", "userId": user, "messageId": format!("add-{user}"),
                            "timestamp": world.now(), "event": "Product Added",
                            "properties": { "cart_id": "c-1", "product_id": "p", "name": "Phone" } })
                })
                .collect();
            let heard = world.post("/v1/batch", SERVER_KEY, &json!({ "batch": events }));
            assert_eq!(heard.map(|heard| heard.status), Some(200));
        });
        shop.passes("2h");
        let _received: Vec<_> = people.iter().map(|person| shop.letters(person)).collect();
        assert_eq!(sums(&shop, CAMPAIGN)["entered"], 8, "save {nth}");
        assert_exact(&shop, &format!("save {nth}"));
    }
}

#[test]
fn a_batch_that_comes_again_with_other_boundaries_counts_once() {
    let (shop, ann, ben) = opens();
    // Whoever folds first dies with both saved and nothing told; the batch is then bisected, and
    // what was Ann's and what is new come together.
    shop.with(|world| strike_nth(world, "counters.put_totals", When::Before, 0, Fault::Crash));
    both_add(&shop);
    ann.adds("c-2", shirt());
    shop.passes("10m");
    shop.with(|world| {
        let records = world.outside.store.records_from(0);
        let inbox: Vec<_> = records.into_iter().filter(|record| record.is_for_evaluate()).collect();
        for size in [1, 2, 3] {
            for part in inbox.chunks(size) {
                world.repeat(Reader::Evaluate, part);
            }
        }
    });
    shop.passes("1d");
    let _received = (shop.letters(&ann), shop.letters(&ben));
    assert_exact(&shop, "bisected");
}

#[test]
fn two_instances_with_one_batch_at_once_count_once() {
    let (shop, ann, ben) = opens();
    shop.with(|world| {
        world.twice_at_once = true;
        world.outside.faults.install(|_, _| Some(Fault::Yield));
    });
    both_add(&shop);
    shop.passes("2h");
    shop.with(|world| world.outside.faults.clear());
    ann.receives(CAMPAIGN);
    ben.receives(CAMPAIGN);
    shop.passes("1d");
    assert_exact(&shop, "twice at once");
}

#[test]
fn counting_waits_while_its_items_cannot_be_written() {
    let (shop, ann, ben) = opens();
    shop.loses("counters.");
    both_add(&shop);
    shop.passes("1h");
    shop.recovers();
    shop.passes("1d");
    let _received = (shop.letters(&ann), shop.letters(&ben));
    assert_eq!(sums(&shop, CAMPAIGN)["entered"], 2);
    assert_exact(&shop, "an hour without counters");
}

/// A day in which the so-manyth call of any port is a function's last. Says whether there was one.
fn day_with_a_death(nth: u64, when: When) -> bool {
    let (shop, ann, ben) = opens();
    let died = shop.with(|world| world.dies_at(nth, when));
    both_add(&shop);
    shop.passes("1d");
    let _received = (shop.letters(&ann), shop.letters(&ben));
    assert_eq!(sums(&shop, CAMPAIGN)["entered"], 2, "call {nth} {when:?}");
    assert_exact(&shop, &format!("call {nth} {when:?}"));
    died.get()
}

#[test]
fn whichever_call_is_a_functions_last_the_counters_are_exact() {
    for when in [When::Before, When::After] {
        let mut nth = 0;
        while day_with_a_death(nth, when) {
            nth += 1;
        }
        assert!(nth > 20, "only {nth} calls in a day");
    }
}

#[test]
fn a_holdout_is_counted_apart() {
    let definitions =
        definitions::edited(&[("abandoned-cart.yaml", "\nsteps:", "\nholdout: 50%\nsteps:")], &[]).unwrap();
    let shop = Shop::opens_with("2026-03-01 10:00", definitions);
    let people: Vec<Person> = (0..20).map(|number| shop.customer(&format!("P{number}"))).collect();
    for person in &people {
        person.adds("c-1", phone());
        shop.passes("1m");
        person.orders("o-1", &[phone()]);
    }
    shop.passes("2h");
    let _received: Vec<_> = people.iter().map(|person| shop.letters(person)).collect();
    let sums = sums(&shop, CAMPAIGN);
    assert_eq!(sums["entered"] + sums["held_out"], 20, "{sums:?}");
    assert!(sums["held_out"] > 3 && sums["entered"] > 3, "{sums:?}");
    assert_eq!(
        (sums["goal"], sums["held_out_goal"]),
        (sums["entered"], sums["held_out"])
    );
    assert_exact(&shop, "half held out");
}

#[test]
fn a_message_that_possibly_came_twice_is_counted_beside_what_was_sent() {
    let mut cascade = definitions::shipped().unwrap().clone();
    cascade
        .campaigns
        .retain(|campaign| campaign.name.as_str() == "channel-cascade");
    let shop = Shop::opens_with("2026-03-02 10:00", cascade);
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": "+14155550100", "viber_id": "v-1" }));
    ann.gets_delivered("o-1", &[phone()]);
    ann.receives("channel-cascade").says("v-1");
    // Nothing is heard of it, and then that the next one failed.
    shop.passes("2h");
    let second = ann.receives("channel-cascade");
    second.says("whatsapp");
    let message = second.delivery.outgoing.message.as_str();
    shop.passes("1m");
    ann.has("Message Failed", json!({ "message": message, "channel": "whatsapp" }));
    shop.passes("1h");
    ann.receives("channel-cascade").by_sms();
    shop.passes("1d");
    let sums = sums(&shop, "channel-cascade");
    // The third may be the second to arrive too: nothing was ever heard of the first.
    assert_eq!((sums["sent"], sums["both"]), (3, 2), "{sums:?}");
    let log = shop.with(|world| world.outside.store.profile(&ann.profile()).unwrap().unwrap().log);
    let maybe: Vec<Vec<&str>> = decode_log(&log)
        .iter()
        .filter(|logged| logged.decision == "send")
        .map(|logged| logged.maybe_also.iter().map(|channel| channel.name()).collect())
        .collect();
    assert_eq!(maybe, [vec![], vec!["viber"], vec!["viber"]]);
    assert_exact(&shop, "every decision is counted");
}
