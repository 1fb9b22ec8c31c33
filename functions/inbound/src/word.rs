//! Whose a service's word is.

use crate::Table;
use beckon_shared::domain::service::{Heard, Service};
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::PortError;
use beckon_shared::ports::origins::{KeptWord, Named, Origin};

/// How long a word is kept whose message is not known: `send` remembers a message right after the service took it, so
/// that what is not known by then is somebody else's.
const KEPT: Span = Span::from_hours(1);

/// Whose message it is about: by the service's id of it, or else by the address it comes from. A word about a message
/// that is not known is kept for `send`, which may be about to remember it.
pub async fn origin<S: Table>(
    store: &S,
    service: &Service,
    heard: &Heard,
    now: Timestamp,
) -> Result<Option<Origin>, PortError> {
    if let Some(id) = &heard.message
        && let Some(origin) = store.origin(&service.name, Named::Id(id)).await?
    {
        return Ok(Some(origin));
    }
    let by_name = service.inbound.as_ref().is_some_and(|inbound| inbound.person.is_some());
    let names = heard.from.iter().flat_map(|from| match by_name {
        true => vec![Named::Person(from)],
        false => service
            .carries
            .iter()
            .map(|channel| Named::Address(*channel, from))
            .collect(),
    });
    for named in names {
        if let Some(origin) = store.origin(&service.name, named).await? {
            return Ok(Some(origin));
        }
    }
    let Some(id) = &heard.message else {
        return Ok(None);
    };
    // Whose it is will be known: the address is not kept.
    let word = Heard {
        from: None,
        ..heard.clone()
    };
    match store.keep_word(&service.name, id, &word, after(now, KEPT)).await? {
        KeptWord::Known(origin) => Ok(Some(origin)),
        KeptWord::Waits => Ok(None),
        KeptWord::TooMany => {
            tracing::warn!(
                service = service.name,
                event = heard.event,
                "too much is said of a message that nobody knows"
            );
            Ok(None)
        }
    }
}
