//! What is shown. Everything is in the one document, nothing is fetched from anywhere, and nothing in it runs.

use crate::choices::Choice;
use crate::words::{FALLBACK, LANGUAGES};
use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue, header};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use beckon_shared::domain::campaign::Channel;
use minijinja::value::Value;
use minijinja::{Environment, context};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("../pages/style.css");

/// Each page, by its file's name, which tells that HTML is escaped in it.
const PAGES: [(&str, &str); 6] = [
    ("layout.html", include_str!("../pages/layout.html")),
    ("unsubscribe.html", include_str!("../pages/unsubscribe.html")),
    ("unsubscribed.html", include_str!("../pages/unsubscribed.html")),
    ("choose.html", include_str!("../pages/choose.html")),
    ("confirm.html", include_str!("../pages/confirm.html")),
    ("notice.html", include_str!("../pages/notice.html")),
];

/// What a busy store asks for.
const RETRY_AFTER_SECS: &str = "60";

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Asks whether to stop.
    Unsubscribe {
        /// What it is called.
        topic: String,
        /// On which channel.
        channel: Channel,
        /// The way to the preference page.
        preferences: String,
    },
    /// It is stopped.
    Unsubscribed {
        /// What it is called.
        topic: String,
        /// On which channel.
        channel: Channel,
        /// The way to the preference page.
        preferences: String,
    },
    /// What may come.
    Choose {
        /// All there is.
        choices: Vec<Choice>,
        /// Whether it was just saved.
        saved: bool,
    },
    /// Asks whose the address is.
    Confirm,
    /// A few words.
    Notice(Notice),
}

/// A page of a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The address is confirmed.
    Confirmed,
    /// The link's time is over.
    Expired,
    /// The link is not ours.
    Wrong,
    /// The store asks to wait.
    Busy,
    /// There is no such page.
    Missing,
    /// Not by this method.
    Method,
    /// The form is too large.
    Large,
}

impl Notice {
    const fn status(self) -> i64 {
        match self {
            Self::Confirmed => 200,
            Self::Wrong => 400,
            Self::Missing => 404,
            Self::Method => 405,
            Self::Expired => 410,
            Self::Large => 413,
            Self::Busy => 503,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::Wrong => "wrong",
            Self::Busy => "busy",
            Self::Missing => "missing",
            Self::Method => "method",
            Self::Large => "large",
        }
    }
}

/// The pages, compiled, in every language.
pub struct Pages {
    environment: Environment<'static>,
    words: BTreeMap<&'static str, BTreeMap<String, String>>,
    policy: String,
}

/// The pages cannot be read: the bundle was built wrongly.
#[derive(Debug)]
pub struct PagesError(String);

impl std::fmt::Display for PagesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the pages cannot be read: {}", self.0)
    }
}

impl std::error::Error for PagesError {}

impl Pages {
    /// Compiles them.
    pub fn new() -> Result<Self, PagesError> {
        let mut environment = Environment::new();
        for (name, source) in PAGES {
            let added = environment.add_template(name, source);
            added.map_err(|error| PagesError(error.to_string()))?;
        }
        let mut words = BTreeMap::new();
        for (language, json) in LANGUAGES {
            let read = serde_json::from_str(json).map_err(|error| PagesError(error.to_string()))?;
            words.insert(language, read);
        }
        let style = STANDARD.encode(Sha256::digest(STYLE));
        // No script, no picture, no frame; forms go back to where they came from (W3C, "Content Security Policy").
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        );
        Ok(Self {
            environment,
            words,
            policy,
        })
    }

    /// The page as an answer, in that language.
    pub fn respond(&self, page: &Page, language: &str) -> LambdaFunctionUrlResponse {
        let notice = match page {
            Page::Notice(notice) => Some(*notice),
            Page::Unsubscribe { .. } | Page::Unsubscribed { .. } | Page::Choose { .. } | Page::Confirm => None,
        };
        let body = self.html(page, language);
        let failed = body.is_none();
        let mut response = LambdaFunctionUrlResponse::default();
        response.status_code = if failed {
            500
        } else {
            notice.map_or(200, Notice::status)
        };
        response.headers = self.headers(notice);
        response.body = Some(body.unwrap_or_default());
        response
    }

    fn headers(&self, notice: Option<Notice>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(header::CONTENT_TYPE, "text/html; charset=utf-8");
        set(header::CACHE_CONTROL, "no-store");
        set(header::REFERRER_POLICY, "no-referrer");
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(HeaderName::from_static("x-robots-tag"), "noindex");
        match notice {
            Some(Notice::Busy) => {
                set(header::RETRY_AFTER, RETRY_AFTER_SECS);
            }
            Some(Notice::Method) => {
                set(header::ALLOW, "GET, HEAD, POST");
            }
            Some(Notice::Confirmed | Notice::Expired | Notice::Wrong | Notice::Missing | Notice::Large) | None => {}
        }
        if let Ok(policy) = HeaderValue::from_str(&self.policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        headers
    }

    /// The document; nothing where a page is broken, which a test renders all to see.
    fn html(&self, page: &Page, language: &str) -> Option<String> {
        let (language, words) = self
            .words
            .get_key_value(language)
            .or(self.words.get_key_value(FALLBACK))?;
        let word = |name: &str| words.get(name).cloned().unwrap_or_default();
        let (name, own) = match page {
            Page::Unsubscribe {
                topic,
                channel,
                preferences,
            } => (
                "unsubscribe.html",
                context! { topic, channel => word(channel.name()), preferences },
            ),
            Page::Unsubscribed {
                topic,
                channel,
                preferences,
            } => (
                "unsubscribed.html",
                context! { topic, channel => word(channel.name()), preferences },
            ),
            Page::Choose { choices, saved } => {
                let channels: Vec<Value> = by_channel(choices)
                    .into_iter()
                    .map(|(channel, choices)| {
                        let rows: Vec<Value> = choices
                            .into_iter()
                            .map(|choice| context! { name => choice.name(), label => choice.label.clone(), on => choice.on })
                            .collect();
                        context! { label => capital(&word(channel.name())), rows }
                    })
                    .collect();
                ("choose.html", context! { channels, saved })
            }
            Page::Confirm => ("confirm.html", context! {}),
            Page::Notice(notice) => (
                "notice.html",
                context! { title => word(&format!("{}_title", notice.word())), text => word(notice.word()) },
            ),
        };
        let common = context! { language => *language, t => words, style => Value::from_safe_string(STYLE.to_owned()) };
        let template = self.environment.get_template(name);
        let rendered = template.and_then(|template| template.render(context! { ..own, ..common }));
        rendered
            .inspect_err(|error| tracing::error!(page = name, kind = %error.kind(), "a page could not be rendered"))
            .ok()
    }
}

