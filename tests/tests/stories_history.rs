//! A campaign that arrives later knows what happened before: each profile's own inbox is looked back in, once,
//! as far as the campaign asks.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::Workspace;
use beckon_shared::domain::condition::Aggregate;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::id::Version;
use beckon_shared::domain::time::{Span, after};
use beckon_shared::ports::Inbox;
use beckon_shared::store::log::decode_log;
use beckon_shared::telemetry::Metric;
use beckon_tests::memory::{self, When};
use beckon_tests::rehearsal::Rehearsal;
use beckon_tests::story::{Person, Shop, phone, shirt};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::SERVER_KEY;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;

/// Who looks at the prices often enough is asked something.
fn visits(times: u32, window: &str) -> String {
    entered_by(&format!(
        "  on: Prices Viewed\n  where: count(\"Prices Viewed\", {window}) >= {times}"
    ))
}

fn entered_by(enter: &str) -> String {
    format!(
        "campaign: prices\nabout: Asks.\npurpose: transactional\ntopic: service\nenter:\n{enter}\nsteps:\n  \
         - send: question\n    by: email\n    template: birthday\n"
    )
}

/// The campaign alone, with the workspace that ships, in which a passage may be put differently.
fn only(yaml: &str, edit: Option<(&str, &str)>) -> Definitions {
    let edits = edit.map(|(found, put)| ("workspace.yaml", found, put));
    let edits: Vec<_> = edits.into_iter().collect();
    let mut written = definitions::edited(&edits, &[("prices.yaml", yaml)]).unwrap();
    written.campaigns.retain(|campaign| campaign.name.as_str() == "prices");
    written
}

/// A shop where nobody listens to anything yet.
fn quiet_shop(at: &str) -> Shop {
    let mut nothing = definitions::few().unwrap().clone();
    nothing.campaigns.clear();
    Shop::opens_with(at, nothing)
}

fn views(person: &Person) {
    person.does("Prices Viewed", json!({}));
}

/// How many visits the profile is known to have made.
fn counted(person: &Person) -> usize {
    let known = person.known();
    let log = known.state.tallies.log(Aggregate::plain_log("Prices Viewed"));
    log.map_or(0, |log| log.entries().count())
}

/// How often an inbox is looked back in from now on.
fn looks(shop: &Shop) -> Rc<Cell<usize>> {
    let looks = Rc::new(Cell::new(0));
    let told = Rc::clone(&looks);
    shop.with(|world| {
        world.outside.faults.install(move |call, when| {
            if call == "inbox.latest" && when == When::Before {
                told.set(told.get() + 1);
            }
            None
        });
    });
    looks
}

#[test]
fn three_visits_in_two_days_count_though_the_campaign_came_after_the_second() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    views(&ann);
    shop.comes_to("2026-03-02 18:00");
    views(&ann);
    shop.comes_to("2026-03-03 09:00");
    shop.applies(only(&visits(3, "2d"), None));
    shop.comes_to("2026-03-03 12:00");
    ann.receives_nothing();
    views(&ann);
    ann.receives("prices");
    assert_eq!(counted(&ann), 3);
}

#[test]
fn the_window_of_what_is_looked_back_at_ends_to_the_millisecond() {
    for (third, enters) in [("2026-03-04 09:59:59.999", true), ("2026-03-04 10:00", false)] {
        let shop = quiet_shop("2026-03-02 10:00");
        let ann = shop.customer("Ann");
        views(&ann);
        shop.comes_to("2026-03-03 23:59:59.999");
        views(&ann);
        shop.comes_to("2026-03-04 00:00");
        shop.applies(only(&visits(3, "2d"), None));
        shop.comes_to(third);
        views(&ann);
        assert_eq!(shop.letters(&ann).len(), usize::from(enters), "{third}");
    }
}

#[test]
fn what_happened_before_starts_nothing_by_itself() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    for _ in 0..3 {
        views(&ann);
        shop.passes("1h");
    }
    shop.applies(only(&visits(3, "2d"), None));
    shop.passes("1h");
    ann.is(json!({ "plan": "trial" }));
    assert_eq!(counted(&ann), 3, "they are known");
    ann.receives_nothing();
    views(&ann);
    ann.receives("prices");
}

