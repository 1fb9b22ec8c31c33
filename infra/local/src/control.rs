//! The address for people and tests: ingest at `/v1/…`, control at `/_local/…`, the page at `/`.

use crate::aws;
use crate::bundle::Bundle;
use crate::fault::{FaultKind, Service};
use crate::feedback::{self, Feedback};
use crate::lambda::{environment, function_url};
use crate::timeline;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use beckon_shared::domain::time::Span;
use beckon_shared::wiring::Trigger;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const PAGE: &str = include_str!("page.html");

#[derive(Clone)]
struct Control {
    bundle: Arc<Bundle>,
    url: Arc<str>,
    aws_url: Arc<str>,
    requests: Arc<AtomicU64>,
}

/// The address at `url`; `aws_url` is where the AWS services are.
pub fn router(bundle: Arc<Bundle>, url: &str, aws_url: &str) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/_local/messages", get(messages))
        .route("/_local/clock", get(clock).post(move_clock))
        .route("/_local/feedback", post(give_feedback))
        .route("/_local/fault", post(order_fault))
        .route("/_local/idle", post(idle))
        .route("/_local/reset", post(reset))
        .route("/_local/environment", get(environment_variables))
        .route("/_local/state", get(state))
        .route("/_local/queues", get(queues))
        .route("/_local/logs", get(logs))
        .fallback(function)
        .layer(middleware::from_fn(own_pages_only))
        .layer(DefaultBodyLimit::max(function_url::LARGEST_REQUEST_BYTES))
        .with_state(Control {
            bundle,
            url: url.into(),
            aws_url: aws_url.into(),
            requests: Arc::default(),
        })
}

/// A page from elsewhere that is open in the same browser may send events, as a shop's would, but
/// has no business with the control interface: it could neither be seen nor be undone.
async fn own_pages_only(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_local/") && !is_own(request.headers()) {
        return problem(
            StatusCode::FORBIDDEN,
            "the control interface is for this machine's own page and programs",
        );
    }
    next.run(request).await
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let local = matches!(host.split(':').next(), Some("127.0.0.1" | "localhost"));
    let own = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    local && own
}

