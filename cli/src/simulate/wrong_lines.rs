//! Lines that cannot be used, shown as a compiler shows them.

use crate::findings;
use crate::problem::Problem;
use beckon_shared::authoring::diagnostic::Diagnostic;
use std::io::{self, Write};

/// Most lines that are shown; the rest is counted.
const SHOWN: usize = 20;
/// Longest line that is shown, in characters; of a longer one the beginning is.
const SNIPPET_MAX: usize = 160;

/// What is wrong with a file.
pub struct WrongLines<'f> {
    file: &'f str,
    found: Vec<Diagnostic>,
    count: usize,
}

impl<'f> WrongLines<'f> {
    /// Nothing so far.
    pub fn of(file: &'f str) -> Self {
        Self {
            file,
            found: Vec::new(),
            count: 0,
        }
    }

    /// Notes what is wrong with line `number` (from 1), at byte `offset` of it where that is known.
    pub fn note(&mut self, number: usize, text: &str, offset: Option<usize>, message: impl Into<String>) {
        self.count += 1;
        if self.count > SHOWN {
            return;
        }
        let mut diagnostic = Diagnostic::error(self.file, message);
        diagnostic = match offset {
            Some(offset) => diagnostic.at_offset(text, offset),
            None => diagnostic.at(text, 1, None),
        };
        diagnostic.line = Some(number);
        diagnostic.snippet = diagnostic.snippet.and_then(|line| shortened(line, diagnostic.column));
        self.found.push(diagnostic);
    }

    /// Shows them; an error if there are any among the file's `lines`.
    pub fn settle(self, lines: usize) -> Result<(), Problem> {
        if self.count == 0 {
            return Ok(());
        }
        findings::show(&self.found)?;
        if self.count > SHOWN {
            writeln!(io::stderr(), "… and {} more\n", self.count - SHOWN)?;
        }
        Err(Problem::Lines {
            file: self.file.to_owned(),
            wrong: self.count,
            lines,
        })
    }
}

/// The line, or its beginning; nothing where the place is not in what can be shown.
fn shortened(line: String, column: Option<usize>) -> Option<String> {
    if line.chars().count() <= SNIPPET_MAX {
        return Some(line);
    }
    let beginning: String = line.chars().take(SNIPPET_MAX).collect();
    column
        .is_none_or(|column| column <= SNIPPET_MAX)
        .then(|| format!("{beginning}…"))
}

/// Where JSON breaks off in `text`, and how, if it does.
pub fn json_fault(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    Some(json_place(&error))
}

/// The byte at which a JSON error was found, and what it says besides its place.
pub fn json_place(error: &serde_json::Error) -> (usize, String) {
    let told = error.to_string();
    let words = told
        .rsplit_once(" at line ")
        .map_or(told.as_str(), |(words, _place)| words);
    (error.column().saturating_sub(1), words.to_owned())
}