fn by_channel(choices: &[Choice]) -> BTreeMap<Channel, Vec<&Choice>> {
    let mut channels: BTreeMap<Channel, Vec<&Choice>> = BTreeMap::new();
    for choice in choices {
        channels.entry(choice.channel).or_default().push(choice);
    }
    channels
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(topic: &str, label: &str) -> Choice {
        Choice {
            channel: Channel::Email,
            topic: topic.to_owned(),
            label: label.to_owned(),
            on: true,
        }
    }

    fn every_page(topic: &str) -> Vec<Page> {
        let preferences = "/p/k1.abc".to_owned();
        let notices = [
            Notice::Confirmed,
            Notice::Expired,
            Notice::Wrong,
            Notice::Busy,
            Notice::Missing,
            Notice::Method,
            Notice::Large,
        ];
        let (topic, channel) = (topic.to_owned(), Channel::Email);
        let mut pages = vec![
            Page::Unsubscribe {
                topic: topic.clone(),
                channel,
                preferences: preferences.clone(),
            },
            Page::Unsubscribed {
                topic: topic.clone(),
                channel,
                preferences,
            },
            Page::Choose {
                choices: vec![choice(&topic, &topic)],
                saved: true,
            },
            Page::Confirm,
        ];
        pages.extend(notices.map(Page::Notice));
        pages
    }

    #[test]
    fn every_page_is_whole_in_every_language() {
        let pages = Pages::new().unwrap();
        for (language, _) in LANGUAGES {
            for page in every_page("News") {
                let response = pages.respond(&page, language);
                let html = response.body.unwrap();
                assert!(html.contains(&format!("<html lang=\"{language}\">")), "{page:?}");
                assert!(
                    html.trim_end().ends_with("</html>") && html.contains("<h1>"),
                    "{page:?}"
                );
                assert!(!html.contains("{topic}") && !html.contains("{channel}") && !html.contains("<h1></h1>"));
                assert!(
                    !html.contains("<script") && !html.contains("http"),
                    "nothing from elsewhere: {page:?}"
                );
                assert_eq!(html.matches("<title></title>").count(), 0);
            }
        }
        let unknown = pages.respond(&Page::Confirm, "xx").body.unwrap();
        assert!(unknown.contains("lang=\"en\""));
    }

    #[test]
    fn what_others_wrote_is_text() {
        let pages = Pages::new().unwrap();
        let evil = "\"><script>alert(1)</script>{{ 7 * 7 }}'";
        for page in every_page(evil) {
            let html = pages.respond(&page, "en").body.unwrap();
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("49'"), "{html}");
        }
    }

    #[test]
    fn browsers_are_told_to_keep_it_to_themselves() {
        let pages = Pages::new().unwrap();
        let response = pages.respond(&Page::Confirm, "en");
        let of = |name: &str| response.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(of("cache-control"), "no-store");
        assert_eq!(of("referrer-policy"), "no-referrer");
        assert_eq!(of("x-robots-tag"), "noindex");
        let policy = of("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"));
        let html = response.body.as_deref().unwrap();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let digest = STANDARD.encode(Sha256::digest(style));
        assert!(
            policy.contains(&format!("'sha256-{digest}'")),
            "the style that is there is the one allowed"
        );
    }
}
