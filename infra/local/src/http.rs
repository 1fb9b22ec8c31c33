//! Serving HTTP on loopback, with the one thing a well-behaved server cannot do: hanging up
//! instead of answering, which a fault may ask for.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Put into a response's extensions, it closes the connection in place of the response.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection was closed before the answer, as was ordered")]
pub struct HangUp;

/// A response that is never seen: the connection closes instead.
pub fn hang_up() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

/// Listens on 127.0.0.1 and nothing else. Port 0 takes any free one.
pub async fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves `router` until `stopping` turns true, then drops every connection.
pub async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    continue;
                }
            },
            _ = connections.join_next(), if !connections.is_empty() => continue,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small answers may be late");
        }
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let answer = router.call(request.map(Body::new));
            async move {
                let response = answer.await.map_err(|never| match never {})?;
                match response.extensions().get::<HangUp>() {
                    Some(hang_up) => Err(*hang_up),
                    None => Ok(response),
                }
            }
        });
        connections.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    connections.shutdown().await;
}
