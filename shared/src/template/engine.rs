//! How Jinja is spoken here: one dialect for checking and for sending.
//!
//! - HTML is escaped in `html`. In a webhook's request texts are escaped as JSON texts are, without the
//!   quotes around them, and lists and groups are written as JSON. In the address of a request everything is
//!   percent-encoded. Nothing is escaped elsewhere.
//! - A line that holds nothing but `{% … %}` tags leaves no empty line behind; a tag at the end
//!   of a line with text keeps its line break (plain `trim_blocks` would swallow it).
//! - `null` prints nothing, as what is missing does.
//! - What is missing prints nothing when sending. When checking it is an error, except where the
//!   template asks for it: `{{ profile.first_name or "there" }}`, `{% if line.image %}`.

use super::filters;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use std::borrow::Cow;
use std::io;

/// Name of an email's subject.
pub const SUBJECT: &str = "subject";
/// Name of an email's HTML part.
pub const HTML: &str = "html";
/// Name of an email's text part.
pub const TEXT: &str = "text";
/// Name of a text message.
pub const SMS: &str = "sms";
/// Name of the title of a message of any other channel.
pub const TITLE: &str = "title";
/// Name of the text of such a message.
pub const PLAIN: &str = "message";
/// Name of where a notification or a message on the page leads.
pub const LINK: &str = "link";
/// Name of a webhook's request.
pub const JSON: &str = "request.json";

/// Name of the address of a service's request. What is put into it is percent-encoded.
pub const URL: &str = "request.url";
/// Name of a header of a service's request.
pub const HEADER: &str = "request.header";

/// What every template sees besides its message's context: the language it is rendered in.
pub const LOCALE: &str = "locale";

/// Instructions a rendering may take. The largest shipped email takes about 250 with three items in the
/// cart, some 3,000 with fifty.
pub const FUEL: u64 = 100_000;

/// Nesting of macros and blocks.
const RECURSION_LIMIT: usize = 50;

/// What to make of names that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// They print nothing: a message is better with a gap than not at all.
    PrintNothing,
    /// They are an error, unless the template asks whether they are there.
    IsAnError,
}

/// An environment without templates.
pub fn environment(missing: Missing) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(match missing {
        Missing::PrintNothing => UndefinedBehavior::Chainable,
        Missing::IsAnError => UndefinedBehavior::SemiStrict,
    });
    environment.set_auto_escape_callback(|name| {
        if name == HTML || name.ends_with(".mjml") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    environment.set_formatter(|out, state, value| {
        let value = if value.is_none() { &Value::from("") } else { value };
        if state.name().ends_with(".json") && !value.is_safe() {
            return filters::write_json(out, value);
        }
        if state.name() == URL {
            return filters::write_encoded(out, value);
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(RECURSION_LIMIT);
    // The default delimiters are valid, so this cannot fail; were it to, only blank lines differ.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    filters::add_to(&mut environment);
    environment
}

/// Compiles `source` into the environment under `name`.
pub fn add(environment: &mut Environment<'static>, name: &str, source: &str) -> Result<(), Error> {
    environment.add_template_owned(name.to_owned(), keep_line_breaks(source).into_owned())
}

/// Why a rendering did not come to an end.
#[derive(Debug)]
pub enum Failure {
    /// The output passed the limit, in bytes.
    TooLarge,
    /// Jinja says so.
    Jinja(Error),
}

/// Renders the template of that name, up to `limit` bytes.
pub fn render(environment: &Environment<'_>, name: &str, context: &Value, limit: usize) -> Result<String, Failure> {
    let template = environment.get_template(name).map_err(Failure::Jinja)?;
    let mut output = Bounded {
        bytes: Vec::new(),
        limit,
        passed: false,
    };
    let outcome = template.render_captured_to(context.clone(), &mut output).map(drop);
    match outcome {
        _ if output.passed => Err(Failure::TooLarge),
        Ok(()) => String::from_utf8(output.bytes)
            .map_err(|_| Failure::Jinja(Error::new(ErrorKind::WriteFailure, "output is not UTF-8"))),
        Err(error) => Err(Failure::Jinja(error)),
    }
}

/// A place to write that ends.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    passed: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            self.passed = true;
            return Err(io::Error::other("output limit"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Marks (`+%}`) the tags at the ends of lines that also hold text, so that trimming leaves their
/// line breaks. Lines stay where they are.
pub(crate) fn keep_line_breaks(source: &str) -> Cow<'_, str> {
    if !source.lines().any(ends_in_text_and_tag) {
        return Cow::Borrowed(source);
    }
    let mut marked = String::with_capacity(source.len() + 16);
    for line in source.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        if ends_in_text_and_tag(text) {
            let head = text.strip_suffix("%}").unwrap_or(text);
            marked.push_str(head);
            marked.push_str("+%}");
            marked.push_str(line.get(text.len()..).unwrap_or_default());
        } else {
            marked.push_str(line);
        }
    }
    Cow::Owned(marked)
}

/// Whether a line ends in a tag without a mark of its own and holds something besides tags.
fn ends_in_text_and_tag(line: &str) -> bool {
    if !line.ends_with("%}") || line.ends_with("-%}") || line.ends_with("+%}") {
        return false;
    }
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once("{%") {
        if !before.trim().is_empty() {
            return true;
        }
        rest = tag.split_once("%}").map_or("", |(_, after)| after);
    }
    !rest.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::value::Serde;
    use serde_json::json;

    fn say(source: &str, context: serde_json::Value) -> String {
        let mut environment = environment(Missing::PrintNothing);
        add(&mut environment, TEXT, source).unwrap();
        render(&environment, TEXT, &Value::from(Serde(context)), 1_000).unwrap()
    }

    #[test]
    fn tags_alone_on_a_line_leave_none_behind() {
        let source = "Left:\n{% for i in items %}\n- {{ i }}\n{% endfor %}\nBye";
        assert_eq!(say(source, json!({"items": [1, 2]})), "Left:\n- 1\n- 2\nBye");
    }

    #[test]
    fn a_tag_at_the_end_of_a_sentence_keeps_the_line_break() {
        let source = "Hi{% if name %} {{ name }}{% endif %}\nBye";
        assert_eq!(say(source, json!({"name": "Ann"})), "Hi Ann\nBye");
        assert_eq!(say(source, json!({})), "Hi\nBye");
    }

    #[test]
    fn what_is_missing_or_null_prints_nothing() {
        assert_eq!(say("[{{ a.b.c }}{{ d }}]", json!({"d": null})), "[]");
        assert_eq!(say("{{ profile.name or 'there' }}", json!({})), "there");
    }

    #[test]
    fn a_template_that_does_not_end_is_stopped() {
        let mut environment = environment(Missing::PrintNothing);
        let source = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        add(&mut environment, TEXT, source).unwrap();
        let failure = render(&environment, TEXT, &Value::from(()), 1_000).unwrap_err();
        assert!(matches!(failure, Failure::Jinja(error) if error.kind() == ErrorKind::OutOfFuel));
    }

    #[test]
    fn output_is_bounded() {
        let mut environment = environment(Missing::PrintNothing);
        add(&mut environment, TEXT, "{% for a in range(500) %}xxxx{% endfor %}").unwrap();
        assert!(matches!(
            render(&environment, TEXT, &Value::from(()), 1_000),
            Err(Failure::TooLarge)
        ));
    }
}
