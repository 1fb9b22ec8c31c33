//! The guide for writing campaigns keeps its word: its example is a campaign that works.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::campaign::Channel;
use beckon_tests::rehearsal::Rehearsal;
use beckon_tests::story::instant;

/// The examples of the guide, as they stand there.
fn examples() -> [String; 2] {
    let guide = include_str!("../../campaigns/writing.md");
    let shown = guide.split("```yaml\n").skip(1).map(|rest| {
        let (yaml, _) = rest.split_once("```").expect("the example ends");
        yaml.to_owned()
    });
    shown
        .filter(|yaml| yaml.contains("\ncampaign: "))
        .collect::<Vec<_>>()
        .try_into()
        .expect("the guide shows two campaigns")
}

fn example() -> String {
    let [first, _] = examples();
    first
}

#[test]
fn who_has_nobody_in_the_crm_hears_of_the_parcel_on_a_messenger() {
    let [_, asks] = examples();
    let play = Rehearsal::of_file(&asks, "2026-03-02 10:00");
    let delivered = |order: &str| serde_json::json!({ "order_id": order, "products": [] });
    let ann = play.person("ann");
    ann.has("Order Delivered", delivered("o-1"));
    play.told(&[
        "03-02 10:00 ann enters looked-after (o-1)",
        "03-02 10:00 ann gets owner by webhook",
    ]);
    let asked = play.last_message();
    assert_eq!(asked.context["why"], "order o-1");
    play.passes("1m");
    ann.is_reported(
        "Call Answered",
        serde_json::json!({ "message": asked.id.as_str(), "owner": "Ruth" }),
    );
    play.told_nothing();

    let ben = play.person("ben");
    ben.has("Order Delivered", delivered("o-2"));
    play.never_mind();
    // The CRM is silent.
    play.passes("5m");
    play.told(&["03-02 10:06 ben gets arrived by viber"]);
    let told = play.last_message();
    let about = serde_json::json!({ "message": told.id.as_str(), "campaign": "looked-after", "step": "arrived" });
    ben.is_reported("Message Failed", about);
    play.told(&["03-02 10:06 ben gets arrived by whatsapp"]);
    play.passes("2h");
    play.told(&["03-02 12:06 ben gets arrived by sms, possibly by whatsapp too"]);
}

#[test]
fn three_visits_to_the_prices_in_two_days_bring_a_chat_message_in_business_hours() {
    // A Friday, a quarter past five in the afternoon in Berlin.
    let play = Rehearsal::of_file(&example(), "2026-03-06 16:15");
    let ann = play.person("ann");
    ann.lives_in("Europe/Berlin");
    ann.belongs_to("acme", serde_json::json!({ "plan": "trial" }));
    for _ in 0..2 {
        ann.sees("pricing");
        play.passes("1h");
    }
    play.told_nothing();
    ann.sees("pricing");
    play.told(&["03-06 18:15 ann enters pricing-doubts"]);
    play.comes_to("2026-03-09 12:00");
    play.told(&["03-09 08:00 ann gets question by onsite"]);
    assert_eq!(play.last_message().channel, Channel::Onsite);
    assert_eq!(play.last_message().decided, instant("2026-03-09 09:00 Europe/Berlin"));

    // Once a month at most.
    for _ in 0..4 {
        ann.sees("pricing");
        play.passes("1h");
    }
    play.told_nothing();
}

#[test]
fn who_pays_already_is_left_in_peace() {
    let play = Rehearsal::of_file(&example(), "2026-03-06 09:00");
    let ben = play.person("ben");
    ben.belongs_to("acme", serde_json::json!({ "plan": "yearly" }));
    for _ in 0..4 {
        ben.sees("pricing");
        play.passes("1h");
    }
    play.told_nothing();
}
