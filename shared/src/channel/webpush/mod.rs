//! Notifications of browsers: RFC 8030 to the push service that the browser chose, encrypted for the browser
//! ([`encryption`]), signed by the sender ([`vapid`]).
//!
//! The address comes from a browser, so it could be any. It is called only if it is an `https` name on port 443
//! (`domain::profile::push_host`) of a push service that is known or that the workspace lists, and only if that name leads
//! to public addresses; redirects are not followed.
//!
//! | answer | verdict |
//! |---|---|
//! | 2xx | taken |
//! | 404, 410 | gone: the subscription is over (RFC 8030 §7.3) |
//! | 408, 429, 503 | retry, after `Retry-After` |
//! | 3xx, every other 4xx | fail; 413: too large |
//! | every other 5xx, no answer | unknown |
//! | no connection | retry |
//! | the name leads to an address that is not public | fail |

pub mod encryption;
mod post;
#[cfg(test)]
mod tests;
pub mod vapid;

pub use vapid::Vapid;

use super::{misdirected, tags};
use crate::domain::campaign::{Channel, Purpose};
use crate::domain::profile::{Browser, is_push_service, push_host};
use crate::domain::time::Span;
use crate::ports::Sender;
use crate::ports::sender::{Attempt, Content, Device, Outgoing, SendError, Taken};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use encryption::{Reader, TEXT_MAX_BYTES};
use post::Post;
use serde_json::json;
use sha2::{Digest, Sha256};

const PROVIDER: &str = "web push";

/// Secret that holds the key pair.
pub const SECRET: &str = "vapid";

/// How long a push service keeps a message for a browser that is away, where the message does not say.
const KEPT: Span = Span::from_days(7);

/// Length of a topic: as much as is allowed (RFC 8030 §5.4).
const TOPIC_CHARS: usize = 32;

/// Sends notifications to browsers.
#[derive(Debug)]
pub struct WebPushSender {
    vapid: Option<Vapid>,
    post: Post,
}

impl WebPushSender {
    /// A sender with this key pair; without one it refuses everything. Where `instead` is an address, everything is
    /// posted there in the place of the push services: for the local stack and tests.
    pub fn new(vapid: Option<Vapid>, instead: Option<String>) -> Self {
        Self {
            vapid,
            post: Post::new(instead),
        }
    }
}

impl Sender for WebPushSender {
    fn channels(&self) -> &[Channel] {
        &[Channel::Webpush]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl WebPushSender {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Some(Device::Browser(browser)) = &outgoing.device else {
            return Err(misdirected(PROVIDER));
        };
        let vapid = self.vapid.as_ref().ok_or_else(|| fail("there is no secret `vapid`"))?;
        let host = push_host(&browser.endpoint).map_err(|fault| fail(fault.expected))?;
        if !is_push_service(host, outgoing.push_services.iter().map(String::as_str)) {
            return Err(fail(
                "the push service is not known, and the workspace does not list it",
            ));
        }
        let body = sealed(vapid, browser, &text(outgoing)?)?;
        let contact = outgoing.contact.as_deref();
        let authorization = vapid
            .authorization(&format!("https://{host}"), contact, outgoing.at)
            .map_err(|_| fail("the token could not be signed"))?;
        let topic = topic(outgoing);
        let headers = [
            ("authorization", authorization),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", (outgoing.left().unwrap_or(KEPT).millis / 1_000).to_string()),
            ("urgency", urgency(outgoing.purpose).to_owned()),
            ("topic", topic.clone()),
        ];
        let answer = self
            .post
            .to(&browser.endpoint, headers, tags::of(outgoing), body)
            .await?;
        let reason = format!("{PROVIDER}: answer {}", answer.status);
        match answer.status {
            200..=299 => Ok(Taken::under(topic)),
            404 | 410 => Err(SendError::Gone { reason }),
            408 | 429 | 503 => Err(SendError::Retry {
                reason,
                after: answer.wait(outgoing.at.as_second()),
            }),
            300..=499 => Err(SendError::Fail { reason }),
            _ => Err(SendError::Unknown { reason }),
        }
    }
}

/// What the page's service worker is given.
fn text(outgoing: &Outgoing) -> Result<String, SendError> {
    let Content::Notice { title, text, link, .. } = &outgoing.content else {
        return Err(misdirected(PROVIDER));
    };
    let told = json!({
        "title": title,
        "body": text,
        "link": link,
        "message": outgoing.message.as_str(),
        "campaign": outgoing.campaign.as_str(),
        "step": outgoing.step,
    });
    let text = told.to_string();
    match text.len() <= TEXT_MAX_BYTES {
        true => Ok(text),
        false => Err(fail("the message is longer than 3993 bytes with what is around it")),
    }
}

fn sealed(vapid: &Vapid, browser: &Browser, text: &str) -> Result<Vec<u8>, SendError> {
    let bytes = |key: &str| {
        URL_SAFE_NO_PAD
            .decode(key)
            .map_err(|_| fail("the browser's keys are not keys"))
    };
    let (public, auth) = (bytes(&browser.p256dh)?, bytes(&browser.auth)?);
    let reader = Reader {
        public: &public,
        auth: &auth,
    };
    encryption::seal(&reader, text.as_bytes(), vapid.random()).map_err(|_| fail("the browser's keys are not keys"))
}

/// Known to the push service by this: a later message of the same topic takes the place of one that still waits, so a
/// message that is sent again is not seen twice. Of the message's id a hash, in letters that a topic may have.
fn topic(outgoing: &Outgoing) -> String {
    let digest = Sha256::digest(outgoing.message.as_str());
    let mut topic = URL_SAFE_NO_PAD.encode(digest);
    topic.truncate(TOPIC_CHARS);
    topic
}

/// RFC 8030 §5.3.
const fn urgency(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional | Purpose::Confirmation => "high",
        Purpose::Marketing => "normal",
    }
}

fn fail(reason: &str) -> SendError {
    SendError::Fail {
        reason: format!("{PROVIDER}: {reason}"),
    }
}
