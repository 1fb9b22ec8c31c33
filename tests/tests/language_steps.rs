//! What campaigns do, beyond what the shipped ones use: splits, changes of traits and lists, questions
//! to services, and waits where the clock is set or somebody moves.
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

/// A campaign that begins on request and does so.
fn doing(steps: &str) -> String {
    format!("campaign: tried\npurpose: transactional\nenter: {{ on: Offer Requested, again: always }}\nsteps:\n{steps}")
}

const LETTER: &str = "  - send: letter\n    by: email\n    template: win-back\n";

#[test]
fn a_split_keeps_its_shares_and_everybody_the_same_arm() {
    let yaml = doing(
        r"  - split: halves
    arms:
      one: { share: 25%, steps: [{ send: one, by: email, template: win-back }] }
      two: { share: 75%, steps: [{ send: two, by: email, template: win-back }] }
",
    );
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let mut ones = 0;
    for number in 0..400 {
        let somebody = play.person(&format!("u{number}"));
        let arms: Vec<String> = (0..3)
            .map(|_| {
                somebody.does("Offer Requested", json!({}));
                play.passes("1m");
                let sent = play.decided().into_iter().find_map(|decision| match decision.verdict {
                    Verdict::Send { step, .. } => Some(step),
                    _ => None,
                });
                sent.expect("either is sent")
            })
            .collect();
        assert!(arms.iter().all(|arm| *arm == arms[0]), "{arms:?}");
        ones += usize::from(arms[0] == "one");
    }
    assert!((70..=130).contains(&ones), "{ones} of 400 in an arm of a quarter");
}

#[test]
fn what_a_step_sets_is_seen_by_the_next_and_lets_into_what_listens_to_it() {
    let yaml = doing(
        "  - set: { locale: '\"fr\"' }\n  - if: profile.locale == \"fr\"\n    then:\n      - send: seen\n        by: email\n        template: win-back\n",
    );
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let ann = play.person("ann");
    ann.does("Offer Requested", json!({}));
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets seen by email"]);
    assert_eq!(ann.profile().traits.text("locale"), Some("fr"));

    let listens = "campaign: tried\npurpose: transactional\nenter:\n  - { on: Offer Requested, again: always }\n  - { trait: locale, key: '\"changed\"' }\nsteps:\n  - set: { locale: '\"it\"' }\n  - send: letter\n    by: email\n    template: win-back\n";
    let play = Rehearsal::of_file(listens, "2026-03-02 10:00");
    play.person("ann").does("Offer Requested", json!({}));
    play.told(&[
        "03-02 10:00 ann enters tried",
        "03-02 10:00 ann gets letter by email",
        "03-02 10:00 ann enters tried (changed)",
        "03-02 10:00 ann gets letter by email",
    ]);
}

#[test]
fn steps_that_change_one_trait_for_ever_are_stopped_and_told() {
    let endless = "campaign: tried\npurpose: transactional\nenter: { trait: locale, again: always }\nsteps:\n  - set: { locale: 'profile.locale + \"x\"' }\n  - send: letter\n    by: email\n    template: win-back\n";
    let play = Rehearsal::of_file(endless, "2026-03-02 10:00");
    play.person("ann").is(json!({ "locale": "x" }));
    let decided = play.decided();
    let faults = decided
        .iter()
        .filter(|decision| matches!(decision.verdict, Verdict::Fault { .. }));
    assert_eq!(faults.count(), 1, "{decided:?}");
    assert!(decided.len() < 30, "{}", decided.len());
}

#[test]
fn lists_are_put_to_and_taken_from() {
    let yaml = doing(&format!(
        "  - put: {{ list: tickets, entry: '\"t1\"' }}\n  - if: size(tickets.items) == 1\n    then:\n      - drop: {{ list: tickets, entry: '\"t1\"' }}\n  - if: size(tickets.items) == 0\n    then:\n    {}",
        LETTER.replace('\n', "\n    ").trim_end()
    ));
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    play.person("ann").does("Offer Requested", json!({}));
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets letter by email"]);
}

