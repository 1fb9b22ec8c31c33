//! A provider that is down for an hour and then takes a tenth of what it took: everything that is due leaves in
//! the end, once, within caps and quiet hours; what has expired by then does not, with that reason.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::message::Status;
use beckon_shared::ports::sender::SendError;
use beckon_tests::story::{Person, Shop, instant, phone};
use beckon_tests::world::definitions;
use serde_json::json;
use std::cell::Cell;

const PEOPLE: usize = 120;
/// What the provider takes in a minute once it is back.
const A_MINUTE: u32 = 1;

/// A letter that is worth nothing after two hours, beside those that are.
const SHORT_LIVED: &str = "campaign: short-lived
purpose: transactional
enter: { on: Goal Set, key: event.goal_id }
steps:
  - send: letter
    by: email
    template: win-back
    expires: 2h
";

/// Refuses everything until `back`, then all but so many a minute.
fn fails_until(shop: &Shop, back: &str) {
    let back = instant(back);
    let clock = shop.with(|world| world.clock().clone());
    let (minute, taken) = (Cell::new(0), Cell::new(0));
    shop.with(|world| {
        world.outside.email.refuse(move |_| {
            let now = beckon_shared::ports::Clock::now(&clock);
            let this = now.as_millisecond() / 60_000;
            if minute.replace(this) != this {
                taken.set(0);
            }
            let refused = now < back || taken.get() >= A_MINUTE;
            taken.set(taken.get() + u32::from(!refused));
            refused.then(|| SendError::Retry {
                reason: "ses: throttled".to_owned(),
                after: None,
            })
        });
    });
}

fn statuses(shop: &Shop, person: &Person) -> Vec<Status> {
    let messages = shop
        .with(|world| world.outside.store.messages(&person.profile()))
        .unwrap();
    messages.iter().map(|envelope| envelope.status).collect()
}

#[test]
fn everything_that_is_due_leaves_once_after_an_outage_and_a_throttle() {
    let with = definitions::edited(&[], &[("short-lived.yaml", SHORT_LIVED)]).unwrap();
    let shop = Shop::opens_with("2026-03-01 09:30", with);
    let people: Vec<Person> = (0..PEOPLE).map(|number| shop.customer(&format!("p{number}"))).collect();
    shop.with(beckon_tests::world::World::sweep);
    fails_until(&shop, "2026-03-01 11:30");
    for person in &people {
        person.adds("c-1", phone());
    }
    let late = shop.customer("Late");
    shop.passes("1h");
    late.does("Goal Set", json!({ "goal_id": "g", "target": 1 }));
    shop.passes("23h");
    for person in &people {
        person.receives("abandoned-cart");
        person.receives_nothing();
        assert_eq!(statuses(&shop, person), [Status::Sent]);
    }
    // Either it was lucky within its two hours, or it was let go.
    match statuses(&shop, &late)[..] {
        [Status::Sent] => {
            late.receives("short-lived");
        }
        [Status::Skipped] => shop.held_one_back("expired"),
        ref other => panic!("{other:?}"),
    }
}
