//! Messages to services over HTTP: messengers, chats, CRMs, as their files describe them.
//!
//! - [`destination`] says which addresses may be called at all;
//! - [`resolver`] keeps names from leading into private networks, after they are resolved;
//! - [`signature`] signs requests, and verifies the services' own;
//! - [`exchange`] makes one request and reads a bounded answer;
//! - [`answer`] says what the answer means.
//!
//! Redirects are not followed: the host that was checked is the host that answers.

mod answer;
mod destination;
pub(super) mod exchange;
mod resolver;
pub mod signature;
#[cfg(test)]
mod tests;

pub use destination::{Destination, DestinationError};
pub use exchange::ANSWER_MAX_BYTES;

use super::misdirected;
use crate::domain::campaign::Channel;
use crate::ports::Sender;
use crate::ports::call::Call;
use crate::ports::sender::{Attempt, Content, Outgoing, SendError, Taken};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exchange::{Exchange, Limits, NoAnswer, Road};

/// What the sender calls itself in errors about content that is not its own.
const PROVIDER: &str = "webhook";

/// Sends messages to services. Makes one attempt a call.
#[derive(Debug)]
pub struct WebhookSender {
    exchange: Exchange,
    /// Where all services are called instead, on the local stack and in tests.
    instead: Option<String>,
}

impl WebhookSender {
    /// A sender to the services themselves; or, with `instead` (`http://127.0.0.1:…/services`), to that
    /// place for all of them, under `/<host>/<path>`, where private addresses and plain HTTP are allowed.
    pub fn new(instead: Option<&str>) -> Self {
        match instead {
            Some(url) => Self::instead(url, Limits::default()),
            None => Self {
                exchange: Exchange::new(Road::public(), Limits::default()),
                instead: None,
            },
        }
    }

    fn instead(url: &str, limits: Limits) -> Self {
        Self {
            exchange: Exchange::new(Road::Plain, limits),
            instead: Some(url.trim_end_matches('/').to_owned()),
        }
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Content::Call(call) = &outgoing.content else {
            return Err(misdirected(PROVIDER));
        };
        let fail = |reason: &dyn std::fmt::Display| SendError::Fail {
            reason: format!("{}: {reason}", call.service),
        };
        let destination = Destination::parse(&call.url, &call.hosts).map_err(|error| fail(&error))?;
        let url = match &self.instead {
            Some(instead) => destination.under(instead),
            None => call.url.clone(),
        };
        let mut headers = headers(call, outgoing).map_err(|reason| fail(&reason))?;
        if self.instead.is_some() {
            headers.extend(told(call, outgoing));
        }
        match self
            .exchange
            .send(call.method.name(), &url, headers, call.body.as_str())
            .await
        {
            Ok(answer) => answer::read(call, &answer),
            Err(NoAnswer::Refused(reason)) => Err(fail(&reason)),
            Err(NoAnswer::Unreachable) => Err(SendError::Retry {
                reason: format!("{}: could not be reached", call.service),
                after: None,
            }),
            Err(NoAnswer::Lost(reason)) => Err(answer::unsure(call, reason)),
        }
    }
}

/// All headers of a request: those of every request, and the service's own.
fn headers(call: &Call, outgoing: &Outgoing) -> Result<Vec<(String, String)>, signature::NotASecret> {
    let own = |name: &str| call.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut headers = call.headers.clone();
    for (name, value) in [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("user-agent", concat!("beckon/", env!("CARGO_PKG_VERSION"))),
    ] {
        if !own(name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    if let Some(name) = &call.idempotency {
        headers.push((name.clone(), outgoing.message.to_string()));
    }
    if let Some(secret) = &call.signing {
        let id = outgoing.message.as_str();
        let signature = signature::standard(secret, id, call.at_secs, call.body.as_bytes())?;
        headers.push(("webhook-id".to_owned(), id.to_owned()));
        headers.push(("webhook-timestamp".to_owned(), call.at_secs.to_string()));
        headers.push(("webhook-signature".to_owned(), signature));
    }
    Ok(headers)
}

/// What the place that stands for all services is told of a message, and no service.
fn told(call: &Call, outgoing: &Outgoing) -> impl Iterator<Item = (String, String)> {
    // Not every id is text that a header may hold.
    let profile = URL_SAFE_NO_PAD.encode(outgoing.profile.as_str());
    [
        ("service", call.service.as_str()),
        ("channel", outgoing.channel.name()),
        ("to", &outgoing.to),
        ("message", outgoing.message.as_str()),
        ("profile", &profile),
        ("campaign", outgoing.campaign.as_str()),
        ("step", &outgoing.step),
    ]
    .into_iter()
    .map(|(name, value)| (format!("beckon-{name}"), value.to_owned()))
    .collect::<Vec<_>>()
    .into_iter()
}

impl Sender for WebhookSender {
    fn channels(&self) -> &[Channel] {
        &[Channel::Webhook, Channel::Viber, Channel::Whatsapp]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}
