//! Double opt-in: the owner of an address that somebody claimed in a browser says that it is theirs.

use crate::page::{Notice, Page};
use crate::said::{self, Said};
use crate::{Deps, Reader, Table};
use beckon_shared::domain::address::address_digest;
use beckon_shared::domain::campaign::Addresses;
use beckon_shared::domain::profile::By;
use beckon_shared::ports::{Clock, PortError};

/// Shows the question.
pub async fn ask<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader) -> Result<Page, PortError> {
    let workspace = deps.rules.workspace(reader.now).await?;
    Ok(match digest(reader, &workspace.addresses) {
        Some(_) => Page::Confirm,
        None => Page::Notice(Notice::Expired),
    })
}

/// Takes the yes.
pub async fn done<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader) -> Result<Page, PortError> {
    let workspace = deps.rules.workspace(reader.now).await?;
    let Some(digest) = digest(reader, &workspace.addresses) else {
        return Ok(Page::Notice(Notice::Expired));
    };
    let mine = Said::Mine {
        channel: reader.claims.channel,
        topic: reader.claims.topic.clone(),
        digest: digest.to_owned(),
    };
    said::append(deps, reader, &[mine], By::Confirmation).await?;
    Ok(Page::Notice(Notice::Confirmed))
}

/// The digest that the link is about, unless the profile has another address by now: a yes to the one is not a yes to
/// the other. The fold looks once more.
fn digest<'r>(reader: &'r Reader, addresses: &Addresses) -> Option<&'r str> {
    let claims = &reader.claims;
    let told = claims.address_digest.as_deref()?;
    let current = addresses
        .trait_of(claims.channel)
        .and_then(|name| reader.profile.traits.text(name));
    let is_current = current.is_some_and(|address| address_digest(claims.channel, address) == told);
    is_current.then_some(told)
}
