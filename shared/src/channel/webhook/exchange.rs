//! One request and its answer, within limits of time and size: of a service, or of a browser's push service.

use super::resolver::{NotPublic, PublicOnly, System};
use crate::aws::CONNECT_TIMEOUT;
use crate::channel::failure::{WAIT_MAX_SECS, never_left};
use crate::domain::time::Span;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::fmt::rfc2822;
use std::cell::OnceCell;
use std::error::Error;
use std::time::Duration;

/// Longest answer that is read, in bytes.
pub const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// Until when a connection must stand, and everything be over.
#[derive(Debug, Clone, Copy)]
pub(in crate::channel) struct Limits {
    pub(in crate::channel) connect: Duration,
    pub(in crate::channel) total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT_TIMEOUT,
            total: Duration::from_secs(10),
        }
    }
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::channel) struct Answer {
    pub(in crate::channel) status: u16,
    /// `Retry-After`, as it was sent, with the service's own time where it told that (`Date`).
    pub(in crate::channel) retry_after: Option<String>,
    pub(in crate::channel) date: Option<String>,
    /// The body; `None` where it was longer than [`ANSWER_MAX_BYTES`].
    pub(in crate::channel) body: Option<Vec<u8>>,
}

impl Answer {
    /// How long it asks to wait by `Retry-After`, at most [`WAIT_MAX_SECS`]: in seconds or as a date (RFC 9110 §10.2.3),
    /// which is measured from the service's own time where it tells that, or else from `asked_secs`.
    pub(in crate::channel) fn wait(&self, asked_secs: i64) -> Option<Span> {
        let wait = self.retry_after.as_deref()?.trim();
        let secs = wait.parse::<f64>().ok().or_else(|| {
            let until = rfc2822::parse(wait).ok()?.timestamp();
            let told = self.date.as_deref().and_then(|date| rfc2822::parse(date.trim()).ok());
            let from = told.map_or(asked_secs, |date| date.timestamp().as_second());
            Some((until.as_second() - from) as f64)
        });
        secs.and_then(bounded)
    }
}

/// A wait of so many seconds, as far as it is taken.
pub(in crate::channel) fn bounded(secs: f64) -> Option<Span> {
    (secs > 0.0).then(|| Span::from_millis((secs.min(WAIT_MAX_SECS as f64) * 1_000.0).ceil() as i64))
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::channel) enum NoAnswer {
    /// The request was not made, and never will be.
    Refused(String),
    /// No connection stood: nothing was handed over.
    Unreachable,
    /// The request may have arrived.
    Lost(&'static str),
}

/// How services are reached.
#[derive(Debug, Clone)]
pub(in crate::channel) enum Road {
    /// Over HTTP, and to any address.
    Plain,
    /// Over TLS, to addresses of the public Internet that this resolver finds.
    Public(SharedDnsResolver),
}

impl Road {
    /// As names are resolved here.
    pub(in crate::channel) fn public() -> Self {
        Self::Public(SharedDnsResolver::new(System))
    }
}

/// Makes requests. Connections are kept; root certificates are loaded with the first request, because
/// most starts of a function call no service.
#[derive(Debug)]
pub(in crate::channel) struct Exchange {
    road: Road,
    limits: Limits,
    connector: OnceCell<SharedHttpConnector>,
}

impl Exchange {
    /// One that has connected to nothing yet.
    pub(in crate::channel) fn new(road: Road, limits: Limits) -> Self {
        Self {
            road,
            limits,
            connector: OnceCell::new(),
        }
    }

    pub(in crate::channel) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: impl Into<SdkBody>,
    ) -> Result<Answer, NoAnswer> {
        let request = request(method, url, headers, body.into())?;
        let connector = self.connector.get_or_init(|| connector(&self.road, self.limits));
        match tokio::time::timeout(self.limits.total, exchange(connector, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::Lost("no answer in time")),
        }
    }
}

fn connector(road: &Road, limits: Limits) -> SharedHttpConnector {
    let builder = Connector::builder().sleep_impl(TokioSleep::new()).connector_settings(
        HttpConnectorSettings::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.total)
            .build(),
    );
    SharedHttpConnector::new(match road {
        Road::Plain => builder.build_http(),
        Road::Public(resolver) => builder
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_with_resolver(PublicOnly(resolver.clone())),
    })
}

fn request(method: &str, url: &str, headers: Vec<(String, String)>, body: SdkBody) -> Result<HttpRequest, NoAnswer> {
    let refused = |what: &str| NoAnswer::Refused(what.to_owned());
    let mut request = HttpRequest::new(body);
    request
        .set_method(method)
        .map_err(|_| refused("there is no such method"))?;
    request.set_uri(url).map_err(|_| refused("the address is none"))?;
    for (name, value) in headers {
        let told = format!("header `{name}` cannot hold what it should say");
        request
            .headers_mut()
            .try_insert(name.to_ascii_lowercase(), value)
            .map_err(|_| NoAnswer::Refused(told))?;
    }
    Ok(request)
}

async fn exchange(connector: &SharedHttpConnector, request: HttpRequest) -> Result<Answer, NoAnswer> {
    let answer = match connector.call(request).await {
        Ok(answer) => answer,
        Err(error) if caused_by_address(&error) => return Err(NoAnswer::Refused(NotPublic.to_string())),
        Err(error) if never_left(error.source()) => return Err(NoAnswer::Unreachable),
        Err(error) if error.is_timeout() => return Err(NoAnswer::Lost("no answer in time")),
        Err(_) => return Err(NoAnswer::Lost("the connection broke before an answer")),
    };
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers().get(name).map(str::to_owned);
    let (retry_after, date) = (header("retry-after"), header("date"));
    let mut stream = ByteStream::new(answer.into_body());
    let mut body = Some(Vec::new());
    while let Some(kept) = &mut body {
        match stream.next().await {
            None => break,
            Some(Err(_)) => return Err(NoAnswer::Lost("the answer broke off")),
            Some(Ok(chunk)) if kept.len() + chunk.len() > ANSWER_MAX_BYTES => body = None,
            Some(Ok(chunk)) => kept.extend_from_slice(&chunk),
        }
    }
    Ok(Answer {
        status,
        retry_after,
        date,
        body,
    })
}

/// Whether the name led to an address that is not public.
fn caused_by_address(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}
