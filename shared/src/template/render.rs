//! Rendering a message: language, limits, and nothing of a person in an error.

use super::engine::{self, Failure, Missing};
use super::{Part, RenderError, Template, header, locale};
use crate::domain::campaign::{Channel, Senders};
use crate::domain::event::Properties;
use crate::domain::id::Version;
use crate::ports::sender::Content;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, ErrorKind};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Largest HTML part, in bytes.
pub const HTML_MAX_BYTES: usize = 512 * 1024;
/// Largest text part, in bytes.
pub const TEXT_MAX_BYTES: usize = 100 * 1024;
/// Longest subject, in bytes (RFC 5322 §2.1.1: a line of 998 characters).
pub const SUBJECT_MAX_BYTES: usize = 998;
/// Longest text message, in characters (SNS `Publish`).
pub const SMS_MAX_CHARS: usize = 1_600;

/// Largest notification, title and text together, in bytes (APNs: 4 KB a payload; FCM: 4,096 bytes a
/// message), less what is written around them.
pub const PUSH_MAX_BYTES: usize = 3_700;
/// Largest notification of a browser, in bytes (RFC 8291 §4: 3,993 of the 4,096 that RFC 8030 §7.2 has push
/// services take), less what is written around them.
pub const WEBPUSH_MAX_BYTES: usize = 3_700;
/// Longest WhatsApp message, in characters (Cloud API, `text.body`).
pub const WHATSAPP_MAX_CHARS: usize = 4_096;
/// Longest Viber message, in characters (Viber Business Messages, `text`).
pub const VIBER_MAX_CHARS: usize = 1_000;
/// Longest message on the page, in characters: more is a page of its own.
pub const ONSITE_MAX_CHARS: usize = 4_096;
/// Largest request of a webhook, in bytes.
pub const WEBHOOK_MAX_BYTES: usize = 64 * 1024;

/// Longest link, in bytes.
pub const LINK_MAX_BYTES: usize = 1_024;

/// Compiled templates that are kept.
const CACHE_MAX: usize = 64;

/// What to render, for whom.
#[derive(Debug, Clone, Copy)]
pub struct RenderRequest<'a> {
    /// What it is rendered from.
    pub template: &'a Template,
    /// For which channel.
    pub channel: Channel,
    /// The person's language (BCP 47).
    pub locale: &'a str,
    /// The workspace's, where the template lacks the person's.
    pub fallback: &'a str,
    /// What the template sees.
    pub context: &'a Properties,
    /// Who it comes from.
    pub senders: &'a Senders,
}

/// Renders messages; keeps what it compiled, by template version and language.
#[derive(Default)]
pub struct Renderer {
    compiled: Mutex<VecDeque<(CacheKey, Arc<Environment<'static>>)>>,
}

type CacheKey = (Version, Channel, String);

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").finish_non_exhaustive()
    }
}

impl Renderer {
    /// One that has compiled nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the message says.
    pub fn render(&self, request: &RenderRequest<'_>) -> Result<Content, RenderError> {
        let template = request.template;
        let (language, part) = template
            .parts
            .get(&request.channel)
            .and_then(|parts| locale::pick(parts, request.locale, request.fallback))
            .ok_or_else(|| RenderError::NoPart {
                template: template.name.clone(),
                channel: request.channel,
            })?;
        let job = Job {
            template: &template.name,
            language,
            environment: self.environment(template, request.channel, language, part)?,
            context: context(request.context, language),
        };
        match part {
            Part::Email { subject, html, text } => {
                let from = request.senders.email_from.as_deref().map(header::one_line);
                Ok(Content::Email {
                    from: from.filter(|from| !from.is_empty()).ok_or(RenderError::NoSender)?,
                    reply_to: request.senders.email_reply_to.as_deref().map(header::one_line),
                    subject: job.subject(subject)?,
                    html: job.bytes(engine::HTML, html, HTML_MAX_BYTES)?,
                    text: job.bytes(engine::TEXT, text, TEXT_MAX_BYTES)?,
                })
            }
            Part::Sms { text } => Ok(Content::Sms {
                sender_id: request.senders.sms_sender_id.clone(),
                max_price: request.senders.sms_max_price,
                text: job.sms(text)?,
            }),
            Part::Plain { title, text, link } => {
                let title = title.as_deref().map(|title| job.title(title)).transpose()?;
                let link = match link {
                    Some(link) => job.link(link, request.channel)?,
                    None => None,
                };
                let text = job.plain(text, request.channel, title.as_ref().map_or(0, String::len))?;
                Ok(Content::Plain { title, text, link })
            }
            Part::Notice {
                form,
                title,
                text,
                link,
            } => {
                let title = title.as_deref().map(|title| job.title(title)).transpose()?;
                let link = match link {
                    Some(link) => job.link(link, request.channel)?,
                    None => None,
                };
                let beside = [&title, &link]
                    .into_iter()
                    .flatten()
                    .map(|text| written_bytes(text))
                    .sum();
                let text = job.plain(text, request.channel, beside)?;
                Ok(Content::Notice {
                    form: *form,
                    title,
                    text,
                    link,
                })
            }
            Part::Json { body } => Ok(Content::Plain {
                title: None,
                link: None,
                text: job.json(body)?,
            }),
        }
    }