#[test]
fn an_inbox_is_looked_back_in_once() {
    let shop = quiet_shop("2026-03-02 10:00");
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    let (looks, known) = (looks(&shop), shop.with(|world| world.counts.of(Metric::LookedBack, "")));
    views(&ann);
    shop.passes("1h");
    assert_eq!(looks.get(), 0, "nothing is new to them");
    shop.applies(only(&visits(3, "2d"), None));
    shop.passes("2m");
    views(&ann);
    assert_eq!(looks.get(), 1);
    for _ in 0..3 {
        shop.passes("3d");
        views(&ann);
        ann.does("Something Else", json!({}));
    }
    assert_eq!(looks.get(), 1);
    // What concerns nobody is no reason to look.
    ben.does("Something Else", json!({}));
    assert_eq!(looks.get(), 1);
    // Another edit that asks for nothing new: nobody looks.
    shop.applies(only(&visits(2, "1d"), None));
    shop.passes("1h");
    views(&ann);
    ann.receives("prices");
    assert_eq!(looks.get(), 1);
    let told = shop.with(|world| world.counts.of(Metric::LookedBack, "")) - known;
    assert!((told - 1.0).abs() < 0.5, "it is counted: {told}");
}

#[test]
fn who_is_new_after_the_window_is_not_looked_after() {
    // Nothing else is asked: what the shipped workspace keeps for ever is looked back for as long as inboxes reach.
    let mut bare = only(&visits(3, "2d"), None);
    bare.workspace = Workspace {
        version: Version::from("bare"),
        ..Workspace::default()
    };
    let shop = Shop::opens_with("2026-03-02 10:00", bare);
    let looks = looks(&shop);
    shop.passes("3d");
    let cleo = shop.stranger("Cleo");
    views(&cleo);
    assert_eq!((looks.get(), counted(&cleo)), (0, 1));
}

#[test]
fn a_campaign_that_asks_for_more_than_was_kept_gets_the_rest() {
    let shop = quiet_shop("2026-03-02 10:00");
    shop.applies(only(&visits(2, "1d"), None));
    let ann = shop.customer("Ann");
    for _ in 0..5 {
        views(&ann);
        shop.passes("25h");
    }
    assert_eq!(counted(&ann), 1, "no more was asked for");
    shop.applies(only(&visits(6, "30d"), None));
    shop.passes("1h");
    views(&ann);
    assert_eq!(counted(&ann), 6);
    ann.receives("prices");
}

#[test]
fn no_more_is_looked_back_at_than_is_kept() {
    let shop = quiet_shop("2026-03-01 10:00");
    let short = Some(("retention: { events: 90d", "retention: { events: 5d"));
    let mut nothing = only(&visits(1, "1d"), short);
    nothing.campaigns.clear();
    shop.applies(nothing);
    let ann = shop.customer("Ann");
    for _ in 0..8 {
        views(&ann);
        shop.passes("1d");
    }
    // Nothing has been deleted: what was to be forgotten is not taken all the same.
    shop.applies(only(&visits(30, "30d"), short));
    shop.passes("1h");
    views(&ann);
    assert_eq!(counted(&ann), 5, "four of the last five days and the one now");
}

#[test]
fn what_is_made_of_a_lists_entries_is_looked_back_at_too() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    ann.orders("o-1", &[phone(), shirt()]);
    shop.passes("1d");
    let bought = "  on: Product Bought\n  where: count(\"Product Bought\", product_id != \"none\", 30d) == 3";
    shop.applies(only(&entered_by(bought), None));
    shop.passes("1d");
    ann.orders("o-2", &[phone()]);
    ann.receives("prices");
}

#[test]
fn a_sequence_may_have_begun_before_the_campaign_came() {
    let shop = quiet_shop("2026-03-02 10:00");
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    ann.does("Prices Viewed", json!({ "plan": "team" }));
    ben.does("Prices Viewed", json!({ "plan": "team" }));
    ben.does("Demo Asked", json!({ "plan": "team" }));
    shop.passes("1h");
    let sequence = "  sequence:\n    - { on: Prices Viewed, as: first }\n    - { on: Demo Asked, where: event.plan == first.plan }\n  within: 1d";
    shop.applies(only(&entered_by(sequence), None));
    shop.passes("1h");
    ann.does("Demo Asked", json!({ "plan": "team" }));
    ann.receives("prices");
    // His was whole before: that is over.
    ben.does("Prices Viewed", json!({ "plan": "team" }));
    shop.passes("1h");
    ben.receives_nothing();
}

