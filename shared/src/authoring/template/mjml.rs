//! MJML to HTML that mail clients understand, with the Jinja tags kept.

use super::balance;
use super::files::SourceFile;
use super::jinja;
use super::woven::{Woven, mend_attributes};
use crate::authoring::diagnostic::{Diagnostic, Severity};
use mrml::prelude::parser::memory_loader::MemoryIncludeLoader;
use mrml::prelude::parser::{Error, Origin, ParserOptions, Span, Warning, WarningKind};
use mrml::prelude::render::RenderOptions;
use std::collections::{BTreeMap, HashMap};

/// Files that `<mj-include>` brings in, by the path it names.
pub(super) struct Includes {
    files: BTreeMap<String, (SourceFile, Woven)>,
    options: ParserOptions,
}

/// A file being compiled, with what it includes.
struct Sources<'a> {
    file: &'a SourceFile,
    woven: &'a Woven,
    includes: &'a Includes,
}

impl<'a> Sources<'a> {
    /// The file that an error speaks of.
    fn of(&self, origin: &Origin) -> (&'a SourceFile, &'a Woven) {
        let included = match origin {
            Origin::Root => None,
            Origin::Include { path } => self.includes.files.get(path),
        };
        included.map_or((self.file, self.woven), |(file, woven)| (file, woven))
    }

    /// A finding at a span, with words about what stands there.
    fn at(&self, origin: &Origin, span: &Span, words: &dyn Fn(&str) -> String) -> Diagnostic {
        let (file, woven) = self.of(origin);
        let text = woven.text.get(span.start..span.end).unwrap_or_default();
        let text = woven.restore(text.lines().next().unwrap_or_default());
        Diagnostic::error(&file.path, words(&text)).at_offset(&file.content, woven.offset(span.start))
    }
}

impl Includes {
    pub(super) fn new(files: BTreeMap<String, SourceFile>) -> Self {
        // The number 0 is that of the file that includes.
        let files: BTreeMap<String, (SourceFile, Woven)> = (1..)
            .zip(files)
            .map(|(number, (path, file))| {
                let woven = Woven::new(&file.content, number);
                (path, (file, woven))
            })
            .collect();
        let contents: HashMap<String, String> = files
            .iter()
            .map(|(path, (_, woven))| (path.clone(), woven.text.clone()))
            .collect();
        Self {
            files,
            options: ParserOptions {
                include_loader: Box::new(MemoryIncludeLoader::from(contents)),
            },
        }
    }

    /// Says what is wrong with them in themselves; gives the paths of those that are no good.
    pub(super) fn check(&self, found: &mut Vec<Diagnostic>) -> Vec<&str> {
        let mut broken = Vec::new();
        for (path, (file, woven)) in &self.files {
            if !(jinja::check_syntax(file, found) && balance::check(file, woven, found)) {
                broken.push(path.as_str());
            }
            // In `<mj-attributes>` they stand without an end.
            for section in ["</mj-section", "</mj-wrapper", "</mj-hero"] {
                if let Some(offset) = file.content.find(section) {
                    let words = "MJML: a section that is included loses its width; include what its columns hold";
                    found.push(Diagnostic::error(&file.path, words).at_offset(&file.content, offset));
                    broken.push(path.as_str());
                }
            }
        }
        broken
    }

    /// All of them.
    pub(super) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.values().map(|(file, _)| file)
    }

    /// Puts back the tags of all of them.
    fn restore(&self, text: String) -> String {
        self.files.values().fold(text, |text, (_, woven)| woven.restore(&text))
    }
}

/// What an MJML file comes to.
pub(super) struct Compiled {
    /// As a header has it: without HTML's escapes.
    pub subject: String,
    /// The HTML part.
    pub html: String,
}

