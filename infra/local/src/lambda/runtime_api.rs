//! The Lambda Runtime API (AWS Lambda, "Using the Lambda runtime API for custom runtimes",
//! version 2018-06-01), under a path of its own for each instance:
//! `/_runtime/<function>/<instance>/2018-06-01/runtime/…`.

use super::InvokeError;
use super::pool::Pool;
use super::setting::Invocation;
use crate::aws;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use beckon_shared::wiring;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lambda's largest answer: 6 MB, and a little for the envelope.
const LARGEST_ANSWER_BYTES: usize = 6 * 1024 * 1024 + 64 * 1024;

/// The functions that may ask.
pub type Pools = BTreeMap<&'static str, Arc<Pool>>;

/// The API for the instances of `pools`.
pub fn router(pools: Pools) -> Router {
    let version = "/_runtime/{function}/{instance}/2018-06-01/runtime";
    Router::new()
        .route(&format!("{version}/invocation/next"), get(next))
        .route(&format!("{version}/invocation/{{id}}/response"), post(response))
        .route(&format!("{version}/invocation/{{id}}/error"), post(error))
        .route(&format!("{version}/init/error"), post(init_error))
        .layer(DefaultBodyLimit::max(LARGEST_ANSWER_BYTES))
        .with_state(Arc::new(pools))
}

#[derive(Debug, Deserialize)]
struct ErrorReport {
    #[serde(rename = "errorType", default)]
    kind: String,
    #[serde(rename = "errorMessage", default)]
    message: String,
}

async fn next(State(pools): State<Arc<Pools>>, Path((function, instance)): Path<(String, u64)>) -> Response {
    let Some(pool) = pools.get(function.as_str()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match pool.next(instance).await {
        Some(invocation) => handed_over(pool, invocation),
        None => StatusCode::GONE.into_response(),
    }
}

fn handed_over(pool: &Pool, invocation: Invocation) -> Response {
    let name = pool.function().name;
    let trace = invocation.id.replace('-', "");
    let trace = format!(
        "Root=1-{}-{};Sampled=0",
        trace.get(..8).unwrap_or_default(),
        trace.get(8..).unwrap_or_default()
    );
    let mut response = Response::new(Body::from(invocation.payload));
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.id),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline.as_millisecond().to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", aws::function_arn(name)),
        ("lambda-runtime-trace-id", trace),
        (
            "lambda-runtime-client-context",
            client_context(invocation.now).to_string(),
        ),
    ];
    for (header, value) in headers {
        match HeaderValue::from_str(&value) {
            Ok(value) => {
                response.headers_mut().insert(header, value);
            }
            Err(error) => tracing::error!(header, %error, "a header of the runtime API was left out"),
        }
    }
    response
}

/// The client context that tells a function the time (see [`wiring::env::CLOCK`]).
pub fn client_context(now: jiff::Timestamp) -> serde_json::Value {
    json!({
        "client": {
            "installation_id": "local",
            "app_title": "beckon-local",
            "app_version_name": env!("CARGO_PKG_VERSION"),
            "app_version_code": env!("CARGO_PKG_VERSION"),
            "app_package_name": "beckon-local",
        },
        "custom": {wiring::CLIENT_CONTEXT_NOW: now.to_string()},
        "env": {},
    })
}

async fn response(
    State(pools): State<Arc<Pools>>,
    Path((function, _, id)): Path<(String, u64, String)>,
    body: Bytes,
) -> StatusCode {
    finish(&pools, &function, &id, Ok(body))
}

async fn error(
    State(pools): State<Arc<Pools>>,
    Path((function, _, id)): Path<(String, u64, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    finish(&pools, &function, &id, Err(reported(&headers, &body)))
}

async fn init_error(Path((function, _)): Path<(String, u64)>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let problem = reported(&headers, &body);
    tracing::error!(function, %problem, "a function could not start");
    StatusCode::ACCEPTED
}

fn reported(headers: &HeaderMap, body: &[u8]) -> InvokeError {
    let report = serde_json::from_slice(body).unwrap_or_else(|_| ErrorReport {
        kind: String::new(),
        message: String::from_utf8_lossy(body).into_owned(),
    });
    let header = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|kind| kind.to_str().ok());
    InvokeError::Function {
        kind: match report.kind.is_empty() {
            true => header.unwrap_or("Unhandled").to_owned(),
            false => report.kind,
        },
        message: report.message,
    }
}

fn finish(pools: &Pools, function: &str, id: &str, answer: Result<Bytes, InvokeError>) -> StatusCode {
    let Some(pool) = pools.get(function) else {
        return StatusCode::NOT_FOUND;
    };
    match pool.finish(id, answer) {
        true => StatusCode::ACCEPTED,
        // Too late, or never asked: Lambda answers so as well.
        false => StatusCode::BAD_REQUEST,
    }
}
