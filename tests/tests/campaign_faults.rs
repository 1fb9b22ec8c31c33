//! A campaign that does not work for somebody is told as a fault, and changes nothing for the others.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_tests::rehearsal::Rehearsal;
use beckon_tests::world::definitions;
use serde_json::json;

/// Works for whoever sends what the events are known to have.
const FAULTY: &str = r#"
campaign: faulty
enter:
  - on: Product Added
    where: event.price > 5
    again: always
  - on: Checkout Started
    key: event.cart_id
    again: always
exit:
  - on: Product Removed
    where: event.quantity > 1
goal: { on: Order Completed, where: event.total > 10, within: 3d }
steps:
  - wait: days(event.value)
  - send: never
    by: email
    template: cart-reminder
"#;

fn decided(added: &[(&str, &str)]) -> Vec<Decision> {
    let play = Rehearsal::with(definitions::edited(&[], added).unwrap(), "2026-03-01 10:00");
    let ann = play.person("ann");
    ann.has(
        "Product Added",
        json!({ "cart_id": "c1", "product_id": "p1", "price": "cheap" }),
    );
    ann.has(
        "Checkout Started",
        json!({ "cart_id": "c1", "products": [{ "product_id": "p1" }], "value": "a lot" }),
    );
    ann.has(
        "Product Removed",
        json!({ "cart_id": "c1", "product_id": "p2", "quantity": "some" }),
    );
    play.passes("2h");
    ann.has("Order Completed", json!({ "order_id": "o1", "total": "much" }));
    play.passes("30d");
    play.decided()
}

#[test]
fn a_campaign_that_errs_changes_nothing_for_the_others() {
    let alone = decided(&[]);
    let (faults, beside): (Vec<Decision>, Vec<Decision>) = decided(&[("faulty.yaml", FAULTY)])
        .into_iter()
        .partition(|decision| decision.campaign.as_str() == "faulty");
    assert_eq!(beside, alone);
    assert!(!alone.is_empty());
    let places: Vec<&str> = faults
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Fault { place, .. } => Some(*place),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["enter.where", "steps"]);
}
