//! `beckon simulate` on the sample events: what comes out, and that it always does.

use crate::{Scratch, done, held_against, refused, root, run, run_with, told};
use serde_json::Value;

const SAMPLE: [&str; 5] = [
    "simulate",
    "--campaigns",
    "cli/tests/campaigns",
    "--events",
    "cli/tests/campaigns/sample-events.jsonl",
];

fn sample(more: &[&str]) -> String {
    done(&run(&[&SAMPLE, more].concat()))
}

fn sample_events() -> String {
    std::fs::read_to_string(root().join("cli/tests/campaigns/sample-events.jsonl")).expect("it is there")
}

/// The campaigns on these events, as JSON.
fn decisions(events: &str, more: &[&str]) -> Vec<Value> {
    let arguments = [
        &["simulate", "--campaigns", "cli/tests/campaigns", "--events", "-"],
        more,
    ]
    .concat();
    let text = done(&run_with(&arguments, events));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Each decision in short: `2026-03-01T10:00:00Z enter abandoned-cart`.
fn in_short(decisions: &[Value]) -> Vec<String> {
    let word = |decision: &Value, name: &str| decision[name].as_str().unwrap_or_default().to_owned();
    decisions
        .iter()
        .map(|decision| {
            ["at", "decision", "campaign"]
                .map(|name| word(decision, name))
                .join(" ")
        })
        .collect()
}

#[test]
fn the_sample_for_programs() {
    held_against("sample.jsonl", &sample(&["--format", "jsonl"]));
}

#[test]
fn the_sample_for_people() {
    held_against("sample.txt", &sample(&["--format", "table"]));
}

#[test]
fn the_sample_shows_every_example_at_work() {
    let decisions = decisions(&sample_events(), &[]);
    for campaign in ["abandoned-cart", "trial-expiry", "replenishment", "birthday"] {
        for decision in ["enter", "send"] {
            let there = decisions
                .iter()
                .any(|line| line["campaign"] == campaign && line["decision"] == decision);
            assert!(there, "`{campaign}` has no `{decision}`");
        }
    }
}

#[test]
fn programs_get_json_lines_where_there_is_no_terminal() {
    assert_eq!(sample(&[]), sample(&["--format", "jsonl"]));
}

#[test]
fn the_same_files_give_the_same_bytes() {
    assert_eq!(sample(&[]), sample(&[]));
    assert_eq!(sample(&["--seed", "1"]), sample(&["--seed", "2"]));
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let straight = decisions(&sample_events(), &[]);
    let mut lines: Vec<String> = sample_events().lines().map(str::to_owned).collect();
    for turn in 1..=5 {
        // Any permutation will do, as long as it is one that can be had again.
        lines.sort_by_cached_key(|line| {
            line.bytes()
                .fold(turn, |sum: u64, byte| sum.wrapping_mul(31) ^ u64::from(byte))
        });
        assert_eq!(decisions(&lines.join("\n"), &[]), straight, "turn {turn}");
    }
}

#[test]
fn events_of_one_moment_count_in_any_order() {
    let at = "2026-03-01T10:00:00Z";
    let identify =
        format!(r#"{{"type":"identify","userId":"u1","timestamp":"{at}","traits":{{"email":"a@example.com"}}}}"#);
    let added = |product: &str| {
        format!(
            r#"{{"type":"track","userId":"u1","timestamp":"{at}","event":"Product Added","properties":{{"cart_id":"c","product_id":"{product}"}}}}"#
        )
    };
    let (one, two) = (added("p1"), added("p2"));
    let straight = decisions(&[&identify, &one, &two].map(String::as_str).join("\n"), &[]);
    let turned = decisions(&[&two, &one, &identify].map(String::as_str).join("\n"), &[]);
    assert_eq!(straight, turned);
    assert_eq!(
        in_short(&straight),
        [
            "2026-03-01T10:00:00Z enter abandoned-cart",
            "2026-03-01T11:00:00Z send abandoned-cart"
        ]
    );
}

#[test]
fn a_message_counts_once() {
    let twice = format!("{}\n{}", sample_events(), sample_events());
    assert_eq!(decisions(&twice, &[]), decisions(&sample_events(), &[]));
}

#[test]
fn every_line_has_the_shape_that_programs_rely_on() {
    for decision in decisions(&sample_events(), &[]) {
        let line = decision.as_object().expect("an object");
        let fields: Vec<&str> = line.keys().map(String::as_str).collect();
        let has = |name: &str| fields.contains(&name);
        assert!(
            ["at", "decision", "profile", "campaign"].into_iter().all(has),
            "{decision}"
        );
        let (needed, allowed): (&[&str], &[&str]) = match decision["decision"].as_str().expect("text") {
            "enter" => (&[], &["key"]),
            "send" => (&["step", "channel", "template", "message"], &["variant", "maybe_also"]),
            "skip" => (&["step", "channel", "reason"], &["cap", "variant"]),
            "defer" => (&["step", "channel", "reason", "until"], &[]),
            "exit" => (&["reason"], &["key"]),
            "goal" => (&["took"], &["value", "key"]),
            other => panic!("`{other}` is no decision"),
        };
        assert!(needed.iter().all(|name| has(name)), "{decision}");
        let known = |name: &&str| {
            ["at", "decision", "profile", "campaign"].contains(name) || needed.contains(name) || allowed.contains(name)
        };
        assert!(fields.iter().all(known), "{decision}");
        let at = decision["at"].as_str().expect("text");
        assert!(at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    }
}

#[test]
fn lines_come_in_order_of_time() {
    let times: Vec<jiff::Timestamp> = decisions(&sample_events(), &[])
        .iter()
        .map(|line| line["at"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.is_sorted());
    assert!(times.len() > 20);
}

#[test]
fn until_is_the_last_moment() {
    let all = decisions(&sample_events(), &[]);
    let some = decisions(&sample_events(), &["--until", "2026-03-03T08:30:00Z"]);
    let expected: Vec<Value> = all
        .iter()
        .filter(|line| line["at"].as_str().unwrap() <= "2026-03-03T08:30:00Z")
        .cloned()
        .collect();
    assert_eq!(some, expected);
    assert_eq!(
        some.last().expect("one")["at"],
        "2026-03-03T08:30:00Z",
        "the moment itself is played"
    );

    let output = run(&[&SAMPLE[..], &["--until", "2026-03-01"]].concat());
    assert_eq!(done(&output).lines().count(), 3, "a date is all of that day");
    assert!(
        told(&output).contains("events after --until: left out"),
        "{}",
        told(&output)
    );
}

#[test]
fn yearly_dates_come_once_more_and_as_often_as_until_says() {
    let born = r#"{"type":"identify","userId":"u1","timestamp":"2024-01-01T00:00:00Z","traits":{"email":"a@example.com","birthday":"--02-29"}}"#;
    let wishes = |more: &[&str]| -> Vec<String> {
        in_short(&decisions(born, more))
            .into_iter()
            .filter(|line| line.contains("send"))
            .collect()
    };
    assert_eq!(wishes(&[]), ["2024-02-29T09:00:00Z send birthday"]);
    assert_eq!(
        wishes(&["--until", "2028-12-31"]),
        ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
            .map(|day| format!("{day}T09:00:00Z send birthday"))
    );
}

#[test]
fn a_wait_of_years_is_played_to_its_end_without_more_birthdays() {
    let events = [
        r#"{"type":"identify","userId":"u1","timestamp":"2026-01-01T00:00:00Z","traits":{"email":"a@example.com","birthday":"--06-01"}}"#,
        r#"{"type":"track","userId":"u1","timestamp":"2026-01-02T00:00:00Z","event":"Trial Started","properties":{"ends_at":"2030-01-01T00:00:00Z"}}"#,
    ];
    assert_eq!(
        in_short(&decisions(&events.join("\n"), &[])),
        [
            "2026-01-02T00:00:00Z enter trial-expiry",
            "2026-06-01T09:00:00Z enter birthday",
            "2026-06-01T09:00:00Z send birthday",
            "2030-01-01T00:00:00Z send trial-expiry",
        ]
    );
}

#[test]
fn what_would_wait_for_ever_ends_and_says_so() {
    let event = r#"{"type":"track","userId":"u1","timestamp":"2026-01-02T00:00:00Z","event":"Trial Started","properties":{"ends_at":"2999-01-01T00:00:00Z"}}"#;
    let output = run_with(
        &["simulate", "--campaigns", "cli/tests/campaigns", "--events", "-"],
        event,
    );
    assert_eq!(done(&output).lines().count(), 1);
    assert!(told(&output).contains("1 profile still wait"), "{}", told(&output));
}

#[test]
fn profiles_can_be_there_before_the_first_event() {
    let scratch = Scratch::empty("simulate-profiles");
    let profiles = scratch.write(
        "profiles.jsonl",
        "{\"profile\":\"ann\",\"traits\":{\"email\":\"a@example.com\",\"birthday\":\"1990-03-05\"}}\n{\"profile\":\"bo\",\"traits\":{}}\n",
    );
    let event = r#"{"type":"track","userId":"zoe","timestamp":"2026-03-01T10:00:00Z","event":"Product Viewed","properties":{}}"#;
    let decided = decisions(event, &["--profiles", &profiles, "--until", "2026-12-31"]);
    assert_eq!(
        in_short(&decided),
        [
            "2026-03-05T09:00:00Z enter birthday",
            "2026-03-05T09:00:00Z send birthday"
        ]
    );
    assert_eq!(decided[1]["profile"], "ann");

    let wrong = scratch.write(
        "wrong.jsonl",
        "{\"profile\":\"ann\"}\n{\"profile\":\"ann\"}\n{\"profil\":\"bo\"}\n",
    );
    let output = run_with(
        &[
            "simulate",
            "--campaigns",
            "cli/tests/campaigns",
            "--events",
            "-",
            "--profiles",
            &wrong,
        ],
        event,
    );
    let told = refused(&output);
    assert!(
        told.contains("wrong.jsonl:2:2: error: `profile` is `ann`, which is there already"),
        "{told}"
    );
    assert!(told.contains("wrong.jsonl:3:"), "{told}");
}

#[test]
fn bad_campaigns_are_told_before_anything_is_played() {
    let folder = Scratch::with_campaigns("simulate-bad-campaigns");
    let line = folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: soon");
    let told = refused(&run(&[
        "simulate",
        "--campaigns",
        folder.path(),
        "--events",
        "cli/tests/campaigns/sample-events.jsonl",
    ]));
    assert!(
        told.contains(&format!("/abandoned-cart.yaml:{line}:11: error: ")),
        "{told}"
    );
    assert!(told.ends_with("has 1 error; nothing was simulated\n"), "{told}");
}

#[test]
fn nothing_happens_where_there_are_no_events() {
    let output = run_with(
        &["simulate", "--campaigns", "cli/tests/campaigns", "--events", "-"],
        "\n\n",
    );
    assert_eq!(done(&output), "");
    assert_eq!(told(&output), "note: there are no events: nothing happens\n");
}

#[test]
fn a_visitor_who_identifies_is_one_person_with_the_user() {
    let events = r#"{"type":"identify","userId":"u1","timestamp":"2026-03-01T09:00:00Z","traits":{"email":"ann@example.com"}}
{"type":"track","anonymousId":"d-1","timestamp":"2026-03-01T10:00:00Z","event":"Product Added","properties":{"cart_id":"c-1","product_id":"p1","name":"Blue mug"}}
{"type":"identify","userId":"u1","anonymousId":"d-1","timestamp":"2026-03-01T10:10:00Z"}
{"type":"track","anonymousId":"d-1","timestamp":"2026-03-01T10:20:00Z","event":"Product Added","properties":{"cart_id":"c-1","product_id":"p2","name":"Red mug"}}
"#;
    let decisions = decisions(events, &[]);
    assert_eq!(
        in_short(&decisions),
        [
            "2026-03-01T10:00:00Z enter abandoned-cart",
            "2026-03-01T11:20:00Z send abandoned-cart",
        ]
    );
    assert_eq!(
        (&decisions[0]["profile"], &decisions[1]["profile"]),
        (&"anon:d-1".into(), &"u1".into())
    );
}

/// A folder of these tests' campaigns, with one more.
fn folder_with(name: &str, campaign: &str) -> Scratch {
    let folder = Scratch::with_campaigns(name);
    folder.write("one-more.yaml", campaign);
    folder
}

fn decided_in(folder: &Scratch, events: &[&str]) -> Vec<String> {
    let arguments = ["simulate", "--campaigns", folder.path(), "--events", "-"];
    let text = done(&run_with(&arguments, &events.join("\n")));
    let decisions: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    in_short(&decisions)
}

const HELLO: &str = "steps:\n  - send: hello\n    by: email\n    template: birthday\n";

const ANN: &str =
    r#"{"type":"identify","userId":"u1","timestamp":"2026-03-01T10:00:00Z","traits":{"email":"a@example.com"}}"#;

#[test]
fn schedules_that_come_again_are_played_for_a_month() {
    let campaign = format!(
        "campaign: weekly\nabout: Each week.\npurpose: transactional\ntopic: service\nenter:\n  schedule: \
         RRULE:FREQ=WEEKLY;BYDAY=MO\n  at: \"09:00\"\n{HELLO}"
    );
    let told = decided_in(&folder_with("simulate-weekly", &campaign), &[ANN]);
    let sends: Vec<&String> = told.iter().filter(|line| line.contains("send")).collect();
    assert_eq!(
        sends,
        ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"]
            .map(|day| format!("{day}T09:00:00Z send weekly"))
            .iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn what_time_alone_brings_about_is_played_to_its_end() {
    let campaign = format!(
        "campaign: silence\nabout: After a week.\npurpose: transactional\ntopic: service\nenter:\n  inactive: 7d\n{HELLO}"
    );
    let viewed =
        r#"{"type":"track","userId":"u1","timestamp":"2026-03-02T10:00:00Z","event":"Product Viewed","properties":{}}"#;
    assert_eq!(
        decided_in(&folder_with("simulate-silence", &campaign), &[ANN, viewed]),
        [
            "2026-03-09T10:00:00Z enter silence",
            "2026-03-09T10:00:00Z send silence"
        ]
    );
}

#[test]
fn what_enters_only_if_something_does_not_happen_is_waited_for() {
    let campaign = format!(
        "campaign: undecided\nabout: A demo and no album.\npurpose: transactional\ntopic: service\nenter:\n  on: Demo \
         Played\n  without: {{ on: Album Bought, for: 10m }}\n{HELLO}"
    );
    let folder = folder_with("simulate-pending", &campaign);
    let played =
        r#"{"type":"track","userId":"u1","timestamp":"2026-03-02T10:00:00Z","event":"Demo Played","properties":{}}"#;
    let bought =
        r#"{"type":"track","userId":"u1","timestamp":"2026-03-02T10:09:00Z","event":"Album Bought","properties":{}}"#;
    assert_eq!(
        decided_in(&folder, &[ANN, played]),
        [
            "2026-03-02T10:10:00Z enter undecided",
            "2026-03-02T10:10:00Z send undecided"
        ]
    );
    assert!(decided_in(&folder, &[ANN, played, bought]).is_empty());
}

#[test]
fn what_is_heard_of_a_message_names_its_campaign_and_step() {
    let campaign = "campaign: two-letters\nabout: A second letter unless the first was opened.\npurpose: \
                    transactional\ntopic: service\nenter:\n  on: Signed Up\nsteps:\n  - send: first\n    by: email\n    \
                    template: birthday\n  - wait for: { event: Email Opened, of: first, at most: 2d }\n    then: exit\n  - send: \
                    second\n    by: email\n    template: birthday\n";
    let folder = folder_with("simulate-feedback", campaign);
    let signed =
        r#"{"type":"track","userId":"u1","timestamp":"2026-03-02T10:00:00Z","event":"Signed Up","properties":{}}"#;
    let opened = |step: &str| {
        format!(
            r#"{{"type":"track","userId":"u1","timestamp":"2026-03-03T10:00:00Z","event":"Email Opened","properties":{{"campaign":"two-letters","step":"{step}"}}}}"#
        )
    };
    let sends = |step: &str| {
        let told = decided_in(&folder, &[ANN, signed, &opened(step)]);
        told.iter().filter(|line| line.contains("send")).count()
    };
    assert_eq!(sends("first"), 1);
    assert_eq!(sends("another"), 2);
}

#[test]
fn two_versions_are_compared_on_the_same_history() {
    let other = Scratch::with_campaigns("simulate-diff");
    other.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: 2h");
    std::fs::remove_file(format!("{}/birthday.yaml", other.path())).expect("it goes");
    let diff = |more: &[&str]| sample(&[&["--diff", other.path()], more].concat());
    let lines = diff(&["--format", "jsonl"]);
    held_against("diff.jsonl", &lines);
    held_against("diff.txt", &diff(&["--format", "table"]));
    assert_eq!(lines, diff(&[]), "the same again");
    let none = sample(&["--diff", "cli/tests/campaigns", "--format", "jsonl"]);
    assert_eq!(none, "");
}

#[test]
fn the_shipped_examples_play_their_sample_without_a_fault() {
    let arguments = [
        "simulate",
        "--campaigns",
        "campaigns",
        "--events",
        "campaigns/sample-events.jsonl",
    ];
    let text = done(&run(&[&arguments[..], &["--format", "jsonl"]].concat()));
    assert!(!text.contains("\"decision\":\"fault\""), "{text}");
    assert!(text.contains("\"decision\":\"send\""), "{text}");
}