/// Compiles a file; says why it cannot, and what looks wrong.
pub(super) fn compile(file: &SourceFile, includes: &Includes, found: &mut Vec<Diagnostic>) -> Option<Compiled> {
    let woven = &Woven::new(&file.content, 0);
    let sources = Sources { file, woven, includes };
    let restore = |text: &str| includes.restore(woven.restore(text));
    if !balance::check(file, woven, found) {
        return None;
    }
    let parsed = match mrml::parse_with_options(&woven.text, &includes.options) {
        Ok(parsed) => parsed,
        Err(error) => {
            found.push(parse_error(&error, &sources));
            return None;
        }
    };
    for warning in &parsed.warnings {
        let mut diagnostic = sources.at(&warning.origin, &warning.span, &|text| doubt(warning, text));
        diagnostic.severity = Severity::Warning;
        found.push(diagnostic);
    }
    let title = restore(parsed.element.get_title().unwrap_or_default().trim());
    if title.is_empty() {
        found.push(Diagnostic::error(
            &file.path,
            "expected the subject in `<mj-head><mj-title>`",
        ));
        return None;
    }
    if parsed.element.get_preview().unwrap_or_default().trim().is_empty() {
        let missing = "no preheader: inboxes will show the first words of the mail; it goes in `<mj-head><mj-preview>`";
        found.push(Diagnostic::warning(&file.path, missing));
    }
    // No fonts from elsewhere: they tell a third party who opened the mail, and few clients load them.
    let options = RenderOptions {
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    match parsed.element.render(&options) {
        Ok(html) => {
            if let Some(unknown) = unknown_element(&html, &sources) {
                found.push(unknown);
                return None;
            }
            for (tag, offset) in woven.lost_in(&html) {
                let words = format!("`{tag}` does not reach the mail: MJML drops what stands here");
                found.push(Diagnostic::error(&file.path, words).at_offset(&file.content, offset));
            }
            Some(Compiled {
                subject: unescaped(&title),
                html: restore(&mend_attributes(&html)),
            })
        }
        Err(error) => {
            found.push(Diagnostic::error(&file.path, format!("MJML: {error}")));
            None
        }
    }
}

fn parse_error(error: &Error, sources: &Sources<'_>) -> Diagnostic {
    match error {
        Error::UnexpectedElement { origin, position } => sources.at(origin, position, &|text| {
            format!("MJML: unexpected element `{text}`; it is unknown, or not allowed here")
        }),
        Error::UnexpectedToken { origin, position } => sources.at(origin, position, &|text| {
            format!("MJML: unexpected `{text}`; is an element not closed, or text outside of one")
        }),
        Error::MissingAttribute { name, origin, position } => sources.at(origin, position, &|text| {
            format!("MJML: expected an attribute `{name}` on `{text}`")
        }),
        Error::InvalidAttribute { origin, position } => sources.at(origin, position, &|text| {
            format!("MJML: `{text}` is not a valid attribute here")
        }),
        Error::InvalidFormat { origin, position } => sources.at(origin, position, &|text| {
            format!("MJML: `{text}` does not have the expected form")
        }),
        Error::IncludeLoaderError {
            origin,
            position,
            source,
        } => sources.at(origin, position, &|_| {
            let known: Vec<String> = sources.includes.files.keys().map(|path| format!("`{path}`")).collect();
            format!(
                "MJML: nothing to include at `{}`; there is {}",
                source.path,
                known.join(", ")
            )
        }),
        Error::ParserError { origin, source } => {
            let (file, woven) = sources.of(origin);
            let place = source.pos();
            let offset = woven.offset(offset_of(&woven.text, place.row as usize, place.col as usize));
            let words = source.to_string();
            let words = words.split(" at ").next().unwrap_or_default().to_lowercase();
            Diagnostic::error(&file.path, format!("MJML: {words}")).at_offset(&file.content, offset)
        }
        Error::EndOfStream { origin } => {
            let (file, _) = sources.of(origin);
            Diagnostic::error(&file.path, "MJML: the file ends inside an element")
                .at_offset(&file.content, file.content.len())
        }
        Error::SizeLimit { .. } | Error::NoRootNode => {
            let file = sources.file;
            Diagnostic::error(&file.path, "MJML: expected `<mjml>`").at(&file.content, 1, None)
        }
    }
}

/// Byte offset of a line and a column, both from 1.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let within = text.get(start..).unwrap_or_default();
    start
        + within
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(0, |(at, _)| at)
}

fn doubt(warning: &Warning, text: &str) -> String {
    match warning.kind {
        WarningKind::UnexpectedAttribute => format!("MJML: `{text}` does nothing on this element"),
        WarningKind::InlineStyleUnsupported => {
            "MJML: styles are not put inline; give elements their own attributes".to_owned()
        }
    }
}

/// The first element of MJML that MJML does not know: it goes through to the HTML as it is.
fn unknown_element(html: &str, sources: &Sources<'_>) -> Option<Diagnostic> {
    let name = html
        .split("<mj-")
        .nth(1)?
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .next()?;
    let words = format!("MJML: unexpected element `mj-{name}`; it is unknown, or not allowed here");
    let start = format!("<mj-{name}");
    let files = std::iter::once(sources.file).chain(sources.includes.files());
    let places = files.filter_map(|file| Some((file, file.content.find(&start)? + 1)));
    let place = places.map(|(file, at)| Diagnostic::error(&file.path, &words).at_offset(&file.content, at));
    place.min_by_key(|found| found.file != sources.file.path)
}

/// A title's text without the escapes that HTML needs and a header does not.
fn unescaped(title: &str) -> String {
    [
        ("&nbsp;", "\u{a0}"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(title.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_lose_their_escapes() {
        assert_eq!(unescaped("Fish &amp; chips &lt;3 &amp;lt;"), "Fish & chips <3 &lt;");
    }
}
