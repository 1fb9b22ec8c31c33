//! The one endpoint for all AWS services: what `AWS_ENDPOINT_URL` names. Tells the services apart
//! as their protocols do, and puts the ordered faults in between.

use crate::aws::JsonError;
use crate::bundle::Bundle;
use crate::dynamodb::Proxy;
use crate::fault::{FaultKind, Service};
use crate::sns::QueryError;
use crate::suppression_list::Wanted;
use crate::{http, onsite, queue, services, ses, sns, webpush};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{any, delete, post, put};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Longest time that a call is left without an answer.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
/// DynamoDB's largest request.
const LARGEST_REQUEST_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone)]
struct Gateway {
    bundle: Arc<Bundle>,
    proxy: Proxy,
}

/// All services.
pub fn router(bundle: Arc<Bundle>, proxy: Proxy) -> Router {
    Router::new()
        .route("/", post(by_target))
        .route("/v2/email/outbound-emails", post(send_email))
        .route("/v2/email/suppression/addresses", put(suppress).get(list_suppressed))
        .route("/v2/email/suppression/addresses/{address}", delete(unsuppress))
        .route(webpush::PATH, post(take_web_push))
        .route("/schedules/{name}", any(schedule))
        .route(&format!("{}/{{*address}}", services::PATH), any(service))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST_BYTES))
        .with_state(Gateway { bundle, proxy })
}

/// The protocols that post to `/`: AWS JSON names service and call in a header, Query in the body.
async fn by_target(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let bundle = &gateway.bundle;
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let (service, operation) = target.and_then(|target| target.split_once('.')).unwrap_or_default();
    match service {
        "DynamoDB_20120810" | "DynamoDBStreams_20120810" => {
            faulty(bundle, Service::Dynamodb, async {
                let now = bundle.clock.now();
                let placed = (operation == "PutItem").then(|| onsite::placed(&body, now)).flatten();
                let response = gateway.proxy.forward(&headers, body).await;
                if let Some(placed) = placed.filter(|_| response.status().is_success()) {
                    bundle.sent.take(|_| placed);
                }
                bundle.wake.notify_one();
                response
            })
            .await
        }
        "AmazonSQS" => match serde_json::from_slice(&body) {
            Ok(request) => queue::answer(&bundle.queues, bundle.clock.now(), operation, &request),
            Err(error) => JsonError {
                status: StatusCode::BAD_REQUEST,
                code: "com.amazonaws.sqs#InvalidParameterValue",
                message: error.to_string(),
            }
            .respond(),
        },
        "" => {
            faulty(bundle, Service::Sns, async {
                sns::answer(&bundle.sent, &bundle.endpoints, bundle.clock.now(), &body)
            })
            .await
        }
        _ => unknown().await,
    }
}

async fn send_email(State(gateway): State<Gateway>, body: Bytes) -> Response {
    let bundle = &gateway.bundle;
    faulty(bundle, Service::Ses, async {
        ses::send_email(&bundle.sent, bundle.clock.now(), &body)
    })
    .await
}

async fn suppress(State(gateway): State<Gateway>, body: Bytes) -> Response {
    let bundle = &gateway.bundle;
    faulty(bundle, Service::Ses, async {
        bundle.suppression_list.put(bundle.clock.now(), &body)
    })
    .await
}

async fn list_suppressed(State(gateway): State<Gateway>, Query(wanted): Query<Wanted>) -> Response {
    let bundle = &gateway.bundle;
    faulty(bundle, Service::Ses, async { bundle.suppression_list.list(&wanted) }).await
}

async fn unsuppress(State(gateway): State<Gateway>, Path(address): Path<String>) -> Response {
    let bundle = &gateway.bundle;
    faulty(bundle, Service::Ses, async { bundle.suppression_list.delete(&address) }).await
}

async fn take_web_push(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let bundle = &gateway.bundle;
    webpush::answer(&bundle.sent, bundle.clock.now(), &headers, &body)
}

async fn service(State(gateway): State<Gateway>, headers: HeaderMap, body: String) -> Response {
    let bundle = &gateway.bundle;
    faulty(bundle, Service::Services, async {
        services::take(&bundle.sent, bundle.clock.now(), &headers, &body)
    })
    .await
}

#[derive(Debug, Deserialize)]
struct GroupName {
    #[serde(rename = "groupName", default)]
    group_name: Option<String>,
}

async fn schedule(
    State(gateway): State<Gateway>,
    Path(name): Path<String>,
    Query(query): Query<GroupName>,
    method: axum::http::Method,
    body: Bytes,
) -> Response {
    let bundle = &gateway.bundle;
    let group = query.group_name.as_deref().unwrap_or("default");
    faulty(bundle, Service::Scheduler, async {
        match method.as_str() {
            "POST" => {
                let response = bundle.schedules.create(&name, &body);
                bundle.wake.notify_one();
                response
            }
            "GET" => bundle.schedules.get(&name, group),
            "DELETE" => bundle.schedules.delete(&name, group),
            _ => unknown().await,
        }
    })
    .await
}

async fn unknown() -> Response {
    JsonError {
        status: StatusCode::NOT_FOUND,
        code: "UnknownOperationException",
        message: "the local stack does not know this call".to_owned(),
    }
    .respond()
}

/// Carries out a call, or what was ordered in its place.
async fn faulty(bundle: &Bundle, service: Service, call: impl Future<Output = Response>) -> Response {
    match bundle.faults.next(service) {
        None => call.await,
        Some(FaultKind::Throttle) => throttled(service),
        Some(FaultKind::Error) => failed(service),
        Some(FaultKind::Timeout) => {
            tokio::time::sleep(LONGEST_SILENCE).await;
            http::hang_up()
        }
        Some(FaultKind::AcceptedThenLost) => {
            drop(call.await);
            http::hang_up()
        }
    }
}

/// As each service refuses what is too much (its API reference, "Common errors").
fn throttled(service: Service) -> Response {
    let json = |status, code: &'static str, message: &str| {
        JsonError {
            status,
            code,
            message: message.to_owned(),
        }
        .respond()
    };
    match service {
        Service::Ses => json(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
        ),
        Service::Scheduler => json(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", "Rate exceeded"),
        Service::Dynamodb => json(
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Service::Services => services::throttled(),
        Service::Sns => QueryError {
            status: StatusCode::BAD_REQUEST,
            fault: "Sender",
            code: "Throttling",
            message: "Rate exceeded".to_owned(),
        }
        .respond(),
    }
}

/// As each service reports a failure of its own.
fn failed(service: Service) -> Response {
    let json = |code: &'static str| {
        JsonError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code,
            message: "an internal error, as was ordered".to_owned(),
        }
        .respond()
    };
    match service {
        Service::Ses => json("InternalServiceErrorException"),
        Service::Scheduler => json("InternalServerException"),
        Service::Dynamodb => json("com.amazonaws.dynamodb.v20120810#InternalServerError"),
        Service::Services => services::refused(),
        Service::Sns => QueryError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            fault: "Receiver",
            code: "InternalError",
            message: "an internal error, as was ordered".to_owned(),
        }
        .respond(),
    }
}
