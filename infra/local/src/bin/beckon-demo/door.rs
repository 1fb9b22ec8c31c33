//! Posts to the bundle over HTTP, as a web app and a provider would.

use crate::Problem;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use beckon_local::LocalStack;
use beckon_local::lambda::environment::SERVER_WRITE_KEY;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// A client of one stack.
pub struct Door {
    url: String,
    client: Client<HttpConnector, Body>,
}

impl Door {
    /// A client of the stack at `url`.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Says who a person is.
    pub async fn identify(&self, stack: &LocalStack, user: &str, traits: Value) -> Result<(), Problem> {
        self.event(stack, "identify", json!({ "userId": user, "traits": traits }))
            .await
    }

    /// Says what a person did.
    pub async fn track(&self, stack: &LocalStack, user: &str, event: &str, properties: Value) -> Result<(), Problem> {
        self.event(
            stack,
            "track",
            json!({ "userId": user, "event": event, "properties": properties }),
        )
        .await
    }

    /// Reports what became of a message, over the provider's own path.
    pub async fn feedback(&self, message: &str, event: &str) -> Result<(), Problem> {
        self.post("/_local/feedback", None, &json!({ "message": message, "event": event }))
            .await
    }

    /// Posts one event and waits until everything that follows from it at once is done.
    async fn event(&self, stack: &LocalStack, call: &str, body: Value) -> Result<(), Problem> {
        self.post(&format!("/v1/{call}"), Some(SERVER_WRITE_KEY), &body).await?;
        stack.idle().await;
        Ok(())
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<(), Problem> {
        let mut request = Request::post(format!("{}{path}", self.url)).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("authorization", format!("Basic {}", STANDARD.encode(format!("{key}:"))));
        }
        let answer = self.client.request(request.body(Body::from(body.to_string()))?).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let said = axum::body::to_bytes(Body::new(answer.into_body()), 64 * 1024).await?;
        Err(format!(
            "POST {path} was answered with {status}: {}",
            String::from_utf8_lossy(&said)
        )
        .into())
    }
}