    /// The compiled part: kept, or compiled now.
    fn environment(
        &self,
        template: &Template,
        channel: Channel,
        language: &str,
        part: &Part,
    ) -> Result<Arc<Environment<'static>>, RenderError> {
        let key = (template.version.clone(), channel, language.to_owned());
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, environment)) = compiled.iter().find(|(kept, _)| *kept == key) {
            return Ok(Arc::clone(environment));
        }
        let mut environment = engine::environment(Missing::PrintNothing);
        for (name, source) in part.sources() {
            engine::add(&mut environment, name, source).map_err(|error| RenderError::Jinja {
                template: template.name.clone(),
                part: name,
                locale: language.to_owned(),
                what: impersonal(&error, &engine::keep_line_breaks(source)),
            })?;
        }
        let environment = Arc::new(environment);
        if compiled.len() >= CACHE_MAX {
            compiled.pop_front();
        }
        compiled.push_back((key, Arc::clone(&environment)));
        Ok(environment)
    }
}

/// What a template sees: the message's context, and the language it is rendered in.
pub fn context(properties: &Properties, language: &str) -> Value {
    minijinja::context! {
        ..minijinja::context! { locale => language },
        ..Value::from(Serde(properties))
    }
}

/// One part being rendered.
struct Job<'a> {
    template: &'a str,
    language: &'a str,
    environment: Arc<Environment<'static>>,
    context: Value,
}

