//! `beckon-local`: the whole bundle on this machine.

use beckon_local::lambda::environment;
use beckon_local::{ClockMode, LocalStack, Options, campaigns};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
beckon-local: the whole bundle on this machine, on one virtual clock

  --port PORT             where it listens on 127.0.0.1 (8787; or the variable PORT)
  --data DIR              keeps state in this folder (in memory; or the variable DATA)
  --functions DIR         folder of the function binaries (beside this program)
  --lambda-endpoint URL   functions run there, e.g. http://127.0.0.1:9000 of `cargo lambda watch`
  --start TIME            virtual time begins then, e.g. 2026-03-01T10:00:00Z (now)
  --still                 virtual time stands still until it is moved
  --quiet                 does not show what the functions print
  --campaigns DIR         puts these in force at the start, by `beckon apply` (beside this program)
";

/// A write that a person can try, of a trigger of the example campaigns.
const EXAMPLE_EVENT: &str = r#"{"batch":[{"type":"identify","userId":"u1","traits":{"email":"ann@example.com","first_name":"Ann"}},{"type":"track","userId":"u1","event":"Product Added","properties":{"cart_id":"c1","product_id":"p1","name":"Blue mug","price":12.5,"quantity":1}}]}"#;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .compact()
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let Some((options, folder)) = order(std::env::args().skip(1))? else {
        std::io::stdout().write_all(USAGE.as_bytes())?;
        return Ok(());
    };
    // Asked for before anything starts, so that nothing is left behind by an early Ctrl-C.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let still = options.clock == ClockMode::Manual;
    let stack = LocalStack::start(options).await?;
    if let Some(folder) = folder
        && let Err(problem) = campaigns::apply(&folder, stack.url()).await
    {
        // Whoever sees this mends the files and applies them again, while the stack runs.
        tracing::error!("{problem}");
    }
    std::io::stdout().write_all(greeting(&stack, still).as_bytes())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stack.stop().await?;
    Ok(())
}

/// What the program was asked to do, and whose campaigns it begins with; nothing for help.
fn order(mut arguments: impl Iterator<Item = String>) -> Result<Option<(Options, Option<PathBuf>)>, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut options = Options {
        port: 8787,
        clock: ClockMode::Flowing,
        show_logs: true,
        ..Options::default()
    };
    if let Some(port) = variable("PORT") {
        options.port = port.parse().map_err(|_| format!("PORT is `{port}`, not a port"))?;
    }
    options.data = variable("DATA").map(PathBuf::from);
    let mut campaigns = None;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` wants a value"));
        match argument.as_str() {
            "--port" => {
                let port = value()?;
                options.port = port.parse().map_err(|_| format!("`{port}` is not a port"))?;
            }
            "--data" => options.data = Some(value()?.into()),
            "--functions" => options.binaries = value()?.into(),
            "--lambda-endpoint" => options.lambda_endpoint = Some(value()?),
            "--start" => {
                let start = value()?;
                options.start = Some(start.parse().map_err(|error| format!("`{start}`: {error}"))?);
            }
            "--still" => options.clock = ClockMode::Manual,
            "--quiet" => options.show_logs = false,
            "--campaigns" => campaigns = Some(PathBuf::from(value()?)),
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("`{argument}` is not known\n\n{USAGE}")),
        }
    }
    Ok(Some((options, campaigns)))
}

fn greeting(stack: &LocalStack, still: bool) -> String {
    let (url, key) = (stack.url(), environment::SERVER_WRITE_KEY);
    let clock = if still { "stands still" } else { "flows" };
    format!(
        "
  ingest        {url}/v1/…
  write keys    {key} (a server's), {browser} (a browser's)
  page          {url}/
  clock         {now}, {clock}: move it on the page, or
                curl -X POST {url}/_local/clock -d '{{\"advance\":\"1h\"}}'
  AWS endpoint  AWS_ENDPOINT_URL_DYNAMODB={aws} (all variables: {url}/_local/environment)

  try it        curl -u {key}: -H 'content-type: application/json' {url}/v1/batch -d '{EXAMPLE_EVENT}'

  Ctrl-C stops it.

",
        browser = environment::BROWSER_WRITE_KEY,
        now = stack.now(),
        aws = stack.aws_url(),
    )
}
