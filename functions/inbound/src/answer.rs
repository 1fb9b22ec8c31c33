//! What the service hears.

use aws_lambda_events::http::{HeaderValue, header};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use beckon_shared::channel::webhook::signature::Forged;
use serde_json::json;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Everything that concerns us is stored.
    Taken,
    /// The challenge, given back.
    Challenge(String),
    /// Not JSON.
    NotJson,
    /// Not the service's.
    Forged(Forged),
    /// No service of that name that makes calls.
    NotFound,
    /// Not by this method, or not with this query.
    NotAllowed,
    /// Too large.
    TooLarge,
    /// It could not be stored, or not be verified: the service says it again.
    Unavailable,
}

impl Answer {
    fn status(&self) -> i64 {
        match self {
            Self::Taken | Self::Challenge(_) => 200,
            Self::NotJson => 400,
            Self::Forged(_) => 401,
            Self::NotFound => 404,
            Self::NotAllowed => 405,
            Self::TooLarge => 413,
            Self::Unavailable => 503,
        }
    }

    fn reason(&self) -> Option<String> {
        Some(match self {
            Self::Taken | Self::Challenge(_) => return None,
            Self::NotJson => "the body is not JSON".to_owned(),
            Self::Forged(forged) => forged.to_string(),
            Self::NotFound => "no service in force makes calls under this name".to_owned(),
            Self::NotAllowed => "only signed POST requests are taken here".to_owned(),
            Self::TooLarge => "the body is too large".to_owned(),
            Self::Unavailable => "it could not be taken: send it again later".to_owned(),
        })
    }

    /// As Lambda gives it to the function URL.
    pub fn into_response(self) -> LambdaFunctionUrlResponse {
        let mut response = LambdaFunctionUrlResponse::default();
        response.status_code = self.status();
        let (kind, body) = match (self.reason(), self) {
            (Some(reason), _) => (
                "application/json",
                json!({ "success": false, "reason": reason }).to_string(),
            ),
            (None, Self::Challenge(challenge)) => ("text/plain", challenge),
            (None, _) => ("application/json", json!({ "success": true }).to_string()),
        };
        let headers = &mut response.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response.body = Some(body);
        response
    }
}
