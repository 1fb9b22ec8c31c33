//! Other people's engines, each as its documentation advises for speed; and with our index by the event's name in front,
//! as somebody would put there.

use crate::Outcome;
use crate::setting::{Setting, progress};
use std::path::PathBuf;
use std::process::Command;

/// An engine, in one way of using it.
#[derive(Debug)]
pub struct Rival {
    /// What it is called.
    pub name: &'static str,
    /// Whether what finds the rules of an event is not its own.
    pub indexed: bool,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    node_path: PathBuf,
}

impl Rival {
    /// What runs it; the contest and its time are still to be said.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env("NODE_PATH", &self.node_path);
        command
    }
}

/// All of them, built.
pub fn rivals(setting: &Setting) -> Outcome<Vec<Rival>> {
    let native = build(setting)?;
    let script = setting.baselines().join("node/rules.js");
    let rival = |name, engine: &str| {
        let (program, mut arguments) = match engine.strip_prefix("node ") {
            Some(_) => (PathBuf::from("node"), vec![script.clone()]),
            None => (native.clone(), Vec::new()),
        };
        let engine = engine.strip_prefix("node ").unwrap_or(engine);
        arguments.push(engine.into());
        Rival {
            name,
            indexed: engine.ends_with("indexed"),
            program,
            arguments,
            node_path: setting.node_modules(),
        }
    };
    Ok(vec![
        rival("zen-engine, decision table", "zen-table"),
        rival("zen-expression", "zen-expressions"),
        rival("zen-expression, indexed", "zen-indexed"),
        rival("cel", "cel"),
        rival("cel, indexed", "cel-indexed"),
        rival("json-rules-engine", "node all"),
        rival("json-rules-engine, indexed", "node indexed"),
    ])
}

/// Builds those in Rust, in a workspace of their own.
fn build(setting: &Setting) -> Outcome<PathBuf> {
    progress("rules: other people's engines (minutes, the first time)");
    let target = setting.binaries.parent().unwrap_or(&setting.binaries).join("rivals");
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target);
    let output = command.current_dir(setting.baselines().join("rules")).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("other people's engines cannot be built: {said}").into());
    }
    Ok(target.join("release/beckon-bench-rivals"))
}
