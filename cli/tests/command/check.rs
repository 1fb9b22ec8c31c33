//! `beckon check`.

use crate::{Scratch, done, refused, run, told};
use serde_json::Value;

#[test]
fn the_example_campaigns_are_good() {
    let output = run(&["check", "campaigns"]);
    let said = done(&output);
    assert!(
        said.starts_with("`campaigns` is good: ") && said.ends_with(" services\n"),
        "{said}"
    );
    assert!(!told(&output).contains("warning"), "{}", told(&output));
}

#[test]
fn a_mistake_is_shown_where_it_stands() {
    let folder = Scratch::with_campaigns("check-mistake");
    let line = folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: -1h");
    let told = refused(&run(&["check", folder.path()]));
    let place = format!("{}/abandoned-cart.yaml:{line}:11: error: ", folder.path());
    assert!(told.contains(&place), "{told}");
    assert!(told.contains("found `-1h`"), "what was found: {told}");
    assert!(told.contains("`30m`"), "what was expected: {told}");
    assert!(
        told.contains(&format!("\n {line} |   - wait: -1h\n")),
        "the line: {told}"
    );
    assert!(told.contains("^"), "a caret: {told}");
    let last = format!("error: `{}` has 1 error; it cannot be applied\n", folder.path());
    assert!(told.ends_with(&last), "{told}");
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let folder = Scratch::with_campaigns("check-mistakes");
    let cart = folder.edit("abandoned-cart.yaml", "size(cart.items) > 0", "sise(cart.items) > 0");
    let birthday = folder.edit("birthday.yaml", "\"09:00\"", "\"25:00\"");
    folder.edit("templates/trial-ended/email.en.txt", "{{", "{{{ ");
    let told = refused(&run(&["check", folder.path()]));
    for place in [
        format!("/abandoned-cart.yaml:{cart}:"),
        format!("/birthday.yaml:{birthday}:"),
        "/templates/trial-ended/email.en.txt:".to_owned(),
    ] {
        assert!(told.contains(&place), "{place}: {told}");
    }
}

#[test]
fn programs_get_the_findings_as_json() {
    let folder = Scratch::with_campaigns("check-json");
    let line = folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: -1h");
    let output = run(&["check", folder.path(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["ok"], false);
    assert_eq!(report["errors"], 1);
    let findings = report["findings"].as_array().expect("a list");
    let error = findings
        .iter()
        .find(|finding| finding["severity"] == "error")
        .expect("the error");
    assert_eq!((&error["line"], &error["column"]), (&line.into(), &11.into()));
    assert_eq!(error["snippet"], "  - wait: -1h");

    let report: Value = serde_json::from_str(&done(&run(&["check", "campaigns", "--format", "json"]))).expect("JSON");
    assert_eq!(report["ok"], true);
    assert_eq!(report["campaigns"][0], "abandoned-cart");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let told = refused(&run(&["check", "no-such-folder"]));
    assert!(told.contains("no-such-folder"), "{told}");
}
