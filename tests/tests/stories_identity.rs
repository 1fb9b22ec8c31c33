//! Who is who: what a visitor did before anybody knew them belongs to the customer they turn out to be,
//! once, in whatever order the shop hears of it.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::message::Status;
use beckon_shared::domain::profile::Profile;
use beckon_tests::memory::When;
use beckon_tests::story::{Person, Shop, case, phone, shirt};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::SERVER_KEY;
use serde_json::json;

fn ann_and_her_browser() -> (Shop, Person, Person) {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    let visitor = shop.visitor("d-1");
    (shop, ann, visitor)
}

fn saved(shop: &Shop, person: &Person) -> Profile {
    let found = shop.with(|world| world.outside.store.profile(&person.profile()));
    found.unwrap().unwrap_or_default()
}

#[test]
fn a_cart_filled_by_a_visitor_is_reminded_of_once_at_the_address_of_whom_they_turn_out_to_be() {
    let (shop, ann, visitor) = ann_and_her_browser();
    visitor.adds("c-17", phone());
    shop.passes("20m");
    visitor.turns_out_to_be(&ann);
    shop.passes("39m");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("abandoned-cart")
        .at("2026-03-01 10:30")
        .to("ann@customers.example")
        .about("Ann, your cart is waiting")
        .says("Pocket phone");
    shop.passes("3d");
    ann.receives_nothing();
    visitor.receives_nothing();
    assert_eq!(saved(&shop, &visitor).state.alarm, None);
}

#[test]
fn an_address_that_the_visitor_left_comes_along() {
    let shop = Shop::opens("2026-03-01 09:30");
    let (ann, visitor) = (shop.stranger("ann"), shop.visitor("d-1"));
    visitor.is(json!({ "email": "ann@elsewhere.example", "first_name": "Annie" }));
    visitor.adds("c-17", phone());
    visitor.turns_out_to_be(&ann);
    shop.passes("1h");
    ann.receives("abandoned-cart")
        .to("ann@elsewhere.example")
        .about("Annie, your cart is waiting");
}

#[test]
fn what_the_visitor_did_may_be_heard_of_after_who_they_are() {
    let (shop, ann, visitor) = ann_and_her_browser();
    visitor.turns_out_to_be(&ann);
    visitor.earlier("10m").adds("c-17", phone());
    visitor.earlier("5m").adds("c-17", case());
    shop.passes("54m");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("abandoned-cart")
        .at("2026-03-01 10:25")
        .says("Pocket phone")
        .says("Felt case");
}

