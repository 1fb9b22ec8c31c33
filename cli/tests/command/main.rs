//! The command as people and programs meet it: its binary, its output, its exit codes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod check;
mod help;
mod lines;
mod newcomer;
mod operations;
mod preview;
mod privacy;
mod report;
mod send_test;
mod simulate;
mod suppress;
mod table;
mod why;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The command, in the repository's folder, with nothing of ours in its environment.
pub fn beckon() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beckon"));
    command.current_dir(root()).env_clear();
    command
}

/// Runs it with these arguments.
pub fn run(arguments: &[&str]) -> Output {
    beckon().args(arguments).output().expect("it starts")
}

/// Runs it with these arguments and this standard input.
pub fn run_with(arguments: &[&str], input: &str) -> Output {
    let mut command = beckon();
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(input.as_bytes())
        .expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// What it said on standard output, having done what it was asked to.
pub fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What it said on standard error, having refused with code 1 and said nothing else.
pub fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", told(output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing half-way");
    told(output)
}

/// What it said on standard error.
pub fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Holds `text` against a file; `UPDATE_GOLDEN=1` writes it anew.
pub fn held_against(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        std::fs::write(&path, text).expect("it is written");
    }
    let golden = std::fs::read_to_string(&path).expect("`UPDATE_GOLDEN=1` writes it");
    assert_eq!(text, golden, "{name}: `UPDATE_GOLDEN=1` takes the new one");
}

/// A folder that goes away with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A folder of this name, which no other test has, with a copy of the campaigns of these tests.
    pub fn with_campaigns(name: &str) -> Self {
        let folder = Self::empty(name);
        copy(&root().join("cli/tests/campaigns"), &folder.0);
        folder
    }

    /// The same, with nothing in it.
    pub fn empty(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("what an earlier run left can go");
        }
        std::fs::create_dir_all(&folder).expect("it is made");
        Self(folder)
    }

    /// Its path.
    pub fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }

    /// Writes a file in it; gives its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("it is written");
        path.to_str().expect("text").to_owned()
    }

    /// Puts other words into a file of it; gives the line they are in.
    pub fn edit(&self, name: &str, from: &str, to: &str) -> usize {
        let text = std::fs::read_to_string(self.0.join(name)).expect("it is there");
        let (before, _after) = text
            .split_once(from)
            .unwrap_or_else(|| panic!("`{name}` does not say `{from}`"));
        self.write(name, &text.replacen(from, to, 1));
        before.matches('\n').count() + 1
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays is in the way of nothing: its next test begins by removing it.
        let _kept = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("it is made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("it is copied");
        }
    }
}