#[test]
fn what_a_visitor_did_counts_whenever_they_turn_out_to_be_somebody() {
    let shop = quiet_shop("2026-03-02 10:00");
    let (ann, before, after) = (shop.customer("Ann"), shop.visitor("d-1"), shop.visitor("d-2"));
    views(&before);
    views(&after);
    shop.passes("1h");
    before.turns_out_to_be(&ann);
    shop.passes("1h");
    // Said on the device without a name: it is hers, and lies in both inboxes.
    views(&before);
    shop.passes("1h");
    shop.applies(only(&visits(4, "2d"), None));
    shop.passes("1h");
    after.turns_out_to_be(&ann);
    shop.passes("1h");
    assert_eq!(counted(&ann), 3);
    ann.receives_nothing();
    views(&ann);
    ann.receives("prices");
    assert_eq!(counted(&ann), 4);
}

#[test]
fn who_was_forgotten_has_no_past() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    views(&ann);
    shop.passes("1h");
    ann.asks_to_be_forgotten();
    shop.passes("1h");
    ann.is(json!({ "email": ann.email() }));
    views(&ann);
    shop.passes("1h");
    shop.applies(only(&visits(3, "2d"), None));
    shop.passes("1h");
    views(&ann);
    assert_eq!(counted(&ann), 2);
    ann.receives_nothing();
}

#[test]
fn the_same_batch_again_counts_nothing_twice() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    views(&ann);
    shop.passes("1h");
    shop.applies(only(&visits(3, "2d"), None));
    shop.passes("1h");
    for _ in 0..3 {
        shop.hears_the_last_request_again();
        shop.sees_the_whole_stream_again();
    }
    ann.is(json!({ "plan": "trial" }));
    assert_eq!(counted(&ann), 1);
    views(&ann);
    shop.hears_the_last_request_again();
    shop.sees_the_whole_stream_again();
    shop.with(beckon_tests::world::World::deploy_anew);
    shop.sees_the_whole_stream_again();
    assert_eq!(counted(&ann), 2);
    ann.receives_nothing();
}

#[test]
fn what_happens_in_the_minute_of_the_apply_counts_once_in_the_end() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    shop.passes("1h");
    views(&ann);
    shop.passes("10s");
    shop.applies(only(&visits(4, "2d"), None));
    shop.passes("10s");
    views(&ann);
    shop.passes("10s");
    views(&ann);
    shop.passes("5m");
    shop.with(beckon_tests::world::World::deploy_anew);
    ann.is(json!({ "plan": "trial" }));
    assert_eq!(counted(&ann), 3);
    ann.receives_nothing();
    views(&ann);
    ann.receives("prices");
}

/// Lives through a day in which the so-manyth call of any port is a function's last: the third visit comes after
/// the campaign. Gives whether there was such a call, how many letters were decided, and how many visits counted.
fn day_with_a_death(campaign: &Definitions, nth: u64, when: When) -> (bool, usize, usize) {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    for _ in 0..2 {
        views(&ann);
        shop.passes("1h");
    }
    shop.applies(campaign.clone());
    shop.passes("1h");
    let died = shop.with(|world| world.dies_at(nth, when));
    shop.with(|world| {
        let event = json!({
            "type": "track", "userId": "ann", "messageId": "third", "timestamp": world.now(), "event": "Prices Viewed",
        });
        // Whoever hears nothing sends it again.
        while world
            .post("/v1/batch", SERVER_KEY, &json!({ "batch": [event] }))
            .is_none_or(|heard| heard.status != 200)
        {}
    });
    shop.passes("1d");
    let decided = shop.with(|world| world.outside.store.messages(&ann.profile())).unwrap();
    shop.letters(&ann);
    (died.get(), decided.len(), counted(&ann))
}

