//! SES: takes email.
//!
//! Wire protocol: REST JSON (Amazon SES API v2 Reference, "SendEmail"). Simple content only,
//! which is what the bundle sends. The rules for tags, recipients and headers are those of the
//! reference; every sender counts as verified.

use crate::aws::{self, JsonError};
use crate::sent::{Sent, SentMessage};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Most recipients of one message ("Destination").
const MOST_RECIPIENTS: usize = 50;
/// Longest tag name or value ("MessageTag").
const LONGEST_TAG: usize = 256;
/// Most headers that a sender may add ("Message").
const MOST_HEADERS: usize = 15;
/// Longest header value ("MessageHeader").
const LONGEST_HEADER_VALUE: usize = 995;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    #[serde(default)]
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    content: EmailContent,
    #[serde(default)]
    email_tags: Vec<NameValue>,
    #[serde(default)]
    configuration_set_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EmailContent {
    #[serde(default)]
    simple: Option<Simple>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Part,
    body: SimpleBody,
    #[serde(default)]
    headers: Vec<NameValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SimpleBody {
    #[serde(default)]
    html: Option<Part>,
    #[serde(default)]
    text: Option<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameValue {
    name: String,
    value: String,
}

/// Answers a call of SendEmail.
pub fn send_email(sent: &Sent, now: Timestamp, body: &[u8]) -> Response {
    let taken = serde_json::from_slice::<SendEmail>(body)
        .map_err(|error| bad_request(error.to_string()))
        .and_then(|request| {
            check(&request)?;
            take(sent, now, request)
        });
    match taken {
        Ok(id) => aws::json(StatusCode::OK, &json!({ "MessageId": id })),
        Err(error) => error.respond(),
    }
}

fn check(request: &SendEmail) -> Result<(), JsonError> {
    let destination = &request.destination;
    let all = || {
        let to = destination.to_addresses.iter();
        to.chain(&destination.cc_addresses).chain(&destination.bcc_addresses)
    };
    match all().count() {
        0 => return Err(bad_request("a message needs at least one recipient".to_owned())),
        count if count > MOST_RECIPIENTS => {
            return Err(bad_request(format!("{count} recipients, of at most {MOST_RECIPIENTS}")));
        }
        _ => {}
    }
    if !all().all(|address| is_mailbox(address)) {
        return Err(bad_request("a recipient's address is illegal".to_owned()));
    }
    if !request.from_email_address.as_deref().is_some_and(is_mailbox) {
        return Err(bad_request("the sender's address is missing or illegal".to_owned()));
    }
    for tag in &request.email_tags {
        for text in [&tag.name, &tag.value] {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c);
            if text.is_empty() || text.len() > LONGEST_TAG || !text.chars().all(allowed) {
                return Err(bad_request(format!(
                    "the tag `{}` has to have 1 to {LONGEST_TAG} characters of A-Z a-z 0-9 _ - . @ in name and value",
                    tag.name
                )));
            }
        }
    }
    if let Some(set) = &request.configuration_set_name
        && set != aws::CONFIGURATION_SET
    {
        return Err(JsonError {
            status: StatusCode::NOT_FOUND,
            code: "NotFoundException",
            message: format!("the configuration set `{set}` does not exist"),
        });
    }
    let headers = request.content.simple.iter().flat_map(|simple| &simple.headers);
    if headers.clone().count() > MOST_HEADERS {
        return Err(bad_request(format!("more than {MOST_HEADERS} headers")));
    }
    for header in headers {
        let name_good = !header.name.is_empty() && header.name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        let value_good = header.value.len() <= LONGEST_HEADER_VALUE && !header.value.chars().any(char::is_control);
        if !name_good || !value_good {
            return Err(bad_request(format!("the header `{}` is illegal", header.name)));
        }
    }
    Ok(())
}

fn take(sent: &Sent, now: Timestamp, request: SendEmail) -> Result<String, JsonError> {
    let Some(simple) = request.content.simple else {
        return Err(bad_request("the local stack takes simple content only".to_owned()));
    };
    if simple.subject.data.chars().any(char::is_control) {
        return Err(bad_request("the subject has control characters".to_owned()));
    }
    if simple.body.html.is_none() && simple.body.text.is_none() {
        return Err(bad_request("the body has neither HTML nor text".to_owned()));
    }
    let to = request.destination.to_addresses.join(", ");
    let tags: BTreeMap<_, _> = request
        .email_tags
        .into_iter()
        .map(|tag| (tag.name, tag.value))
        .collect();
    let mut headers = BTreeMap::new();
    headers.extend(
        request
            .from_email_address
            .iter()
            .map(|from| ("From".to_owned(), from.clone())),
    );
    headers.insert("To".to_owned(), to.clone());
    headers.insert("Subject".to_owned(), simple.subject.data.clone());
    if !request.reply_to_addresses.is_empty() {
        headers.insert("Reply-To".to_owned(), request.reply_to_addresses.join(", "));
    }
    headers.extend(simple.headers.into_iter().map(|header| (header.name, header.value)));
    Ok(sent.take(|before| SentMessage {
        from: request.from_email_address,
        subject: Some(simple.subject.data),
        headers,
        html: simple.body.html.map(|part| part.data),
        text: simple.body.text.map(|part| part.data),
        configuration_set: request.configuration_set_name,
        ..SentMessage::new(now, "email", to, provider_id(before, now), tags)
    }))
}

/// In the form of SES: sixteen hexadecimal digits, a UUID, six digits.
fn provider_id(before: usize, now: Timestamp) -> String {
    let uuid = aws::derived_id(&format!("ses {before} {now}"));
    format!("{:016x}-{uuid}-000000", now.as_millisecond())
}

/// `address@domain` or `Name <address@domain>`, roughly as SES checks it.
fn is_mailbox(text: &str) -> bool {
    let address = match text.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"<>(),;:\\\"[]".contains(&b))
    };
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    plain(local) && !local.contains('@') && plain(domain) && !text.chars().any(char::is_control)
}

fn bad_request(message: String) -> JsonError {
    JsonError {
        status: StatusCode::BAD_REQUEST,
        code: "BadRequestException",
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_told_from_what_is_none() {
        for good in ["a@b.example", "Shop <a@b.example>", "\"Shop, Ltd\" <a.b+c@d.example>"] {
            assert!(is_mailbox(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "Shop <a@b",
            "a@b\r\nBcc: c@d",
            "a@@b",
            "м@b.example",
        ] {
            assert!(!is_mailbox(bad), "{bad}");
        }
    }

    #[test]
    fn an_id_has_the_form_of_ses() {
        let id = provider_id(0, Timestamp::UNIX_EPOCH);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [16, 8, 4, 4, 4, 12, 6]);
    }
}
