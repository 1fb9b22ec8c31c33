//! Rendering a template with its sample, strictly, before anybody gets it.

use super::files::{Folder, SourceFile};
use super::jinja;
use super::mjml::Includes;
use crate::authoring::diagnostic::Diagnostic;
use crate::domain::campaign::{Channel, Senders};
use crate::domain::event::Properties;
use crate::links::Ask;
use crate::ports::sender::Content;
use crate::template::engine::{self, Failure, Missing};
use crate::template::render::context;
use crate::template::sms::{Encoding, Length};
use crate::template::{Part, RenderRequest, Renderer, Template};
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Gmail shows the rest of a longer mail only on request, and with it the way to unsubscribe.
const CLIPPED_ABOVE_BYTES: usize = 102 * 1024;

/// Tries every part of the template, with the sample and with a profile without traits.
pub(super) fn run(folder: &Folder, template: &Template, includes: &Includes, found: &mut Vec<Diagnostic>) {
    let Some(sample) = &folder.sample else {
        let there = found.iter().any(|diagnostic| diagnostic.file.ends_with("sample.json"));
        if !there {
            let expected = "expected `sample.json` in it: what the template sees in a trial";
            found.push(Diagnostic::error(&folder.path, expected));
        }
        return;
    };
    let sample = &with_links(sample);
    let mut bare = sample.clone();
    bare.insert("profile".to_owned(), json!({}));
    let trials = [(sample, ""), (&bare, ", where a profile has no traits")];
    for (channel, parts) in &template.parts {
        for (locale, part) in parts {
            let files = sources(folder, *channel, locale);
            let before = found.len();
            for file in &files {
                unknown_names(file, sample, found);
                // What fails with the sample would fail without traits for the same reason.
                for (sample, when) in trials {
                    if !jinja::try_out(file, &context(sample, locale), when, found) {
                        break;
                    }
                }
            }
            let sound = found.len() == before;
            if sound {
                compiled(part, &files, locale, trials, includes, found);
            }
            if sound && found.len() == before {
                for (sample, when) in trials {
                    if !sent(template, *channel, locale, (sample, when), &files, found) {
                        break;
                    }
                }
            }
        }
    }
}

/// The sample with the links that `send` adds.
pub fn with_links(sample: &Map<String, serde_json::Value>) -> Map<String, serde_json::Value> {
    let mut sample = sample.clone();
    for (name, ask) in Ask::SHOWN {
        let link = format!("https://links.example.com{}k1.c2FtcGxl", ask.path());
        sample.entry(name).or_insert_with(|| json!(link));
    }
    sample
}

/// The files that a part came from; an email's MJML first.
fn sources<'a>(folder: &'a Folder, channel: Channel, locale: &str) -> Vec<&'a SourceFile> {
    let of = |parts: &'a BTreeMap<String, SourceFile>| parts.get(locale);
    match channel {
        Channel::Email => [of(&folder.email_mjml), of(&folder.email_text)],
        Channel::Sms => [of(&folder.sms), None],
        Channel::Push | Channel::Webpush | Channel::Onsite | Channel::Viber | Channel::Whatsapp | Channel::Webhook => {
            [folder.plain.get(&channel).and_then(of), None]
        }
    }
    .into_iter()
    .flatten()
    .collect()
}

/// Names the sample knows nothing of. A mistyped one would print nothing, for ever.
fn unknown_names(file: &SourceFile, sample: &Map<String, serde_json::Value>, found: &mut Vec<Diagnostic>) {
    let environment = engine::environment(Missing::IsAnError);
    for path in jinja::reads(&environment, &file.content) {
        if known(sample, &path) {
            continue;
        }
        let message = format!("`{path}` is not in `sample.json`; is it mistyped");
        let diagnostic = Diagnostic::error(&file.path, message);
        found.push(match place(&file.content, &path) {
            Some(offset) => diagnostic.at_offset(&file.content, offset),
            None => diagnostic,
        });
    }
}

fn known(sample: &Map<String, serde_json::Value>, path: &str) -> bool {
    let mut names = path.split('.');
    let mut value = names.next().and_then(|root| sample.get(root));
    for name in names {
        value = value.and_then(|value| value.get(name));
    }
    value.is_some()
}

