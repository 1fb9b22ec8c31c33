//! A message as it was received.

use crate::memory::Delivery;
use beckon_shared::ports::sender::Content;

/// A message that somebody received. Every claim about it fails loudly.
#[derive(Debug, Clone)]
pub struct Letter {
    /// How it left.
    pub delivery: Delivery,
}

impl Letter {
    fn parts(&self) -> (&str, &str, &str) {
        match &self.delivery.outgoing.content {
            Content::Email {
                subject, html, text, ..
            } => (subject, html, text),
            Content::Sms { text, .. } => ("", "", text),
            Content::Notice { title, text, .. } | Content::Plain { title, text, .. } => {
                (title.as_deref().unwrap_or_default(), "", text)
            }
            Content::Call(call) => ("", "", &call.body),
        }
    }

    /// Its subject is exactly this.
    pub fn about(&self, subject: &str) -> &Self {
        assert_eq!(self.parts().0, subject);
        self
    }

    /// It says this: in both of its parts, if it has two.
    pub fn says(&self, what: &str) -> &Self {
        let (_, html, text) = self.parts();
        assert!(text.contains(what), "the text does not say `{what}`:\n{text}");
        assert!(
            html.is_empty() || html.contains(what),
            "the HTML part does not say `{what}`:\n{html}"
        );
        self
    }

    /// It does not say this anywhere.
    pub fn does_not_say(&self, what: &str) -> &Self {
        let (subject, html, text) = self.parts();
        assert!(
            ![subject, html, text].iter().any(|part| part.contains(what)),
            "it says `{what}`:\n{text}"
        );
        self
    }

    /// It went to this address or number.
    pub fn to(&self, address: &str) -> &Self {
        assert_eq!(self.delivery.outgoing.to, address);
        self
    }

    /// It left at this time, to the minute.
    pub fn at(&self, time: &str) -> &Self {
        let expected = super::instant(time);
        let late_millis = self.delivery.at.as_millisecond() - expected.as_millisecond();
        assert!(
            (0..60_000).contains(&late_millis),
            "it left at {}, not at {expected}",
            self.delivery.at
        );
        self
    }

    /// It is a text message.
    pub fn by_sms(&self) -> &Self {
        assert!(
            matches!(self.delivery.outgoing.content, Content::Sms { .. }),
            "it is no text message"
        );
        self
    }
}
