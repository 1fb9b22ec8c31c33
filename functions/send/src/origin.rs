//! What is kept of a message that a service took, so that the service's own calls find its profile.

use crate::{Deps, Table};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::PortError;
use beckon_shared::ports::call::Remembered;
use beckon_shared::ports::origins::{Named, Origin};
use beckon_shared::ports::sender::{Content, Taken};

/// How long it is kept: reports come within days, replies within weeks.
const KEPT: Span = Span::from_days(30);

/// Keeps what the service's file asks for. Its failure is said and does not hold up the message: it has left,
/// and to come again for this would be a second copy.
pub async fn keep<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    message: &Message,
    content: &Content,
    taken: &Taken,
    now: Timestamp,
) {
    if let Err(error) = note(deps, message, content, taken, now).await {
        tracing::error!(message = %message.id, %error, "what the service says of a message will not find its profile");
    }
}

async fn note<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    message: &Message,
    content: &Content,
    taken: &Taken,
    now: Timestamp,
) -> Result<(), PortError> {
    let Content::Call(call) = content else {
        return Ok(());
    };
    let (by_id, by_address) = match call.remembered {
        Remembered::Nothing => (false, false),
        Remembered::Message => (true, false),
        Remembered::MessageAndAddress => (true, true),
    };
    let origin = Origin {
        profile: message.profile.clone(),
        message: message.id.clone(),
        campaign: message.campaign.clone(),
        step: message.step.clone(),
        channel: message.channel,
        at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
    };
    let id = (by_id && !taken.id.is_empty()).then_some(Named::Id(&taken.id));
    let address = (by_address && !message.to.is_empty()).then_some(Named::Address(message.channel, &message.to));
    for named in id.into_iter().chain(address) {
        deps.store
            .note_origin(&call.service, named, &origin, after(now, KEPT))
            .await?;
    }
    Ok(())
}
