//! What people write back to text messages (AWS End User Messaging SMS User Guide, "Example of a two-way SMS message
//! payload for Amazon SNS topics").

use beckon_shared::domain::feedback::REPLY_RECEIVED;
use beckon_shared::domain::service::{Heard, TEXT_MAX_CHARS};
use beckon_shared::domain::time::Timestamp;
use serde::Deserialize;

/// A text message that came in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inbound {
    /// Whose number it came from (E.164).
    pub origination_number: String,
    /// What it says.
    #[serde(default)]
    pub message_body: String,
    /// The provider's id of it.
    pub inbound_message_id: String,
}

/// What somebody wants by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// No more.
    Stop,
    /// Again.
    Start,
    /// To know what this is.
    Help,
    /// Something that is for people or campaigns.
    Other,
}

/// Words after which nothing else matters (CTIA, "Messaging Principles and Best Practices", "Opt-out").
const STOP_FIRST: [&str; 8] = [
    "stop",
    "stopall",
    "unsubscribe",
    "optout",
    "arret",
    "arrêt",
    "стоп",
    "отписаться",
];
/// Words that mean it where they are all that is said.
const STOP_ALONE: [&str; 5] = ["cancel", "end", "quit", "revoke", "отписка"];
/// The same for coming back.
const START_ALONE: [&str; 6] = ["start", "unstop", "yes", "subscribe", "старт", "да"];
/// The same for questions.
const HELP_ALONE: [&str; 5] = ["help", "info", "aide", "помощь", "инфо"];

impl Inbound {
    /// Reads one; `None` where the notification is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What its sender's profile is told of it.
    pub fn heard(&self, at: Timestamp) -> Heard {
        Heard {
            event: REPLY_RECEIVED.to_owned(),
            message: None,
            from: None,
            text: Some(self.message_body.chars().take(TEXT_MAX_CHARS).collect()),
            at: Some(at),
            id: Some(self.inbound_message_id.clone()),
        }
    }

    /// What it asks for.
    pub fn wish(&self) -> Wish {
        let text = self.message_body.to_lowercase();
        let mut words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let alone = |list: &[&str]| second.is_none() && list.contains(&first);
        if STOP_FIRST.contains(&first) || alone(&STOP_ALONE) {
            Wish::Stop
        } else if alone(&START_ALONE) {
            Wish::Start
        } else if alone(&HELP_ALONE) {
            Wish::Help
        } else {
            Wish::Other
        }
    }
}

impl Wish {
    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "sms_stop",
            Self::Start => "sms_start",
            Self::Help => "sms_help",
            Self::Other => "sms_reply",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The payload of AWS's documentation.
    const JOIN: &str = r#"{
        "originationNumber": "+14255550182", "destinationNumber": "+12125550101", "messageKeyword": "JOIN",
        "messageBody": "EXAMPLE", "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    }"#;

    #[test]
    fn a_reply_is_read_as_documented() {
        let reply = Inbound::parse(JOIN).expect("it is read");
        assert_eq!(reply.origination_number, "+14255550182");
        assert_eq!((reply.message_body.as_str(), reply.wish()), ("EXAMPLE", Wish::Other));
        assert_eq!(Inbound::parse(r#"{"eventType":"Bounce"}"#), None);
        assert_eq!(Inbound::parse("Successfully validated SNS topic"), None);
    }

    #[test]
    fn words_are_understood_however_they_are_written() {
        let wish = |text: &str| {
            Inbound {
                message_body: text.to_owned(),
                ..Inbound::parse(JOIN).unwrap()
            }
            .wish()
        };
        for text in [
            "STOP",
            " stop.",
            "Stop!",
            "STOP please",
            "unsubscribe me",
            "Arrêt",
            "СТОП",
            "quit",
            "End",
        ] {
            assert_eq!(wish(text), Wish::Stop, "{text}");
        }
        for text in ["START", "Yes!", "unstop", "Да"] {
            assert_eq!(wish(text), Wish::Start, "{text}");
        }
        assert_eq!((wish("HELP"), wish("помощь")), (Wish::Help, Wish::Help));
        for text in [
            "",
            "…",
            "cancel my order",
            "yes, the blue one",
            "when does it end?",
            "don't stop",
        ] {
            assert_eq!(wish(text), Wish::Other, "{text}");
        }
    }
}
