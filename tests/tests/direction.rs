//! Who may use whom: functions, command line and local stack → what is shared → ports → domain.
//! The core in the middle knows nothing of the outside. (`ARCHITECTURE.md`, "The rooms".)
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the modules of `beckon_shared` that its files may name.
struct Room {
    place: &'static str,
    may_use: &'static [&'static str],
}

const ROOMS: [Room; 9] = [
    Room {
        place: "shared/src/domain",
        may_use: &["domain"],
    },
    Room {
        place: "shared/src/template",
        may_use: &["domain", "ports", "template"],
    },
    Room {
        place: "shared/src/ports",
        may_use: &["domain", "ports", "template"],
    },
    Room {
        place: "shared/src/authoring",
        may_use: &["domain", "ports", "template", "authoring", "channel", "links"],
    },
    Room {
        place: "shared/src/links",
        may_use: &["domain", "links"],
    },
    Room {
        place: "shared/src/store",
        may_use: &["domain", "ports", "template", "store", "aws", "wiring"],
    },
    Room {
        place: "shared/src/channel",
        may_use: &["domain", "ports", "template", "channel", "aws"],
    },
    Room {
        place: "shared/src/aws",
        may_use: &["ports", "aws"],
    },
    Room {
        place: "shared/src/runtime",
        may_use: &["domain", "ports", "runtime", "telemetry", "wiring"],
    },
];

/// What the core must not even name: the outside, time that passes by itself, chance.
const NOT_IN_THE_CORE: [&str; 12] = [
    "aws_",
    "lambda_runtime",
    "tokio",
    "futures",
    "tracing",
    "async fn",
    ".await?",
    "std::env",
    "std::fs",
    "std::net",
    "SystemTime",
    "Timestamp::now",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place).unwrap_or_else(|error| panic!("{}: {error}", place.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file, without its comments and without its tests, which may use what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules that a piece of code names behind `crate::`.
fn modules(code: &str) -> Vec<String> {
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| {
            let names = rest
                .strip_prefix('{')
                .map_or(rest, |list| list.split('}').next().unwrap_or(list));
            let several = rest.starts_with('{');
            names
                .split(',')
                .take(if several { usize::MAX } else { 1 })
                .map(|name| {
                    name.trim()
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect::<String>()
                })
                .collect::<Vec<_>>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn every_room_uses_only_what_it_may() {
    let mut broken = Vec::new();
    for room in &ROOMS {
        let files = sources(&root().join(room.place));
        assert!(!files.is_empty(), "{} is empty", room.place);
        for file in files {
            for module in modules(&code(&file)) {
                if !room.may_use.contains(&module.as_str()) {
                    broken.push(format!("{} uses `{module}`", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_core_knows_nothing_of_the_outside() {
    let mut broken = Vec::new();
    for file in sources(&root().join("shared/src/domain")) {
        let code = code(&file);
        for word in NOT_IN_THE_CORE {
            if code.contains(word) {
                broken.push(format!("{} names `{word}`", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_store_names_keys_of_the_table() {
    let mut broken = Vec::new();
    for place in [
        "functions",
        "cli/src",
        "shared/src/domain",
        "shared/src/ports",
        "shared/src/runtime",
    ] {
        for file in sources(&root().join(place)) {
            let code = code(&file);
            for word in [
                "\"PK\"",
                "\"SK\"",
                "\"P#",
                "\"E#",
                "\"M#",
                "\"STATE\"",
                "aws_sdk_dynamodb",
            ] {
                if code.contains(word) {
                    broken.push(format!("{} names `{word}`", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_modules_of_a_use_are_found() {
    let named = modules("use crate::domain::id::X;\nuse crate::{store::keys, ports};\ncrate::aws::Y");
    assert_eq!(named, ["domain", "store", "ports", "aws"]);
}