#[test]
fn an_order_by_the_customer_ends_what_the_visitor_began() {
    let (shop, ann, visitor) = ann_and_her_browser();
    visitor.adds("c-17", phone());
    shop.passes("10m");
    ann.orders("o-1", &[phone()]);
    visitor.turns_out_to_be(&ann);
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn an_order_by_the_visitor_ends_what_the_customer_began() {
    let (shop, ann, visitor) = ann_and_her_browser();
    ann.adds("c-17", phone());
    shop.passes("10m");
    visitor.orders("o-1", &[phone()]);
    visitor.turns_out_to_be(&ann);
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn a_cart_that_both_put_something_into_is_one_cart_and_one_reminder() {
    let (shop, ann, visitor) = ann_and_her_browser();
    ann.adds("c-17", phone());
    shop.passes("10m");
    visitor.adds("c-17", case());
    shop.passes("10m");
    visitor.turns_out_to_be(&ann);
    shop.passes("49m");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("abandoned-cart")
        .at("2026-03-01 10:40")
        .says("Pocket phone")
        .says("Felt case");
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn two_devices_turn_out_to_be_one_customer() {
    let (shop, ann, laptop) = ann_and_her_browser();
    let tablet = shop.visitor("d-2");
    laptop.adds("c-17", phone());
    tablet.adds("c-17", shirt());
    laptop.turns_out_to_be(&ann);
    shop.passes("5m");
    tablet.turns_out_to_be(&ann);
    shop.passes("55m");
    ann.receives("abandoned-cart").says("Pocket phone").says("Linen shirt");
    shop.passes("2d");
    ann.receives_nothing();
    let joined = saved(&shop, &ann).state.absorbed;
    assert_eq!(joined, [laptop.profile(), tablet.profile()]);
}

#[test]
fn a_browser_that_two_customers_share_stays_with_the_first() {
    let (shop, ann, browser) = ann_and_her_browser();
    let ben = shop.customer("Ben");
    browser.turns_out_to_be(&ann);
    browser.turns_out_to_be(&ben);
    // What is said without a name is hers; what Ben says under his own name is his.
    browser.adds("c-1", phone());
    ben.adds("c-2", shirt());
    shop.passes("1h");
    ann.receives("abandoned-cart").says("Pocket phone");
    ben.receives("abandoned-cart")
        .says("Linen shirt")
        .does_not_say("Pocket phone");
}

#[test]
fn it_is_said_with_every_login_and_done_once() {
    let (shop, ann, visitor) = ann_and_her_browser();
    visitor.adds("c-17", phone());
    for _ in 0..3 {
        visitor.turns_out_to_be(&ann);
        shop.hears_the_last_request_again();
        shop.passes("1m");
    }
    shop.sees_the_whole_stream_again();
    shop.passes("57m");
    ann.receives("abandoned-cart").at("2026-03-01 10:30");
    visitor.turns_out_to_be(&ann);
    shop.sees_the_whole_stream_again();
    shop.passes("2d");
    ann.receives_nothing();
    let inbox = shop
        .with(|world| world.outside.store.inbox(&visitor.profile()))
        .unwrap();
    assert_eq!(inbox.len(), 2, "{inbox:?}");
}

#[test]
fn a_customer_who_was_known_by_another_id_goes_on_under_the_new_one() {
    let (shop, old, _) = ann_and_her_browser();
    let new = shop.stranger("ann-2");
    old.adds("c-17", phone());
    new.was(&old);
    shop.passes("1h");
    new.receives("abandoned-cart").to("ann@customers.example");
    old.receives_nothing();
    shop.passes("1d");
    old.adds("c-18", shirt());
    shop.passes("1h");
    new.receives("abandoned-cart").says("Linen shirt");
}

#[test]
fn a_browser_cannot_take_another_customers_history_over() {
    let (shop, ann, _) = ann_and_her_browser();
    let thief = shop.customer("Thief");
    ann.adds("c-17", phone());
    thief.claims_to_have_been(&ann);
    shop.passes("1h");
    ann.receives("abandoned-cart");
    thief.receives_nothing();
    assert_eq!(saved(&shop, &ann).state.joined, None);
}

#[test]
fn three_ids_in_a_row_are_one_customer_in_whatever_order_that_is_said() {
    for turned in [false, true] {
        let (shop, ann, visitor) = ann_and_her_browser();
        let now = shop.stranger("ann-2");
        visitor.adds("c-17", phone());
        if turned {
            now.was(&ann);
            visitor.turns_out_to_be(&ann);
        } else {
            visitor.turns_out_to_be(&ann);
            now.was(&ann);
        }
        shop.passes("20m");
        visitor.adds("c-17", case());
        shop.passes("1h");
        now.receives("abandoned-cart")
            .at("2026-03-01 10:50")
            .to("ann@customers.example")
            .says("Pocket phone")
            .says("Felt case");
        shop.passes("2d");
    }
}

#[test]
fn two_who_were_each_said_to_have_been_the_other_stay_or_become_one_and_nothing_runs_in_circles() {
    let (shop, ann, _) = ann_and_her_browser();
    let other = shop.customer("Other");
    ann.adds("c-17", phone());
    other.was(&ann);
    ann.was(&other);
    shop.passes("1h");
    other.receives("abandoned-cart").says("Pocket phone");
    // Both at once, before either has heard of it.
    let (ben, bea) = (shop.customer("Ben"), shop.customer("Bea"));
    ben.adds("c-18", shirt());
    shop.with(|world| world.streams_are_down = true);
    ben.was(&bea);
    bea.was(&ben);
    shop.with(|world| world.streams_are_down = false);
    shop.passes("1h");
    let letters = shop.letters(&ben).len() + shop.letters(&bea).len();
    assert_eq!(letters, 1);
    shop.passes("1d");
}

#[test]
fn feedback_on_what_was_sent_under_the_old_id_reaches_the_customer() {
    let shop = Shop::opens("2026-03-01 09:30");
    let (ann, visitor) = (shop.customer("Ann"), shop.visitor("d-1"));
    visitor.is(json!({ "email": "ann@customers.example" }));
    visitor.adds("c-17", phone());
    shop.passes("1h");
    let letter = visitor.receives("abandoned-cart");
    visitor.turns_out_to_be(&ann);
    shop.hears_from_ses(&letter, beckon_tests::world::provider::Word::Complaint);
    shop.passes("2d");
    ann.adds("c-18", shirt());
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("not_consented");
}

#[test]
fn caps_count_what_was_sent_before_it_was_known_who_they_are() {
    let shop = Shop::opens("2026-03-01 09:30");
    let (ann, visitor) = (shop.customer("Ann"), shop.visitor("d-1"));
    visitor.is(json!({ "email": "ann@customers.example" }));
    visitor.adds("c-17", phone());
    shop.passes("1h");
    visitor.receives("abandoned-cart");
    visitor.turns_out_to_be(&ann);
    ann.adds("c-18", shirt());
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("frequency_cap");
}

#[test]
fn a_visitors_claim_does_not_replace_a_confirmed_address() {
    let (shop, ann, visitor) = ann_and_her_browser();
    shop.passes("5m");
    visitor.claims_to_be(json!({ "email": "somebody@elsewhere.example", "first_name": "Anna" }));
    visitor.turns_out_to_be(&ann);
    ann.adds("c-17", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart")
        .to("ann@customers.example")
        .about("Anna, your cart is waiting");
}

#[test]
fn a_trial_is_an_accounts_and_its_members_hear_of_it() {
    let campaign = "campaign: account-trial\nabout: Says that the account's trial ends.\npurpose: transactional\n\
        topic: service\nenter:\n  on: Product Viewed\n  where: account.plan == \"trial\" && account.id == \"acme\"\n\
        steps:\n  - send: notice\n    by: email\n    template: cart-reminder\n";
    let definitions = definitions::edited(&[], &[("account-trial.yaml", campaign)]).unwrap();
    let shop = Shop::opens_with("2026-03-01 09:30", definitions);
    let (ann, ben, eve) = (shop.customer("Ann"), shop.customer("Ben"), shop.customer("Eve"));
    ann.belongs_to("acme", json!({ "plan": "trial" }));
    ben.belongs_to("acme", json!({}));
    eve.belongs_to("other", json!({}));
    for person in [&ann, &ben, &eve] {
        person.has("Product Viewed", json!({ "product_id": "p-1" }));
    }
    ann.receives("account-trial");
    // He came later, and said nothing of the plan himself.
    ben.receives("account-trial");
    eve.receives_nothing();
    shop.passes("1m");
    eve.belongs_to("acme", json!({ "plan": "yearly" }));
    shop.passes("1d");
    for person in [&ann, &ben, &eve] {
        person.has("Product Viewed", json!({ "product_id": "p-1" }));
        person.receives_nothing();
    }
    let values = saved(&shop, &ann).traits.account.unwrap().values;
    assert_eq!(json!(values), json!({ "id": "acme", "plan": "yearly" }));
}

#[test]
fn who_moves_to_another_account_hears_of_the_old_one_no_more() {
    let (shop, ann, visitor) = ann_and_her_browser();
    let ben = shop.customer("Ben");
    ann.belongs_to("acme", json!({ "plan": "trial" }));
    shop.passes("1m");
    visitor.belongs_to("globex", json!({ "plan": "free" }));
    shop.passes("1m");
    visitor.turns_out_to_be(&ann);
    ben.belongs_to("acme", json!({ "plan": "yearly" }));
    let account = saved(&shop, &ann).traits.account.unwrap();
    assert_eq!(json!(account.values), json!({ "id": "globex", "plan": "free" }));
    let members = |account: &str| {
        let id = beckon_shared::domain::id::ProfileId::account(account).unwrap();
        let found = shop.with(|world| world.outside.store.profile(&id)).unwrap().unwrap();
        found.traits.members
    };
    assert_eq!(members("acme"), [ben.profile()]);
    assert_eq!(members("globex"), [ann.profile()]);
}

/// Lives through a day in which the so-manyth call of any port is a function's last: a visitor fills a
/// cart and turns out to be Ann. Gives whether there was such a call, how many letters she got, and
/// what became of the messages that were decided for her.
fn day_with_a_death(nth: u64, when: When) -> (bool, usize, Vec<Status>) {
    let (shop, ann, visitor) = ann_and_her_browser();
    let died = shop.with(|world| world.dies_at(nth, when));
    shop.with(|world| {
        let batch = json!({ "batch": [
            { "type": "track", "anonymousId": "d-1", "messageId": "m1", "timestamp": world.now(), "event": "Product Added",
              "properties": { "cart_id": "c-1", "product_id": "p-1", "name": "Pocket phone" } },
            { "type": "identify", "userId": "ann", "anonymousId": "d-1", "messageId": "m2", "timestamp": world.now() },
        ] });
        // Whoever hears nothing sends it again.
        while world
            .post("/v1/batch", SERVER_KEY, &batch)
            .is_none_or(|heard| heard.status != 200)
        {}
    });
    shop.passes("1d");
    assert_eq!(saved(&shop, &visitor).state.joined, Some(ann.profile()));
    assert_eq!(saved(&shop, &ann).state.absorbed, [visitor.profile()]);
    let messages = shop.with(|world| world.outside.store.messages(&ann.profile())).unwrap();
    let statuses = messages.iter().map(|envelope| envelope.status).collect();
    (died.get(), shop.letters(&ann).len(), statuses)
}

#[test]
fn whichever_call_is_a_functions_last_the_visitors_cart_reaches_the_customer_once() {
    for when in [When::Before, When::After] {
        let mut nth = 0;
        loop {
            let (died, letters, statuses) = day_with_a_death(nth, when);
            // One who died with the message in hand lets it rest: at most once.
            let is_one = matches!(
                (letters, &statuses[..]),
                (1, [Status::Sent]) | (0 | 1, [Status::Unknown])
            );
            assert!(is_one, "call {nth} {when:?}: {letters} letters, {statuses:?}");
            if !died {
                assert!(nth > 20, "only {nth} calls in a day");
                break;
            }
            nth += 1;
        }
    }
}
