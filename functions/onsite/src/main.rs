//! Wires `onsite` to AWS.

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::runtime::Start;
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{ONSITE, env};
use beckon_shared::write_keys::WriteKeys;
use onsite::{Deps, handle};
use std::rc::Rc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(ONSITE.name)?;
    let aws = Aws::from_env()?;
    let deps = Deps {
        page: DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?),
        clock: Rc::clone(&start.clock),
        keys: WriteKeys::parse(start.environment.required(env::WRITE_KEYS)?)?,
    };
    aws.warm(&[Service::DynamoDb]).await;
    start
        .serve(async |request: LambdaFunctionUrlRequest| Ok(Box::pin(handle(&deps, request)).await))
        .await
}
