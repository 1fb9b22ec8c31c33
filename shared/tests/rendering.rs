//! Rendering what `send` sends: people's words stay words, limits hold, errors keep secrets.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::domain::campaign::{Channel, Senders};
use beckon_shared::domain::event::Properties;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::{Part, RenderError, RenderRequest, Renderer, Template};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn email(subject: &str, html: &str, text: &str) -> Part {
    Part::Email {
        subject: subject.to_owned(),
        html: html.to_owned(),
        text: text.to_owned(),
    }
}

fn sms(text: &str) -> Part {
    Part::Sms { text: text.to_owned() }
}

fn template(parts: &[(&str, Part)]) -> Template {
    let mut channels: BTreeMap<Channel, BTreeMap<String, Part>> = BTreeMap::new();
    for (locale, part) in parts {
        let channel = match part {
            Part::Email { .. } => Channel::Email,
            Part::Sms { .. } => Channel::Sms,
            Part::Notice { .. } => Channel::Push,
            Part::Plain { .. } => Channel::Viber,
            Part::Json { .. } => Channel::Webhook,
        };
        channels
            .entry(channel)
            .or_default()
            .insert((*locale).to_owned(), part.clone());
    }
    Template::new("hello", channels)
}

fn context(value: Value) -> Properties {
    match value {
        Value::Object(context) => context,
        other => panic!("not an object: {other}"),
    }
}

fn render(template: &Template, channel: Channel, locale: &str, values: Value) -> Result<Content, RenderError> {
    let senders = Senders {
        email_from: Some("Juniper\r\nBcc: eve@example.com <hello@example.com>".to_owned()),
        email_reply_to: Some("help@example.com".to_owned()),
        sms_sender_id: Some("JUNIPER".to_owned()),
        sms_max_price: None,
    };
    Renderer::new().render(&RenderRequest {
        template,
        channel,
        locale,
        fallback: "en",
        context: &context(values),
        senders: &senders,
    })
}

fn email_of(part: Part, values: Value) -> (String, String, String) {
    match render(&template(&[("en", part)]), Channel::Email, "en", values).unwrap() {
        Content::Email {
            subject, html, text, ..
        } => (subject, html, text),
        Content::Sms { .. } | Content::Notice { .. } | Content::Plain { .. } | Content::Call(_) => {
            panic!("not an email")
        }
    }
}

fn sms_of(part: Part, values: Value) -> Result<String, RenderError> {
    match render(&template(&[("en", part)]), Channel::Sms, "en", values)? {
        Content::Sms { text, .. } => Ok(text),
        Content::Email { .. } | Content::Notice { .. } | Content::Plain { .. } | Content::Call(_) => {
            panic!("not a text message")
        }
    }
}

#[test]
fn html_in_a_trait_is_text() {
    let part = email(
        "{{ profile.name }}",
        "<p title=\"{{ profile.name }}\">{{ profile.name }}</p>",
        "{{ profile.name }}",
    );
    let (subject, html, text) = email_of(part, json!({"profile": {"name": "\"><script>x</script> & co"}}));
    assert!(
        !html.contains("<script>") && html.starts_with("<p title=\"&quot;&gt;&lt;"),
        "{html}"
    );
    assert!(html.contains("&lt;script&gt;"), "{html}");
    assert_eq!(subject, "\"><script>x</script> & co");
    assert_eq!(text, subject);
}

#[test]
fn line_breaks_in_a_trait_make_no_header() {
    let part = email("Hi {{ profile.name }}!", "x", "x");
    let (subject, ..) = email_of(part, json!({"profile": {"name": "Ann\r\nBcc: eve@example.com\u{0}\n"}}));
    assert_eq!(subject, "Hi Ann Bcc: eve@example.com !");
    let template = template(&[("en", email("Hi", "x", "x"))]);
    let Ok(Content::Email { from, reply_to, .. }) = render(&template, Channel::Email, "en", json!({})) else {
        panic!("not rendered");
    };
    assert!(!from.contains(['\r', '\n']), "{from:?}");
    assert_eq!(reply_to.as_deref(), Some("help@example.com"));
}

#[test]
fn jinja_in_a_trait_is_text() {
    let trick = "{{ 7 * 7 }}{% for a in range(9) %}x{% endfor %}";
    let (subject, html, text) = email_of(
        email("{{ profile.name }}", "{{ profile.name|safe }}", "{{ profile.name }}"),
        json!({"profile": {"name": trick}}),
    );
    assert_eq!([subject, html, text], [trick, trick, trick]);
}

#[test]
fn people_without_traits_are_greeted() {
    let part = sms("Hi {{ profile.first_name or \"there\" }}{% if profile.city %}, in {{ profile.city }}{% endif %}");
    for profile in [json!({}), json!({"first_name": null}), json!({"first_name": ""})] {
        assert_eq!(
            sms_of(part.clone(), json!({"profile": profile})).as_deref(),
            Ok("Hi there")
        );
    }
    assert_eq!(sms_of(part, json!({})).as_deref(), Ok("Hi there"));
}

