//! An AWS that answers at once and always the same: what it costs is not measured, and it costs
//! nothing. It counts what it is asked.

use crate::Outcome;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running one. It ends when it is dropped.
pub struct CannedAws {
    url: String,
    heard: Arc<Mutex<Heard>>,
    server: JoinHandle<()>,
}

/// What it was asked.
#[derive(Debug, Default)]
struct Heard {
    calls: BTreeMap<String, usize>,
    schedules: HashSet<String>,
}

impl CannedAws {
    /// Starts one.
    pub async fn start() -> Outcome<Self> {
        let heard = Arc::<Mutex<Heard>>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(Arc::clone(&heard));
        let server = tokio::spawn(async move {
            // It ends with the benchmark; a failure shows where it is asked.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, heard, server })
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it was asked this.
    pub fn calls(&self, operation: &str) -> usize {
        lock(&self.heard).calls.get(operation).copied().unwrap_or_default()
    }

    /// How many schedules were made.
    pub fn schedules(&self) -> usize {
        lock(&self.heard).schedules.len()
    }
}

impl Drop for CannedAws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(heard): State<Arc<Mutex<Heard>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    _body: Bytes,
) -> Response {
    let mut heard = lock(&heard);
    let schedule = uri
        .path()
        .strip_prefix("/schedules/")
        .filter(|_| method == Method::POST);
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = match (target, schedule) {
        (Some(target), _) => target.split_once('.').map_or(target, |(_, operation)| operation),
        (None, Some(_)) => "CreateSchedule",
        (None, None) => uri.path(),
    };
    *heard.calls.entry(operation.to_owned()).or_default() += 1;
    if let Some(name) = schedule
        && !heard.schedules.insert(name.to_owned())
    {
        return json(
            StatusCode::CONFLICT,
            r#"{"__type":"ConflictException","Message":"it exists"}"#,
        );
    }
    json(
        StatusCode::OK,
        if schedule.is_some() {
            r#"{"ScheduleArn":"arn:aws:scheduler:::schedule/a/b"}"#
        } else {
            "{}"
        },
    )
}

fn json(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    response
}
