//! Help teaches: what a command does, and how it is said.

use crate::{done, run};

#[test]
fn every_command_explains_itself_with_examples() {
    let commands: [&[&str]; 21] = [
        &[],
        &["check"],
        &["preview"],
        &["simulate"],
        &["plan"],
        &["apply"],
        &["pause"],
        &["resume"],
        &["stop"],
        &["profile", "show"],
        &["profile", "export"],
        &["profile", "erase"],
        &["why"],
        &["report"],
        &["send-test"],
        &["suppress", "list"],
        &["suppress", "add"],
        &["suppress", "remove"],
        &["suppress", "sync"],
        &["keys", "vapid"],
        &["keys", "links"],
    ];
    for command in commands {
        let text = done(&run(&[command, &["--help"]].concat()));
        let (_before, examples) = text
            .split_once("Examples:")
            .unwrap_or_else(|| panic!("{command:?} has no examples"));
        let said = format!("beckon {}", command.join(" "));
        assert!(examples.contains(said.trim_end()), "{command:?}: {examples}");
        assert!(
            !text.lines().any(|line| line.contains("[env:")),
            "values of the environment are not shown"
        );
    }
}

#[test]
fn what_is_not_understood_ends_with_two() {
    assert_eq!(run(&["simulate"]).status.code(), Some(2));
    assert_eq!(run(&["pause"]).status.code(), Some(2));
    assert_eq!(
        run(&["apply", "campaigns", "--local", "elsewhere"]).status.code(),
        Some(2)
    );
    assert_eq!(run(&["profile", "show"]).status.code(), Some(2));
}
