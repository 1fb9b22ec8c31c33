//! Which ids of a message are one person, and which account it names (Segment specification,
//! "Spec: Identify", "Spec: Alias", "Spec: Group").

use super::Refusal;
use super::fields::text_of;
use super::message::Message;
use crate::domain::event::{EventKind, Source};
use crate::domain::id::{IdError, ProfileId};

/// The profiles that the message says are the same person as `profile`.
///
/// - An identify or alias call with `userId` and `anonymousId`: what the device did before belongs
///   to the user. Other calls carry both ids too, with every page view: they join nothing.
/// - An alias call's `previousId`, which may be an anonymous id or another user's. Only a server's
///   key may join two known users: on a browser's word anybody could take another's history over.
///   A server's `previousId` that is not the message's own `anonymousId` is taken for either, as
///   the specification does not tell them apart; where there is no such profile nothing comes of it.
pub(super) fn joins(
    kind: EventKind,
    message: &Message,
    profile: &ProfileId,
    source: Source,
) -> Result<Vec<ProfileId>, Refusal> {
    match kind {
        EventKind::Identify | EventKind::Alias => {}
        EventKind::Track | EventKind::Page | EventKind::Screen | EventKind::Group => return Ok(Vec::new()),
    }
    let refused = |field: &'static str| move |error: IdError| Refusal::new(field, error.to_string());
    let user = text_of(message.get("userId"));
    let anonymous = text_of(message.get("anonymousId"));
    let mut joins = Vec::new();
    if let Some(anonymous) = anonymous.as_deref().filter(|_| user.is_some()) {
        joins.push(ProfileId::anonymous(anonymous).map_err(refused("anonymousId"))?);
    }
    if kind == EventKind::Alias {
        let previous = text_of(message.get("previousId"))
            .ok_or_else(|| Refusal::new("previousId", "is missing: an alias says which two ids are one person"))?;
        if user.is_none() {
            return Err(Refusal::new(
                "userId",
                "is missing: an alias says which user the previous id is",
            ));
        }
        let own = anonymous.as_deref() == Some(previous.as_str());
        joins.push(ProfileId::anonymous(&previous).map_err(refused("previousId"))?);
        if !own && source != Source::Browser {
            joins.push(ProfileId::known(&previous).map_err(refused("previousId"))?);
        }
    }
    joins.sort_unstable();
    joins.dedup();
    joins.retain(|other| other != profile);
    Ok(joins)
}

/// Checks that a group call names an account.
pub(super) fn account(message: &Message) -> Result<(), Refusal> {
    let field = "groupId";
    let named = text_of(message.get(field))
        .ok_or_else(|| Refusal::new(field, "is missing: a group call says which account it is about"))?;
    match ProfileId::account(&named) {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::new(field, error.to_string())),
    }
}
