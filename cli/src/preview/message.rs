//! A rendered message, as a page shows it.

use beckon_shared::domain::campaign::{Channel, Form};
use beckon_shared::ports::sender::Content;
use beckon_shared::template::sms::{Encoding, Length};
use serde::Serialize;

/// Gmail cuts a letter's HTML off here, in bytes, as senders have measured.
const CLIPPED_BYTES: usize = 102 * 1024;

/// What is shown of a message.
#[derive(Debug, Serialize)]
pub struct Message {
    channel: &'static str,
    language: String,
    #[serde(flatten)]
    shown: Shown,
    /// The letter's own page and what it says.
    #[serde(skip)]
    letter: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shown {
    Email {
        from: String,
        reply_to: Option<String>,
        subject: String,
        text: String,
        file: String,
        kilobytes: usize,
        is_clipped: bool,
    },
    Sms {
        sender: Option<String>,
        text: String,
        segments: usize,
        alphabet: &'static str,
    },
    Notice {
        form: Option<&'static str>,
        title: Option<String>,
        text: String,
        link: Option<String>,
    },
    Request {
        body: String,
    },
}

impl Message {
    /// Of a template, in a language.
    pub fn of(template: &str, channel: Channel, language: &str, content: Content) -> Self {
        let mut letter = None;
        let shown = match content {
            Content::Email {
                from,
                reply_to,
                subject,
                html,
                text,
            } => {
                let bytes = html.len();
                letter = Some(html);
                Shown::Email {
                    from,
                    reply_to,
                    subject,
                    text,
                    file: format!("{template}.email.{language}.html"),
                    kilobytes: bytes.div_ceil(1024),
                    is_clipped: bytes > CLIPPED_BYTES,
                }
            }
            Content::Sms { sender_id, text, .. } => {
                let length = Length::of(&text);
                Shown::Sms {
                    sender: sender_id,
                    text,
                    segments: length.segments,
                    alphabet: match length.encoding {
                        Encoding::Gsm7 => "GSM-7",
                        Encoding::Ucs2 => "UCS-2",
                    },
                }
            }
            Content::Notice {
                form,
                title,
                text,
                link,
            } => Shown::Notice {
                form: (channel == Channel::Onsite).then_some(form).map(Form::name),
                title,
                text,
                link,
            },
            Content::Plain { title: None, text, .. } if channel == Channel::Webhook => {
                Shown::Request { body: indented(&text) }
            }
            Content::Plain { title, text, link } => Shown::Notice {
                form: None,
                title,
                text,
                link,
            },
            Content::Call(call) => Shown::Request {
                body: indented(&call.body),
            },
        };
        Self {
            channel: channel.name(),
            language: language.to_owned(),
            shown,
            letter,
        }
    }

    /// The page of the letter itself, by file name.
    pub fn file(&self) -> Option<(&str, &str)> {
        match (&self.shown, &self.letter) {
            (Shown::Email { file, .. }, Some(html)) => Some((file, html)),
            (Shown::Email { .. } | Shown::Sms { .. } | Shown::Notice { .. } | Shown::Request { .. }, _) => None,
        }
    }
}

/// JSON as people read it.
fn indented(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}
