//! SNS: takes text messages, and notifications of phones (see [`crate::push`]).
//!
//! Wire protocol: AWS Query (Amazon SNS API Reference, "Publish"): a form in, XML out. To a phone
//! number or an endpoint only; the bundle publishes to no topic.

use crate::aws;
use crate::push::Endpoints;
use crate::sent::{Sent, SentMessage};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Longest text message ("Publishing to a mobile phone": 1,600 characters in all).
const LONGEST_MESSAGE_CHARS: usize = 1_600;

/// An error as the Query protocol carries it.
#[derive(Debug, Clone)]
pub struct QueryError {
    /// HTTP status.
    pub status: StatusCode,
    /// `Sender` or `Receiver`: whose fault it is.
    pub fault: &'static str,
    /// Error code.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

impl QueryError {
    /// As a response.
    pub fn respond(self) -> Response {
        let request = aws::derived_id(&self.message);
        xml(
            self.status,
            format!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{}</Type><Code>{}</Code>\
                 <Message>{}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>",
                self.fault,
                self.code,
                aws::xml_text(&self.message),
            ),
        )
    }
}

/// Answers a call.
pub fn answer(sent: &Sent, endpoints: &Endpoints, now: Timestamp, form: &[u8]) -> Response {
    let form: BTreeMap<String, String> = form_urlencoded::parse(form).into_owned().collect();
    let action = form.get("Action").map(String::as_str).unwrap_or_default();
    let done = match action {
        "Publish" => publish(sent, endpoints, now, &form).map(|id| ("MessageId", id)),
        "CreatePlatformEndpoint" => endpoints.create(&form).map(|arn| ("EndpointArn", arn)),
        "SetEndpointAttributes" => endpoints.set(&form).map(|()| ("", String::new())),
        other => Err(QueryError {
            status: StatusCode::BAD_REQUEST,
            fault: "Sender",
            code: "InvalidAction",
            message: format!("the local stack does not know the call `{other}` of SNS"),
        }),
    };
    match done {
        Ok((name, value)) => {
            let told = match name {
                "" => String::new(),
                name => format!("<{name}>{}</{name}>", aws::xml_text(&value)),
            };
            xml(
                StatusCode::OK,
                format!(
                    "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result>{told}\
                     </{action}Result><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
                    aws::derived_id(&value),
                ),
            )
        }
        Err(error) => error.respond(),
    }
}

fn publish(
    sent: &Sent,
    endpoints: &Endpoints,
    now: Timestamp,
    form: &BTreeMap<String, String>,
) -> Result<String, QueryError> {
    if let Some(endpoint) = form.get("TargetArn") {
        return endpoints.publish(sent, now, endpoint, form, attributes(form)?);
    }
    let Some(number) = form.get("PhoneNumber") else {
        return Err(invalid(
            "the local stack publishes to a PhoneNumber or an endpoint only",
        ));
    };
    if !is_e164(number) {
        return Err(invalid(
            "Invalid parameter: PhoneNumber Reason: it is not valid to publish to",
        ));
    }
    let text = form.get("Message").map(String::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(invalid("Invalid parameter: Empty message"));
    }
    if text.chars().count() > LONGEST_MESSAGE_CHARS {
        return Err(invalid("Invalid parameter: Message too long"));
    }
    let attributes = attributes(form)?;
    Ok(sent.take(|before| {
        let id = aws::derived_id(&format!("sns {before} {now}"));
        SentMessage {
            from: attributes.get("AWS.SNS.SMS.SenderID").cloned(),
            body: Some(text.to_owned()),
            text: Some(text.to_owned()),
            ..SentMessage::new(now, "sms", number.clone(), id, attributes.clone())
        }
    }))
}

/// `MessageAttributes.entry.<n>.Name`, `….Value.DataType`, `….Value.StringValue`.
fn attributes(form: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, QueryError> {
    let mut attributes = BTreeMap::new();
    for entry in 1.. {
        let prefix = format!("MessageAttributes.entry.{entry}");
        let Some(name) = form.get(&format!("{prefix}.Name")) else {
            break;
        };
        let kind = form.get(&format!("{prefix}.Value.DataType"));
        let value = form.get(&format!("{prefix}.Value.StringValue"));
        match (kind, value) {
            (Some(kind), Some(value)) if kind == "String" && !value.is_empty() => {
                attributes.insert(name.clone(), value.clone());
            }
            _ => {
                return Err(QueryError {
                    status: StatusCode::BAD_REQUEST,
                    fault: "Sender",
                    code: "ParameterValueInvalid",
                    message: format!("the message attribute `{name}` must contain a non-empty String value"),
                });
            }
        }
    }
    Ok(attributes)
}

/// `+`, then up to fifteen digits that do not begin with 0 (ITU-T E.164).
fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

pub(crate) fn invalid(message: &str) -> QueryError {
    QueryError {
        status: StatusCode::BAD_REQUEST,
        fault: "Sender",
        code: "InvalidParameter",
        message: message.to_owned(),
    }
}

fn xml(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_numbers_are_taken() {
        assert!(is_e164("+491701234567"));
        for bad in [
            "491701234567",
            "+0491701234567",
            "+49 170 1234567",
            "+1",
            "+1234567890123456",
            "",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }
}
