//! A stack with the probe function, and real clients that talk to it.

use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{SharedAsyncSleep, SharedCredentialsProvider};
use beckon_local::{LocalStack, Options, options};
use beckon_shared::wiring::{Function, StreamSource, Trigger};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

pub const INBOX: StreamSource = StreamSource {
    filters: &[r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"E#"}]}}}}"#],
    batch_size: 10,
    parallelization: 1,
    max_retries: 2,
    max_age_secs: 3_600,
};

pub const fn probe(trigger: Trigger) -> Function {
    Function {
        name: "probe",
        timeout_secs: 5,
        memory_mb: 128,
        trigger,
        env: &[],
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub async fn stack(functions: Vec<Function>) -> LocalStack {
    stack_with(Options {
        functions,
        ..Options::default()
    })
    .await
}

pub async fn stack_with(options: Options) -> LocalStack {
    let start = options.start.unwrap_or(at("2026-03-01T10:00:00Z"));
    LocalStack::start(Options {
        binaries: options::binaries_beside_us().join("examples"),
        start: Some(start),
        ..options
    })
    .await
    .unwrap()
}

pub fn sdk(stack: &LocalStack) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(stack.aws_url())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
            "local", "local", None,
        )))
        .http_client(Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(Duration::from_millis(2_000))
                .build(),
        )
        .build()
}

pub async fn put(stack: &LocalStack, pk: &str, sk: &str, what: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    aws_sdk_dynamodb::Client::new(&sdk(stack))
        .put_item()
        .table_name("beckon-main")
        .item("PK", S(pk.to_owned()))
        .item("SK", S(sk.to_owned()))
        .item("do", S(what.to_owned()))
        .send()
        .await
        .unwrap();
}

/// What the probe printed that has this field, in order.
pub fn printed(stack: &LocalStack, field: &str) -> Vec<Value> {
    let lines = stack.logs("probe");
    let values = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter(|value| value.get(field).is_some()).collect()
}

/// The keys that the probe was done with, in order.
pub fn done(stack: &LocalStack) -> Vec<String> {
    let lines = printed(stack, "done");
    let done = lines.iter().filter(|line| line["failed"] == 0);
    done.flat_map(|line| line["done"].as_array().cloned().unwrap_or_default())
        .map(|key| key.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// One plain HTTP request: status and body.
pub async fn http(method: &str, url: &str, body: &str) -> (u16, Value) {
    let (status, text) = http_text(method, url, &[("content-type", "application/json")], body).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub async fn http_text(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
