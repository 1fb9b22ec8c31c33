//! Calls over HTTP, as a function URL hands them over.

use aws_lambda_events::http::{HeaderValue, header};
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A POST of a body with a write key. `id` is Lambda's id of the request.
pub fn request(path: &str, key: &str, body: &str, id: &str) -> LambdaFunctionUrlRequest {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(path.to_owned());
    request.request_context.http.method = Some("POST".to_owned());
    request.request_context.request_id = Some(id.to_owned());
    request.body = Some(body.to_owned());
    if let Ok(value) = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(format!("{key}:")))) {
        request.headers.insert(header::AUTHORIZATION, value);
    }
    request
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

/// A page's question for what waits.
pub fn asked(parameters: &[(&str, &str)]) -> LambdaFunctionUrlRequest {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some("/v1/onsite".to_owned());
    request.request_context.http.method = Some("GET".to_owned());
    let parameters = parameters.iter();
    request.query_string_parameters = parameters
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    request
}

/// A call of a page, by its path.
pub fn page(method: &str, path: &str, body: &str) -> LambdaFunctionUrlRequest {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(path.to_owned());
    request.request_context.http.method = Some(method.to_owned());
    request.body = Some(body.to_owned()).filter(|body| !body.is_empty());
    request
}

/// A page that was shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The HTTP status.
    pub status: i64,
    /// The document.
    pub html: String,
}

impl From<LambdaFunctionUrlResponse> for Shown {
    fn from(response: LambdaFunctionUrlResponse) -> Self {
        Self {
            status: response.status_code,
            html: response.body.unwrap_or_default(),
        }
    }
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The HTTP status.
    pub status: i64,
    /// The JSON body; null where there is none.
    pub body: Value,
}

impl From<LambdaFunctionUrlResponse> for Heard {
    fn from(response: LambdaFunctionUrlResponse) -> Self {
        let body = response.body.and_then(|body| serde_json::from_str(&body).ok());
        Self {
            status: response.status_code,
            body: body.unwrap_or(Value::Null),
        }
    }
}
