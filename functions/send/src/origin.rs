//! What is kept of a message that left, so that what is said of it finds its profile: of one that a service took what the
//! service's file asks for, of a text message whom its number was last written for. What was said before that was known
//! is told to the profile here.

use crate::{Deps, Table};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Timestamp, after};
use beckon_shared::ports::PortError;
use beckon_shared::ports::call::Remembered;
use beckon_shared::ports::origins::{Named, Noted, Origin, TEXT_MESSAGES, WORDS_MAX};
use beckon_shared::ports::sender::{Content, Taken};

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
    let address = || (!message.to.is_empty()).then_some(Named::Address(message.channel, &message.to));
    // A service that gives messages no ids is told ours.
    let id = match taken.id.as_str() {
        "" => Named::Id(message.id.as_str()),
        id => Named::Id(id),
    };
    let (service, names) = match content {
        Content::Call(call) => {
            let names = match &call.remembered {
                Remembered::Nothing => return Ok(()),
                Remembered::Message => [Some(id), None],
                Remembered::MessageAndAddress => [Some(id), address()],
                Remembered::MessageAndPerson(name) => [Some(id), Some(Named::Person(name))],
            };
            (call.service.as_str(), names)
        }
        // What people write back comes with their number and nothing else.
        Content::Sms { .. } => (TEXT_MESSAGES, [None, address()]),
        Content::Email { .. } | Content::Notice { .. } | Content::Plain { .. } => return Ok(()),
    };
    let origin = Origin {
        profile: message.profile.clone(),
        message: message.id.clone(),
        campaign: message.campaign.clone(),
        step: message.step.clone(),
        channel: message.channel,
        at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
    };
    for named in names.into_iter().flatten() {
        note_as(deps, service, named, &origin, now).await?;
    }
    Ok(())
}

/// Keeps the origin under one name. Words that came before are told first, so that they outlive a death in between:
/// told twice they are one input.
async fn note_as<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    service: &str,
    named: Named<'_>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), PortError> {
    let kept = deps.rules.workspace(now).await?.kept;
    let mut told = 0;
    for _ in 0..=WORDS_MAX {
        let noted = deps
            .store
            .note_origin(service, named, origin, told, after(now, kept.origins));
        let words = match noted.await? {
            Noted::Kept => return Ok(()),
            Noted::Waiting(words) => words,
        };
        for word in words.iter().skip(told) {
            let item = origin.told(service, word, now);
            deps.store.append(&item, after(now, kept.events)).await?;
            tracing::info!(message = %origin.message, service, event = word.event, "a word that came early was told");
        }
        told = words.len();
    }
    Err(PortError::Retry("more is said of the message all the time".to_owned()))
}
