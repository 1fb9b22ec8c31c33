//! On what it was measured.

use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// The machine and its tools.
#[derive(Debug, Clone)]
pub struct Machine {
    processor: String,
    architecture: &'static str,
    cores: usize,
    memory_mb: u64,
    kernel: String,
    tools: Vec<(&'static str, String)>,
}

impl Machine {
    /// This one. `python` is the interpreter that the comparison uses.
    pub fn this(python: &str) -> Self {
        let told = |path: &str, field: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(field)).map(str::to_owned);
            line.and_then(|line| line.split_once(':').map(|(_, value)| value.trim().to_owned()))
                .unwrap_or_default()
        };
        let memory = told("/proc/meminfo", "MemTotal");
        Self {
            processor: told("/proc/cpuinfo", "model name"),
            architecture: std::env::consts::ARCH,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mb: memory
                .split(' ')
                .next()
                .and_then(|kb| kb.parse().ok())
                .map_or(0, |kb: u64| kb / 1024),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            tools: vec![
                ("rustc", version("rustc")),
                ("node", version("node")),
                ("python", version(python)),
                ("valgrind", version("valgrind")),
            ],
        }
    }

    /// Whether a tool is there.
    pub fn has(&self, tool: &str) -> bool {
        self.tools
            .iter()
            .any(|(name, version)| *name == tool && !version.is_empty())
    }

    /// For people.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![(
            "machine",
            format!(
                "{} ({}), {} cores, {} MB, Linux {}",
                self.processor, self.architecture, self.cores, self.memory_mb, self.kernel
            ),
        )];
        for (tool, version) in &self.tools {
            lines.push((
                tool,
                if version.is_empty() {
                    "not installed".to_owned()
                } else {
                    version.clone()
                },
            ));
        }
        lines
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let tools: serde_json::Map<String, Value> = self
            .tools
            .iter()
            .map(|(tool, version)| ((*tool).to_owned(), Value::from(version.as_str())))
            .collect();
        json!({
            "machine": self.processor,
            "architecture": self.architecture,
            "cores": self.cores,
            "memory_mb": self.memory_mb,
            "kernel": self.kernel,
            "tools": tools,
        })
    }
}

/// What the tool says its version is; empty where there is no such tool.
fn version(tool: &str) -> String {
    let output = Command::new(tool).arg("--version").output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
