//! Rendering a message as the request that its service takes.

use super::engine::{self, Failure, Missing};
use super::header;
use super::render::WEBHOOK_MAX_BYTES;
use crate::domain::message::Message;
use crate::domain::service::{Service, is_for_services};
use crate::domain::time::Timestamp;
use crate::ports::call::{Call, Remembered};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, ErrorKind};
use std::collections::BTreeMap;

/// Longest address of a request, in bytes (RFC 9110 §4.1 wants 8,000 to be understood).
const URL_MAX_BYTES: usize = 8_000;
/// Longest value of a header, in bytes.
const HEADER_MAX_BYTES: usize = 4_096;

/// Words that address and headers may use.
pub const WORDS: [&str; 7] = ["secrets", "to", "message", "who", "campaign", "step", "profile"];
/// Words that a body may use.
pub const BODY_WORDS: [&str; 11] = [
    "to", "title", "text", "link", "body", "message", "who", "campaign", "step", "profile", "locale",
];

/// What to render.
#[derive(Debug, Clone, Copy)]
pub struct CallRequest<'a> {
    /// Which service takes it.
    pub service: &'a Service,
    /// Hosts that the workspace lists.
    pub hosts: &'a [String],
    /// The message.
    pub message: &'a Message,
    /// Its title, where it has one.
    pub title: Option<&'a str>,
    /// What it says; JSON where it is a request of a webhook.
    pub text: &'a str,
    /// Where it leads, where that is said.
    pub link: Option<&'a str>,
    /// When it leaves, for its signature.
    pub now: Timestamp,
}

/// Why a message cannot become a request. Says nothing of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The service does not take messages of this channel.
    #[error("service `{service}` does not carry {channel}")]
    NotCarried {
        /// Which service.
        service: String,
        /// Which channel.
        channel: &'static str,
    },
    /// A secret is not set.
    #[error("service `{service}` needs the secret `{secret}`, which is not set")]
    NoSecret {
        /// Which service.
        service: String,
        /// Its name.
        secret: String,
    },
    /// A text of the service's file does not render to what it has to be.
    #[error("service `{service}`, {part}: {what}")]
    Unsaid {
        /// Which service.
        service: String,
        /// `url`, `body` or a header.
        part: String,
        /// What is wrong.
        what: String,
    },
}

/// The message as a request. `secret` gives a secret by its name.
pub fn call<'s>(request: &CallRequest<'_>, secret: impl Fn(&str) -> Option<&'s str>) -> Result<Call, CallError> {
    let CallRequest { service, message, .. } = request;
    if !service.carries.contains(&message.channel) || !is_for_services(message.channel) {
        return Err(CallError::NotCarried {
            service: service.name.clone(),
            channel: message.channel.name(),
        });
    }
    let mut secrets = BTreeMap::new();
    for name in &service.secrets {
        let value = secret(name).ok_or_else(|| CallError::NoSecret {
            service: service.name.clone(),
            secret: name.clone(),
        })?;
        secrets.insert(name.as_str(), value);
    }
    let job = Job { request, secrets };
    let headers = service.headers.iter().map(|(name, source)| job.header(name, source));
    Ok(Call {
        service: service.name.clone(),
        method: service.method,
        url: job.url()?,
        headers: headers.collect::<Result<_, _>>()?,
        body: job.body()?,
        at_secs: request.now.as_second(),
        signing: service.signed.as_ref().map(|name| {
            let secret = job.secrets.get(name.as_str()).copied();
            secret.unwrap_or_default().to_owned()
        }),
        idempotency: service.idempotency.clone(),
        hosts: request.hosts.to_vec(),
        reading: service.reading.clone(),
        remembered: job.remembered()?,
    })
}

struct Job<'j> {
    request: &'j CallRequest<'j>,
    secrets: BTreeMap<&'j str, &'j str>,
}