async fn page() -> Response {
    let mut response = PAGE.into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

async fn function(
    State(control): State<Control>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let bundle = &control.bundle;
    let Some(function) = bundle.function_at(uri.path()) else {
        return unknown(uri).await;
    };
    let in_flight = bundle.activity.begin();
    let number = control.requests.fetch_add(1, Ordering::Relaxed);
    let id = aws::derived_id(&format!("{} {number}", control.url));
    let event = function_url::event(&method, &uri, &headers, &body, &id, bundle.clock.now());
    let answer = bundle.lambda.invoke(function, event.to_string().into_bytes()).await;
    bundle.carry_out_due();
    drop(in_flight);
    match answer {
        Ok(answer) => function_url::response(&answer),
        Err(error) => {
            tracing::error!(function, %error, "a request failed");
            function_url::bad_gateway()
        }
    }
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    channel: Option<String>,
}

async fn messages(State(control): State<Control>, Query(wanted): Query<Wanted>) -> Response {
    let messages = control.bundle.sent.messages(wanted.channel.as_deref());
    match serde_json::to_value(messages) {
        Ok(messages) => aws::json(StatusCode::OK, &messages),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn clock(State(control): State<Control>) -> Response {
    now(&control)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    #[serde(default)]
    advance: Option<String>,
    #[serde(default)]
    to: Option<Timestamp>,
}

async fn move_clock(State(control): State<Control>, body: Bytes) -> Response {
    let order: Move = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let to = match (order.advance, order.to) {
        (Some(by), None) => match Span::parse(&by) {
            Ok(by) => {
                let now = control.bundle.clock.now();
                let to = now.checked_add(SignedDuration::from_millis(by.millis));
                to.unwrap_or(Timestamp::MAX)
            }
            Err(error) => return problem(StatusCode::BAD_REQUEST, &format!("`advance` is `{by}`: {error}")),
        },
        (None, Some(to)) => to,
        (Some(_), Some(_)) | (None, None) => {
            return problem(StatusCode::BAD_REQUEST, "expected either `advance` or `to`");
        }
    };
    match timeline::advance(&control.bundle, to).await {
        Ok(()) => now(&control),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

async fn give_feedback(State(control): State<Control>, body: Bytes) -> Response {
    let order: Feedback = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let bundle = &control.bundle;
    let Some(sent) = bundle.sent.find(&order.message) else {
        return problem(
            StatusCode::NOT_FOUND,
            &format!("no message `{}` has left", order.message),
        );
    };
    let Some(function) = bundle.function(|trigger| matches!(trigger, Trigger::Topic)) else {
        return problem(StatusCode::NOT_FOUND, "no function takes feedback");
    };
    let now = bundle.clock.now();
    match feedback::lambda_event(&order, &sent, now) {
        Ok(event) => {
            bundle.background.put(function, event, now);
            timeline::idle(bundle).await;
            aws::json(StatusCode::OK, &json!({"delivered": true}))
        }
        Err(error) => problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    service: Service,
    kind: FaultKind,
    #[serde(default = "once")]
    count: u32,
}

fn once() -> u32 {
    1
}

async fn order_fault(State(control): State<Control>, body: Bytes) -> Response {
    match read::<Fault>(&body) {
        Ok(fault) => {
            control.bundle.faults.order(fault.service, fault.kind, fault.count);
            aws::json(StatusCode::OK, &json!({"ordered": fault.count}))
        }
        Err(refusal) => *refusal,
    }
}

async fn idle(State(control): State<Control>) -> Response {
    timeline::idle(&control.bundle).await;
    now(&control)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default)]
    definitions: bool,
}

async fn reset(State(control): State<Control>, body: Bytes) -> Response {
    let order = match body.is_empty() {
        true => Ok(Reset { definitions: false }),
        false => read(&body),
    };
    match order {
        Ok(order) => match timeline::reset(&control.bundle, !order.definitions).await {
            Ok(()) => now(&control),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        Err(refusal) => *refusal,
    }
}

async fn environment_variables(State(control): State<Control>) -> Response {
    let mut variables = environment::client_variables(&control.aws_url);
    let table = control.bundle.table.name();
    let needed = control.bundle.functions.iter().flat_map(|function| function.env);
    for name in needed.chain(&environment::LEADING_HERE) {
        if let Some(value) = environment::bundle_variable(name, table, &control.url, &control.aws_url) {
            variables.insert((*name).to_owned(), value);
        }
    }
    aws::json(StatusCode::OK, &json!(variables))
}

async fn state(State(control): State<Control>) -> Response {
    let bundle = &control.bundle;
    let schedules = bundle.schedules.all();
    let schedules: Vec<Value> = schedules
        .iter()
        .map(|schedule| json!({"name": schedule.name, "at": schedule.at, "fired": schedule.fired}))
        .collect();
    aws::json(
        StatusCode::OK,
        &json!({
            "now": bundle.clock.now(),
            "next": bundle.next_due(),
            "in_flight": bundle.activity.count(),
            "messages": bundle.sent.count(),
            "stream": bundle.pump.progress(),
            "schedules": schedules,
        }),
    )
}

async fn queues(State(control): State<Control>) -> Response {
    aws::json(StatusCode::OK, &json!(control.bundle.queues.all()))
}

async fn logs(State(control): State<Control>) -> Response {
    aws::json(StatusCode::OK, &json!(control.bundle.logs.all()))
}

async fn unknown(uri: Uri) -> Response {
    problem(
        StatusCode::NOT_FOUND,
        &format!(
            "there is nothing at `{}`; events go to `/v1/…`, control is at `/_local/…`",
            uri.path()
        ),
    )
}

fn now(control: &Control) -> Response {
    aws::json(StatusCode::OK, &json!({"now": control.bundle.clock.now()}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, &error.to_string())))
}

fn problem(status: StatusCode, message: &str) -> Response {
    aws::json(status, &json!({ "error": message }))
}
