//! Instructions counted by valgrind's callgrind: the same on a busy machine as on an idle one.

use crate::Outcome;
use std::process::Command;

/// A command that runs under callgrind; its counts are in what it says on standard error.
pub fn command(program: &std::path::Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program);
    command
}

/// How many instructions callgrind says it counted (`Collected : …`).
pub fn collected(said: &str) -> Outcome<f64> {
    let line = said.lines().rev().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or_else(|| format!("callgrind counted nothing: {said}"))?;
    let first = count.split_whitespace().next().unwrap_or_default();
    Ok(first.parse()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_is_read() {
        let said = "==7== Events    : Ir\n==7== Collected : 4271043\n==7==\n";
        assert_eq!(super::collected(said).ok(), Some(4_271_043.0));
        assert!(super::collected("==7== no such file").is_err());
    }
}
