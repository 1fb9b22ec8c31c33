//! Notifications: on which devices they arrive, and what happens where one is gone.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::profile::Devices;
use beckon_shared::ports::sender::{Device, Outgoing, SendError};
use beckon_tests::story::{Person, Shop};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::BROWSER_KEY;
use serde_json::{Value, json};

const CAMPAIGN: &str = "
campaign: parcel
about: Say that a parcel has arrived where the person sees it first.
archetype: routine
purpose: transactional
topic: orders

enter:
  on: Order Delivered
  key: event.order_id

steps:
  - send: arrived
    by: [push, webpush, sms]
    template: parcel
";

/// A browser's subscription; its public key is RFC 8291's example.
fn subscription(name: &str) -> Value {
    json!({
        "endpoint": format!("https://fcm.googleapis.com/fcm/send/{name}"),
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

fn only_parcels() -> Definitions {
    let text = "Your parcel has arrived.";
    let sample = r#"{"event":{"order_id":"o-1"},"profile":{}}"#;
    let added = [
        ("parcel.yaml", CAMPAIGN),
        (
            "templates/parcel/push.en.txt",
            "---\nlink: https://shop.example.com/orders\n---\nParcel\n\nIt has arrived.",
        ),
        ("templates/parcel/webpush.en.txt", text),
        ("templates/parcel/sms.en.txt", text),
        ("templates/parcel/sample.json", sample),
    ];
    let mut all = definitions::edited(&[], &added).unwrap();
    all.campaigns.retain(|campaign| campaign.name.as_str() == "parcel");
    all
}

/// Ann, and a provider that says that devices are gone whose address ends so.
fn ann() -> (Shop, Person) {
    let shop = Shop::opens_with("2026-03-01 10:00", only_parcels());
    shop.with(|world| {
        world.outside.others.refuse(|outgoing| {
            let gone = address(outgoing).ends_with("gone");
            gone.then(|| SendError::Gone {
                reason: "the provider knows it no more".to_owned(),
            })
        });
    });
    let ann = shop.stranger("Ann");
    (shop, ann)
}

fn address(outgoing: &Outgoing) -> &str {
    match &outgoing.device {
        Some(Device::Phone(phone)) => &phone.token,
        Some(Device::Browser(browser)) => &browser.endpoint,
        None => &outgoing.to,
    }
}

fn devices(shop: &Shop, person: &Person) -> Devices {
    let found = shop.with(|world| world.outside.store.profile(&person.profile()));
    found.unwrap().unwrap_or_default().traits.devices
}

fn registers(person: &Person, token: &str) {
    person.does(
        "Device Registered",
        json!({ "token": token, "platform": "fcm", "app": "shop" }),
    );
}

fn gets_a_parcel(person: &Person, order: &str) {
    person.gets_delivered(order, &[]);
}

/// Where the letters that were not spoken of went.
fn arrived_at(shop: &Shop, person: &Person) -> Vec<String> {
    let letters = shop.letters(person);
    letters
        .iter()
        .map(|letter| address(&letter.delivery.outgoing).to_owned())
        .collect()
}

#[test]
fn one_message_goes_to_every_phone_that_the_person_has_when_it_leaves() {
    let (shop, ann) = ann();
    registers(&ann, "phone-1");
    shop.passes("1m");
    registers(&ann, "phone-2");
    gets_a_parcel(&ann, "o-1");
    assert_eq!(arrived_at(&shop, &ann), ["phone-1", "phone-2"]);
    ann.does("Device Removed", json!({ "token": "phone-1" }));
    gets_a_parcel(&ann, "o-2");
    assert_eq!(arrived_at(&shop, &ann), ["phone-2"]);
}

#[test]
fn a_phone_that_is_gone_is_forgotten_and_the_next_message_goes_another_way() {
    let (shop, ann) = ann();
    ann.is(json!({ "phone": "+14155550100" }));
    registers(&ann, "phone-gone");
    gets_a_parcel(&ann, "o-1");
    assert!(arrived_at(&shop, &ann).is_empty());
    assert!(devices(&shop, &ann).is_empty());
    gets_a_parcel(&ann, "o-2");
    ann.receives("parcel").by_sms().to("+14155550100");
}

#[test]
fn one_phone_that_is_gone_does_not_keep_the_other_from_it() {
    let (shop, ann) = ann();
    registers(&ann, "phone-gone");
    registers(&ann, "phone-2");
    gets_a_parcel(&ann, "o-1");
    assert_eq!(arrived_at(&shop, &ann), ["phone-2"]);
    let left = devices(&shop, &ann).phones;
    assert_eq!(
        left.iter().map(|phone| phone.token.as_str()).collect::<Vec<_>>(),
        ["phone-2"]
    );
}

#[test]
fn who_has_no_device_and_no_number_is_out_of_reach() {
    let (shop, ann) = ann();
    ann.does("Web Push Subscribed", subscription("a"));
    ann.does(
        "Web Push Unsubscribed",
        json!({ "endpoint": subscription("a")["endpoint"] }),
    );
    gets_a_parcel(&ann, "o-1");
    ann.receives_nothing();
    ann.does("Web Push Subscribed", subscription("b"));
    gets_a_parcel(&ann, "o-2");
    assert_eq!(arrived_at(&shop, &ann), ["https://fcm.googleapis.com/fcm/send/b"]);
}

#[test]
fn the_device_of_a_visitor_goes_over_with_them() {
    let (shop, ann) = ann();
    let visitor = shop.visitor("d-1");
    visitor.does("Web Push Subscribed", subscription("a"));
    visitor.turns_out_to_be(&ann);
    gets_a_parcel(&ann, "o-1");
    assert_eq!(arrived_at(&shop, &ann), ["https://fcm.googleapis.com/fcm/send/a"]);
    assert!(devices(&shop, &visitor).is_empty());
}

#[test]
fn segments_mobile_libraries_tell_the_device_with_everything() {
    let (shop, ann) = ann();
    let device = json!({ "type": "ios", "token": "aabb" });
    let body = json!({
        "userId": "ann", "event": "App Opened", "messageId": "m-open", "timestamp": shop.now(),
        "context": { "device": device, "app": { "namespace": "com.example.shop" } },
    });
    let heard = shop.with(|world| {
        let heard = world.post("/v1/track", BROWSER_KEY, &body);
        world.until_idle();
        heard.unwrap()
    });
    assert_eq!(heard.status, 200);
    let phones = devices(&shop, &ann).phones;
    assert_eq!((phones[0].token.as_str(), phones[0].platform.name()), ("aabb", "apns"));
    assert_eq!(phones[0].app.as_deref(), Some("com.example.shop"));
}

#[test]
fn what_cannot_be_a_device_is_refused_where_somebody_is_told() {
    let (shop, ann) = ann();
    let with = |endpoint: String| {
        let mut subscription = subscription("a");
        subscription["endpoint"] = json!(endpoint);
        subscription
    };
    for (event, properties, field) in [
        (
            "Web Push Subscribed",
            with("http://fcm.googleapis.com/x".to_owned()),
            "properties.endpoint",
        ),
        (
            "Web Push Subscribed",
            with("https://10.0.0.1/x".to_owned()),
            "properties.endpoint",
        ),
        (
            "Web Push Subscribed",
            with("https://169.254.169.254/x".to_owned()),
            "properties.endpoint",
        ),
        (
            "Web Push Subscribed",
            with(format!("https://fcm.googleapis.com/{}", "x".repeat(5 * 1024))),
            "properties.endpoint",
        ),
        (
            "Device Registered",
            json!({ "token": "x".repeat(5 * 1024), "platform": "fcm" }),
            "properties.token",
        ),
        (
            "Device Registered",
            json!({ "token": "x", "platform": "carrier pigeon" }),
            "properties.platform",
        ),
    ] {
        let body = json!({ "userId": "ann", "event": event, "properties": properties });
        let heard = shop.with(|world| world.post("/v1/track", BROWSER_KEY, &body)).unwrap();
        assert_eq!(
            (heard.status, &heard.body["field"]),
            (400, &json!(field)),
            "{}",
            heard.body
        );
    }
    // A name that is well formed and no push service's is kept from being called, and from being kept.
    ann.does("Web Push Subscribed", with("https://evil.example/x".to_owned()));
    assert!(devices(&shop, &ann).is_empty());
}
