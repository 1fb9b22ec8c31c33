//! The shipped templates, compiled and rendered as `send` does, beside what they are known to
//! give. `UPDATE_GOLDEN=1` writes what they give now; read the difference before keeping it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::diagnostic::Severity;
use beckon_shared::authoring::template::{compile_dir, reads, with_links};
use beckon_shared::domain::campaign::Senders;
use beckon_shared::domain::event::Properties;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::{RenderRequest, Renderer, Template};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns/templates")
}

fn shipped() -> Vec<Template> {
    let (templates, found) = compile_dir(&folder());
    let bad: Vec<String> = found
        .iter()
        .filter(|diagnostic| diagnostic.severity > Severity::Info)
        .map(ToString::to_string)
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
    templates
}

fn sample(template: &Template) -> Properties {
    let path = folder().join(&template.name).join("sample.json");
    with_links(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn senders() -> Senders {
    Senders {
        email_from: Some("Juniper <hello@shop.example.com>".to_owned()),
        email_reply_to: None,
        sms_sender_id: Some("JUNIPER".to_owned()),
        sms_max_price: None,
    }
}

/// Templates that are known to the letter; of the others only what every template must do is asked.
const KNOWN: [&str; 4] = ["birthday", "cart-reminder", "replenish", "trial-ended"];

#[test]
fn every_known_part_renders_as_known() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let renderer = Renderer::new();
    let mut different = Vec::new();
    let mut seen = 0;
    for template in shipped()
        .into_iter()
        .filter(|template| KNOWN.contains(&template.name.as_str()))
    {
        let context = sample(&template);
        for (channel, parts) in &template.parts {
            for locale in parts.keys() {
                let content = renderer
                    .render(&RenderRequest {
                        template: &template,
                        channel: *channel,
                        locale,
                        fallback: "en",
                        context: &context,
                        senders: &senders(),
                    })
                    .unwrap();
                let files = match content {
                    Content::Email {
                        subject, html, text, ..
                    } => vec![("html", html), ("txt", format!("Subject: {subject}\n\n{text}\n"))],
                    Content::Sms { text, .. } => vec![("txt", format!("{text}\n"))],
                    Content::Notice { title, text, .. } | Content::Plain { title, text, .. } => {
                        let title = title.map(|title| format!("{title}\n\n")).unwrap_or_default();
                        vec![("txt", format!("{title}{text}\n"))]
                    }
                    Content::Call(_) => panic!("templates make no calls"),
                };
                for (ending, rendered) in files {
                    let name = format!("{}.{}.{locale}.{ending}", template.name, channel.name());
                    let path = golden.join(&name);
                    if update {
                        std::fs::create_dir_all(&golden).unwrap();
                        std::fs::write(&path, &rendered).unwrap();
                    }
                    if std::fs::read_to_string(&path).ok().as_ref() != Some(&rendered) {
                        different.push(name);
                    }
                    seen += 1;
                }
            }
        }
    }
    assert!(
        different.is_empty(),
        "differ from tests/golden: {}",
        different.join(", ")
    );
    assert_eq!(
        seen, 22,
        "four emails, two text messages and a notification, in two languages"
    );
}

#[test]
fn what_templates_read_is_known() {
    let paths = |name: &str| -> Vec<String> {
        let templates = shipped();
        let template = templates.iter().find(|template| template.name == name).unwrap();
        reads(template).into_iter().collect()
    };
    let cart = paths("cart-reminder");
    for path in ["cart.items", "profile.first_name", "variant"] {
        assert!(cart.iter().any(|read| read == path), "{path} in {cart:?}");
    }
    assert_eq!(
        paths("birthday"),
        ["preferences_url", "profile.first_name", "unsubscribe_url"]
    );
}

#[test]
fn nothing_of_jinja_or_mjml_is_left_over() {
    for template in shipped() {
        let mut context = sample(&template);
        context.insert("profile".to_owned(), serde_json::json!({}));
        for (channel, locale) in template
            .parts
            .keys()
            .flat_map(|channel| ["en", "ru"].map(|locale| (*channel, locale)))
        {
            let content = Renderer::new()
                .render(&RenderRequest {
                    template: &template,
                    channel,
                    locale,
                    fallback: "en",
                    context: &context,
                    senders: &senders(),
                })
                .unwrap();
            let parts = match content {
                Content::Email {
                    subject, html, text, ..
                } => vec![("subject", subject), ("html", html), ("text", text)],
                Content::Sms { text, .. } => vec![("text", text)],
                Content::Notice { title, text, .. } | Content::Plain { title, text, .. } => {
                    vec![("title", title.unwrap_or_default()), ("text", text)]
                }
                Content::Call(_) => panic!("templates make no calls"),
            };
            for (part, output) in &parts {
                for left in ["{{", "{%", "<mj-", "undefined", "none"] {
                    let clean = !output.contains(left) || (*part == "html" && left == "none");
                    assert!(clean, "{} {locale} {part}: `{left}` in {output}", template.name);
                }
            }
        }
    }
}
