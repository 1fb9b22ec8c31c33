//! What becomes a header: one line, whatever the traits in it say.

/// The text as one line: control characters and every kind of line break become spaces, runs of
/// white space one space, ends are trimmed. So a trait with CRLF cannot make a header (RFC 5322
/// §2.2). Invisible marks that turn the direction of text are dropped.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_direction_mark(c) {
            continue;
        }
        if c.is_control() || c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Overrides and embeddings of the bidirectional algorithm (UAX #9 §2), which can make a subject
/// read as something else.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_break_survives() {
        let text = "Hi\r\nBcc: x@example.com\u{2028}a\u{85}b\u{0}c\td  ";
        assert_eq!(one_line(text), "Hi Bcc: x@example.com a b c d");
    }

    #[test]
    fn text_does_not_turn_round() {
        assert_eq!(one_line("\u{202E}moc.elpmaxe"), "moc.elpmaxe");
    }
}
