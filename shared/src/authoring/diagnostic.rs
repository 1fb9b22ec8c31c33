//! What is wrong with a file, where, and how it looks there.

use std::fmt;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Works, but probably not as meant.
    Warning,
    /// Cannot be applied.
    Error,
}

impl Severity {
    /// Its name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding about one place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub file: String,
    /// Line, from 1; `None` where it is about the file as a whole.
    pub line: Option<usize>,
    /// Column in characters, from 1; `None` where only the line is known.
    pub column: Option<usize>,
    /// What was found and what was expected: lower case, without a full stop.
    pub message: String,
    /// The line as it stands in the file.
    pub snippet: Option<String>,
}

impl Diagnostic {
    /// An error about a file as a whole.
    pub fn error(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, file, message)
    }

    /// A warning about a file as a whole.
    pub fn warning(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, file, message)
    }

    /// A remark about a file as a whole.
    pub fn info(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, file, message)
    }

    fn new(severity: Severity, file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity,
            file: file.into(),
            line: None,
            column: None,
            message: message.into(),
            snippet: None,
        }
    }

    /// Puts it at a line (from 1) and, if known, a column (from 1) of `source`.
    #[must_use]
    pub fn at(mut self, source: &str, line: usize, column: Option<usize>) -> Self {
        self.line = Some(line);
        self.column = column;
        self.snippet = source
            .lines()
            .nth(line.saturating_sub(1))
            .map(|text| text.trim_end().to_owned());
        self
    }

    /// Puts it at a byte offset of `source`; one past the end is its last line.
    #[must_use]
    pub fn at_offset(self, source: &str, offset: usize) -> Self {
        let (line, column) = line_and_column(source, offset);
        self.at(source, line, Some(column))
    }

    /// Whether it keeps the file from being applied.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Line and column (both from 1, the column in characters) of a byte offset.
pub fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = source.split_at(offset).0;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.split_at(line_start).1.chars().count() + 1;
    (line, column)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}: {}", self.severity.name(), self.message)?;
        if let (Some(line), Some(snippet)) = (self.line, &self.snippet) {
            let gutter = " ".repeat(line.to_string().len());
            write!(f, "\n {line} | {snippet}")?;
            if let Some(column) = self.column {
                let lead: String = snippet
                    .chars()
                    .take(column.saturating_sub(1))
                    .map(|c| if c == '\t' { '\t' } else { ' ' })
                    .collect();
                write!(f, "\n {gutter} | {lead}^")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_points_at_the_place() {
        let source = "one: 1\ntwo: -1h\n";
        let found = Diagnostic::error("a.yaml", "expected a length of time, found `-1h`").at_offset(source, 12);
        assert_eq!(
            found.to_string(),
            "a.yaml:2:6: error: expected a length of time, found `-1h`\n 2 | two: -1h\n   |      ^"
        );
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("имя: x", "имя: ".len()), (1, 6));
        assert_eq!(line_and_column("a\n", 99), (2, 1));
    }
}
