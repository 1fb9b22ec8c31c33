//! Clients of AWS, built by hand: what the default configuration chain would find out costs more
//! start time than all the rest, and a function's environment says everything.

pub mod failure;
#[cfg(test)]
pub(crate) mod stub;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::time::Duration;

/// Until when a connection must stand.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Until when an answer must begin after its request.
pub const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Until when one attempt must be over.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(6);
/// Attempts in all where repeating is harmless: the table, schedules, queues.
pub const ATTEMPTS: u32 = 3;

/// A service that functions call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// One-time schedules.
    Scheduler,
    /// The set-aside queue.
    Sqs,
    /// Mail.
    Ses,
    /// Text messages.
    Sns,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::DynamoDb, Self::Scheduler, Self::Sqs, Self::Ses, Self::Sns];

    /// Its variable for another endpoint (AWS SDKs and Tools Reference Guide, "Service-specific
    /// endpoints").
    pub const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Scheduler => "AWS_ENDPOINT_URL_SCHEDULER",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::Ses => "AWS_ENDPOINT_URL_SESV2",
            Self::Sns => "AWS_ENDPOINT_URL_SNS",
        }
    }

    /// The first label of its host name (AWS General Reference, "Service endpoints").
    const fn host_label(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Scheduler => "scheduler",
            Self::Sqs => "sqs",
            Self::Ses => "email",
            Self::Sns => "sns",
        }
    }

    /// Whether a request may be repeated by itself: what goes to people may not, because an
    /// attempt whose answer was lost may have been carried out.
    const fn repeats(self) -> bool {
        match self {
            Self::DynamoDb | Self::Scheduler | Self::Sqs => true,
            Self::Ses | Self::Sns => false,
        }
    }
}

/// Why there are no clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{0}` is not set")]
pub struct MissingVariable(pub &'static str);

/// What every client shares: region, credentials, one pool of connections.
#[derive(Debug, Clone)]
pub struct Aws {
    shared: SdkConfig,
    region: String,
    connector: SharedHttpConnector,
    endpoints: [Option<String>; Service::ALL.len()],
}

impl Aws {
    /// As the process's environment says: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, and other endpoints by
    /// `AWS_ENDPOINT_URL_<SERVICE>` or else `AWS_ENDPOINT_URL`.
    pub fn from_env() -> Result<Self, MissingVariable> {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The same, with the variables of `get`.
    pub fn from_variables(get: impl Fn(&'static str) -> Option<String>) -> Result<Self, MissingVariable> {
        let needed = |name| get(name).ok_or(MissingVariable(name));
        let region = needed("AWS_REGION")?;
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            get("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoints =
            Service::ALL.map(|service| get(service.endpoint_variable()).or_else(|| get("AWS_ENDPOINT_URL")));
        let connector = connector(&endpoints);
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(client(connector.clone()))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            // Answers are small; an attempt has its own time limit.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .read_timeout(READ_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            )
            .build();
        Ok(Self {
            shared,
            region,
            connector,
            endpoints,
        })
    }

    /// A client of the table.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(Service::DynamoDb))
    }

    /// A client for schedules.
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        aws_sdk_scheduler::Client::new(&self.config(Service::Scheduler))
    }

    /// A client for queues.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config(Service::Sqs))
    }

    /// A client for mail. Makes one attempt.
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        aws_sdk_sesv2::Client::new(&self.config(Service::Ses))
    }

    /// A client for text messages. Makes one attempt.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config(Service::Sns))
    }

    /// Opens a connection to each service, with TLS, while the function initialises and has a
    /// whole processor: an unsigned request, which the service refuses or answers with a greeting.
    /// It needs no permission. Where it fails, the first real call opens the connection.
    pub async fn warm(&self, services: &[Service]) {
        futures::future::join_all(services.iter().map(|service| self.open(*service))).await;
    }

    async fn open(&self, service: Service) {
        let url = match self.endpoint(service) {
            Some(endpoint) => endpoint.to_owned(),
            None => format!("https://{}.{}.amazonaws.com/", service.host_label(), self.region),
        };
        if let Err(reason) = self.greet(&url).await {
            tracing::debug!(?service, reason, "no connection yet");
        }
    }

    /// One request. Its answer is read to the end, or the connection could not be used again.
    async fn greet(&self, url: &str) -> Result<(), String> {
        let request = HttpRequest::get(url).map_err(|error| error.to_string())?;
        let answer = self.connector.call(request).await.map_err(|error| error.to_string())?;
        let body = ByteStream::new(answer.into_body()).collect().await;
        body.map(|_greeting| ()).map_err(|error| error.to_string())
    }

    fn endpoint(&self, service: Service) -> Option<&str> {
        let place = Service::ALL.iter().position(|known| *known == service)?;
        self.endpoints.get(place)?.as_deref()
    }

    fn config(&self, service: Service) -> SdkConfig {
        let retries = match service.repeats() {
            true => RetryConfig::standard().with_max_attempts(ATTEMPTS),
            false => RetryConfig::disabled(),
        };
        let mut config = self.shared.to_builder().retry_config(retries);
        config.set_endpoint_url(self.endpoint(service).map(str::to_owned));
        config.build()
    }
}

