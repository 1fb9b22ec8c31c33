//! Wires `send` to AWS.

use aws_lambda_events::dynamodb::Event;
use beckon_shared::aws::{Aws, Service};
use beckon_shared::channel::webpush::{self, Vapid, WebPushSender};
use beckon_shared::channel::{Channels, EmailSender, OnsiteSender, PushApps, PushSender, SmsSender, WebhookSender};
use beckon_shared::links::{LinkKeys, LinkMaker};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::Start;
use beckon_shared::secrets::{LINK_KEYS, Secrets};
use beckon_shared::set_aside::SqsSetAside;
use beckon_shared::store::DynamoStore;
use beckon_shared::template::Renderer;
use beckon_shared::wiring::{SEND, env};
use send::{Deps, Shut, handle};
use std::rc::Rc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Start::new(SEND.name)?;
    let aws = Aws::from_env()?;
    let store = DynamoStore::new(aws.dynamodb(), start.environment.required(env::TABLE)?);
    let configuration_set = start.environment.required(env::CONFIGURATION_SET)?.to_owned();
    let push_apps = PushApps::parse(start.environment.required(env::PUSH_APPS)?)?;
    let secrets = Secrets::parse(start.environment.required(env::SECRETS)?)?;
    let keys = LinkKeys::parse(secrets.get(LINK_KEYS).unwrap_or_default())?;
    let deps = Deps {
        store: store.clone(),
        rules: RulesCache::new(store.clone()),
        renderer: Renderer::new(),
        channels: Channels::new()
            .with(EmailSender::new(aws.ses(), Some(configuration_set)))
            .with(SmsSender::new(aws.sns()))
            .with(OnsiteSender::new(store.clone()))
            .with(PushSender::new(aws.sns(), push_apps))
            .with(WebPushSender::new(
                vapid(&secrets),
                start.environment.optional(env::PUSH_SERVICES_URL).map(str::to_owned),
            ))
            .with(WebhookSender::new(start.environment.optional(env::SERVICES_URL))),
        shut: Shut::default(),
        links: LinkMaker::new(start.environment.required(env::PREFERENCES_URL)?, keys)?,
        secrets,
        set_aside: SqsSetAside::new(aws.sqs(), start.environment.required(env::SET_ASIDE_QUEUE)?),
        clock: Rc::clone(&start.clock),
        metrics: Rc::clone(&start.metrics),
    };
    aws.warm(&[Service::DynamoDb, Service::Ses]).await;
    start
        .serve(async |event: Event| Ok(Box::pin(handle(&deps, event)).await))
        .await
}

/// The key pair that signs web pushes, if there is one. One that cannot be read keeps web pushes from leaving, and
/// nothing else.
fn vapid(secrets: &Secrets) -> Option<Vapid> {
    let read = Vapid::parse(secrets.get(webpush::SECRET)?);
    read.inspect_err(|error| tracing::error!(%error, "no web push will leave"))
        .ok()
}
