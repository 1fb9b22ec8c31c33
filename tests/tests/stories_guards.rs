//! Guards: what holds a message back, and that its reason is kept.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::telemetry::Metric;
use beckon_tests::story::{Person, Shop, coffee, filters, phone};
use beckon_tests::world::definitions;
use beckon_tests::world::provider::Word;
use serde_json::json;

fn ann_at_ten() -> (Shop, Person) {
    let shop = Shop::opens("2026-03-01 10:00");
    let ann = shop.customer("Ann");
    (shop, ann)
}

#[test]
fn marketing_comes_at_most_once_a_day_and_exactly_a_day_later_again() {
    let (shop, ann) = ann_at_ten();
    ann.starts_a_trial("2026-03-02 11:00");
    ann.adds("c-1", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart").at("2026-03-01 11:00");
    shop.comes_to("2026-03-02 10:59");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("trial-expiry").at("2026-03-02 11:00");
    ann.adds("c-2", phone());
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("frequency_cap");
    shop.passes("30d");
    ann.receives_nothing();
}

#[test]
fn marketing_comes_at_most_four_times_a_week() {
    let (shop, ann) = ann_at_ten();
    for day in 0..7 {
        ann.adds(&format!("c-{day}"), phone());
        shop.passes("1h");
        if day < 4 {
            ann.receives("abandoned-cart");
        } else {
            ann.receives_nothing();
            shop.held_one_back("frequency_cap");
        }
        shop.passes("23h");
    }
    // The first is exactly seven days old when the next would leave.
    ann.adds("c-7", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart");
}

#[test]
fn where_there_is_room_for_one_the_one_that_matters_more_comes() {
    let (shop, ann) = ann_at_ten();
    ann.starts_a_trial("2026-03-01 11:00");
    ann.adds("c-1", phone());
    shop.passes("1h");
    // Cart reminders have priority 70, questions after trials 60.
    ann.receives("abandoned-cart");
    ann.receives_nothing();
    shop.held_one_back("frequency_cap");
}

#[test]
fn text_messages_wait_for_the_morning_where_the_person_lives_and_look_again() {
    let by_sms = definitions::edited(&[("replenishment.yaml", "by: email", "by: sms")], &[]).unwrap();
    let shop = Shop::opens_with("2026-03-01 22:30 Asia/Kolkata", by_sms);
    let people = ["Ann", "Ben"].map(|name| shop.customer(name));
    for person in &people {
        person.is(json!({ "phone": "+4915112345678", "timezone": "Asia/Kolkata" }));
        person.gets_delivered("o-1", &[coffee()]);
    }
    let [ann, ben] = people;
    shop.comes_to("2026-03-28 22:30 Asia/Kolkata");
    ann.receives_nothing();
    ben.orders("o-2", &[coffee()]);
    shop.comes_to("2026-03-29 07:59 Asia/Kolkata");
    ann.receives_nothing();
    shop.passes("1m");
    ann.receives("replenishment")
        .by_sms()
        .at("2026-03-29 08:00 Asia/Kolkata")
        .says("House coffee");
    shop.passes("1d");
    ben.receives_nothing();
}

#[test]
fn whose_zone_changes_during_the_night_is_not_woken_there_either() {
    let by_sms = definitions::edited(&[("replenishment.yaml", "by: email", "by: sms")], &[]).unwrap();
    let shop = Shop::opens_with("2026-03-01 22:30", by_sms);
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": "+4915112345678" }));
    ann.gets_delivered("o-1", &[filters()]);
    shop.comes_to("2026-03-08 23:00");
    ann.lives_in("America/New_York");
    shop.comes_to("2026-03-10 00:00");
    // Eight in London is four in New York: it waits on until it is eight there.
    ann.receives("replenishment")
        .by_sms()
        .at("2026-03-09 08:00 America/New_York");
}

#[test]
fn an_address_that_only_a_browser_claims_is_not_mailed_until_it_is_confirmed() {
    let (shop, _) = ann_at_ten();
    let visitor = shop.stranger("v-1");
    visitor.claims_to_be(json!({ "email": "v-1@customers.example" }));
    visitor.adds("c-1", phone());
    shop.passes("1h");
    visitor.receives_nothing();
    shop.held_one_back("not_consented");
    visitor.is(json!({ "email": "v-1@customers.example" }));
    visitor.adds("c-2", phone());
    shop.passes("1h");
    visitor.receives("abandoned-cart").to("v-1@customers.example");
}

#[test]
fn a_browser_cannot_redirect_a_customers_mail() {
    let (shop, ann) = ann_at_ten();
    ann.claims_to_be(json!({ "email": "thief@elsewhere.example" }));
    ann.adds("c-1", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart").to("ann@customers.example");
}

#[test]
fn who_has_no_address_is_unreachable() {
    let (shop, _) = ann_at_ten();
    let ghost = shop.stranger("ghost");
    ghost.adds("c-1", phone());
    shop.passes("1h");
    ghost.receives_nothing();
    shop.held_one_back("unreachable");
}

#[test]
fn who_unsubscribes_from_a_topic_still_hears_of_others() {
    let (shop, ann) = ann_at_ten();
    ann.starts_a_trial("2026-03-03 10:00");
    ann.adds("c-1", phone());
    shop.passes("10m");
    ann.unsubscribes(Some("reminders"));
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("not_consented");
    shop.passes("2d");
    ann.receives("trial-expiry");
    ann.unsubscribes(None);
    ann.has_the_trial_moved("2026-03-10 10:00");
    shop.passes("30d");
    ann.receives_nothing();
    shop.held_one_back("not_consented");
}

#[test]
fn who_unsubscribes_while_the_provider_is_down_does_not_get_what_was_decided_before() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.loses("sender.");
    shop.passes("1h");
    ann.unsubscribes(None);
    shop.recovers();
    shop.passes("1d");
    ann.receives_nothing();
    shop.held_one_back("not_consented");
}

#[test]
fn an_address_that_bounces_hard_is_never_mailed_again_whoever_has_it() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart");
    shop.hears_from_ses(&letter, Word::HardBounce);
    shop.passes("2d");
    ann.adds("c-2", phone());
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("suppressed");
    let heir = shop.stranger("heir");
    heir.is(json!({ "email": "ann@customers.example" }));
    heir.adds("c-3", phone());
    shop.passes("1h");
    heir.receives_nothing();
    shop.held_one_back("suppressed");
    ann.is(json!({ "email": "ann.new@customers.example" }));
    ann.adds("c-4", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart").to("ann.new@customers.example");
}

#[test]
fn a_full_mailbox_is_no_reason_to_stop_and_a_complaint_is() {
    let (shop, ann) = ann_at_ten();
    for (cart, word) in [
        ("c-1", Word::SoftBounce),
        ("c-2", Word::Delivery),
        ("c-3", Word::Complaint),
    ] {
        ann.adds(cart, phone());
        shop.passes("1h");
        let letter = ann.receives("abandoned-cart");
        shop.hears_from_ses(&letter, word);
        shop.passes("2d");
    }
    ann.adds("c-4", phone());
    shop.passes("1h");
    ann.receives_nothing();
    shop.held_one_back("not_consented");
}

#[test]
fn the_same_word_from_ses_twice_is_one() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart");
    shop.hears_from_ses(&letter, Word::HardBounce);
    let items = |shop: &Shop| {
        shop.with(|world| world.outside.store.inbox(&ann.profile()))
            .unwrap()
            .len()
    };
    let before = items(&shop);
    shop.hears_from_ses(&letter, Word::HardBounce);
    assert_eq!(items(&shop), before);
}

#[test]
fn a_paused_campaign_sends_nothing_and_lets_nobody_in() {
    let (shop, ann) = ann_at_ten();
    let ben = shop.customer("Ben");
    ann.adds("c-1", phone());
    shop.pauses("abandoned-cart");
    shop.passes("10s");
    ben.adds("c-2", phone());
    shop.passes("1h");
    shop.held_one_back("paused");
    shop.resumes("abandoned-cart");
    shop.passes("2d");
    ann.receives_nothing();
    ben.receives_nothing();
    ben.adds("c-3", phone());
    shop.passes("61m");
    ben.receives("abandoned-cart");
}

#[test]
fn a_campaign_that_is_paused_between_decision_and_sending_sends_nothing() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.loses("sender.");
    shop.passes("1h");
    shop.pauses("abandoned-cart");
    shop.recovers();
    shop.passes("1d");
    ann.receives_nothing();
    shop.held_one_back("paused");
}

