//! What the sender hears.

use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue, header};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use beckon_shared::segment::Refusal;
use serde_json::{Value, json};

/// A message of a batch that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place, from 0.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Everything is stored. Exactly `200 {"success":true}`: some SDKs send again on any other.
    Taken,
    /// Something is stored, something was refused.
    TakenInPart(Vec<Refused>),
    /// Nothing was stored.
    Refused(Vec<Refused>),
    /// The request itself cannot be read.
    Unreadable(Refusal),
    /// No key, an unknown one, or two.
    Unauthorized(&'static str),
    /// No such call.
    NotFound,
    /// Not by this method.
    NotAllowed,
    /// Too large.
    TooLarge(String),
    /// The store asks to wait.
    Busy,
    /// The store refuses: somebody has to look.
    Broken,
    /// A browser asks whether it may call (Fetch standard, "CORS-preflight request").
    Preflight,
}

/// What a busy store asks for.
const RETRY_AFTER_SECS: &str = "2";

impl Answer {
    /// The answer to a letter of which `accepted` messages were stored.
    pub fn taken(accepted: usize, refused: Vec<Refused>) -> Self {
        if refused.is_empty() {
            Self::Taken
        } else if accepted > 0 {
            Self::TakenInPart(refused)
        } else {
            Self::Refused(refused)
        }
    }

    fn status(&self) -> i64 {
        match self {
            Self::Taken | Self::TakenInPart(_) => 200,
            Self::Preflight => 204,
            Self::Refused(_) | Self::Unreadable(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::NotFound => 404,
            Self::NotAllowed => 405,
            Self::TooLarge(_) => 413,
            Self::Busy => 429,
            Self::Broken => 500,
        }
    }

    fn body(&self) -> Option<Value> {
        let no = |reason: &str| json!({ "success": false, "reason": reason });
        Some(match self {
            Self::Preflight => return None,
            Self::Taken => json!({ "success": true }),
            Self::TakenInPart(refused) => json!({ "success": true, "refused": list(refused) }),
            Self::Refused(refused) => {
                let first = refused.first();
                json!({
                    "success": false,
                    "field": first.map(|first| first.refusal.field),
                    "reason": first.map(|first| first.refusal.reason.as_str()),
                    "refused": list(refused),
                })
            }
            Self::Unreadable(refusal) => {
                json!({ "success": false, "field": refusal.field, "reason": refusal.reason })
            }
            Self::Unauthorized(reason) => no(reason),
            Self::NotFound => {
                no("no such call: POST to /v1/identify, track, page, screen, group, alias, batch or import")
            }
            Self::NotAllowed => no("only POST is taken here"),
            Self::TooLarge(reason) => no(reason),
            Self::Busy => no("busy: send it again in a moment"),
            Self::Broken => no("it could not be stored: send it again later"),
        })
    }

    /// As Lambda gives it to the function URL.
    pub fn into_response(self) -> LambdaFunctionUrlResponse {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        match self {
            Self::Preflight => {
                set(header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS");
                set(
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    "authorization, content-type, content-encoding",
                );
                set(header::ACCESS_CONTROL_MAX_AGE, "86400");
            }
            Self::Busy => {
                set(header::RETRY_AFTER, RETRY_AFTER_SECS);
            }
            Self::NotAllowed => {
                set(header::ALLOW, "POST, OPTIONS");
            }
            Self::Taken
            | Self::TakenInPart(_)
            | Self::Refused(_)
            | Self::Unreadable(_)
            | Self::Unauthorized(_)
            | Self::NotFound
            | Self::TooLarge(_)
            | Self::Broken => {}
        }
        let body = self.body();
        if body.is_some() {
            set(header::CONTENT_TYPE, "application/json");
        }
        let mut response = LambdaFunctionUrlResponse::default();
        response.status_code = self.status();
        response.headers = headers;
        response.body = body.map(|body| body.to_string());
        response
    }
}

fn list(refused: &[Refused]) -> Vec<Value> {
    refused
        .iter()
        .map(|refused| {
            json!({ "index": refused.index, "field": refused.refusal.field, "reason": refused.refusal.reason })
        })
        .collect()
}
