//! Jinja tags taken out of MJML before it is compiled, and put back after.
//!
//! MJML knows nothing of Jinja: a quote or a `<` inside a tag would break its elements and
//! attributes. So each tag is replaced by a word that means nothing to it.

/// A source whose Jinja tags are words.
#[derive(Debug, Clone)]
pub(super) struct Woven {
    /// The source with words.
    pub text: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Clone)]
struct Tag {
    word: String,
    source: String,
    /// Byte offset in the source.
    from: usize,
    /// Byte offset in the text with words.
    to: usize,
}

impl Woven {
    /// Takes the tags out. `number` tells the words of several sources apart.
    pub(super) fn new(source: &str, number: usize) -> Self {
        let mut prefix = format!("zq{number}x");
        while source.contains(&prefix) {
            prefix.push('x');
        }
        let mut woven = Self {
            text: String::with_capacity(source.len()),
            tags: Vec::new(),
        };
        let mut from = 0;
        while let Some((start, end)) = next_tag(source, from) {
            woven.text.push_str(source.get(from..start).unwrap_or_default());
            let word = format!("{prefix}{}z", woven.tags.len());
            let to = woven.text.len();
            woven.text.push_str(&word);
            woven.tags.push(Tag {
                word,
                source: source.get(start..end).unwrap_or_default().to_owned(),
                from: start,
                to,
            });
            from = end;
        }
        woven.text.push_str(source.get(from..).unwrap_or_default());
        woven
    }

    /// Puts the tags back wherever their words have gone.
    pub(super) fn restore(&self, text: &str) -> String {
        let mut restored = text.to_owned();
        for tag in &self.tags {
            restored = restored.replace(&tag.word, &tag.source);
        }
        restored
    }

    /// Offset in the source of an offset in the text with words.
    pub(super) fn offset(&self, to: usize) -> usize {
        match self.tags.iter().rev().find(|tag| tag.to <= to) {
            None => to,
            Some(tag) => match to.checked_sub(tag.to + tag.word.len()) {
                Some(behind) => tag.from + tag.source.len() + behind,
                None => tag.from,
            },
        }
    }

    /// Tags, with their offsets in the source, whose words are not in a text. Comments may go.
    pub(super) fn lost_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.tags
            .iter()
            .filter(|tag| !tag.source.starts_with("{#") && !text.contains(&tag.word))
            .map(|tag| (tag.source.as_str(), tag.from))
    }
}

/// Start and end of the first Jinja tag at or behind an offset. Ends inside of strings do not count.
fn next_tag(source: &str, from: usize) -> Option<(usize, usize)> {
    let rest = source.get(from..)?;
    let start = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min()?;
    let body = rest.get(start..)?;
    let close = match body.as_bytes().get(1)? {
        b'{' => "}}",
        b'%' => "%}",
        _ => return Some((from + start, from + start + body.find("#}")? + 2)),
    };
    let mut string: Option<char> = None;
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(2) {
        match string {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(quote) if c == quote => string = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => string = Some(c),
            None if body.get(at..)?.starts_with(close) => return Some((from + start, from + start + at + 2)),
            None => {}
        }
    }
    None
}

/// Mends attributes: the compiler writes them as Rust strings, with `\"`, `\n` and `\u{…}` where
/// HTML wants an entity, a space and the character.
pub(super) fn mend_attributes(html: &str) -> String {
    let mut mended = String::with_capacity(html.len());
    let mut chars = html.chars().peekable();
    let (mut in_tag, mut in_value) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '<' if !in_tag => in_tag = chars.peek().is_some_and(char::is_ascii_alphabetic),
            '>' if in_tag && !in_value => in_tag = false,
            '"' if in_tag => in_value = !in_value,
            '\\' if in_value => {
                match chars.next() {
                    Some('"') => mended.push_str("&quot;"),
                    Some('n' | 'r' | 't') => mended.push(' '),
                    Some('u') => {
                        let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                        mended.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                    }
                    Some('0') | None => {}
                    Some(other) => mended.push(other),
                }
                continue;
            }
            _ => {}
        }
        mended.push(c);
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back_as_they_were() {
        let source = r#"<a href="{{ u or "x}}y" }}">{% if a < b %}{# c #}Ж{% endif %}</a>{{ z"#;
        let woven = Woven::new(source, 0);
        assert!(!woven.text.contains('%') && !woven.text.contains('#'));
        assert_eq!(woven.restore(&woven.text), source);
    }

    #[test]
    fn places_are_found_again() {
        let source = "a{{ long name }}b{{ x }}c";
        let woven = Woven::new(source, 3);
        for letter in ["b", "c"] {
            let there = woven.text.rfind(letter).unwrap();
            assert_eq!(source.get(woven.offset(there)..).unwrap().get(..1), Some(letter));
        }
        assert_eq!(woven.offset(woven.text.find("zq3").unwrap() + 2), 1);
    }

    #[test]
    fn what_is_dropped_is_known() {
        let woven = Woven::new("{{ a }}{# note #}{{ b }}", 0);
        let text = woven.text.replace("zq0x2z", "");
        assert_eq!(woven.lost_in(&text).collect::<Vec<_>>(), [("{{ b }}", 17)]);
    }

    #[test]
    fn attributes_are_html_again() {
        let html = format!("<p title={:?}>\\n \"\\u{{a0}}\"</p>", "a\"b\n\u{a0}\\");
        assert_eq!(
            mend_attributes(&html),
            "<p title=\"a&quot;b \u{a0}\\\">\\n \"\\u{a0}\"</p>"
        );
    }
}