#[test]
fn a_service_is_asked_and_its_answer_decides_or_its_silence() {
    let yaml = doing(
        "  - call: credit\n    template: crm-lead\n    at most: 5m\n    keep: [limit]\n  - if: first(answer.limit, 0) > 100\n    then:\n      - { send: rich, by: email, template: win-back }\n    else:\n      - { send: plain, by: email, template: win-back }\n",
    );
    let yaml = yaml.replacen("steps:", "show: { why: '\"credit\"' }\nsteps:", 1);
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let ann = play.person("ann");
    ann.does("Offer Requested", json!({}));
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets credit by webhook"]);
    let asked = play.last_message().id;
    play.passes("1m");
    ann.is_reported(
        "Call Answered",
        json!({ "message": asked.as_str(), "limit": 500, "secret": 1 }),
    );
    play.told(&["03-02 10:01 ann gets rich by email"]);

    let bob = play.person("bob");
    bob.does("Offer Requested", json!({}));
    play.passes("1h");
    play.told(&[
        "03-02 10:01 bob enters tried",
        "03-02 10:01 bob gets credit by webhook",
        "03-02 10:06 bob gets plain by email",
    ]);
}

#[test]
fn what_a_campaign_says_happened_starts_another_but_not_for_ever() {
    let yaml = "campaign: tried\npurpose: transactional\nenter: { on: [Offer Requested, Popup Dismissed], again: after 1m }\nsteps:\n  - emit: Exit Intent\n    with: { visible_secs: 3 }\n  - send: letter\n    by: email\n    template: win-back\n";
    let play = Rehearsal::of_file(yaml, "2026-03-02 10:00");
    play.person("ann").does("Offer Requested", json!({}));
    play.told(&["03-02 10:00 ann enters tried", "03-02 10:00 ann gets letter by email"]);
}

#[test]
fn three_rounds_are_three_messages() {
    let yaml = doing(
        "  - repeat: { at most: 3 }\n    steps:\n      - { send: round, by: email, template: win-back }\n      - wait: 1h\n",
    );
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    play.person("ann").does("Offer Requested", json!({}));
    play.passes("1d");
    let ids: std::collections::BTreeSet<String> = play
        .decided()
        .into_iter()
        .filter_map(|decision| match decision.verdict {
            Verdict::Send { message, .. } => Some(message.as_str().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn ten_in_the_morning_is_where_the_person_is_by_then() {
    let yaml = doing(&format!("  - wait until: {{ at: \"10:00\" }}\n{LETTER}"));
    let play = Rehearsal::of_file(&yaml, "2026-03-02 12:00");
    let ann = play.person("ann");
    ann.lives_in("Europe/Berlin");
    ann.does("Offer Requested", json!({}));
    play.passes("1h");
    // She flies to New York meanwhile: ten o'clock there is five hours after London's.
    ann.lives_in("America/New_York");
    play.passes("2d");
    play.told(&["03-02 12:00 ann enters tried", "03-02 15:00 ann gets letter by email"]);
}

#[test]
fn a_wait_for_local_hours_keeps_to_the_wall_clock_when_it_is_set() {
    let yaml = doing(&format!("  - wait until: {{ at: \"02:30\" }}\n{LETTER}"));
    for (start, told) in [
        // 02:30 is skipped on 29 March: an hour later by the clock that was set, 03:30 in summer time.
        ("2026-03-28 12:00", "03-29 01:30 ann gets letter by email"),
        // It comes twice on 25 October: the first counts.
        ("2026-10-24 12:00", "10-25 00:30 ann gets letter by email"),
    ] {
        let play = Rehearsal::of_file(&yaml, start);
        let ann = play.person("ann");
        ann.lives_in("Europe/Berlin");
        ann.does("Offer Requested", json!({}));
        play.never_mind();
        play.passes("2d");
        play.told(&[told]);
    }
}

#[test]
fn a_day_is_24_hours_whatever_the_clocks_do() {
    let yaml = doing(&format!("  - wait: 1d\n{LETTER}"));
    for (start, told) in [
        ("2026-03-28 12:00", "03-29 12:00 ann gets letter by email"),
        ("2026-10-24 12:00", "10-25 12:00 ann gets letter by email"),
        ("2026-12-31 23:30", "01-01 23:30 ann gets letter by email"),
    ] {
        let play = Rehearsal::of_file(&yaml, start);
        let ann = play.person("ann");
        ann.lives_in("Asia/Kolkata");
        ann.does("Offer Requested", json!({}));
        play.never_mind();
        play.passes("2d");
        play.told(&[told]);
    }
}

#[test]
fn a_wait_for_a_condition_ends_when_time_alone_makes_it_true() {
    let yaml = doing(&format!(
        "  - wait for: {{ when: 'count(\"Offer Requested\", 2h) == 0', at most: 7d }}\n{LETTER}"
    ));
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    play.person("ann").does("Offer Requested", json!({}));
    play.passes("1d");
    play.told(&["03-02 10:00 ann enters tried", "03-02 12:00 ann gets letter by email"]);
}
