//! Where things are, and how thoroughly to measure.

use std::path::{Path, PathBuf};

/// A run of the benchmarks.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Folder of the function binaries, and of `beckon-bench-fold`, `-render` and `-rules`.
    pub binaries: PathBuf,
    /// The project's folder.
    pub project: PathBuf,
    /// Fewer repetitions: for trying the benchmarks out.
    pub quick: bool,
    /// Only figures of these parts; of all where it is empty.
    pub only: Vec<String>,
    /// JSON lines in place of the table.
    pub jsonl: bool,
}

/// What there is to measure, in the order in which it is.
pub const PARTS: [&str; 11] = [
    "capacity", "alarms", "start", "request", "fold", "rules", "state", "dry-run", "sending", "size", "latency",
];

const USAGE: &str = "\
usage: cargo bench --workspace --profile dev --bench figures -- [--format table|jsonl] [--only PART]… [--quick] [--binaries DIR]
parts: capacity alarms start request fold rules state dry-run sending size latency";

impl Setting {
    /// As the arguments say.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = project
            .canonicalize()
            .map_err(|error| format!("the project's folder: {error}"))?;
        let mut setting = Self {
            binaries: release_folder(),
            project,
            quick: false,
            only: Vec::new(),
            jsonl: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("`{argument}` wants a value\n{USAGE}"))
            };
            match argument.as_str() {
                "--format" => {
                    setting.jsonl = match value()?.as_str() {
                        "jsonl" => true,
                        "table" => false,
                        other => return Err(format!("`{other}` is not a format\n{USAGE}")),
                    };
                }
                "--only" => {
                    let part = value()?;
                    if !PARTS.contains(&part.as_str()) {
                        return Err(format!("`{part}` is not a part\n{USAGE}"));
                    }
                    setting.only.push(part);
                }
                "--quick" => setting.quick = true,
                "--binaries" => setting.binaries = value()?.into(),
                // Cargo says so to every benchmark.
                "--bench" => {}
                _ => return Err(format!("`{argument}` is not known\n{USAGE}")),
            }
        }
        Ok(setting)
    }

    /// Whether this part is wanted.
    pub fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    /// So many repetitions, or fewer.
    pub fn times(&self, many: usize, few: usize) -> usize {
        if self.quick { few } else { many }
    }

    /// The interpreter that the Python counterpart runs with.
    pub fn python(&self) -> PathBuf {
        self.project.join(".tools/bench-python/bin/python")
    }

    /// Where the Node counterpart's packages are.
    pub fn node_modules(&self) -> PathBuf {
        self.project.join(".tools/bench-node/node_modules")
    }

    /// The counterparts.
    pub fn baselines(&self) -> PathBuf {
        self.project.join("tests/bench/baselines")
    }
}

/// `target/release`, seen from `target/debug/deps/…`.
fn release_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().nth(3).unwrap_or(Path::new("target"));
    target.join("release")
}

/// Says what is going on to whoever waits.
pub fn progress(what: &str) {
    use std::io::Write;
    // Where nobody can be told, nobody waits.
    let _ = writeln!(std::io::stderr(), "  … {what}");
}
