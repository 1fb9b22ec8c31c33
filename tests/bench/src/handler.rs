//! A function's binary, or its counterpart in another language, as a process that is measured.

use crate::Outcome;
use crate::callgrind;
use crate::process::{children_time, memory_mb};
use crate::runtime_api::RuntimeApi;
use crate::setting::Setting;
use crate::workload;
use beckon_local::lambda::environment;
use beckon_shared::wiring::{self, Function};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that handles invocations.
#[derive(Debug, Clone)]
pub struct Handler {
    /// For people.
    pub name: String,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
}

impl Handler {
    /// A function of the bundle, with AWS at `aws_url`.
    pub fn function(setting: &Setting, function: &Function, aws_url: &str) -> Self {
        Self {
            name: function.name.to_owned(),
            program: setting.binaries.join(function.name),
            arguments: Vec::new(),
            variables: variables(function, aws_url),
        }
    }

    /// What ingest does, in Node.
    pub fn node(setting: &Setting, aws_url: &str) -> Self {
        let mut variables = variables(&wiring::INGEST, aws_url);
        variables.insert("NODE_PATH".to_owned(), setting.node_modules().display().to_string());
        // The SDK warns of this Node's age.
        variables.insert("NODE_NO_WARNINGS".to_owned(), "1".to_owned());
        Self {
            name: "Node, AWS SDK v3".to_owned(),
            program: "node".into(),
            arguments: vec![setting.baselines().join("node/runtime.js")],
            variables,
        }
    }

    /// What ingest does, in Python.
    pub fn python(setting: &Setting, aws_url: &str) -> Self {
        Self {
            name: "Python, boto3".to_owned(),
            program: setting.python(),
            arguments: vec![setting.baselines().join("python/runtime.py")],
            variables: variables(&wiring::INGEST, aws_url),
        }
    }

    /// The same, with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts it.
    pub fn spawn(&self, api: &RuntimeApi) -> Outcome<Process> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stderr(Stdio::inherit());
        self.start(command, api)
    }

    /// Starts it under callgrind.
    pub fn spawn_counted(&self, api: &RuntimeApi) -> Outcome<Process> {
        let mut command = callgrind::command(&self.program);
        command.args(&self.arguments).stderr(Stdio::piped());
        self.start(command, api)
    }

    fn start(&self, mut command: Command, api: &RuntimeApi) -> Outcome<Process> {
        command
            .env_clear()
            .envs(&self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.address());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let before = children_time()?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.map_err(|error| format!("{} could not be started: {error}", self.program.display()))?;
        Ok(Process { child, before })
    }
}

/// As the local stack would start it, but by the machine's clock, as on AWS.
fn variables(function: &Function, aws_url: &str) -> BTreeMap<String, String> {
    let mut variables = environment::function_variables(function, wiring::DEFAULT_TABLE, aws_url, aws_url);
    variables.remove(wiring::env::CLOCK);
    if variables.contains_key(wiring::env::WRITE_KEYS) {
        variables.insert(wiring::env::WRITE_KEYS.to_owned(), workload::write_keys());
    }
    variables
}

/// A process that is measured.
pub struct Process {
    child: Child,
    before: Duration,
}

impl Process {
    /// Processor time that it has used, to the hundredth of a second (proc(5), `/proc/pid/stat`).
    pub fn time(&self) -> Outcome<Duration> {
        const TICKS_A_SECOND: u32 = 100;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field, the program's name in brackets, may hold spaces.
        let (_, rest) = stat.rsplit_once(") ").ok_or("/proc/pid/stat is not as expected")?;
        let mut fields = rest.split(' ').skip(11);
        let mut ticks = || {
            fields
                .next()
                .and_then(|field| field.parse::<u32>().ok())
                .ok_or("/proc/pid/stat is short")
        };
        Ok(Duration::from_secs((ticks()? + ticks()?).into()) / TICKS_A_SECOND)
    }

    /// Its memory now and at its peak, in MB (proc(5), `VmRSS` and `VmHWM`).
    pub fn memory_mb(&self) -> Outcome<(f64, f64)> {
        memory_mb(self.child.id())
    }

    /// Ends it at once. Gives the processor time that it used from its start (getrusage(2)), if
    /// no other child of ours ended meanwhile.
    pub fn end(mut self) -> Outcome<Duration> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(children_time()?.saturating_sub(self.before))
    }

    /// Asks it to end, and gives what it said on standard error.
    pub fn terminate(mut self) -> Outcome<String> {
        let said = self.child.stderr.take();
        let asked = Command::new("kill").arg(self.child.id().to_string()).status()?;
        if !asked.success() {
            return Err("the process was gone".into());
        }
        let mut text = String::new();
        if let Some(mut said) = said {
            said.read_to_string(&mut text)?;
        }
        self.child.wait()?;
        Ok(text)
    }
}
