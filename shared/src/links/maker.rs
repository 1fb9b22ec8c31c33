//! The links of a message.

use super::{Ask, Carrier, Claims, LinkKeys};
use crate::domain::address::address_digest;
use crate::domain::campaign::{Channel, Purpose};
use crate::domain::message::Message;
use crate::domain::time::after;

/// Makes links to one address.
#[derive(Debug, Clone)]
pub struct LinkMaker {
    base: String,
    keys: LinkKeys,
}

/// Where the links cannot lead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address for links: expected `https://…`, or `http://127.0.0.1…` on one's own machine")]
pub struct LinkBaseError(String);

impl LinkMaker {
    /// Makes links that begin with this address. RFC 8058 §3.1 asks for HTTPS, which a machine of one's own lacks.
    pub fn new(base: &str, keys: LinkKeys) -> Result<Self, LinkBaseError> {
        let base = base.trim_end_matches('/');
        let good = base.starts_with("https://") || base.starts_with("http://127.0.0.1");
        if good
            && base
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
        {
            let base = base.to_owned();
            Ok(Self { base, keys })
        } else {
            Err(LinkBaseError(base.to_owned()))
        }
    }

    /// The link for this that the message carries. The same message carries the same one however often it is sent.
    pub fn link(&self, ask: Ask, message: &Message) -> String {
        let claims = Claims {
            ask,
            profile: message.profile.clone(),
            channel: message.channel,
            topic: message.topic.clone(),
            // A text message has no room to spare.
            carrier: (message.channel == Channel::Email).then(|| Carrier {
                message: message.id.clone(),
                campaign: message.campaign.clone(),
                step: message.step.clone(),
            }),
            address_digest: match ask {
                Ask::Confirm => Some(address_digest(message.channel, &message.to)),
                Ask::Unsubscribe | Ask::Preferences => None,
            },
            expires: after(message.decided, ask.lasts()),
        };
        format!("{}{}", self.base, self.keys.path(&claims))
    }

    /// Which links a message of this purpose shows: by the template's name for it.
    pub fn shown(purpose: Purpose) -> &'static [(&'static str, Ask)] {
        match purpose {
            Purpose::Marketing => &[
                ("unsubscribe_url", Ask::Unsubscribe),
                ("preferences_url", Ask::Preferences),
            ],
            Purpose::Transactional => &[("preferences_url", Ask::Preferences)],
            Purpose::Confirmation => &[("confirm_url", Ask::Confirm)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_an_address_of_ours_over_https() {
        let keys = || LinkKeys::parse(&LinkKeys::spelt("k1", &[1; 32])).unwrap();
        for good in [
            "https://x.lambda-url.eu-west-1.on.aws/",
            "https://mail.example.com",
            "http://127.0.0.1:8787",
        ] {
            assert!(LinkMaker::new(good, keys()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://example.com",
            "javascript:alert(1)",
            "https://a>\r\nBcc: x",
            "https://a b",
        ] {
            assert!(LinkMaker::new(bad, keys()).is_err(), "{bad}");
        }
    }
}
