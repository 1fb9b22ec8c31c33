//! Wires `send` to AWS.

use aws_lambda_events::dynamodb::Event;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::channel::{Channels, EmailSender, SmsSender};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::Start;
use beckon_shared::set_aside::SqsSetAside;
use beckon_shared::store::DynamoStore;
use beckon_shared::template::Renderer;
use beckon_shared::wiring::{SEND, env};
use send::{Deps, handle};
use std::rc::Rc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(SEND.name)?;
    let aws = Aws::from_env()?;
    let store = DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?);
    let configuration_set = start.environment.required(env::CONFIGURATION_SET)?.to_owned();
    let deps = Deps {
        store: store.clone(),
        rules: RulesCache::new(store),
        renderer: Renderer::new(),
        channels: Channels::new()
            .with(EmailSender::new(aws.ses(), Some(configuration_set)))
            .with(SmsSender::new(aws.sns())),
        set_aside: SqsSetAside::new(aws.sqs(), start.environment.required(env::SET_ASIDE_QUEUE)?),
        clock: Rc::clone(&start.clock),
        metrics: Rc::clone(&start.metrics),
    };
    aws.warm(&[Service::DynamoDb, Service::Ses]).await;
    start
        .serve(async |event: Event| Ok(Box::pin(handle(&deps, event)).await))
        .await
}
