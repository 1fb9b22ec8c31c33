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

/// The example of the guide, as it stands there.
fn example() -> String {
    let guide = include_str!("../../campaigns/writing.md");
    let (_, rest) = guide.split_once("```yaml\n").expect("the guide shows a campaign");
    let (yaml, _) = rest.split_once("```").expect("the example ends");
    yaml.to_owned()
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
