//! Who carries tests: the same senders as `send` has, made of the same variables.

use crate::problem::Problem;
use crate::stack::Stack;
use beckon_shared::channel::webpush::{self, Vapid, WebPushSender};
use beckon_shared::channel::{Channels, EmailSender, OnsiteSender, PushApps, PushSender, SmsSender, WebhookSender};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::secrets::Secrets;
use beckon_shared::wiring::env;

/// The sender of this channel, and the secrets that requests to services need.
pub struct Providers {
    /// The channel's sender.
    pub channels: Channels,
    /// By name.
    pub secrets: Secrets,
}

/// What the channel needs, and no more: a test by email asks for no secrets.
pub async fn of(stack: &Stack, channel: Channel) -> Result<Providers, Problem> {
    let mut secrets = Secrets::default();
    let channels = Channels::new();
    let channels = match channel {
        // Without a configuration set: nobody is to hear what becomes of a test.
        Channel::Email => channels.with(EmailSender::new(stack.aws().await?.ses(), None)),
        Channel::Sms => channels.with(SmsSender::new(stack.aws().await?.sns())),
        Channel::Onsite => channels.with(OnsiteSender::new(stack.table().await?)),
        Channel::Push => {
            let apps = stack
                .variable(env::PUSH_APPS)
                .await?
                .ok_or_else(|| missing(env::PUSH_APPS))?;
            let apps = PushApps::parse(&apps).map_err(|error| Problem::Argument(error.to_string()))?;
            channels.with(PushSender::new(stack.aws().await?.sns(), apps))
        }
        Channel::Webpush => {
            let vapid = self::secrets(stack).await?;
            let vapid = vapid.get(webpush::SECRET).map(Vapid::parse).transpose();
            let vapid = vapid.map_err(|error| Problem::Argument(error.to_string()))?;
            let instead = stack.variable(env::PUSH_SERVICES_URL).await?;
            channels.with(WebPushSender::new(vapid, instead))
        }
        Channel::Viber | Channel::Whatsapp | Channel::Webhook => {
            secrets = self::secrets(stack).await?;
            let instead = stack.variable(env::SERVICES_URL).await?;
            channels.with(WebhookSender::new(instead.as_deref()))
        }
    };
    Ok(Providers { channels, secrets })
}

async fn secrets(stack: &Stack) -> Result<Secrets, Problem> {
    let json = stack
        .variable(env::SECRETS)
        .await?
        .ok_or_else(|| missing(env::SECRETS))?;
    Secrets::parse(&json).map_err(|error| Problem::Argument(error.to_string()))
}

fn missing(name: &str) -> Problem {
    Problem::Stack(format!(
        "{name} is not set: the function `send` has it; export it, or use --local for the stack of `make dev`"
    ))
}
