//! A service's file.

use super::read::{At, OneOrMany, mapping};
use super::values::{EventName, Name, scalar, word};
use crate::authoring::yaml::Tree;
use crate::domain::campaign::Channel;
use crate::domain::service::{Method, Statuses};
use serde_json::Value;
use std::collections::BTreeMap;

mapping! {
    /// A service that is called over HTTP: how it is asked, and how its answers are read.
    #[schemars(rename = "Service")]
    RawService, "a service" {
        /// Its name, which is also its file's.
        required service = "service": At<Name>,
        /// What it is, for people.
        optional about = "about": String,
        /// The channels whose messages it takes.
        required carries = "carries": OneOrMany<At<ServiceChannel>>,
        /// The trait that holds a person's address with the messenger that it carries: `{{ to }}`. Who has none is not
        /// reached by it. Default: `phone`.
        optional address = "address": At<String>,
        /// How it is asked. Default: `POST`.
        optional method = "method": At<MethodName>,
        /// Where: `https://`, a host that the workspace lists under `hosts`, and the rest with
        /// `{{ secrets.name }}`, `{{ to }}`, `{{ message }}`, `{{ who }}`, `{{ campaign }}`, `{{ step }}` or
        /// `{{ profile.… }}`, which are percent-encoded.
        required url = "url": At<String>,
        /// Headers, with the same words.
        optional headers = "headers": BTreeMap<String, At<String>>,
        /// JSON, once it is rendered. It sees `to`, `title`, `text`, `link`, `message`, `who`, `campaign`, `step`,
        /// `profile`, `locale` and, of a webhook, its template's JSON as `body`. Default: of a webhook, what its
        /// template says.
        optional body = "body": At<String>,
        /// Name of the secret (`whsec_…`) that requests are signed with as Standard Webhooks. Default: they
        /// are not signed.
        optional signed = "signed with": At<SecretName>,
        /// The header by which the service knows a repeated request: it gets the message's id. Default: it does
        /// not, and a request whose answer was lost is not simply repeated.
        optional idempotency = "idempotency header": At<HeaderName>,
        /// How answers are read. Default: every status from 200 to 299 is a success.
        optional answer = "answer": RawAnswer,
        /// How the service's own calls are read. Default: it makes none.
        optional inbound = "inbound": At<RawInbound>,
    }
}

mapping! {
    /// How answers are read. Places are JSON pointers such as `/messages/0/id`.
    #[schemars(rename = "Answer")]
    RawAnswer, "`answer`" {
        /// Statuses of success. Default: `200..299`.
        optional success = "success": At<StatusRange>,
        /// What must stand in the answer besides, at these places.
        optional expects = "where": BTreeMap<String, At<Scalar>>,
        /// Where the service's id of the message stands; several places, where only all of them tell it apart. Default:
        /// there is none, and the service's own calls name the message by ours, `{{ message }}`.
        optional id = "id": OneOrMany<At<Pointer>>,
        /// Where the code of a refusal stands. It is repeated in reasons, so it should be no sentence.
        optional code = "code": At<Pointer>,
        /// Where it stands how many seconds to wait, beside the header `Retry-After`.
        optional wait = "wait": At<Pointer>,
        /// Statuses and codes of refusals that heal, beside 408, 429 and 503.
        optional heals = "heals": OneOrMany<At<Code>>,
        /// Statuses and codes of refusals for good.
        optional fails = "fails": OneOrMany<At<Code>>,
        /// Whether a `call` step gets the answer. Default: `false`.
        optional keeps = "keep": At<Truth>,
    }
}

mapping! {
    /// How a service's own calls, to `/v1/inbound/<service>`, are verified and read.
    #[schemars(rename = "Inbound")]
    RawInbound, "`inbound`" {
        /// How a call shows that it is the service's.
        required signature = "signature": At<RawSignature>,
        /// Name of the secret that a call with `hub.verify_token` must repeat (Meta).
        optional verify_token = "verify token": At<SecretName>,
        /// Where a text stands in a call that is only there to be answered with it (Slack's `url_verification`).
        optional challenge = "challenge": At<Pointer>,
        /// The field of a form in which the JSON stands, where a call comes as a form (Slack's `payload`).
        optional form_field = "form field": String,
        /// By what name calls know the person: a text with the words of `body`. Default: the address that the message
        /// went to.
        optional person = "person": At<String>,
        /// What calls say. Every one of them is tried.
        required events = "events": Vec<At<RawHeard>>,
    }
}

mapping! {
    /// How a call shows that it is the service's.
    #[schemars(rename = "Signature")]
    RawSignature, "`signature`" {
        /// `standard` (Standard Webhooks), `slack`, `hmac` (HMAC-SHA256 of the body in hexadecimal, in a header)
        /// or `token` (the secret itself, in a header).
        required scheme = "scheme": At<SchemeName>,
        /// Name of the secret.
        required secret = "secret": At<SecretName>,
        /// The header, of `hmac` and `token`.
        optional header = "header": At<HeaderName>,
        /// What stands before the digits of `hmac`, such as `sha256=`. Default: nothing.
        optional prefix = "prefix": String,
    }
}