/// Where a path is written, not as part of a longer one.
fn place(source: &str, path: &str) -> Option<usize> {
    let continues = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
    source.match_indices(path).map(|(at, _)| at).find(|at| {
        let before = source.get(..*at).and_then(|text| text.chars().next_back());
        let after = source.get(at + path.len()..).and_then(|text| text.chars().next());
        !continues(before) && !continues(after)
    })
}

/// Tries what was made of the files: MJML moves things, and includes come in.
fn compiled(
    part: &Part,
    files: &[&SourceFile],
    locale: &str,
    trials: [(&Map<String, serde_json::Value>, &str); 2],
    includes: &Includes,
    found: &mut Vec<Diagnostic>,
) {
    let Some(origin) = files.first() else { return };
    for (name, source) in part.sources() {
        let mut environment = engine::environment(Missing::IsAnError);
        let added = engine::add(&mut environment, name, source).map_err(Failure::Jinja);
        for (sample, when) in trials {
            let rendered = match &added {
                Ok(()) => engine::render(&environment, name, &context(sample, locale), usize::MAX / 2),
                Err(_) => break,
            };
            if let Err(Failure::Jinja(error)) = rendered {
                let marked = engine::keep_line_breaks(source);
                let expression = error.range().and_then(|range| marked.get(range)).map(str::trim);
                let message = format!("{}{when}", jinja::words(&error, expression));
                found.push(in_include(includes, expression, &message).unwrap_or_else(|| {
                    Diagnostic::error(&origin.path, format!("in the {name} that is made of it: {message}"))
                }));
                return;
            }
        }
        if let Err(Failure::Jinja(error)) = &added {
            let words = jinja::words(error, None);
            let message = format!("in the {name} that is made of it: {words}; do control tags stand in `<mj-raw>`");
            found.push(Diagnostic::error(&origin.path, message));
        }
    }
}

/// An error in an included file, at the expression it is about.
fn in_include(includes: &Includes, expression: Option<&str>, message: &str) -> Option<Diagnostic> {
    let expression = expression.filter(|text| !text.is_empty())?;
    includes.files().find_map(|file| {
        let offset = file.content.find(expression)?;
        Some(Diagnostic::error(&file.path, message).at_offset(&file.content, offset))
    })
}

/// Renders as `send` does: its limits hold, and what is long is said. Whether it went well.
fn sent(
    template: &Template,
    channel: Channel,
    locale: &str,
    (sample, when): (&Properties, &str),
    files: &[&SourceFile],
    found: &mut Vec<Diagnostic>,
) -> bool {
    let Some(origin) = files.first() else { return false };
    let senders = Senders {
        email_from: Some("sender@example.com".to_owned()),
        ..Senders::default()
    };
    let request = RenderRequest {
        template,
        channel,
        locale,
        fallback: locale,
        context: sample,
        senders: &senders,
    };
    match Renderer::new().render(&request) {
        Err(error) => {
            found.push(Diagnostic::error(&origin.path, format!("{error}{when}")));
            return false;
        }
        // How long it is was said with the sample.
        Ok(_) if !when.is_empty() => {}
        Ok(Content::Email { html, .. }) if html.len() > CLIPPED_ABOVE_BYTES => {
            let message = format!(
                "the HTML is {} KB with the sample: Gmail clips mails above 102 KB",
                html.len() / 1024
            );
            found.push(Diagnostic::warning(&origin.path, message));
        }
        Ok(Content::Email { .. } | Content::Notice { .. } | Content::Plain { .. } | Content::Call(_)) => {}
        Ok(Content::Sms { text, .. }) => found.push(Diagnostic::info(&origin.path, segments(&text))),
    }
    true
}

fn segments(text: &str) -> String {
    let length = Length::of(text);
    let (encoding, unit) = match length.encoding {
        Encoding::Gsm7 => ("GSM-7", "septets"),
        Encoding::Ucs2 => ("UCS-2", "units"),
    };
    let plural = if length.segments == 1 { "" } else { "s" };
    format!(
        "with the sample {} SMS segment{plural}: {} {unit} of {encoding}",
        length.segments, length.units
    )
}
