//! What template authors get wrong, and what they are told: the file, the place, what was found.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::diagnostic::{Diagnostic, Severity};
use beckon_shared::authoring::template::compile_dir;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::template::{Part, Template};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder of templates that goes when the test does.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("beckon-templates-{}-{number}", std::process::id()));
        for (file, content) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        Self(path)
    }

    fn compile(&self) -> (Vec<Template>, Vec<Diagnostic>) {
        compile_dir(&self.0)
    }

    /// The one finding, with its file's path inside of the folder.
    fn only_finding(&self) -> (String, Diagnostic) {
        let (_, mut found) = self.compile();
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 1, "{}", all.join("\n"));
        let found = found.remove(0);
        let file = Path::new(&found.file).strip_prefix(&self.0).unwrap();
        (file.display().to_string(), found)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

const SAMPLE: &str = r#"{"profile":{"first_name":"Ann"},"event":{"url":"https://x.example/?a=1&b=2"},"cart":{"items":[{"name":"Tea"}]}}"#;

fn mjml(title: &str, body: &str) -> String {
    format!(
        "<mjml>\n<mj-head><mj-title>{title}</mj-title><mj-preview>See</mj-preview></mj-head>\n<mj-body>\n\
         <mj-section><mj-column>\n{body}\n</mj-column></mj-section>\n</mj-body>\n</mjml>\n"
    )
}

/// An email template of this MJML, good otherwise.
fn email(mjml: &str) -> Folder {
    Folder::of(&[
        ("hello/email.en.mjml", mjml),
        ("hello/email.en.txt", "Hello"),
        ("hello/sample.json", SAMPLE),
    ])
}

#[track_caller]
fn assert_found(folder: &Folder, file: &str, place: Option<(usize, usize)>, words: &str) {
    let (found_in, found) = folder.only_finding();
    assert_eq!(found_in, file, "{found}");
    assert_eq!(found.line.zip(found.column), place, "{found}");
    assert!(found.message.contains(words), "`{words}` is not in: {found}");
}

#[test]
fn an_unknown_element_is_shown() {
    let folder = email(&mjml("Hi", "<mj-txt>Hello</mj-txt>"));
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((5, 2)),
        "unexpected element `mj-txt`",
    );
}

#[test]
fn an_unclosed_element_is_shown() {
    let folder = email("<mjml>\n<mj-body>\n  <mj-section>\n");
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((3, 3)),
        "`<mj-section>` is never closed",
    );
}

#[test]
fn a_broken_tag_is_shown_behind_jinja_tags_of_any_length() {
    let body =
        "<mj-text>{{ profile.first_name or \"a rather long way\nto say it\" }}</mj-text>\n<mj-text <b>Hi</mj-text>";
    let (file, found) = email(&mjml("Hi", body)).only_finding();
    assert_eq!((file.as_str(), found.line), ("hello/email.en.mjml", Some(7)), "{found}");
    assert!(found.message.starts_with("MJML: "), "{found}");
}

#[test]
fn an_attribute_that_does_nothing_is_a_warning() {
    let folder = email(&mjml("Hi", "<mj-text>Hi</mj-text>").replace("<mj-title>", "<mj-title lang=\"en\">"));
    let (templates, found) = folder.compile();
    assert_eq!(templates.len(), 1);
    assert!(
        found
            .iter()
            .all(|found| found.severity == Severity::Warning && found.line == Some(2)),
        "{found:?}"
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn broken_jinja_is_shown() {
    let folder = email(&mjml("Hi", "<mj-text>\nHello {{ profile.first_name or }}</mj-text>"));
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((6, 32)),
        "Jinja: unexpected end of variable block",
    );
    let folder = email(&mjml("Hi", "<mj-text>{% if profile %}Hello</mj-text>"));
    let (_, found) = folder.only_finding();
    assert!(found.message.contains("unexpected end of input"), "{found}");
    let folder = email(&mjml("Hi", "<mj-text>{{ 5|mony(\"EUR\") }}</mj-text>"));
    let (_, found) = folder.only_finding();
    assert!(found.message.contains("unknown filter"), "{found}");
    assert_eq!(found.line, Some(5));
}

#[test]
fn a_mistyped_name_is_shown() {
    let folder = email(&mjml(
        "Hi",
        "<mj-text>Hi {% if profile.fist_name %}you{% endif %}</mj-text>",
    ));
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((5, 19)),
        "`profile.fist_name` is not in `sample.json`",
    );
}

