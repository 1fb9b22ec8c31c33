//! Templates of push, chats, pages and webhooks: titles, limits, JSON that stays JSON.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::template::compile_dir;
use beckon_shared::domain::campaign::{Channel, Form, Senders};
use beckon_shared::domain::event::Properties;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::{RenderError, RenderRequest, Renderer, Template};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const SAMPLE: &str = r#"{"profile":{"first_name":"Ann"},"event":{"total":5,"products":[{"name":"Tea"}]}}"#;

/// What comes of a template with this one file, and the errors that are found.
fn compile(name: &str, file: &str, text: &str) -> (Vec<Template>, Vec<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other-channels").join(name);
    // Left over from an earlier run.
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("it goes");
    }
    fs::create_dir_all(folder.join("hello")).unwrap();
    fs::write(folder.join("hello/sample.json"), SAMPLE).unwrap();
    fs::write(folder.join("hello").join(file), text).unwrap();
    let (templates, found) = compile_dir(&folder);
    let said = found
        .iter()
        .filter(|found| found.is_error())
        .map(|found| found.message.clone());
    (templates, said.collect())
}

fn good(name: &str, file: &str, text: &str) -> Template {
    let (mut templates, said) = compile(name, file, text);
    assert!(said.is_empty(), "{said:?}");
    templates.remove(0)
}

fn render(template: &Template, channel: Channel, context: Value) -> Result<(Option<String>, String), RenderError> {
    let Value::Object(context) = context else {
        panic!("not an object");
    };
    let context: Properties = context;
    let content = Renderer::new().render(&RenderRequest {
        template,
        channel,
        locale: "en",
        fallback: "en",
        context: &context,
        senders: &Senders::default(),
    })?;
    match content {
        Content::Notice { title, text, .. } | Content::Plain { title, text, .. } => Ok((title, text)),
        other => panic!("another kind of message: {other:?}"),
    }
}

#[test]
fn the_first_line_is_a_title_where_an_empty_one_follows() {
    let text = "Hi {{ profile.first_name or \"there\" }}\n\nYour tea waits.\nGet it.\n";
    for (channel, title, expected) in [
        (Channel::Push, Some("Hi Ann"), "Your tea waits.\nGet it."),
        (Channel::Webpush, Some("Hi Ann"), "Your tea waits.\nGet it."),
        (Channel::Onsite, Some("Hi Ann"), "Your tea waits.\nGet it."),
        (Channel::Viber, None, "Hi Ann\n\nYour tea waits.\nGet it."),
        (Channel::Whatsapp, None, "Hi Ann\n\nYour tea waits.\nGet it."),
    ] {
        let name = channel.name();
        let template = good(&format!("title-{name}"), &format!("{name}.en.txt"), text);
        let context = json!({ "profile": { "first_name": "Ann\n" } });
        let (found, text) = render(&template, channel, context).unwrap();
        assert_eq!(
            (found.as_deref(), text.replace("Ann\n", "Ann").as_str()),
            (title, expected),
            "{name}"
        );
    }
    let template = good("no-title", "push.en.txt", "Your tea\nwaits.");
    let (title, text) = render(&template, Channel::Push, json!({})).unwrap();
    assert_eq!((title, text.as_str()), (None, "Your tea\nwaits."));
}

#[test]
fn a_request_stays_json_whatever_a_person_is_called() {
    let template = good(
        "json",
        "webhook.en.json",
        r#"{ "hello": "Hi {{ profile.first_name or "you" }}", "name": {{ profile.first_name|json }},
             "total": {{ event.total }}, "products": {{ event.products }} }"#,
    );
    let name = "A\"n\\n\n</script>{{ event }}";
    let context = json!({
        "profile": { "first_name": name },
        "event": { "total": 5.5, "products": [{ "name": "\"Tea\"" }] }
    });
    let (title, text) = render(&template, Channel::Webhook, context).unwrap();
    let made: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(title, None);
    assert_eq!(
        made,
        json!({
            "hello": format!("Hi {name}"), "name": name, "total": 5.5, "products": [{ "name": "\"Tea\"" }]
        })
    );
    let context = json!({ "event": { "total": 1, "products": [] } });
    let (_, text) = render(&template, Channel::Webhook, context).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({ "hello": "Hi you", "name": null, "total": 1, "products": [] })
    );
}

