//! Who wants to be forgotten is forgotten: nothing of them is left in what the functions know, nothing
//! that was waiting happens, and what comes late of the time before brings nothing back.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::profile::{Profile, Traits};
use beckon_tests::story::{Person, Shop, phone, shirt};
use serde_json::json;

/// Nothing of a person is in the profile.
fn is_blank(profile: &Profile) {
    let state = &profile.state;
    assert_eq!(profile.traits, Traits::default());
    assert!(
        profile.log.kept.is_empty() && profile.log.fresh.is_empty(),
        "{:?}",
        profile.log
    );
    assert!(state.enrollments.is_empty() && state.lists.is_empty() && state.past.is_empty());
    assert!(state.tallies.is_empty() && state.ledger.is_empty() && state.offers.is_empty());
    assert_eq!((state.alarm, &state.joined), (None, &None));
    assert!(state.absorbed.is_empty() && state.dates.is_empty() && state.echoes.is_empty());
}

fn ann_with_a_cart() -> (Shop, Person) {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    ann.is(json!({ "birthday": "1990-03-14" }));
    ann.adds("c-17", phone());
    (shop, ann)
}

#[test]
fn who_is_forgotten_gets_nothing_that_was_waiting_and_is_not_known() {
    let (shop, ann) = ann_with_a_cart();
    shop.passes("30m");
    ann.asks_to_be_forgotten();
    let known = ann.known();
    is_blank(&known);
    assert_eq!(known.state.erased, Some(shop.now()));
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn what_comes_late_of_the_time_before_brings_nothing_back() {
    let (shop, ann) = ann_with_a_cart();
    ann.asks_to_be_forgotten();
    shop.passes("2h");
    ann.earlier("3h").is(json!({ "email": "ann@elsewhere.example" }));
    ann.earlier("2h").adds("c-17", shirt());
    shop.sees_the_whole_stream_again();
    shop.hears_the_last_request_again();
    is_blank(&ann.known());
    shop.passes("7d");
    ann.receives_nothing();
}

#[test]
fn who_comes_back_is_somebody_new() {
    let (shop, ann) = ann_with_a_cart();
    ann.asks_to_be_forgotten();
    shop.passes("1d");
    ann.is(json!({ "email": ann.email(), "first_name": "Ann" }));
    ann.adds("c-18", shirt());
    shop.passes("1h");
    ann.receives("abandoned-cart").does_not_say("Pocket phone");
    assert_eq!(ann.known().traits.values.get("birthday"), None);
}

#[test]
fn the_browser_of_whom_is_forgotten_is_forgotten_too_from_either_side() {
    for is_asked_of_the_visitor in [false, true] {
        let shop = Shop::opens("2026-03-01 09:30");
        let (ann, visitor) = (shop.customer("Ann"), shop.visitor("d-1"));
        visitor.adds("c-17", phone());
        visitor.turns_out_to_be(&ann);
        let asked = if is_asked_of_the_visitor { &visitor } else { &ann };
        asked.asks_to_be_forgotten();
        for person in [&ann, &visitor] {
            is_blank(&person.known());
            assert_eq!(person.known().state.erased, Some(shop.now()));
        }
        shop.passes("1d");
        // What the browser does now is a stranger's.
        visitor.adds("c-19", shirt());
        assert_eq!(visitor.known().state.joined, None);
        assert!(ann.known().state.lists.is_empty());
        shop.passes("7d");
        ann.receives_nothing();
    }
}

#[test]
fn an_account_lets_go_of_whom_is_forgotten() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    ann.belongs_to("acme", json!({ "plan": "trial" }));
    ann.asks_to_be_forgotten();
    let account = beckon_shared::domain::id::ProfileId::account("acme").unwrap();
    let account = shop
        .with(|world| world.outside.store.profile(&account))
        .unwrap()
        .unwrap();
    assert!(account.traits.members.is_empty());
    assert_eq!(account.traits.values.get("plan"), Some(&json!("trial")));
    is_blank(&ann.known());
}

#[test]
fn what_was_decided_before_is_counted_all_the_same() {
    let (shop, ann) = ann_with_a_cart();
    ann.asks_to_be_forgotten();
    is_blank(&ann.known());
    shop.passes("1h");
    let entered = shop.with(|world| {
        let since = "2026-03-01".parse().unwrap();
        let days = world.outside.store.counted_between(None, since, since).unwrap();
        let counts = days.iter().flat_map(|day| day.counts.iter().collect::<Vec<_>>());
        counts
            .filter(|(key, _)| key.campaign.as_str() == "abandoned-cart" && key.what.name() == "entered")
            .map(|(_, sum)| sum.count)
            .sum::<u64>()
    });
    assert_eq!(entered, 1);
}
