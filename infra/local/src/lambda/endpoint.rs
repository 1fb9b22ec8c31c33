//! Functions that somebody else runs, over Lambda's Invoke API (AWS Lambda API Reference,
//! "Invoke"). `cargo lambda watch` speaks it; it answers function errors with HTTP 500.
//!
//! The virtual time goes along as client context. An emulator that does not pass it on leaves
//! its functions on real time.

use super::{InvokeError, runtime_api};
use crate::clock::VirtualClock;
use axum::body::{Body, Bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;

/// A place that runs functions by name.
#[derive(Debug)]
pub struct Endpoint {
    url: String,
    clock: Arc<VirtualClock>,
    client: Client<HttpConnector, Body>,
}

impl Endpoint {
    /// A place at `url`, for instance `http://127.0.0.1:9000`.
    pub fn new(url: &str, clock: Arc<VirtualClock>) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            clock,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Invokes a function there and waits for its answer.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Bytes, InvokeError> {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.url);
        let context = STANDARD.encode(runtime_api::client_context(self.clock.now()).to_string());
        let unavailable = |error: &dyn std::fmt::Display| InvokeError::Unavailable(format!("`{url}`: {error}"));
        let request = Request::post(&url)
            .header("content-type", "application/json")
            .header("x-amz-client-context", context)
            .body(Body::from(payload))
            .map_err(|error| unavailable(&error))?;
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| unavailable(&error))?;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX)
            .await
            .map_err(|error| unavailable(&error))?;
        if parts.status.is_success() && !parts.headers.contains_key("x-amz-function-error") {
            return Ok(body);
        }
        if parts.status == axum::http::StatusCode::NOT_FOUND {
            return Err(unavailable(&format!("there is no function `{function}`")));
        }
        Err(InvokeError::Function {
            kind: "Unhandled".to_owned(),
            message: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}