#[test]
fn a_mistyped_name_of_a_list_entry_is_shown() {
    let folder = email(&mjml(
        "Hi",
        "<mj-table>{% for line in cart.items %}<tr><td>{{ line.nmae }}</td></tr>{% endfor %}</mj-table>",
    ));
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((5, 50)),
        "`line.nmae` has no value here",
    );
}

#[test]
fn a_greeting_without_fallback_is_shown() {
    let folder = email(&mjml("Hi {{ profile.first_name }}", "<mj-text>Hello</mj-text>"));
    assert_found(
        &folder,
        "hello/email.en.mjml",
        Some((2, 26)),
        "`profile.first_name` has no value here",
    );
    let (_, found) = folder.only_finding();
    assert!(found.message.ends_with("where a profile has no traits"), "{found}");
}

#[test]
fn a_mistake_in_an_included_file_is_shown_there() {
    let page = mjml("Hi", "<mj-include path=\"_shared/note.mjml\" />");
    let folder = |note: &str| {
        Folder::of(&[
            ("_shared/note.mjml", note),
            ("hello/email.en.mjml", &page),
            ("hello/email.en.txt", "Hello"),
            ("hello/sample.json", SAMPLE),
        ])
    };
    let (templates, found) = folder("<mj-text>{{ event.url }}</mj-text>").compile();
    assert!(found.is_empty(), "{found:?}");
    assert!(html(&templates).contains("{{ event.url }}"));
    let broken = folder("<mj-text>\n{{ event.nothing }}</mj-text>");
    assert_found(
        &broken,
        "_shared/note.mjml",
        Some((2, 4)),
        "`event.nothing` has no value here",
    );
    let broken = folder("<mj-text>\n\n</mj-txt>");
    assert_found(
        &broken,
        "_shared/note.mjml",
        Some((3, 1)),
        "expected `</mj-text>`, found `</mj-txt>`",
    );
    let broken = folder("<mj-button>Go</mj-button><mj-teaser></mj-teaser>");
    assert_found(
        &broken,
        "_shared/note.mjml",
        Some((1, 27)),
        "unexpected element `mj-teaser`",
    );
    let broken = folder("<mj-section></mj-section>");
    assert_found(&broken, "_shared/note.mjml", Some((1, 13)), "loses its width");
    let broken = email(&page);
    assert_found(
        &broken,
        "hello/email.en.mjml",
        Some((5, 2)),
        "nothing to include at `_shared/note.mjml`",
    );
}

fn html(templates: &[Template]) -> &str {
    match &templates[0].parts[&Channel::Email]["en"] {
        Part::Email { html, .. } => html,
        Part::Sms { .. } | Part::Notice { .. } | Part::Plain { .. } | Part::Json { .. } => panic!("not an email"),
    }
}

