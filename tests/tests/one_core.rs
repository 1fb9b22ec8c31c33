//! The functions decide what the core alone decides: the same events through the whole bundle, and
//! through a rehearsal, come to the same decisions, line by line.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::log::Logged;
use beckon_shared::store::log::decode_log;
use beckon_tests::rehearsal::Rehearsal;
use beckon_tests::story::{Person, Shop};
use beckon_tests::world::definitions;
use serde_json::{Value, json};

const START: &str = "2026-03-01 10:00";

/// Those whose channels the bundle has senders for: of another message the bundle learns that it failed.
const CAMPAIGNS: [&str; 9] = [
    "abandoned-cart",
    "category-discount",
    "cross-sell",
    "first-purchase",
    "replenishment",
    "review-request",
    "trial-expiry",
    "welcome-series",
    "win-back",
];

/// What happens to Ann, and how long nothing does after it. Whole minutes, since alarms of the bundle
/// ring on the minute.
fn days() -> Vec<(&'static str, Value, &'static str)> {
    let phone = json!({ "product_id": "p1", "name": "Phone", "category": "phones", "price": 400, "quantity": 1 });
    let soap =
        json!({ "product_id": "p2", "name": "Soap", "category": "care", "price": 5, "quantity": 1, "supply_days": 20 });
    let viewed = json!({ "product_id": "p3", "category": "lamps", "price": 60 });
    vec![
        ("Product Viewed", viewed.clone(), "5m"),
        ("Product Viewed", viewed.clone(), "5m"),
        ("Product Viewed", viewed.clone(), "5m"),
        ("Product Viewed", viewed.clone(), "5m"),
        ("Product Viewed", viewed, "30m"),
        (
            "Checkout Started",
            json!({ "cart_id": "c1", "products": [phone], "value": 400 }),
            "50m",
        ),
        (
            "Checkout Started",
            json!({ "cart_id": "c1", "products": [phone, soap], "value": 405 }),
            "2h",
        ),
        (
            "Order Completed",
            json!({ "order_id": "o1", "cart_id": "c1", "products": [phone, soap], "total": 405 }),
            "2d",
        ),
        (
            "Order Delivered",
            json!({ "order_id": "o1", "products": [phone, soap] }),
            "3d",
        ),
        (
            "Trial Started",
            json!({ "trial_id": "t1", "ends_at": "2026-03-20T10:00:00Z" }),
            "30d",
        ),
        (
            "Product Viewed",
            json!({ "product_id": "p1", "category": "phones", "price": 400 }),
            "100d",
        ),
    ]
}

fn told(entry: &Logged) -> String {
    let Logged {
        at, decision, campaign, ..
    } = entry;
    let (key, step, channel, reason) = (&entry.key, &entry.step, &entry.channel, &entry.reason);
    format!("{at} {decision} {campaign} ({key}) {step} {channel} {reason}")
}

fn chosen() -> Definitions {
    let mut chosen = definitions::shipped().unwrap().clone();
    let is_chosen = |name: &str| CAMPAIGNS.contains(&name);
    chosen.campaigns.retain(|campaign| is_chosen(campaign.name.as_str()));
    chosen
}

fn kept_by(shop: &Shop, ann: &Person) -> Vec<String> {
    let saved = shop.with(|world| world.outside.store.profile(&ann.profile()));
    let saved = saved.unwrap().expect("she is known");
    decode_log(&saved.log).iter().map(told).collect()
}

#[test]
fn the_bundle_decides_what_the_core_alone_decides_line_by_line() {
    let shop = Shop::opens_with(START, chosen());
    let play = Rehearsal::with(chosen(), START);
    let (ann, core) = (shop.stranger("ann"), play.stranger("ann"));
    let traits = json!({ "first_name": "Ann", "email": "ann@customers.example", "phone": "+4915112345678" });
    ann.is(traits.clone());
    core.is(traits);
    let mut decided: Vec<String> = Vec::new();
    for (event, properties, pause) in days() {
        ann.has(event, properties.clone());
        core.has(event, properties);
        shop.passes(pause);
        play.passes(pause);
        decided.extend(play.decided().iter().map(|decision| told(&Logged::from(decision))));
        // The bundle keeps as many of the latest as fit beside the state.
        let kept = kept_by(&shop, &ann);
        assert!(!kept.is_empty());
        assert_eq!(
            kept,
            decided[decided.len() - kept.len()..],
            "after `{event}` and {pause}"
        );
    }
    assert!(decided.len() > 30, "{} decisions were compared", decided.len());
    shop.letters(&ann);
}
