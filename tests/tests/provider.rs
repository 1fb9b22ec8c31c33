//! A provider that is down for an hour and then takes a tenth of what it took: everything that is due leaves in
//! the end, once, within caps and quiet hours, the most urgent first and the oldest of those that are equally urgent;
//! what has expired by then does not, with that reason.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::message::Status;
use beckon_shared::domain::time::Span;
use beckon_shared::ports::sender::SendError;
use beckon_shared::telemetry::Metric;
use beckon_tests::story::{Person, Shop, instant, phone};
use beckon_tests::world::definitions;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;

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

/// What people wait for.
const ASKED_FOR: &str = "campaign: asked-for
purpose: transactional
enter: { on: Ticket Opened, key: event.ticket_id }
steps:
  - send: answer
    by: email
    template: win-back
";

/// What could come tomorrow.
const NEWS: &str = "campaign: news
purpose: marketing
topic: offers
enter: { on: Product Viewed }
steps:
  - send: news
    by: email
    template: win-back
    priority: 10
";

/// The same, of more weight.
const OFFER: &str = "campaign: offer
purpose: marketing
topic: offers
enter: { on: Demo Played }
steps:
  - send: offer
    by: email
    template: win-back
    priority: 90
";

/// A text message, which minds the night.
const BY_SMS: &str = "campaign: by-sms
purpose: transactional
enter: { on: Ticket Opened, key: event.ticket_id }
steps:
  - send: answer
    by: sms
    template: birthday
";

/// Refuses everything until `back`, then all but so many a minute.
fn fails_until(shop: &Shop, back: &str) {
    takes_from(shop, back, A_MINUTE);
}

