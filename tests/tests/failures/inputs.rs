//! What comes is late, early, out of order, or of no use.

use crate::ann_at_ten;
use beckon_shared::store::codec::{Item, number};
use beckon_shared::telemetry::Metric;
use beckon_tests::story::{Person, Shop, case, coffee, phone, shirt};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::SERVER_KEY;
use serde_json::json;

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