/// One pool of connections for all clients. Root certificates are loaded, the largest part of a
/// start, only where some service is spoken to over TLS.
fn connector(endpoints: &[Option<String>]) -> SharedHttpConnector {
    let builder = Connector::builder().sleep_impl(TokioSleep::new()).connector_settings(
        HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build(),
    );
    let plain = endpoints
        .iter()
        .all(|endpoint| endpoint.as_ref().is_some_and(|url| url.starts_with("http://")));
    SharedHttpConnector::new(match plain {
        true => builder.build_http(),
        false => builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
    })
}

/// The connector as an HTTP client. Settings are the same for all clients, so it is made once.
fn client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_settings, _components| connector.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(more: &'static [(&'static str, &'static str)]) -> impl Fn(&'static str) -> Option<String> {
        move |name| {
            [
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
            ]
            .iter()
            .chain(more)
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn a_service_has_its_own_endpoint_or_the_common_one() {
        let aws = Aws::from_variables(variables(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:2"),
        ]))
        .expect("everything is set");
        assert_eq!(aws.endpoint(Service::Ses), Some("http://127.0.0.1:2"));
        assert_eq!(aws.endpoint(Service::DynamoDb), Some("http://127.0.0.1:1"));
        assert_eq!(aws.config(Service::Ses).endpoint_url(), Some("http://127.0.0.1:2"));
    }

    #[test]
    fn what_goes_to_people_is_attempted_once() {
        let aws = Aws::from_variables(variables(&[])).expect("everything is set");
        let attempts = |service| aws.config(service).retry_config().map(RetryConfig::max_attempts);
        assert_eq!(attempts(Service::Ses), Some(1));
        assert_eq!(attempts(Service::Sns), Some(1));
        assert_eq!(attempts(Service::DynamoDb), Some(3));
        assert_eq!(aws.endpoint(Service::Ses), None);
    }

    #[test]
    fn what_is_not_set_is_named() {
        let missing = Aws::from_variables(|_| None).expect_err("nothing is set");
        assert_eq!(missing.to_string(), "environment variable `AWS_REGION` is not set");
    }

    #[tokio::test]
    async fn a_warmed_connection_is_the_one_that_is_used() {
        let service = stub::serve(vec![(200, "healthy"), (200, "{}")]).await;
        let aws = stub::aws(&service.url);
        aws.warm(&[Service::DynamoDb]).await;
        let listed = aws.dynamodb().list_tables().send().await;
        assert!(listed.is_ok(), "{listed:?}");
        let heard = service.heard().await;
        assert_eq!(heard[0].line, "GET / HTTP/1.1");
        assert_eq!(heard[1].line, "POST / HTTP/1.1");
    }

    #[tokio::test]
    async fn a_mail_is_not_sent_again_by_itself() {
        let service = stub::serve(vec![(500, "{}")]).await;
        let refused = stub::aws(&service.url).ses().get_account().send().await;
        assert!(refused.is_err());
        assert_eq!(service.heard().await.len(), 1);
    }
}
