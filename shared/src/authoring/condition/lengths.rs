//! Lengths of time as people write them (`7d`, `1d12h`) inside conditions: CEL has no such
//! literal, so each becomes `duration("7d")` before CEL reads it, and places are mapped back.

use super::Mistake;
use crate::domain::time::Span;

/// An expression that CEL can read, and how its places map to the one that was written.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub text: String,
    /// For each length: where it ends in `text`, and by how much `text` is ahead from there on.
    shifts: Vec<Shift>,
}

#[derive(Debug)]
struct Shift {
    start: usize,
    end: usize,
    original: usize,
    ahead: usize,
}

impl Rewritten {
    /// The place in what was written of a place in `text`.
    pub fn original(&self, offset: usize) -> usize {
        let mut ahead = 0;
        for shift in &self.shifts {
            if offset < shift.start {
                break;
            }
            if offset < shift.end {
                return shift.original;
            }
            ahead = shift.ahead;
        }
        offset.saturating_sub(ahead)
    }
}

/// Rewrites every length outside strings and comments.
pub(super) fn rewrite(source: &str) -> Result<Rewritten, Mistake> {
    let mut text = String::with_capacity(source.len() + 32);
    let mut shifts: Vec<Shift> = Vec::new();
    let mut rest = source;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let at = source.len() - rest.len();
        let token = if matches!(first, '"' | '\'') {
            string(rest, matches!(before, 'r' | 'R'))
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first.is_ascii_alphanumeric() || first == '_' {
            word(rest)
        } else {
            first.len_utf8()
        };
        let (piece, tail) = rest.split_at(token);
        if first.is_ascii_digit() && is_length(piece, before, at)? {
            let start = text.len();
            text.push_str("duration(\"");
            text.push_str(piece);
            text.push_str("\")");
            let ahead = text.len() - (at + piece.len());
            shifts.push(Shift {
                start,
                end: text.len(),
                original: at,
                ahead,
            });
        } else {
            text.push_str(piece);
        }
        before = piece.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    Ok(Rewritten { text, shifts })
}

/// Whether a word that starts with a digit is a length; it may be a number instead.
fn is_length(word: &str, before: char, at: usize) -> Result<bool, Mistake> {
    if before != '.' && Span::parse(word).is_ok() {
        return Ok(true);
    }
    let lower = word.to_ascii_lowercase();
    let number = lower.bytes().all(|b| b.is_ascii_digit())
        || lower
            .strip_prefix("0x")
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
        || lower.split_once('e').is_some_and(|(mantissa, exponent)| {
            [mantissa, exponent]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        });
    if number {
        return Ok(false);
    }
    Err(Mistake::error(
        at,
        format!("`{word}` is neither a number nor a length of time such as `30m`, `7d` or `1d12h`"),
    ))
}

/// The bytes of a word: letters, digits and `_`.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

/// The bytes of a string with its quotes; to the end where it is not closed.
fn string(text: &str, raw: bool) -> usize {
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| text.starts_with(quote))
        .unwrap_or("\"");
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(quote.len()) {
        if escaped {
            escaped = false;
        } else if letter == '\\' && !raw {
            escaped = true;
        } else if text.split_at(at).1.starts_with(quote) {
            return at + quote.len();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(source: &str) -> String {
        rewrite(source).expect("it is well written").text
    }

    #[test]
    fn lengths_outside_strings_are_rewritten() {
        assert_eq!(
            rewritten("count(\"7d\", 7d) > 1"),
            "count(\"7d\", duration(\"7d\")) > 1"
        );
        assert_eq!(rewritten("now-1d12h"), "now-duration(\"1d12h\")");
        assert_eq!(rewritten("r'\\' + 1h"), "r'\\' + duration(\"1h\")");
        assert_eq!(rewritten("'it\\'s 7d' // 7d"), "'it\\'s 7d' // 7d");
        for same in ["1 + 0x1d", "1.5e3", "1e5", "x7d", "a.b7", "''", "'''7d'''"] {
            assert_eq!(rewritten(same), same);
        }
    }

    #[test]
    fn what_is_neither_number_nor_length_is_refused() {
        for (source, place) in [("now - 7y", 6), ("1.5h", 2), ("x > 1d2", 4)] {
            assert_eq!(rewrite(source).expect_err("it is refused").offset, place, "{source}");
        }
    }

    #[test]
    fn places_are_mapped_back() {
        let source = "a + 7d + b + 1h + c";
        let rewritten = rewrite(source).expect("it is well written");
        for name in ["a", "b", "c"] {
            let found = rewritten
                .text
                .find(&format!("{name} "))
                .or(rewritten.text.rfind(name))
                .expect("it is there");
            assert_eq!(rewritten.original(found), source.find(name).expect("it is there"));
        }
        assert_eq!(
            rewritten.original(rewritten.text.find("duration").expect("it is there")),
            4
        );
    }
}
