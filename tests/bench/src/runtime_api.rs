//! A Lambda Runtime API for one process: hands it the events it is given, and gives back the
//! answers (AWS Lambda, "Using the Lambda runtime API for custom runtimes").

use crate::Outcome;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// Longest time that an answer may take, under valgrind too.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running one. It ends when it is dropped.
pub struct RuntimeApi {
    address: String,
    events: mpsc::UnboundedSender<Bytes>,
    answers: mpsc::UnboundedReceiver<Result<Bytes, String>>,
    server: JoinHandle<()>,
}

struct Desk {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    answers: mpsc::UnboundedSender<Result<Bytes, String>>,
    handed: AtomicU64,
}

impl RuntimeApi {
    /// Starts one.
    pub async fn start() -> Outcome<Self> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            events: Mutex::new(waiting),
            answers: answered,
            handed: AtomicU64::new(0),
        });
        let version = "/2018-06-01/runtime";
        let router = Router::new()
            .route(&format!("{version}/invocation/next"), get(next))
            .route(&format!("{version}/invocation/{{id}}/response"), post(response))
            .route(&format!("{version}/invocation/{{id}}/error"), post(error))
            .route(&format!("{version}/init/error"), post(init_error))
            .with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let server = tokio::spawn(async move {
            // It ends with its process; a failure shows as an answer that never comes.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            events,
            answers,
            server,
        })
    }

    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Puts an event in, to be handed over when it is asked for.
    pub fn hand(&self, event: Bytes) -> Outcome<()> {
        self.events.send(event).map_err(|_| "the runtime API has ended".into())
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Outcome<Bytes> {
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await;
        let answer = answer
            .map_err(|_| "no answer came")?
            .ok_or("the runtime API has ended")?;
        Ok(answer?)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    let Some(event) = desk.events.lock().await.recv().await else {
        return status(StatusCode::GONE);
    };
    let number = desk.handed.fetch_add(1, Ordering::Relaxed);
    let mut response = Response::new(Body::from(event));
    let headers = [
        ("content-type", "application/json".to_owned()),
        (
            "lambda-runtime-aws-request-id",
            format!("8476a536-e9f4-11e8-9739-{number:012x}"),
        ),
        // Far enough: nothing here is ever cut off.
        ("lambda-runtime-deadline-ms", "4102444800000".to_owned()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:bench".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned(),
        ),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn response(State(desk): State<Arc<Desk>>, Path(_id): Path<String>, body: Bytes) -> Response {
    tell(&desk, Ok(body))
}

async fn error(State(desk): State<Arc<Desk>>, Path(_id): Path<String>, _headers: HeaderMap, body: Bytes) -> Response {
    tell(&desk, Err(String::from_utf8_lossy(&body).into_owned()))
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    tell(&desk, Err(String::from_utf8_lossy(&body).into_owned()))
}

fn tell(desk: &Desk, answer: Result<Bytes, String>) -> Response {
    match desk.answers.send(answer) {
        Ok(()) => status(StatusCode::ACCEPTED),
        Err(_) => status(StatusCode::GONE),
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
