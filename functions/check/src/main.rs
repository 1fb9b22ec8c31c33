//! Wires `check` to AWS.

use beckon_shared::aws::{Aws, Service};
use beckon_shared::domain::time::Span;
use beckon_shared::runtime::Start;
use beckon_shared::scheduler::{EventBridgeScheduler, Settings};
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{CHECK, env};
use check::{Call, Deps, handle};
use std::rc::Rc;

/// Alarms are worth nothing once they were folded; a month is for whoever wants to know.
const ALARM_RETENTION: Span = Span::from_days(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(CHECK.name)?;
    let aws = Aws::from_env()?;
    let deps = Deps {
        store: DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?),
        scheduler: EventBridgeScheduler::new(aws.scheduler(), Settings::from_environment(&start.environment)?),
        clock: Rc::clone(&start.clock),
        metrics: Rc::clone(&start.metrics),
        retention: ALARM_RETENTION,
    };
    aws.warm(&[Service::DynamoDb]).await;
    start
        .serve(async |call: Call| Ok(Box::pin(handle(&deps, call)).await?))
        .await
}
