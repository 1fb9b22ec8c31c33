//! Where the table is: in AWS, or in a local stack.

use crate::problem::Problem;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use beckon_shared::aws::{Aws, CONNECT_TIMEOUT, MissingVariable, READ_TIMEOUT};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::env;
use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// Says where the local stack is.
const LOCAL: &str = "BECKON_LOCAL";
/// Where it is if nothing else is said.
const LOCAL_URL: &str = "http://127.0.0.1:8787";

/// How every command that speaks to a table finds it, for its `--help`.
pub const FINDING: &str = "\
The table: --table, or the variable BECKON_TABLE. AWS is spoken to by AWS_REGION,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a profile or an SSO session gives
them by

  eval \"$(aws configure export-credentials --format env)\"

With --local, the stack of `make dev` says all of this itself.";

/// Where the table is.
#[derive(Debug, Args)]
pub struct Stack {
    /// Name of the table; without it, BECKON_TABLE
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The local stack, at http://127.0.0.1:8787 or the address given; also by BECKON_LOCAL
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = LOCAL_URL, value_parser = address)]
    local: Option<String>,
}

impl Stack {
    /// The table.
    pub async fn table(&self) -> Result<DynamoStore, Problem> {
        let told = self.told().await?;
        let table = self
            .table
            .clone()
            .or_else(|| told.get(env::TABLE))
            .ok_or_else(no_table)?;
        Ok(DynamoStore::new(told.aws()?.dynamodb(), table))
    }

    /// The services where the table is.
    pub async fn aws(&self) -> Result<Aws, Problem> {
        self.told().await?.aws()
    }

    /// One of the variables that the bundle's functions have: as the local stack says it, or from here.
    pub async fn variable(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.told().await?.get(name))
    }

    async fn told(&self) -> Result<Told, Problem> {
        Ok(Told(match &self.local_stack()? {
            Some(url) => Some(asked(url, "/_local/environment").await?),
            None => None,
        }))
    }

    /// The time where the table is: a local stack has a clock of its own.
    pub async fn now(&self) -> Result<Timestamp, Problem> {
        match &self.local_stack()? {
            Some(url) => Ok(asked::<Clock>(url, "/_local/clock").await?.now),
            #[allow(clippy::disallowed_methods)] // the edge: people ask about today
            None => Ok(Timestamp::now()),
        }
    }

    /// The local stack's address, if it is one.
    fn local_stack(&self) -> Result<Option<String>, Problem> {
        match (&self.local, variable(LOCAL)) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, Some(url)) => match address(&url) {
                Ok(url) => Ok(Some(url)),
                Err(error) => Err(Problem::Stack(format!("{LOCAL} is wrong: {error}"))),
            },
            (None, None) => Ok(None),
        }
    }
}

/// What a local stack says of itself; nothing, where the process's own variables say it.
struct Told(Option<HashMap<String, String>>);

impl Told {
    fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Some(told) => told.get(name).cloned(),
            None => variable(name),
        }
    }

    fn aws(&self) -> Result<Aws, Problem> {
        let aws = Aws::from_variables(|name| match name {
            // The SDKs and the AWS CLI know both.
            "AWS_REGION" => self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION")),
            _ => self.get(name),
        });
        aws.map_err(|missing| no_aws(&missing))
    }
}

/// What a local stack says of its clock.
#[derive(Debug, Deserialize)]
struct Clock {
    now: Timestamp,
}

/// Runs what waits for answers, on this thread.
pub fn block_on<F: Future<Output = Result<(), Problem>>>(work: F) -> Result<(), Problem> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn address(text: &str) -> Result<String, String> {
    if text.starts_with("http://") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("expected an address such as `{LOCAL_URL}`, found `{text}`"))
}

fn no_table() -> Problem {
    Problem::Stack(format!(
        "no table is named: say --table, set {}, or use --local for the stack of `make dev`",
        env::TABLE
    ))
}

fn no_aws(missing: &MissingVariable) -> Problem {
    let way = match missing.0 {
        "AWS_REGION" => "export it, such as `export AWS_REGION=eu-central-1`",
        _ => "a profile or an SSO session gives it by `eval \"$(aws configure export-credentials --format env)\"`",
    };
    Problem::Stack(format!("{missing}; {way}, or use --local for the stack of `make dev`"))
}

/// What a local stack says at one of its addresses.
async fn asked<T: DeserializeOwned>(url: &str, path: &str) -> Result<T, Problem> {
    let place = format!("{url}{path}");
    let failed = |reason: String| {
        Problem::Stack(format!(
            "the local stack does not answer at `{place}`: {reason}; does `make dev` run"
        ))
    };
    // The client that the AWS SDK brings along: one GET is worth no other.
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build();
    let connector = SharedHttpConnector::new(Connector::builder().connector_settings(settings).build_http());
    let request = HttpRequest::get(&place).map_err(|error| failed(error.to_string()))?;
    let answer = connector
        .call(request)
        .await
        .map_err(|error| failed(innermost(&error)))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(failed(format!("it answers {}", status.as_u16())));
    }
    let body = ByteStream::new(answer.into_body())
        .collect()
        .await
        .map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&body.into_bytes()).map_err(|error| failed(error.to_string()))
}

/// The reason behind the reasons: `connection refused`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(behind) = reason.source() {
        reason = behind;
    }
    reason.to_string()
}