mapping! {
    /// What a thing in a call means.
    #[schemars(rename = "Heard")]
    RawHeard, "an event of `inbound`" {
        /// Where the things stand: a JSON pointer with `*` for every element of a list. Default: the call
        /// itself. All other places are within the thing.
        optional each = "each": At<Pointer>,
        /// What must stand in the thing. Default: anything.
        optional when = "when": BTreeMap<String, At<Scalar>>,
        /// The event that it becomes, such as `Message Delivered`, `Message Read`, `Message Failed` or
        /// `Reply Received`.
        required event = "event": At<EventName>,
        /// Where the service's id of our message stands, at as many places as in `answer`.
        optional message = "message": OneOrMany<At<Pointer>>,
        /// Where the person's address, or `person`, stands, for what answers no message in particular.
        optional from = "from": At<Pointer>,
        /// Where a reply's text stands.
        optional text = "text": At<Pointer>,
        /// Where its time stands: seconds or milliseconds since 1970, or RFC 3339. Default: when it is heard.
        optional at = "time": At<Pointer>,
        /// Where an id of its own stands, by which a repeat is known. Default: the same about the same message
        /// is a repeat.
        optional id = "id": At<Pointer>,
    }
}

mapping! {
    /// What a template says of itself, in its folder's `template.yaml`.
    #[schemars(rename = "Template")]
    RawTemplate, "a template" {
        /// The service that a request (`webhook.<locale>.json`) goes to.
        required service = "service": At<Name>,
    }
}

word! {
    /// A channel whose messages go to services.
    ServiceChannel(Channel) {
        "viber" => Channel::Viber, "whatsapp" => Channel::Whatsapp, "webhook" => Channel::Webhook,
    }
}

word! {
    /// A method of HTTP.
    MethodName(Method) { "POST" => Method::Post, "PUT" => Method::Put, "PATCH" => Method::Patch }
}

word! {
    /// `true` or `false`.
    Truth(bool) { "true" => true, "false" => false }
}

/// How calls are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Standard Webhooks.
    Standard,
    /// Slack's.
    Slack,
    /// A digest in a header.
    Hmac,
    /// The secret in a header.
    Token,
}

word! {
    /// How calls are signed.
    SchemeName(Scheme) {
        "standard" => Scheme::Standard, "slack" => Scheme::Slack, "hmac" => Scheme::Hmac, "token" => Scheme::Token,
    }
}

scalar! {
    /// A secret's name: lower-case letters, digits and `_`.
    SecretName(String),
    { "type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$" },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 64 && text.chars().all(fits) {
            true => Ok(text),
            // What stands there may be the secret itself.
            false => Err("expected the name of a secret, of lower-case letters, digits and `_`; the secret itself is in \
                          no file".to_owned()),
        }
    }
}

scalar! {
    /// A header's name.
    HeaderName(String),
    { "type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$" },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !text.is_empty() && text.len() <= 64 && text.chars().all(fits) {
            true => Ok(text),
            false => Err(format!("found {}, expected a header's name such as `X-Signature`", node.kind())),
        }
    }
}

scalar! {
    /// A place in JSON (RFC 6901), such as `/messages/0/id`.
    Pointer(String),
    { "type": "string", "pattern": "^/" },
    |node| match &node.tree {
        Tree::Text(text) if text.starts_with('/') => Ok(text.clone()),
        _ => Err(format!("found {}, expected a place such as `/messages/0/id`", node.kind())),
    }
}

scalar! {
    /// A status such as `200`, or statuses such as `200..299`.
    StatusRange(Statuses),
    { "type": ["integer", "string"], "pattern": "^[1-5][0-9][0-9](\\.\\.[1-5][0-9][0-9])?$" },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let (from, to) = text.split_once("..").unwrap_or((&text, &text));
        match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if 200 <= from && from <= to && to <= 599 => Ok(Statuses { from, to }),
            _ => Err(format!("found {}, expected a status such as `200`, or `200..299`", node.kind())),
        }
    }
}

scalar! {
    /// A status or code.
    Code(String),
    { "type": ["string", "integer"] },
    |node| node.scalar().ok_or_else(|| format!("found {}, expected a status or code", node.kind()))
}

scalar! {
    /// A text, number or truth value.
    Scalar(Value),
    { "type": ["string", "integer", "number", "boolean"] },
    |node| match &node.tree {
        Tree::Text(text) => Ok(Value::from(text.as_str())),
        Tree::Int(number) => Ok(Value::from(*number)),
        Tree::Double(number) => Ok(Value::from(*number)),
        Tree::Bool(truth) => Ok(Value::from(*truth)),
        Tree::Null | Tree::List(_) | Tree::Map(_) => {
            Err(format!("found {}, expected a text, a number, `true` or `false`", node.kind()))
        }
    }
}
