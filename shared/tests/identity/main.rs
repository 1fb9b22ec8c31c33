//! Who turns out to be one person is treated as if that had been known from the start: a stream of
//! events is dealt out to a user and two devices, told late and in any order, and compared with the
//! same stream told of the user alone.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod campaigns;
#[path = "../chance/mod.rs"]
mod chance;
mod shop;

use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::{EventKind, Input};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use campaigns::rules;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use shop::{Case, Shop, Told, What, Who, cases, event, minute};
use std::cell::Cell;

/// So many of each kind.
const CASES: u32 = 1_500;

impl Case {
    /// Whether a product was known to have left the cart before an adding of it was heard of that had
    /// been earlier. Such an adding begins a run only where something else lay in the cart by then, so
    /// it matters what was heard of first, which differs where the words of one person take two ways.
    fn hears_of_leaving_first(&self) -> bool {
        let heard = |told: &Told| told.minute + told.delay;
        self.told.iter().any(|left| {
            let What::Removes(product) = left.what else {
                return false;
            };
            self.told.iter().any(|added| {
                matches!(added.what, What::Adds(other) if other == product)
                    && added.minute <= left.minute
                    && heard(added) + self.forward_delay * 2 >= heard(left)
            })
        })
    }
}

/// The same stream, told of three profiles that become one, and of one.
fn told_both_ways<'r>(case: &Case, rules: &'r Rules) -> (Shop<'r>, Shop<'r>) {
    let (mut dealt, mut whole) = (Shop::new(rules, case.forward_delay), Shop::new(rules, 0));
    for (number, told) in case.told.iter().enumerate() {
        // It is a minute old when it is heard of at the earliest: seconds count within.
        let heard = told.minute + told.delay + 1;
        dealt.put(heard, told.who.id(), told.input(number));
        whole.put(heard, Who::User.id(), told.input(number));
    }
    for (who, joins) in [(Who::Laptop, case.laptop_joins), (Who::Tablet, case.tablet_joins)] {
        dealt.put(joins, who.id(), Input::join(&who.id(), &Who::User.id(), minute(joins)));
    }
    dealt.run();
    whole.run();
    (dealt, whole)
}

fn holds(delays: bool, with_both: bool) {
    let rules = rules(with_both);
    let compared = Cell::new(0);
    TestRunner::new(chance::fixed(CASES))
        .run(&cases(delays), |mut case| {
            if with_both {
                // Which trigger is the first is a matter of which is heard of first: here, what is
                // said after a device is known goes to the user at once.
                for told in &mut case.told {
                    let joins = match told.who {
                        Who::User => 0,
                        Who::Laptop => case.laptop_joins,
                        Who::Tablet => case.tablet_joins,
                    };
                    if told.minute + 1 >= joins {
                        told.who = Who::User;
                    }
                }
            }
            let (mut dealt, mut whole) = told_both_ways(&case, &rules);
            dealt.sent.sort();
            whole.sent.sort();
            for shop in [&dealt, &whole] {
                let mut once: Vec<_> = shop
                    .sent
                    .iter()
                    .filter(|(campaign, ..)| campaign == "abandoned-cart")
                    .collect();
                once.dedup_by_key(|(campaign, key, _)| (campaign.clone(), key.clone()));
                let all = shop.sent.iter().filter(|(campaign, ..)| campaign == "abandoned-cart");
                prop_assert_eq!(once.len(), all.count(), "twice for one cart");
            }
            for who in [Who::Laptop, Who::Tablet] {
                let left = dealt.profiles.get(&who.id()).map(|profile| &profile.state);
                prop_assert!(left.is_none_or(|state| state.enrollments.is_empty() && state.alarm.is_none()));
            }
            let early = dealt.decided_early || whole.decided_early || dealt.exits || whole.exits;
            if !early && !case.hears_of_leaving_first() {
                compared.set(compared.get() + 1);
                prop_assert_eq!(&dealt.sent, &whole.sent);
                prop_assert_eq!(dealt.seen(), whole.seen());
            }
            Ok(())
        })
        .unwrap();
    let few = chance::fixed(CASES).cases / 5;
    assert!(compared.get() > few, "only {} were compared", compared.get());
}

#[test]
fn a_person_on_three_devices_is_one_person_however_late_things_are_heard() {
    holds(true, false);
}

#[test]
fn runs_that_ignore_later_triggers_go_on_from_the_first() {
    holds(false, true);
}

