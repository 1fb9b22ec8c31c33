//! Wires `evaluate` to AWS.

use aws_lambda_events::dynamodb::Event;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::Start;
use beckon_shared::scheduler::{EventBridgeScheduler, Settings};
use beckon_shared::set_aside::SqsSetAside;
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{EVALUATE, env};
use evaluate::{Counting, Deps, Memory, handle};
use std::rc::Rc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(EVALUATE.name)?;
    let aws = Aws::from_env()?;
    let store = DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?);
    let deps = Deps {
        store: store.clone(),
        rules: RulesCache::new(store),
        scheduler: EventBridgeScheduler::new(aws.scheduler(), Settings::from_environment(&start.environment)?),
        set_aside: SqsSetAside::new(aws.sqs(), start.environment.required(env::SET_ASIDE_QUEUE)?),
        clock: Rc::clone(&start.clock),
        memory: Memory::default(),
        counting: Counting::of_any_instance(),
        metrics: Rc::clone(&start.metrics),
    };
    aws.warm(&[Service::DynamoDb, Service::Scheduler]).await;
    start
        .serve(async |event: Event| Ok(Box::pin(handle(&deps, event)).await))
        .await
}
