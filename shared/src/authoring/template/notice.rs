//! Notifications and messages on the page: a title, a text, and a head that says where they lead and in which
//! form they appear. Messages of messengers: a text, and the same head with `link:` alone.
//!
//! ```text
//! ---
//! form: popup                        chat (where nothing is said), popup or banner; on the page only
//! link: "{{ event.url }}"            an https address; on the page also a path there
//! ---
//! Was it what you were looking for?
//!
//! If not yet, …
//! ```

use super::files::SourceFile;
use crate::authoring::diagnostic::Diagnostic;
use crate::domain::campaign::{Channel, Form};
use crate::template::Part;

/// What begins and ends the head.
const FENCE: &str = "---";

/// Reads a notification's file, or the page's. What is wrong with its head is said, and nothing comes of it.
pub(super) fn read(channel: Channel, file: &SourceFile, found: &mut Vec<Diagnostic>) -> Option<Part> {
    let Read { form, link, text } = headed(channel, file, found)?;
    let (title, text) = match titled(text) {
        Some((title, text)) => (Some(title.to_owned()), text.to_owned()),
        None => (None, text.to_owned()),
    };
    Some(Part::Notice {
        form,
        title,
        text,
        link,
    })
}

/// Reads a messenger's file, which has no title: all of it is text.
pub(super) fn text_of(channel: Channel, file: &SourceFile, found: &mut Vec<Diagnostic>) -> Option<Part> {
    let Read { link, text, .. } = headed(channel, file, found)?;
    Some(Part::Plain {
        title: None,
        text: text.to_owned(),
        link,
    })
}

/// What a file's head says, and what stands below it.
struct Read<'f> {
    form: Form,
    link: Option<String>,
    text: &'f str,
}

fn headed<'f>(channel: Channel, file: &'f SourceFile, found: &mut Vec<Diagnostic>) -> Option<Read<'f>> {
    let (head, text) = split(&file.content);
    let (mut form, mut link) = (Form::default(), None);
    let before = found.len();
    for (place, line) in head.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut wrong = |message: &str| {
            // The first line is the fence.
            found.push(Diagnostic::error(&file.path, message).at(&file.content, place + 2, None));
        };
        match line
            .split_once(':')
            .map(|(name, value)| (name.trim(), unquoted(value.trim())))
        {
            Some(("form", name)) if channel == Channel::Onsite => match Form::parse(name) {
                Some(named) => form = named,
                None => wrong("expected `chat`, `popup` or `banner`"),
            },
            Some(("form", _)) => wrong("only messages on the page have a form"),
            Some(("link", source)) if !source.is_empty() => link = Some(source.to_owned()),
            Some(_) | None => wrong("expected `link: …` or `form: …`"),
        }
    }
    (found.len() == before).then_some(Read { form, link, text })
}

/// The head, without its fences, and the rest.
fn split(content: &str) -> (&str, &str) {
    let fenced = || {
        let (first, rest) = content.split_once('\n')?;
        let end = rest.find(&format!("\n{FENCE}")).filter(|_| first.trim_end() == FENCE)?;
        let (head, tail) = rest.split_at_checked(end)?;
        let (fence, text) = tail.trim_start_matches('\n').split_once('\n')?;
        (fence.trim_end() == FENCE).then_some((head, text))
    };
    fenced().unwrap_or(("", content))
}

/// The value without the quotes that editors put around what begins with a brace.
fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value)
}

/// The first line and the rest, where an empty line stands between them.
fn titled(text: &str) -> Option<(&str, &str)> {
    let (title, rest) = text.split_once('\n')?;
    let (gap, text) = rest.split_once('\n')?;
    (gap.trim().is_empty() && !title.trim().is_empty() && !text.trim().is_empty()).then_some((title.trim(), text))
}
