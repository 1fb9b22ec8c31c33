//! Findings on standard error, as a compiler shows them.

use beckon_shared::authoring::diagnostic::{Diagnostic, Severity};
use std::io::{self, Write};

/// Shows findings, each with its place; after one with a piece of its file comes an empty line.
pub fn show<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> io::Result<()> {
    let mut to = io::stderr().lock();
    for diagnostic in found {
        let gap = if diagnostic.snippet.is_some() { "\n" } else { "" };
        writeln!(to, "{diagnostic}{gap}")?;
    }
    to.flush()
}

/// How many there are of a severity.
pub fn count(found: &[Diagnostic], severity: Severity) -> usize {
    found
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity)
        .count()
}
