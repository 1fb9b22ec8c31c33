//! One process of a function.

use super::logs::Logs;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// What outlives the stack where it matters, and what helps to find faults, is handed down.
const INHERITED: [&str; 3] = ["PATH", "RUST_LOG", "RUST_BACKTRACE"];

/// Starts the function `name` from the folder `binaries`. It has none of our variables but
/// the inherited ones, its own process group, so that a Ctrl-C reaches us first, and ends with us: its
/// runtime gives up when the runtime API closes.
pub fn start(
    name: &'static str,
    binaries: &Path,
    variables: &BTreeMap<String, String>,
    runtime_api: &str,
    logs: &Arc<Logs>,
) -> Result<Child, String> {
    let binary = binaries.join(name);
    let mut command = Command::new(&binary);
    command.env_clear();
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let mut child = command
        .envs(variables)
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{}` could not be started: {error}", binary.display()))?;
    let stdout = child.stdout.take().map(|pipe| pipe.into_owned_fd());
    let stderr = child.stderr.take().map(|pipe| pipe.into_owned_fd());
    for pipe in [stdout, stderr].into_iter().flatten() {
        let logs = Arc::clone(logs);
        let pipe = pipe.map_err(|error| format!("what `{name}` prints could not be read: {error}"))?;
        tokio::spawn(async move {
            if let Err(error) = logs.collect(name, pipe).await {
                tracing::warn!(function = name, %error, "what it prints is no longer read");
            }
        });
    }
    Ok(child)
}

/// Waits until the process ends, by itself or because `end` turned true; says how.
pub async fn ended(mut child: Child, mut end: watch::Receiver<bool>) -> std::io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        _ = end.wait_for(|end| *end) => {}
    }
    child.kill().await?;
    child.wait().await
}
