//! What people do to campaigns that run: they stop them, put another version in force, and apply ones
//! that concern people who do nothing.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::Rehearsal;
use serde_json::json;

/// Two greetings, the second after a wait of this length and under this name.
fn greetings(wait: &str, second: &str) -> String {
    format!(
        "campaign: greetings
about: Greets twice.
purpose: transactional
topic: service
enter:
  on: Signed Up
steps:
  - send: hello
    by: email
    template: birthday
  - wait: {wait}
  - send: {second}
    by: email
    template: birthday
"
    )
}

/// Greets by a date of the person's.
const BY_DATE: &str = "campaign: jubilee
about: Greets on a day.
purpose: transactional
topic: service
enter:
  date: profile.birthday
  at: \"09:00\"
steps:
  - send: wishes
    by: email
    template: birthday
";

/// Ann has had the first greeting and waits for the second.
fn waiting() -> Rehearsal {
    let play = Rehearsal::of_file(&greetings("2d", "again"), "2026-03-02 10:00");
    play.person("ann").has("Signed Up", json!({}));
    play.told(&[
        "03-02 10:00 ann enters greetings",
        "03-02 10:00 ann gets hello by email",
    ]);
    play
}

#[test]
fn a_campaign_that_is_stopped_now_ends_what_runs() {
    let play = waiting();
    play.passes("1h");
    play.stops("greetings", true);
    play.told(&["03-02 11:00 ann leaves greetings: stopped"]);
    play.person("ben").has("Signed Up", json!({}));
    play.passes("10d");
    play.told_nothing();
}

#[test]
fn a_campaign_that_is_stopped_lets_what_runs_run_to_its_end() {
    let play = waiting();
    play.stops("greetings", false);
    play.person("ben").has("Signed Up", json!({}));
    play.passes("10d");
    play.told(&["03-04 10:00 ann gets again by email"]);
}

#[test]
fn what_was_stopped_and_is_applied_again_takes_people_in_again() {
    let play = waiting();
    play.stops("greetings", true);
    play.never_mind();
    play.applies_file(&greetings("2d", "again"), false);
    play.person("ben").has("Signed Up", json!({}));
    play.told(&[
        "03-02 10:00 ben enters greetings",
        "03-02 10:00 ben gets hello by email",
    ]);
}

#[test]
fn what_runs_keeps_its_version_unless_it_is_told_to_go_over() {
    let stays = waiting();
    stays.applies_file(&greetings("1d", "again"), false);
    stays.passes("10d");
    stays.told(&["03-04 10:00 ann gets again by email"]);

    let goes = waiting();
    goes.applies_file(&greetings("1d", "again"), true);
    goes.passes("10d");
    goes.told(&["03-03 10:00 ann gets again by email"]);
}

#[test]
fn a_wait_that_is_over_by_the_new_version_is_over_at_once() {
    let play = waiting();
    play.passes("1d");
    play.applies_file(&greetings("3h", "again"), true);
    play.told(&["03-03 10:00 ann gets again by email"]);
}

#[test]
fn what_has_no_place_in_the_new_version_stays_on_its_own() {
    let renamed = waiting();
    renamed.applies_file(&greetings("1d", "once-more"), true);
    renamed.passes("10d");
    renamed.told(&["03-04 10:00 ann gets again by email"]);

    // The wait that she is in is none of the new version's.
    let without = waiting();
    let yaml = greetings("1d", "again").replace("  - wait: 1d\n", "");
    without.applies_file(&yaml, true);
    without.passes("10d");
    without.told(&["03-04 10:00 ann gets again by email"]);
}

#[test]
fn who_is_woken_meets_a_campaign_without_doing_anything() {
    let play = Rehearsal::of_file(&greetings("2d", "again"), "2026-03-02 10:00");
    play.person("ann").is(json!({ "birthday": "2026-03-05" }));
    play.applies_file(BY_DATE, false);
    play.passes("10d");
    play.told(&[
        "03-05 09:00 ann enters jubilee (2026-03-05T09:00:00Z)",
        "03-05 09:00 ann gets wishes by email",
    ]);
}
