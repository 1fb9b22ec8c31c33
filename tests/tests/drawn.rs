//! Whom a decision is drawn for: a run that began under a visitor's id goes on being drawn for under it, and a later run
//! of the person's own is not.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::decision::Verdict;
use beckon_tests::rehearsal::Rehearsal;
use serde_json::json;

const YAML: &str = "campaign: tried
purpose: transactional
enter: { on: Offer Requested, again: always }
goal: { on: Order Completed, within: 7d }
steps:
  - wait: 1h
  - send: letter
    by: email
    template: win-back
";

#[test]
fn a_run_that_a_visitor_began_lends_its_draw_to_no_other() {
    let play = Rehearsal::of_file(YAML, "2026-03-02 10:00");
    let (visitor, ann) = (play.visitor("laptop"), play.person("ann"));
    visitor.does("Offer Requested", json!({}));
    visitor.turns_out_to_be(&ann);
    play.passes("2h");
    // The visitor's run is through, and its goal is watched, when she begins one of her own.
    ann.does("Offer Requested", json!({}));
    play.passes("2h");
    ann.has("Order Completed", json!({ "order_id": "o1" }));
    let told: Vec<(&str, String)> = play
        .decided()
        .iter()
        .map(|decision| {
            let who = decision.drawn_for.as_ref().unwrap_or(&decision.profile);
            let what = match decision.verdict {
                Verdict::Enter => "enters",
                Verdict::Send { .. } => "gets",
                Verdict::Goal { .. } => "reaches",
                _ => "other",
            };
            (what, who.to_string())
        })
        .collect();
    let of = |what: &'static str, who: &str| (what, who.to_owned());
    assert_eq!(
        told,
        [
            of("enters", "anon:laptop"),
            of("gets", "anon:laptop"),
            of("enters", "ann"),
            of("gets", "ann"),
            of("reaches", "anon:laptop"),
            of("reaches", "ann"),
        ]
    );
}