#[test]
fn whichever_call_is_a_functions_last_every_visit_counts_once() {
    let campaign = only(&visits(3, "2d"), None);
    for when in [When::Before, When::After] {
        for nth in 0.. {
            let (died, decided, counted) = day_with_a_death(&campaign, nth, when);
            assert_eq!((decided, counted), (1, 3), "call {nth} {when:?}");
            if !died {
                assert!(nth > 15, "only {nth} calls in a day");
                break;
            }
        }
    }
}

#[test]
fn who_did_enough_before_enters_when_the_campaign_comes_only_if_it_says_so() {
    let when = |existing: &str| {
        entered_by(&format!(
            "  when: count(\"Prices Viewed\", 2d) >= 3\n  again: always\n  existing: {existing}"
        ))
    };
    for (existing, told) in [
        ("ignore", vec![]),
        (
            "enter",
            vec![
                "03-02 13:00 ann enters prices",
                "03-02 13:00 ann gets question by email",
            ],
        ),
    ] {
        let play = Rehearsal::of_file(&entered_by("  on: Offer Requested"), "2026-03-02 10:00");
        let ann = play.person("ann");
        for _ in 0..3 {
            ann.does("Prices Viewed", json!({}));
            play.passes("1h");
        }
        play.told_nothing();
        play.applies_file(&when(existing), false);
        play.told(&told);
        // Whoever comes to it anew enters in any case.
        play.passes("3d");
        for _ in 0..3 {
            ann.does("Prices Viewed", json!({}));
            play.passes("1h");
        }
        play.told(&[
            "03-05 15:00 ann enters prices",
            "03-05 15:00 ann gets question by email",
        ]);
    }
}

#[test]
fn a_silence_may_have_begun_before_anybody_asked() {
    let play = Rehearsal::of_file(&entered_by("  on: Offer Requested"), "2026-03-02 10:00");
    let (ann, ben) = (play.person("ann"), play.person("ben"));
    ann.does("Prices Viewed", json!({}));
    play.passes("20d");
    ben.does("Prices Viewed", json!({}));
    play.passes("20d");
    play.applies_file(&entered_by("  inactive: 30d\n  existing: enter"), false);
    play.told(&[
        "04-11 10:00 ann enters prices (2026-03-02T10:00:00Z)",
        "04-11 10:00 ann gets question by email",
    ]);
    play.passes("11d");
    play.told(&[
        "04-21 10:00 ben enters prices (2026-03-22T10:00:00Z)",
        "04-21 10:00 ben gets question by email",
    ]);
}

#[test]
fn of_too_much_history_the_newest_counts_and_it_is_told() {
    let shop = quiet_shop("2026-03-02 10:00");
    let ann = shop.customer("Ann");
    for number in 0..20 {
        shop.passes("1h");
        shop.with(|world| {
            let now = world.now();
            let event = Event {
                id: format!("large-{number}"),
                kind: EventKind::Track,
                name: "Prices Viewed".to_owned(),
                at: now,
                source: Source::Browser,
                hops: 0,
                properties: json!({ "text": "x".repeat(300_000) }).as_object().unwrap().clone(),
            };
            let item = InboxItem {
                profile: ann.profile(),
                id: event.id.clone(),
                at: now,
                received: now,
                inputs: vec![Input::Event(event)],
            };
            let store = world.outside.store.clone();
            memory::run(store.append(&item, after(now, Span::from_days(90))))
                .finished()
                .unwrap()
                .unwrap();
            world.until_idle();
        });
    }
    shop.applies(only(&visits(40, "30d"), None));
    shop.passes("1h");
    views(&ann);
    assert_eq!(counted(&ann), 17, "four megabytes of them, and the one now");
    let told = decode_log(&ann.known().log);
    let of_history = told.iter().find(|logged| logged.step == "history");
    let reason = of_history.map(|logged| logged.reason.as_str());
    assert_eq!(
        reason,
        Some("what happened before 2026-03-02T15:00:00Z was too much to count")
    );
    shop.with(|world| assert!((world.counts.of(Metric::HistoryCut, "") - 1.0).abs() < 0.5));
}
