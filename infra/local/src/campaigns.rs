//! Campaigns that a stack begins with.

use crate::options::binaries_beside_us;
use std::path::Path;
use std::process::Stdio;

/// Puts a folder of campaigns in force in the stack at `url`, as its owner would: by the command
/// `beckon`, which is beside this program. Its words go to standard error. The error is for people.
pub async fn apply(folder: &Path, url: &str) -> Result<(), String> {
    let beckon = binaries_beside_us().join("beckon");
    let failed = |problem: &dyn std::fmt::Display| format!("`{}`: {problem}", beckon.display());
    let done = tokio::process::Command::new(&beckon)
        .arg("apply")
        .arg(folder)
        .args(["--local", url])
        .stdout(Stdio::null())
        .status()
        .await
        .map_err(|error| failed(&error))?;
    if done.success() {
        Ok(())
    } else {
        Err(format!("the campaigns in `{}` are not in force", folder.display()))
    }
}