#[test]
fn the_language_is_the_nearest_there_is() {
    let both = template(&[
        ("en", sms("Hello {{ 1|money('EUR') }}")),
        ("ru", sms("Привет {{ 1|money('EUR') }}")),
    ]);
    for (locale, expected) in [
        ("ru", "Привет 1,00 €"),
        ("ru-RU", "Привет 1,00 €"),
        ("de-DE", "Hello €1.00"),
        ("", "Hello €1.00"),
    ] {
        let Ok(Content::Sms { text, .. }) = render(&both, Channel::Sms, locale, json!({})) else {
            panic!("not rendered");
        };
        assert_eq!(text, expected, "{locale}");
    }
    let only_russian = template(&[("ru", sms("Привет"))]);
    assert!(render(&only_russian, Channel::Sms, "fr", json!({})).is_ok());
}

#[test]
fn a_channel_that_is_not_there_is_named() {
    let error = render(&template(&[("en", sms("Hello"))]), Channel::Email, "en", json!({})).unwrap_err();
    assert_eq!(error.to_string(), "template `hello` says nothing by email");
}

#[test]
fn what_does_not_end_is_stopped() {
    let part = sms("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}");
    let error = sms_of(part, json!({})).unwrap_err().to_string();
    assert!(
        error.starts_with("template `hello`, sms in `en`: engine ran out of fuel"),
        "{error}"
    );
}

#[test]
fn limits_hold() {
    assert_eq!(
        sms_of(sms("{{ x }}"), json!({"x": "я".repeat(1_600)})).map(|text| text.chars().count()),
        Ok(1_600)
    );
    for (part, words) in [
        (sms("{{ x }}"), "sms in `en`: longer than 1600 characters"),
        (email("{{ x }}", "x", "x"), "subject in `en`: longer than 998 bytes"),
        (
            email("x", "{% for i in range(400) %}{{ x }}{% endfor %}", "x"),
            "html in `en`: longer than 524288 bytes",
        ),
        (
            email("x", "x", "{% for i in range(80) %}{{ x }}{% endfor %}"),
            "text in `en`: longer than 102400 bytes",
        ),
        (email("{{ y }} ", "x", "x"), "subject in `en`: comes out empty"),
        (sms("{{ y }}"), "sms in `en`: comes out empty"),
    ] {
        let channel = match part {
            Part::Email { .. } => Channel::Email,
            Part::Sms { .. } => Channel::Sms,
            Part::Notice { .. } => Channel::Push,
            Part::Plain { .. } => Channel::Viber,
            Part::Json { .. } => Channel::Webhook,
        };
        let error = render(
            &template(&[("en", part)]),
            channel,
            "en",
            json!({"x": "я".repeat(1_601)}),
        )
        .unwrap_err();
        assert_eq!(error.to_string(), format!("template `hello`, {words}"));
    }
}

#[test]
fn errors_keep_what_people_said_to_themselves() {
    for source in [
        "{{ profile.name + 1 }}",
        "{{ profile.name|money(\"EUR\") }}",
        "{{ profile.name.shout() }}",
        "{{ profile.name|round }}",
        "{% for a, b in [profile.name] %}{% endfor %}",
        "{{ profile.name|fromjson }}",
        "{{ [profile]|total }}{{ profile.price|money(\"EUR\") }}",
        "{% include profile.name %}",
    ] {
        let values = json!({"profile": {"name": "Secretia", "price": "Secretia"}});
        let error = sms_of(sms(source), values).unwrap_err();
        assert!(!error.to_string().contains("Secretia"), "{error}");
        assert!(matches!(error, RenderError::Jinja { .. }), "{error}");
    }
}

#[test]
fn a_mistake_names_its_place_in_the_template() {
    let error = sms_of(
        sms("Hello\n{{ 1 + profile.name }}"),
        json!({"profile": {"name": "Ann"}}),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "template `hello`, sms in `en`: invalid operation, line 2, at `1 + profile.name`"
    );
}

#[test]
fn one_renderer_serves_many_versions() {
    let renderer = Renderer::new();
    let senders = Senders::default();
    let values = Properties::new();
    for round in 0..2 {
        for number in 0..100 {
            let template = template(&[("en", sms(&format!("Number {number}")))]);
            let content = renderer.render(&RenderRequest {
                template: &template,
                channel: Channel::Sms,
                locale: "en",
                fallback: "en",
                context: &values,
                senders: &senders,
            });
            let expected = Content::Sms {
                sender_id: None,
                max_price: None,
                text: format!("Number {number}"),
            };
            assert_eq!(content, Ok(expected), "round {round}");
        }
    }
    let template = template(&[("en", email("Hi", "x", "x"))]);
    let request = RenderRequest {
        template: &template,
        channel: Channel::Email,
        locale: "en",
        fallback: "en",
        context: &values,
        senders: &senders,
    };
    assert_eq!(renderer.render(&request), Err(RenderError::NoSender));
}
