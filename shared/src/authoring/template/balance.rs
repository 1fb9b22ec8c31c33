//! Whether MJML elements are closed where they should be.

use super::files::SourceFile;
use super::woven::Woven;
use crate::authoring::diagnostic::Diagnostic;

/// The first MJML element that is not closed, or closed by another's name, with its offset: the
/// parser takes any closing tag for the right one.
fn imbalance(source: &str) -> Option<(String, usize)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut comment_ends = 0;
    for (offset, _) in source.match_indices('<') {
        let tag = source.get(offset + 1..)?;
        if offset < comment_ends {
            continue;
        }
        if tag.starts_with("!--") {
            comment_ends = tag.find("-->").map_or(source.len(), |length| offset + length);
            continue;
        }
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next()?;
        if name != "mjml" && !name.starts_with("mj-") {
            continue;
        }
        let alone = tag.split('>').next().is_some_and(|tag| tag.ends_with('/'));
        match (closing, open.last()) {
            (false, _) if alone => {}
            (false, _) => open.push((name, offset)),
            (true, Some((last, _))) if *last == name => {
                open.pop();
            }
            (true, Some((last, _))) => return Some((format!("MJML: expected `</{last}>`, found `</{name}>`"), offset)),
            (true, None) => return Some((format!("MJML: `</{name}>` closes nothing"), offset)),
        }
    }
    let (name, offset) = open.pop()?;
    Some((format!("MJML: `<{name}>` is never closed"), offset))
}

/// Says what is out of balance in a file. Whether nothing is.
pub(super) fn check(file: &SourceFile, woven: &Woven, found: &mut Vec<Diagnostic>) -> bool {
    let Some((words, offset)) = imbalance(&woven.text) else {
        return true;
    };
    found.push(Diagnostic::error(&file.path, words).at_offset(&file.content, woven.offset(offset)));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_balance_is_found() {
        for (source, expected) in [
            ("<mjml><mj-head></mj-head><mj-spacer /><!-- <mj-x> --></mjml>", None),
            (
                "<mjml>\n<mj-text>Hi<br></mjml>",
                Some(("expected `</mj-text>`, found `</mjml>`", 22)),
            ),
            ("<mj-text>", Some(("`<mj-text>` is never closed", 0))),
            ("</mj-text>", Some(("`</mj-text>` closes nothing", 0))),
        ] {
            let expected = expected.map(|(words, at)| (format!("MJML: {words}"), at));
            assert_eq!(imbalance(source), expected, "{source}");
        }
    }
}
