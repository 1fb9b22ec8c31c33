//! No more of a topic on a channel: asked on a page, or said at once by the mail program.

use crate::choices;
use crate::page::Page;
use crate::said::{self, Said};
use crate::{Deps, Reader, Table};
use beckon_shared::domain::profile::By;
use beckon_shared::domain::time::after;
use beckon_shared::links::{Ask, Claims};
use beckon_shared::ports::{Clock, PortError};

/// Shows what would stop.
pub async fn ask<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader, language: &str) -> Result<Page, PortError> {
    Ok(Page::Unsubscribe {
        topic: topic(deps, reader, language).await?,
        channel: reader.claims.channel,
        preferences: preferences(deps, reader),
    })
}

/// Stops it.
pub async fn done<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader, language: &str) -> Result<Page, PortError> {
    let claims = &reader.claims;
    let no = Said::No(claims.channel, Some(claims.topic.clone()));
    said::append(deps, reader, &[no], By::OneClick).await?;
    Ok(Page::Unsubscribed {
        topic: topic(deps, reader, language).await?,
        channel: claims.channel,
        preferences: preferences(deps, reader),
    })
}

async fn topic<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader, language: &str) -> Result<String, PortError> {
    let workspace = deps.rules.workspace(reader.now).await?;
    Ok(choices::label(&workspace, &reader.claims.topic, language))
}

/// The way to the preference page, for the same reader.
fn preferences<S, C>(deps: &Deps<S, C>, reader: &Reader) -> String {
    deps.keys.path(&Claims {
        ask: Ask::Preferences,
        expires: after(reader.now, Ask::Preferences.lasts()),
        ..reader.claims.clone()
    })
}