/// Refuses everything until `back`, then all but so many a minute. Counts what it is asked.
fn takes_from(shop: &Shop, back: &str, a_minute: u32) -> Rc<Cell<usize>> {
    let asked = Rc::new(Cell::new(0));
    let counted = Rc::clone(&asked);
    let back = instant(back);
    let clock = shop.with(|world| world.clock().clone());
    let (minute, taken) = (Cell::new(0), Cell::new(0));
    shop.with(|world| {
        world.outside.email.refuse(move |_| {
            counted.set(counted.get() + 1);
            let now = beckon_shared::ports::Clock::now(&clock);
            let this = now.as_millisecond() / 60_000;
            if minute.replace(this) != this {
                taken.set(0);
            }
            let refused = now < back || taken.get() >= a_minute;
            taken.set(taken.get() + u32::from(!refused));
            refused.then(|| SendError::Retry {
                reason: "ses: throttled".to_owned(),
                after: None,
            })
        });
    });
    asked
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

#[test]
fn the_urgent_go_first_and_the_oldest_of_the_equally_urgent() {
    const CALLED_TOGETHER: usize = 12;
    let added = [
        ("asked-for.yaml", ASKED_FOR),
        ("news.yaml", NEWS),
        ("offer.yaml", OFFER),
    ];
    let shop = Shop::opens_with("2026-03-01 09:30", definitions::edited(&[], &added).unwrap());
    let people: Vec<Person> = (0..300).map(|number| shop.customer(&format!("p{number}"))).collect();
    shop.with(beckon_tests::world::World::sweep);
    takes_from(&shop, "2026-03-01 11:00", 3);
    shop.comes_to("2026-03-01 10:00");
    // Every tenth is asked for, every third of the others an offer; they come in over the hour, all mixed.
    for (number, person) in people.iter().enumerate() {
        match number {
            number if number % 10 == 9 => person.does("Ticket Opened", json!({ "ticket_id": format!("t-{number}") })),
            number if number % 3 == 0 => person.does("Demo Played", json!({ "album_id": "a", "progress": 0.1 })),
            _ => person.does("Product Viewed", json!({ "product_id": "p-1" })),
        }
        shop.passes("12s");
    }
    shop.comes_to("2026-03-01 11:05");
    let waits = shop
        .with(|world| world.counts.latest(Metric::Waiting, "email"))
        .unwrap();
    assert!((270.0..=300.0).contains(&waits), "{waits} wait");
    let oldest = shop
        .with(|world| world.counts.latest(Metric::WaitingSecs, "email"))
        .unwrap();
    assert!(
        (3_600.0..=3_960.0).contains(&oldest),
        "the oldest has waited for {oldest} s"
    );
    shop.passes("12h");
    let left = shop.with(|world| world.outside.email.deliveries());
    assert_eq!(left.len(), 300, "everybody got one letter");
    let rank = |delivery: &beckon_tests::memory::Delivery| {
        let class = ["asked-for", "offer", "news"]
            .iter()
            .position(|name| *name == delivery.outgoing.campaign.as_str());
        let decided = shop
            .with(|world| world.outside.store.messages(&delivery.outgoing.profile))
            .unwrap();
        (class.unwrap(), decided[0].message.decided)
    };
    let ranks: Vec<_> = left.iter().map(rank).collect();
    for (place, own) in ranks.iter().enumerate() {
        let overtaken = ranks[place + 1..].iter().filter(|later| *later < own).count();
        assert!(
            overtaken <= CALLED_TOGETHER,
            "{overtaken} that should have gone before left after number {place}: {own:?}"
        );
    }
    for person in &people {
        shop.letters(person);
        assert_eq!(statuses(&shop, person), [Status::Sent]);
    }
}

#[test]
fn a_daily_quota_is_asked_for_every_ten_minutes_and_no_more() {
    let shop = Shop::opens_with(
        "2026-03-01 09:30",
        definitions::edited(&[], &[("news.yaml", NEWS)]).unwrap(),
    );
    let people: Vec<Person> = (0..50).map(|number| shop.customer(&format!("p{number}"))).collect();
    shop.with(beckon_tests::world::World::sweep);
    let (asked, back) = (Rc::new(Cell::new(0)), instant("2026-03-02 02:00"));
    let (counted, clock) = (Rc::clone(&asked), shop.with(|world| world.clock().clone()));
    shop.with(|world| {
        world.outside.email.refuse(move |_| {
            counted.set(counted.get() + 1);
            (beckon_shared::ports::Clock::now(&clock) < back).then(|| SendError::Retry {
                reason: "ses: ThrottlingException: daily quota is used up".to_owned(),
                after: Some(Span::from_mins(10)),
            })
        });
    });
    for person in &people {
        person.does("Product Viewed", json!({ "product_id": "p-1" }));
    }
    shop.comes_to("2026-03-02 02:00");
    // Once for whoever came first, and then about six times an hour for sixteen and a half hours.
    assert!(asked.get() < 160, "asked {} times", asked.get());
    shop.passes("1h");
    for person in &people {
        person.receives("news");
        person.receives_nothing();
    }
}

#[test]
fn what_waited_into_the_night_leaves_in_the_morning() {
    let shop = Shop::opens_with(
        "2026-03-01 19:00",
        definitions::edited(&[], &[("by-sms.yaml", BY_SMS)]).unwrap(),
    );
    let ann = shop.stranger("Ann");
    ann.is(json!({ "first_name": "Ann", "phone": "+4915112345678", "timezone": "Europe/Berlin" }));
    let (back, clock) = (instant("2026-03-01 21:30"), shop.with(|world| world.clock().clone()));
    shop.with(|world| {
        world.outside.sms.refuse(move |_| {
            (beckon_shared::ports::Clock::now(&clock) < back).then(|| SendError::Retry {
                reason: "sns: throttled".to_owned(),
                after: None,
            })
        });
    });
    // A quarter to nine in Berlin.
    shop.comes_to("2026-03-01 19:45");
    ann.does("Ticket Opened", json!({ "ticket_id": "t-1" }));
    shop.comes_to("2026-03-02 06:59");
    ann.receives_nothing();
    shop.passes("10m");
    ann.receives("by-sms");
    ann.receives_nothing();
}

#[test]
fn what_could_not_leave_for_a_week_is_given_up() {
    let shop = Shop::opens_with(
        "2026-03-01 09:30",
        definitions::edited(&[], &[("asked-for.yaml", ASKED_FOR)]).unwrap(),
    );
    let ann = shop.customer("Ann");
    let asked = takes_from(&shop, "2026-03-20 10:00", 1);
    ann.does("Ticket Opened", json!({ "ticket_id": "t-1" }));
    shop.passes("6d");
    assert_eq!(statuses(&shop, &ann), [Status::Retry]);
    assert!(asked.get() > 24, "it went on being tried: {}", asked.get());
    shop.passes("2d");
    assert_eq!(statuses(&shop, &ann), [Status::Failed]);
    ann.receives_nothing();
}
