//! Lines of events that cannot be used.

use crate::{done, refused, run, run_with, told};

/// What is said about these lines.
fn about(lines: &[&str]) -> String {
    refused(&run_with(
        &["simulate", "--campaigns", "cli/tests/campaigns", "--events", "-"],
        &lines.join("\n"),
    ))
}

const GOOD: &str = r#"{"type":"track","userId":"u1","timestamp":"2026-03-01T10:00:00Z","event":"Product Added","properties":{"cart_id":"c","product_id":"p"}}"#;

#[test]
fn a_wrong_line_is_shown_with_what_was_found_and_expected() {
    let told = about(&[
        GOOD,
        "",
        r#"{"type":"track","userId":"u1","timestamp":"yesterday","event":"Product Added"}"#,
    ]);
    assert_eq!(
        told,
        "standard input:3:31: error: `timestamp` is `yesterday`, expected an ISO 8601 time such as `2026-03-01T10:00:00Z`\n 3 | \
         {\"type\":\"track\",\"userId\":\"u1\",\"timestamp\":\"yesterday\",\"event\":\"Product Added\"}\n   |                               \
         ^\n\nerror: 1 of 3 lines of `standard input` cannot be used; nothing was simulated\n"
    );
}

#[test]
fn every_kind_of_mistake_is_named() {
    for (line, place, words) in [
        (r#"{"type":"track", oops}"#, "1:18", "breaks off here"),
        (r#"{"type":"track""#, "1:15", "breaks off here"),
        ("[1]", "1", "is a list, expected an object"),
        (
            r#"{"userId":"u1","timestamp":"2026-03-01T10:00:00Z"}"#,
            "1",
            "`type` is missing, expected track",
        ),
        (
            r#"{"type":"trak","userId":"u1"}"#,
            "1:2",
            "`type` is `trak`, expected track",
        ),
        (
            r#"{"type":"track","userId":"u1","event":"X"}"#,
            "1",
            "`timestamp` is missing",
        ),
        (
            r#"{"type":"track","timestamp":"2026-03-01T10:00:00Z","event":"X"}"#,
            "1",
            "`userId` is missing",
        ),
        (
            r#"{"type":"track","userId":"u1","timestamp":"2026-03-01T10:00:00Z"}"#,
            "1",
            "`event` is missing",
        ),
        (
            r#"{"type":"track","userId":"u1","timestamp":"2026-03-01T10:00:00Z","event":7}"#,
            "1:66",
            "`event` is a number, expected text",
        ),
        (
            r#"{"type":"identify","userId":"u1","timestamp":"2026-03-01T10:00:00Z","traits":{"email":"nobody"}}"#,
            "1:79",
            "`traits.email` is not an email address",
        ),
    ] {
        let told = about(&[line]);
        assert!(
            told.starts_with(&format!("standard input:{place}: error: ")),
            "{line}: {told}"
        );
        assert!(told.contains(words), "{line}: {told}");
    }
}

#[test]
fn a_line_without_end_is_cut_and_told() {
    let long = format!(r#"{{"type":"track","userId":"{}"}}"#, "x".repeat(100_000));
    let told = about(&[GOOD, &long, "[]"]);
    assert!(told.contains("standard input:2"), "{told}");
    assert!(
        told.contains("standard input:3: error: "),
        "lines after it are still numbered right: {told}"
    );
    assert!(told.len() < 2_000, "no more of it than is needed: {told}");
}

#[test]
fn what_is_not_text_is_told() {
    let folder = crate::Scratch::empty("lines-not-text");
    let path = folder.write("events.jsonl", "");
    std::fs::write(&path, b"{\"type\":\"\xff\"}\n").expect("it is written");
    let told = refused(&run(&[
        "simulate",
        "--campaigns",
        "cli/tests/campaigns",
        "--events",
        &path,
    ]));
    assert!(
        told.contains("events.jsonl:1: error: is not UTF-8 after byte 9"),
        "{told}"
    );
}

#[test]
fn of_many_wrong_lines_the_first_are_shown() {
    let told = about(&["[]"; 30]);
    assert_eq!(told.matches("expected an object").count(), 20);
    assert!(told.contains("… and 10 more"), "{told}");
    assert!(told.contains("30 of 30 lines"), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let told = refused(&run(&[
        "simulate",
        "--campaigns",
        "cli/tests/campaigns",
        "--events",
        "no-such-file",
    ]));
    assert!(told.starts_with("error: `no-such-file` cannot be read: "), "{told}");
}

#[test]
fn a_provider_is_believed_about_an_address() {
    let identify =
        r#"{"type":"identify","userId":"u1","timestamp":"2026-03-01T09:00:00Z","traits":{"email":"a@example.com"}}"#;
    let bounced = r#"{"type":"track","userId":"u1","timestamp":"2026-03-01T10:30:00Z","event":"Email Bounced","properties":{"bounce_type":"hard"}}"#;
    let input = [identify, GOOD, bounced].join("\n");
    let output = run_with(
        &["simulate", "--campaigns", "cli/tests/campaigns", "--events", "-"],
        &input,
    );
    let text = done(&output);
    assert!(text.contains(r#""decision":"skip","profile":"u1""#), "{text}");
    assert!(text.contains(r#""reason":"suppressed""#), "{text}");
    assert_eq!(told(&output), "");
}