impl Job<'_> {
    fn url(&self) -> Result<String, CallError> {
        let source = &self.request.service.url;
        let url = self.render(engine::URL, source, &self.words(), URL_MAX_BYTES, Missing::IsAnError)?;
        let url = url.trim();
        if url.chars().any(|c| c.is_control() || c == ' ') {
            return Err(self.unsaid("url", "holds white space"));
        }
        // A trait that is `..` would lead elsewhere on the same host.
        let path = url.split(['?', '#']).next().unwrap_or_default();
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(self.unsaid("url", "leads out of its path"));
        }
        Ok(url.to_owned())
    }

    fn header(&self, name: &str, source: &str) -> Result<(String, String), CallError> {
        let part = engine::HEADER;
        let value = self
            .render(part, source, &self.words(), HEADER_MAX_BYTES, Missing::IsAnError)
            .map_err(|error| match error {
                CallError::Unsaid { service, what, .. } => CallError::Unsaid {
                    service,
                    part: format!("header `{name}`"),
                    what,
                },
                CallError::NotCarried { .. } | CallError::NoSecret { .. } => error,
            })?;
        Ok((name.to_owned(), header::one_line(&value)))
    }

    fn body(&self) -> Result<String, CallError> {
        let text = self.request.text;
        let Some(source) = &self.request.service.body else {
            return match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err(self.unsaid(
                    "body",
                    "the message is not JSON, and the service's file wraps it in none",
                )),
            };
        };
        let words = self.body_words();
        let rendered = self.render(engine::JSON, source, &words, WEBHOOK_MAX_BYTES, Missing::PrintNothing)?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&rendered) {
            Ok(_) => Ok(rendered),
            Err(error) => {
                let what = format!("is not JSON at line {}, column {}", error.line(), error.column());
                Err(self.unsaid("body", &what))
            }
        }
    }

    /// By what the service's own calls will name the message and the person.
    fn remembered(&self) -> Result<Remembered, CallError> {
        let Some(inbound) = &self.request.service.inbound else {
            return Ok(Remembered::Nothing);
        };
        let by_person = inbound.asks_by_address();
        match inbound.person.as_ref().filter(|_| by_person) {
            Some(source) => {
                let words = self.body_words();
                let name = self.render(engine::HEADER, source, &words, HEADER_MAX_BYTES, Missing::PrintNothing)?;
                Ok(match name.trim() {
                    "" => Remembered::Message,
                    name => Remembered::MessageAndPerson(name.to_owned()),
                })
            }
            None if by_person => Ok(Remembered::MessageAndAddress),
            None => Ok(Remembered::Message),
        }
    }

    /// What a body sees.
    fn body_words(&self) -> Value {
        let text = self.request.text;
        let body: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        minijinja::context! {
            ..minijinja::context! {
                title => self.request.title.unwrap_or_default(),
                text => text,
                link => self.request.link.unwrap_or_default(),
                body => Value::from(Serde(body)),
                locale => &self.request.message.locale,
                secrets => (),
            },
            ..self.words()
        }
    }

    /// What every text sees.
    fn words(&self) -> Value {
        let message = self.request.message;
        let profile = message.context.get("profile").cloned().unwrap_or_default();
        minijinja::context! {
            secrets => Value::from(Serde(&self.secrets)),
            to => &message.to,
            message => message.id.as_str(),
            who => message.profile.as_str(),
            campaign => message.campaign.as_str(),
            step => &message.step,
            profile => Value::from(Serde(profile)),
        }
    }

    fn render(
        &self,
        part: &'static str,
        source: &str,
        words: &Value,
        limit: usize,
        missing: Missing,
    ) -> Result<String, CallError> {
        let named = part.trim_start_matches("request.");
        let named = if part == engine::JSON { "body" } else { named };
        let mut environment: Environment<'static> = engine::environment(missing);
        let rendered = engine::add(&mut environment, part, source)
            .map_err(Failure::Jinja)
            .and_then(|()| engine::render(&environment, part, words, limit));
        rendered.map_err(|failure| match failure {
            Failure::TooLarge => self.unsaid(named, &format!("longer than {limit} bytes")),
            Failure::Jinja(error) if error.kind() == ErrorKind::UndefinedError => {
                self.unsaid(named, "names something that has no value here")
            }
            // Details may hold values.
            Failure::Jinja(error) => self.unsaid(named, &error.kind().to_string()),
        })
    }

    fn unsaid(&self, part: &str, what: &str) -> CallError {
        CallError::Unsaid {
            service: self.request.service.name.clone(),
            part: part.to_owned(),
            what: what.to_owned(),
        }
    }
}
