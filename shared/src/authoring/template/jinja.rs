//! What Jinja says about a source, put where the author can see it.

use super::files::SourceFile;
use crate::authoring::diagnostic::Diagnostic;
use crate::template::engine::{self, Failure, LOCALE, Missing};
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind};
use std::collections::BTreeSet;

/// Whether it compiles; if not, says where and why.
pub(super) fn check_syntax(file: &SourceFile, found: &mut Vec<Diagnostic>) -> bool {
    let mut environment = engine::environment(Missing::IsAnError);
    match engine::add(&mut environment, &file.path, &file.content) {
        Ok(()) => true,
        Err(error) => {
            found.push(placed(&error, file));
            false
        }
    }
}

/// Renders a source under its own path, so that errors are placed in it. Whether it went well.
pub(super) fn try_out(file: &SourceFile, context: &Value, when: &str, found: &mut Vec<Diagnostic>) -> bool {
    let mut environment = engine::environment(Missing::IsAnError);
    let rendered = engine::add(&mut environment, &file.path, &file.content)
        .map_err(Failure::Jinja)
        .and_then(|()| engine::render(&environment, &file.path, context, usize::MAX / 2));
    let mut diagnostic = match rendered {
        Ok(_) => return true,
        Err(Failure::Jinja(error)) => placed(&error, file),
        Err(Failure::TooLarge) => Diagnostic::error(&file.path, "renders without end"),
    };
    diagnostic.message.push_str(when);
    found.push(diagnostic);
    false
}

/// Paths of the context that a source reads. A source that does not compile reads nothing.
pub(super) fn reads(environment: &Environment<'_>, source: &str) -> BTreeSet<String> {
    let Ok(template) = environment.template_from_str(source) else {
        return BTreeSet::new();
    };
    let own: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    template
        .undeclared_variables(true)
        .into_iter()
        .filter(|path| {
            let root = path.split('.').next().unwrap_or_default();
            root != LOCALE && !own.contains(root)
        })
        .collect()
}

/// The error, in its place.
pub(super) fn placed(error: &Error, file: &SourceFile) -> Diagnostic {
    let marked = engine::keep_line_breaks(&file.content);
    let at = error.range().filter(|range| !range.is_empty());
    let expression = at.clone().and_then(|range| marked.get(range)).map(str::trim);
    let diagnostic = Diagnostic::error(&file.path, words(error, expression));
    match (at, error.line()) {
        // Marks shift columns only behind the ends of lines, lines never.
        (Some(range), _) => {
            let (line, column) = crate::authoring::diagnostic::line_and_column(&marked, range.start);
            diagnostic.at(&file.content, line, Some(column))
        }
        (None, Some(line)) => diagnostic.at(&file.content, line, None),
        (None, None) => diagnostic,
    }
}

/// What is wrong, in our words.
pub(super) fn words(error: &Error, expression: Option<&str>) -> String {
    let expression = expression.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let shown = expression.as_deref().unwrap_or("an expression");
    match error.kind() {
        ErrorKind::UndefinedError => format!(
            "`{shown}` has no value here; give the sample one, or the template something to say without it \
             (`{{{{ … or \"there\" }}}}`, `{{% if … %}}`)"
        ),
        ErrorKind::OutOfFuel => "takes too long to render; is there a loop over too much".to_owned(),
        ErrorKind::SyntaxError => format!("Jinja: {}", error.detail().unwrap_or("syntax error")),
        kind => match error.detail() {
            Some(detail) => format!("Jinja: {kind}: {detail}, in `{shown}`"),
            None => format!("Jinja: {kind}, in `{shown}`"),
        },
    }
}