#[test]
fn a_cart_that_both_began_and_was_reminded_of_is_not_begun_again() {
    let rules = rules(false);
    for later in [Who::User, Who::Laptop] {
        let mut shop = Shop::new(&rules, 0);
        let earlier = if later == Who::User { Who::Laptop } else { Who::User };
        for (number, who, minute) in [(1, earlier, 1), (2, later, 5), (3, Who::User, 100)] {
            let told = Told {
                who,
                minute,
                delay: 0,
                what: What::Adds(1),
            };
            shop.put(minute + 1, who.id(), told.input(number));
        }
        let join = Input::join(&Who::Laptop.id(), &Who::User.id(), minute(10));
        shop.put(10, Who::Laptop.id(), join);
        shop.run();
        let decided: Vec<Timestamp> = shop.sent.iter().map(|(.., at)| *at).collect();
        assert_eq!(decided, [minute(66)], "{later:?} was later");
    }
}

#[test]
fn what_is_merged_twice_is_merged_once() {
    let rules = rules(false);
    let (from, into) = (Who::Laptop.id(), Who::User.id());
    let now = minute(10);
    let take = |id: &ProfileId, profile: &mut Profile, input: &Input| {
        let arrival = Arrival {
            input,
            received: now,
            sequence: None,
        };
        fold(id, profile, &[arrival], now, &rules)
    };
    let (mut visitor, mut user) = (Profile::default(), Profile::default());
    let added = json!({ "cart_id": "c-1", "product_id": "p-1" });
    take(
        &from,
        &mut visitor,
        &event("m-1", EventKind::Track, "Product Added", 1, 0, added),
    );
    let join = Input::join(&from, &into, now);
    let forwards = take(&from, &mut visitor, &join).forwards;
    assert!(
        take(&from, &mut visitor, &join).forwards.is_empty(),
        "it went over already"
    );
    let [item] = &forwards[..] else { panic!("{forwards:?}") };
    let [merge] = &item.inputs[..] else { panic!("{item:?}") };
    assert_eq!(item.profile, into);
    // As an inbox keeps it.
    let kept: Input = serde_json::from_str(&serde_json::to_string(merge).unwrap()).unwrap();
    assert_eq!(kept, *merge);
    take(&into, &mut user, &kept);
    let once = user.clone();
    assert_eq!((once.state.enrollments.len(), once.state.lists["cart"].len()), (1, 1));
    // Even when its id is remembered no more.
    for number in 0..100 {
        let viewed = event(
            &format!("v-{number}"),
            EventKind::Track,
            "Product Added",
            1,
            0,
            json!({ "cart_id": "c-1" }),
        );
        take(&into, &mut user, &viewed);
    }
    let before = user.state.tallies.clone();
    let again = take(&into, &mut user, &kept);
    assert!(again.decisions.is_empty() && again.repeats == 1);
    assert_eq!((user.state.enrollments.len(), user.state.lists["cart"].len()), (1, 1));
    assert_eq!(user.state.tallies, before);
}

#[test]
fn what_is_too_large_to_come_along_is_left_behind_and_named() {
    let rules = rules(false);
    let (from, into, now) = (Who::Laptop.id(), Who::User.id(), minute(10));
    let mut visitor = Profile::default();
    let mut inputs: Vec<Input> = (0..40)
        .map(|number| {
            let properties =
                json!({ "cart_id": "c-1", "product_id": format!("p-{number}"), "name": "x".repeat(8_000) });
            event(
                &format!("m-{number}"),
                EventKind::Track,
                "Product Added",
                1,
                number,
                properties,
            )
        })
        .collect();
    let traits = json!({ "email": "a@example.com", "essay": "y".repeat(60_000) });
    inputs.push(event("m-traits", EventKind::Identify, "", 1, 0, traits));
    inputs.push(Input::join(&from, &into, now));
    let arrivals: Vec<Arrival<'_>> = inputs
        .iter()
        .map(|input| Arrival {
            input,
            received: now,
            sequence: None,
        })
        .collect();
    let folded = fold(&from, &mut visitor, &arrivals, now, &rules);
    let faults: Vec<String> = folded
        .decisions
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Fault { error, .. } => Some(error.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(faults, ["the list `cart` was too large to be taken along"]);
    let [item] = &folded.forwards[..] else { panic!() };
    assert!(serde_json::to_string(&item.inputs).unwrap().len() < 350 * 1024);
    let Input::Merge { past, .. } = &item.inputs[0] else {
        panic!()
    };
    assert!(past.traits.values.contains_key("essay") && past.state.enrollments.len() == 1);
}