#[test]
fn a_request_that_is_not_json_is_refused_beforehand() {
    let (templates, said) = compile("no-json", "webhook.en.json", "{ \"total\": {{ event.total }}, }");
    assert!(templates.is_empty());
    assert_eq!(
        said,
        ["template `hello`, request.json in `en`: is not JSON at line 1, column 15"]
    );
    let bare = "{ \"name\": \"{{ profile.first_name or \"\" }}\", \"age\": {{ profile.first_name and 5 }} }";
    let (_, said) = compile("no-json-without-traits", "webhook.en.json", bare);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].ends_with("where a profile has no traits"), "{said:?}");
}

#[test]
fn what_is_too_long_for_its_channel_is_refused() {
    for (channel, longest, limit) in [
        (Channel::Push, 3_700, "3700 bytes with its title and link"),
        (Channel::Webpush, 3_700, "3700 bytes with its title and link"),
        (Channel::Viber, 1_000, "1000 characters"),
        (Channel::Whatsapp, 4_096, "4096 characters"),
        (Channel::Onsite, 4_096, "4096 characters"),
    ] {
        let name = channel.name();
        let template = good(&format!("long-{name}"), &format!("{name}.en.txt"), "{{ event.total }}");
        let of = |length: usize| render(&template, channel, json!({ "event": { "total": "x".repeat(length) } }));
        assert!(of(longest).is_ok(), "{name}");
        let refused = of(longest + 1).expect_err(name).to_string();
        assert!(refused.ends_with(&format!("longer than {limit}")), "{refused}");
    }
}

#[test]
fn a_file_of_no_channel_is_named() {
    for file in ["pigeon.en.txt", "push.en.json", "webhook.en.txt"] {
        let (_, said) = compile(&format!("wrong-{file}"), file, "Hi");
        let named = said.iter().any(|said| said.contains("`webhook.<locale>.json`"));
        assert!(named, "{file}: {said:?}");
    }
}

/// What a notification or a message on the page comes out as.
fn notice(template: &Template, channel: Channel, context: Value) -> Result<Content, RenderError> {
    let Value::Object(context) = context else {
        panic!("not an object");
    };
    Renderer::new().render(&RenderRequest {
        template,
        channel,
        locale: "en",
        fallback: "en",
        context: &context,
        senders: &Senders::default(),
    })
}

#[test]
fn a_head_says_where_a_message_leads_and_in_which_form_it_appears() {
    let head = "---\nform: popup\nlink: \"{{ event.url or '' }}\"\n---\nHi\n\nLook here.";
    let (_, said) = compile("head-unknown", "onsite.en.txt", head);
    assert_eq!(said, ["`event.url` is not in `sample.json`; is it mistyped"]);
    let head = "---\nform: popup\nlink: https://shop.example.com/{{ event.total or '' }}\n---\nHi\n\nLook here.";
    let template = good("head", "onsite.en.txt", head);
    let said = notice(&template, Channel::Onsite, json!({ "event": { "total": 5 } })).unwrap();
    assert_eq!(
        said,
        Content::Notice {
            form: Form::Popup,
            title: Some("Hi".to_owned()),
            text: "Look here.".to_owned(),
            link: Some("https://shop.example.com/5".to_owned()),
        }
    );
    let template = good("head-path", "onsite.en.txt", "---\nlink: /cart\n---\nLook here.");
    let Ok(Content::Notice { form, link, .. }) = notice(&template, Channel::Onsite, json!({})) else {
        panic!("a message on the page")
    };
    assert_eq!((form, link.as_deref()), (Form::Chat, Some("/cart")));
}

#[test]
fn a_head_that_says_something_else_is_shown() {
    for (name, file, text, expected) in [
        (
            "push-form",
            "push.en.txt",
            "---\nform: popup\n---\nHi",
            "only messages on the page have a form",
        ),
        (
            "no-form",
            "onsite.en.txt",
            "---\nform: window\n---\nHi",
            "expected `chat`, `popup` or `banner`",
        ),
        (
            "no-word",
            "onsite.en.txt",
            "---\ncolour: red\n---\nHi",
            "expected `link: …` or `form: …`",
        ),
        (
            "no-link",
            "push.en.txt",
            "---\nlink: javascript:alert(1)\n---\nHi",
            "template `hello`, link in `en`: is not an `https://` address",
        ),
        (
            "no-path",
            "webpush.en.txt",
            "---\nlink: /cart\n---\nHi",
            "template `hello`, link in `en`: is not an `https://` address",
        ),
        (
            "elsewhere",
            "onsite.en.txt",
            "---\nlink: //evil.example\n---\nHi",
            "template `hello`, link in `en`: is not an `https://` address",
        ),
    ] {
        let (templates, said) = compile(name, file, text);
        assert!(templates.is_empty(), "{name}");
        assert_eq!(said[0], expected, "{name}");
    }
}
