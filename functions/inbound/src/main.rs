//! Wires `inbound` to AWS.

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::Start;
use beckon_shared::secrets::Secrets;
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{INBOUND, env};
use inbound::{Deps, handle};
use std::rc::Rc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(INBOUND.name)?;
    let aws = Aws::from_env()?;
    let store = DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?);
    let deps = Deps {
        store: store.clone(),
        rules: RulesCache::new(store),
        secrets: Secrets::parse(start.environment.required(env::SECRETS)?)?,
        clock: Rc::clone(&start.clock),
        metrics: Rc::clone(&start.metrics),
    };
    aws.warm(&[Service::DynamoDb]).await;
    start
        .serve(async |request: LambdaFunctionUrlRequest| Ok(Box::pin(handle(&deps, request)).await))
        .await
}