#[test]
fn jinja_survives_wherever_it_stands() {
    let title = r#"Fish &amp; {{ profile.first_name or "chips" }}"#;
    let body = r#"<mj-raw>{% if cart.items|length < 9 and "}}" != "x" %}</mj-raw>
<mj-text><a href="{{ event.url or "https://x.example/" }}" title="Zwei&#10;
Zeilen">Go</a></mj-text>
<mj-image src="{{ event.url }}" alt="{{ profile.first_name or 'you' }}" />
<mj-button href="{{ event.url }}">Open {{ cart.items[0].name }}</mj-button>
<mj-raw>{% endif %}</mj-raw>"#;
    let folder = email(&mjml(title, body).replace("See", "{{ profile.first_name or \"You\" }}, see"));
    let (templates, found) = folder.compile();
    assert!(found.is_empty(), "{found:?}");
    let html = html(&templates);
    for tag in [
        r#"<title>Fish &amp; {{ profile.first_name or "chips" }}</title>"#,
        r#"{{ profile.first_name or "You" }}, see</div>"#,
        r#"{% if cart.items|length < 9 and "}}" != "x" %}"#,
        r#"<a href="{{ event.url or "https://x.example/" }}" title="Zwei&#10; Zeilen">"#,
        r#"src="{{ event.url }}""#,
        r#"alt="{{ profile.first_name or 'you' }}""#,
        "Open {{ cart.items[0].name }}",
    ] {
        assert!(html.contains(tag), "`{tag}` is not in {html}");
    }
    assert!(!html.contains("zq0x"), "{html}");
    let Part::Email { subject, .. } = &templates[0].parts[&Channel::Email]["en"] else {
        panic!("not an email");
    };
    assert_eq!(subject, r#"Fish & {{ profile.first_name or "chips" }}"#);
}

#[test]
fn files_that_are_missing_or_strange_are_named() {
    let good = mjml("Hi", "<mj-text>Hi</mj-text>");
    for (files, file, words) in [
        (
            vec![("a/email.en.mjml", good.as_str()), ("a/sample.json", "{}")],
            "a/email.en.mjml",
            "`email.en.txt`",
        ),
        (
            vec![("a/email.en.txt", "Hi"), ("a/sample.json", "{}")],
            "a/email.en.txt",
            "`email.en.mjml`",
        ),
        (vec![("a/sms.en.txt", "Hi")], "a", "expected `sample.json`"),
        (vec![("a/sample.json", "{}")], "a", "expected `email.<locale>.mjml`"),
        (
            vec![("a/sms.txt", "Hi"), ("a/sms.en.txt", "Hi")],
            "a/sms.txt",
            "`sms.<locale>.txt`",
        ),
        (vec![("A b/sms.en.txt", "Hi")], "A b", "expected a template's name"),
        (vec![("note.txt", "Hi")], "note.txt", "expected folders here"),
        (
            vec![("a/sms.en.txt", "Hi"), ("a/sample.json", "{\n\"a\": }")],
            "a/sample.json",
            "not JSON: expected value",
        ),
        (
            vec![("a/sms.en.txt", " \n"), ("a/sample.json", "{}")],
            "a/sms.en.txt",
            "comes out empty",
        ),
    ] {
        let folder = Folder::of(&files);
        let (_, found) = folder.compile();
        let named = found.iter().find(|found| found.message.contains(words));
        let named = named.unwrap_or_else(|| panic!("`{words}` is not in {found:?}"));
        assert_eq!(Path::new(&named.file), folder.0.join(file));
    }
    let untitled = email("<mjml><mj-head><mj-preview>See</mj-preview></mj-head><mj-body></mj-body></mjml>");
    assert_found(&untitled, "hello/email.en.mjml", None, "expected the subject");
}

#[test]
fn one_broken_template_leaves_the_others_alone() {
    let folder = Folder::of(&[
        ("bad/sms.en.txt", "{{ oops"),
        ("bad/sample.json", "{}"),
        ("good/sms.en.txt", "Hello"),
        ("good/sample.json", "{}"),
    ]);
    let (templates, found) = folder.compile();
    assert_eq!(templates.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(found.iter().filter(|found| found.is_error()).count(), 1);
}

#[test]
fn a_loop_without_end_is_an_error() {
    let folder = Folder::of(&[
        (
            "a/sms.en.txt",
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        ),
        ("a/sample.json", "{}"),
    ]);
    let (_, found) = folder.compile();
    assert!(
        found.iter().any(|found| found.message.contains("takes too long")),
        "{found:?}"
    );
}

#[test]
fn long_things_are_measured() {
    let long = email(&mjml("Hi", &format!("<mj-text>{}</mj-text>", "word ".repeat(22_000))));
    let (_, found) = long.only_finding();
    assert_eq!(found.severity, Severity::Warning);
    assert!(found.message.contains("Gmail clips"), "{found}");
    let sms = Folder::of(&[("a/sms.ru.txt", &"я".repeat(71)), ("a/sample.json", "{}")]);
    let (_, found) = sms.only_finding();
    assert_eq!(found.severity, Severity::Info);
    assert_eq!(found.message, "with the sample 2 SMS segments: 71 units of UCS-2");
}

#[test]
fn a_version_follows_the_content() {
    let version = |text: &str| {
        let folder = Folder::of(&[("a/sms.en.txt", text), ("a/sample.json", "{}")]);
        folder.compile().0.remove(0).version
    };
    assert_eq!(version("Hello"), version("Hello"));
    assert_ne!(version("Hello"), version("Hello!"));
}