#[test]
fn a_template_that_does_not_render_is_told_with_its_reason_and_neighbours_go_on() {
    // Fine with the sample, which has three things in the cart; not with one.
    let line = "you left something behind.";
    let broken = definitions::edited(
        &[(
            "templates/cart-reminder/email.en.txt",
            line,
            "{{ 10 // (cart.items|length - 1) }}",
        )],
        &[],
    )
    .unwrap();
    let shop = Shop::opens_with("2026-03-01 10:00", broken);
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    ben.reads("ru");
    ann.adds("c-1", phone());
    ben.adds("c-2", phone());
    shop.passes("1h");
    ann.receives_nothing();
    ben.receives("abandoned-cart");
    shop.with(|world| {
        assert!(world.counts.of(Metric::Failed, "email") > 0.5);
        let told = world.outside.store.inbox(&ann.profile()).unwrap();
        let told = serde_json::to_string(&told.last().unwrap().inputs).unwrap();
        assert!(
            told.contains("Message Failed") && told.contains("cart-reminder"),
            "{told}"
        );
    });
}

#[test]
fn a_changed_definition_acts_without_a_restart_and_a_running_enrollment_keeps_its_version() {
    let (shop, ann) = ann_at_ten();
    let ben = shop.customer("Ben");
    ann.adds("c-1", phone());
    let later = definitions::edited(&[("abandoned-cart.yaml", "wait: 1h", "wait: 3h")], &[]).unwrap();
    shop.applies(later);
    shop.passes("10s");
    ben.adds("c-2", phone());
    shop.comes_to("2026-03-01 11:00");
    ann.receives("abandoned-cart").at("2026-03-01 11:00");
    shop.comes_to("2026-03-01 13:00");
    ben.receives_nothing();
    shop.passes("1m");
    ben.receives("abandoned-cart").at("2026-03-01 13:01");
}

#[test]
fn a_running_enrollment_keeps_its_version_even_where_instances_are_new() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    shop.applies(definitions::edited(&[("abandoned-cart.yaml", "wait: 1h", "wait: 3h")], &[]).unwrap());
    shop.with(|world| world.deploy_anew());
    shop.passes("1h");
    ann.receives("abandoned-cart").at("2026-03-01 11:00");
}

#[test]
fn what_a_message_says_is_edited_without_a_deployment() {
    let (shop, ann) = ann_at_ten();
    ann.adds("c-1", phone());
    let file = "templates/cart-reminder/email.en.mjml";
    shop.applies(definitions::edited(&[(file, "cart is waiting", "cart misses you")], &[]).unwrap());
    shop.passes("1h");
    ann.receives("abandoned-cart").about("Ann, your cart misses you");
}
