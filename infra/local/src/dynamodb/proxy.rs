//! The table's endpoint: hands requests on to `dynoxide`'s own HTTP server, which speaks the
//! wire protocol, so that faults can be put between and the stream's reader be told of writes.

use super::Table;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use tokio::sync::watch;

use crate::aws::JsonError;

/// A way to the database's HTTP server.
#[derive(Debug, Clone)]
pub struct Proxy {
    client: Client<HttpConnector, Body>,
    target: SocketAddr,
}

impl Proxy {
    /// Serves the table's database on a loopback port of its own until `stopping` turns true.
    pub async fn start(table: &Table, mut stopping: watch::Receiver<bool>) -> std::io::Result<Self> {
        let (listener, target) = crate::http::listen(0).await?;
        let database = table.database();
        tokio::spawn(async move {
            let stop = async move {
                // An error means that the stack is gone, which is a reason to stop as well.
                let _ = stopping.wait_for(|stop| *stop).await;
            };
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stop).await {
                tracing::error!(%error, "the local table's server ended");
            }
        });
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            target,
        })
    }

    /// Hands one request on and brings its answer.
    pub async fn forward(&self, headers: &HeaderMap, body: Bytes) -> Response {
        match self.exchange(headers, body).await {
            Ok(response) => response,
            Err(error) => JsonError {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                code: "com.amazonaws.dynamodb.v20120810#InternalServerError",
                message: format!("the local table did not answer: {error}"),
            }
            .respond(),
        }
    }

    async fn exchange(&self, headers: &HeaderMap, body: Bytes) -> Result<Response, Box<dyn std::error::Error>> {
        let target = Uri::builder()
            .scheme("http")
            .authority(self.target.to_string())
            .path_and_query("/")
            .build()?;
        let mut request = axum::http::Request::post(target).body(Body::from(body))?;
        for (name, value) in headers {
            if !matches!(
                name.as_str(),
                "host" | "content-length" | "connection" | "transfer-encoding"
            ) {
                request.headers_mut().append(name, value.clone());
            }
        }
        let answer = self.client.request(request).await?;
        let (parts, body) = answer.into_parts();
        // Read to its end: nobody downstream may close the connection half-way.
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}
