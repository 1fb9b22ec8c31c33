//! What is looked at once more right before a message leaves: minutes or hours may have passed
//! since it was decided.

use crate::{Deps, Table, call, links};
use beckon_shared::domain::campaign::Purpose;
use beckon_shared::domain::decision::SkipReason;
use beckon_shared::domain::guard::{quiet, reach};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::profile::{Devices, Profile};
use beckon_shared::domain::service::is_for_services;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::PortError;
use beckon_shared::ports::outbox::Envelope;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::RenderRequest;

/// How many times a profile that went over into another is followed.
const JOINS_FOLLOWED: usize = 8;

/// What the last look comes to.
pub enum Look {
    /// It may leave; to these devices, where it goes to devices.
    Goes(Devices),
    /// A guard holds it back.
    Held(SkipReason),
    /// It waited for its provider until quiet hours began, and has to wait until they end.
    Waits(Timestamp),
}

/// Asks the guards once more.
pub async fn look<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<Look, PortError> {
    let message = &envelope.message;
    let profile = person(deps, &message.profile).await?;
    let workspace = deps.rules.workspace(now).await?;
    if let Err(reason) = reach::reach(
        &profile.traits,
        &workspace.addresses,
        message.channel,
        message.purpose,
        &message.topic,
    ) {
        return Ok(Look::Held(reason));
    }
    if deps.store.suppression(message.channel, &message.to).await?.is_some() {
        return Ok(Look::Held(SkipReason::Suppressed));
    }
    if deps.rules.paused(&message.campaign, now).await? == Some(true) {
        return Ok(Look::Held(SkipReason::Paused));
    }
    if message.expires.is_some_and(|expires| now > expires) {
        return Ok(Look::Held(SkipReason::Expired));
    }
    let waited = envelope.attempts > 1;
    if waited {
        let zone = profile.traits.zone(&workspace.time_zone);
        if let Some(until) = quiet::held_until(workspace.quiet_hours.as_ref(), message.channel, now, &zone) {
            return Ok(Look::Waits(until));
        }
    }
    // Last, because it counts: strangers may claim one address from any number of devices.
    if message.purpose == Purpose::Confirmation {
        let (channel, address) = (message.channel, &message.to);
        if !deps.store.may_ask(channel, address, &message.id, now).await? {
            return Ok(Look::Held(SkipReason::AskedOften));
        }
    }
    Ok(Look::Goes(profile.traits.devices))
}

/// The profile, or the one that it has gone over into since the message was decided.
async fn person<S: Table, Q, C>(deps: &Deps<S, Q, C>, id: &ProfileId) -> Result<Profile, PortError> {
    let mut profile = deps.store.load(id).await?.unwrap_or_default();
    for _ in 0..JOINS_FOLLOWED {
        let Some(into) = profile.state.joined.take() else { break };
        profile = deps.store.load(&into).await?.unwrap_or_default();
    }
    Ok(profile)
}

/// What the message says, or why it cannot be said: no trying again would change that.
pub async fn render<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    message: &Message,
    now: Timestamp,
) -> Result<Result<Content, String>, PortError> {
    let Some(template) = deps.rules.template(&message.template, now).await? else {
        return Ok(Err(format!("there is no template `{}`", message.template)));
    };
    let workspace = deps.rules.workspace(now).await?;
    let rendered = deps.renderer.render(&RenderRequest {
        template: &template,
        channel: message.channel,
        locale: &message.locale,
        fallback: &workspace.locale,
        context: &links::context(&deps.links, message),
        senders: &workspace.senders,
    });
    match rendered {
        Ok(content) if is_for_services(message.channel) => call::of(deps, message, &template, content, now).await,
        rendered => Ok(rendered.map_err(|error| error.to_string())),
    }
}