impl Job<'_> {
    fn subject(&self, source: &str) -> Result<String, RenderError> {
        // What is collapsed does not count, within reason.
        let text = self.output(engine::SUBJECT, source, SUBJECT_MAX_BYTES * 4)?;
        let line = header::one_line(&text);
        if line.len() > SUBJECT_MAX_BYTES {
            return Err(self.too_large(engine::SUBJECT, format!("{SUBJECT_MAX_BYTES} bytes")));
        }
        self.not_empty(engine::SUBJECT, line)
    }

    fn bytes(&self, part: &'static str, source: &str, limit: usize) -> Result<String, RenderError> {
        let text = self.output(part, source, limit)?;
        self.not_empty(part, text)
    }

    fn sms(&self, source: &str) -> Result<String, RenderError> {
        let text = self.output(engine::SMS, source, SMS_MAX_CHARS * 4)?;
        let text = text.trim();
        if text.chars().count() > SMS_MAX_CHARS {
            return Err(self.too_large(engine::SMS, format!("{SMS_MAX_CHARS} characters")));
        }
        self.not_empty(engine::SMS, text.to_owned())
    }

    fn title(&self, source: &str) -> Result<String, RenderError> {
        let text = self.output(engine::TITLE, source, PUSH_MAX_BYTES)?;
        self.not_empty(engine::TITLE, header::one_line(&text))
    }

    /// Where a message leads; nowhere, if nothing comes out.
    fn link(&self, source: &str, channel: Channel) -> Result<Option<String>, RenderError> {
        let text = self.output(engine::LINK, source, LINK_MAX_BYTES)?;
        let link = header::one_line(&text);
        let on_the_page = channel == Channel::Onsite && link.starts_with('/') && !link.starts_with("//");
        if link.is_empty() {
            Ok(None)
        } else if (link.starts_with("https://") || on_the_page) && !link.contains([' ', '\\']) {
            Ok(Some(link))
        } else {
            Err(RenderError::NotALink {
                template: self.template.to_owned(),
                part: engine::LINK,
                locale: self.language.to_owned(),
            })
        }
    }

    /// A text that is not longer than its channel takes, with so many bytes beside it.
    fn plain(&self, source: &str, channel: Channel, beside: usize) -> Result<String, RenderError> {
        const PART: &str = engine::PLAIN;
        let text = self.output(PART, source, WHATSAPP_MAX_CHARS * 4)?;
        let text = text.trim();
        let bytes = match channel {
            // It travels in JSON.
            Channel::Push | Channel::Webpush => written_bytes(text) + beside,
            Channel::Email | Channel::Sms | Channel::Onsite | Channel::Viber | Channel::Whatsapp | Channel::Webhook => {
                text.len() + beside
            }
        };
        let chars = text.chars().count();
        let (length, limit, unit) = match channel {
            Channel::Push => (bytes, PUSH_MAX_BYTES, "bytes with its title and link"),
            Channel::Webpush => (bytes, WEBPUSH_MAX_BYTES, "bytes with its title and link"),
            Channel::Onsite => (chars, ONSITE_MAX_CHARS, "characters"),
            Channel::Viber => (chars, VIBER_MAX_CHARS, "characters"),
            Channel::Whatsapp => (chars, WHATSAPP_MAX_CHARS, "characters"),
            Channel::Email => (bytes, TEXT_MAX_BYTES, "bytes"),
            Channel::Sms => (chars, SMS_MAX_CHARS, "characters"),
            Channel::Webhook => (bytes, WEBHOOK_MAX_BYTES, "bytes"),
        };
        if length > limit {
            return Err(self.too_large(PART, format!("{limit} {unit}")));
        }
        self.not_empty(PART, text.to_owned())
    }

    fn json(&self, source: &str) -> Result<String, RenderError> {
        let text = self.output(engine::JSON, source, WEBHOOK_MAX_BYTES)?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(RenderError::NotJson {
                template: self.template.to_owned(),
                part: engine::JSON,
                locale: self.language.to_owned(),
                line: error.line(),
                column: error.column(),
            }),
        }
    }

    fn output(&self, part: &'static str, source: &str, limit: usize) -> Result<String, RenderError> {
        engine::render(&self.environment, part, &self.context, limit).map_err(|failure| match failure {
            Failure::TooLarge => self.too_large(part, format!("{limit} bytes")),
            Failure::Jinja(error) => RenderError::Jinja {
                template: self.template.to_owned(),
                part,
                locale: self.language.to_owned(),
                what: impersonal(&error, &engine::keep_line_breaks(source)),
            },
        })
    }

    fn too_large(&self, part: &'static str, limit: String) -> RenderError {
        RenderError::TooLarge {
            template: self.template.to_owned(),
            part,
            locale: self.language.to_owned(),
            limit,
        }
    }

    fn not_empty(&self, part: &'static str, text: String) -> Result<String, RenderError> {
        if text.trim().is_empty() {
            return Err(RenderError::Empty {
                template: self.template.to_owned(),
                part,
                locale: self.language.to_owned(),
            });
        }
        Ok(text)
    }
}

/// How many bytes the text takes in JSON, without its quotes.
fn written_bytes(text: &str) -> usize {
    // Texts can always be written.
    serde_json::to_string(text).map_or(usize::MAX / 4, |written| written.len() - 2)
}

/// What went wrong, in words of the template: its kind, the line and the expression there. Details
/// are repeated only where they cannot hold a value.
fn impersonal(error: &Error, source: &str) -> String {
    let mut what = error.kind().to_string();
    let about_names = matches!(
        error.kind(),
        ErrorKind::SyntaxError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::MissingArgument
            | ErrorKind::TooManyArguments
    );
    if let (true, Some(detail)) = (about_names, error.detail()) {
        what = format!("{what}: {detail}");
    }
    if let Some(line) = error.line() {
        what = format!("{what}, line {line}");
        if let Some(text) = error.range().and_then(|range| source.get(range)) {
            what = format!("{what}, at `{}`", header::one_line(text));
        }
    }
    what
}
