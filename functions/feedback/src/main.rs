//! Wires `feedback` to AWS.

use aws_lambda_events::sns::SnsEvent;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::domain::time::Span;
use beckon_shared::runtime::Start;
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{FEEDBACK, env};
use feedback::{Deps, handle};
use std::rc::Rc;

/// How long inboxes keep feedback.
const RETENTION: Span = Span::from_days(90);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(FEEDBACK.name)?;
    let aws = Aws::from_env()?;
    let deps = Deps {
        store: DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?),
        clock: Rc::clone(&start.clock),
        metrics: Rc::clone(&start.metrics),
        retention: RETENTION,
    };
    aws.warm(&[Service::DynamoDb]).await;
    start
        .serve(async |event: SnsEvent| Ok(Box::pin(handle(&deps, event)).await?))
        .await
}
