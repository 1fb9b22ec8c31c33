//! The mark of a test, where its reader sees it.

use beckon_shared::ports::sender::Content;
use serde_json::Value;

/// What marks a test.
const MARK: &str = "[test] ";
/// What marks a request to a service, besides: programs read it.
const FIELD: &str = "test";

/// The same, marked: in the subject, in the title where there is one, otherwise before the text. A request gets a field
/// `test`, and its `text` the mark.
pub fn marked(content: Content, is_request: bool) -> Content {
    let before = |text: String| format!("{MARK}{text}");
    let titled = |title: Option<String>, text: String| match title {
        Some(title) => (Some(before(title)), text),
        None => (None, before(text)),
    };
    match content {
        Content::Email {
            from,
            reply_to,
            subject,
            html,
            text,
        } => Content::Email {
            from,
            reply_to,
            subject: before(subject),
            html,
            text,
        },
        Content::Sms {
            sender_id,
            max_price,
            text,
        } => Content::Sms {
            sender_id,
            max_price,
            text: before(text),
        },
        Content::Notice {
            form,
            title,
            text,
            link,
        } => {
            let (title, text) = titled(title, text);
            Content::Notice {
                form,
                title,
                text,
                link,
            }
        }
        Content::Plain { title, text, link } if is_request => Content::Plain {
            title,
            text: request(text),
            link,
        },
        Content::Plain { title, text, link } => {
            let (title, text) = titled(title, text);
            Content::Plain { title, text, link }
        }
        Content::Call(call) => Content::Call(call),
    }
}

/// A request that is no JSON object has no place for a mark.
fn request(body: String) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(&body) else {
        return body;
    };
    if let Some(Value::String(text)) = fields.get_mut("text") {
        text.insert_str(0, MARK);
    }
    fields.entry(FIELD).or_insert(Value::Bool(true));
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_marked_where_programs_and_people_look() {
        let marked = |body: &str| request(body.to_owned());
        assert_eq!(
            marked(r#"{"text":"Hi","a":1}"#),
            r#"{"a":1,"test":true,"text":"[test] Hi"}"#
        );
        assert_eq!(marked(r#"{"test":"mine"}"#), r#"{"test":"mine"}"#);
        assert_eq!(marked("[1]"), "[1]");
    }
}
