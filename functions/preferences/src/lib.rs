//! The pages that messages link to. Opening one (GET) shows what would happen and changes nothing, since mail scanners
//! follow links; sending its form, or the mail program's own request (RFC 8058), changes it.
//!
//! [`request`] (what is asked, by which link) → the profile → [`unsubscribe`], [`choose`] or [`confirm`] → what was
//! [`said`] goes into the profile's inbox, as everything that happens to a person → [`page`].

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod choices;
mod choose;
mod confirm;
pub mod page;
pub mod request;
mod said;
mod unsubscribe;
mod words;

use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::links::{Ask, Claims, LinkError, LinkKeys};
use beckon_shared::ports::{Clock, Definitions, Inbox, PortError, Profiles};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::telemetry::{Metric, Metrics};
use page::{Notice, Page, Pages};
use request::{Asked, Does};
use std::rc::Rc;

/// How many times a profile that went over into another is followed.
const JOINS_FOLLOWED: usize = 8;

/// What the function works with.
pub struct Deps<S, C> {
    /// The table.
    pub store: S,
    /// Campaigns in force, whose topics there are to choose from.
    pub rules: RulesCache<S>,
    /// What links are read with.
    pub keys: LinkKeys,
    /// What is shown.
    pub pages: Pages,
    /// Tells the time.
    pub clock: C,
    /// Counts.
    pub metrics: Rc<Metrics>,
}

/// The parts of the table that this function uses.
pub trait Table: Profiles + Inbox + Definitions {}
impl<T: Profiles + Inbox + Definitions> Table for T {}

/// A reader who came with a good link.
struct Reader {
    claims: Claims,
    /// What is known of them; nothing of somebody unknown, who is answered alike.
    profile: Profile,
    now: Timestamp,
}

/// Answers one HTTP request.
pub async fn handle<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    request: LambdaFunctionUrlRequest,
) -> LambdaFunctionUrlResponse {
    let mut language = words::of_header(request::header(&request, "accept-language"));
    let answered = answer(deps, &request, &mut language).await;
    let page = answered.unwrap_or_else(Page::Notice);
    deps.pages.respond(&page, language)
}

async fn answer<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    request: &LambdaFunctionUrlRequest,
    language: &mut &'static str,
) -> Result<Page, Notice> {
    let Asked { ask, link, does } = request::read(request)?;
    let now = deps.clock.now();
    let claims = deps.keys.open(link, ask, now).map_err(|error| refused(deps, error))?;
    let profile = person(deps, &claims.profile).await.map_err(busy)?;
    if let Some(own) = profile.traits.text("locale").and_then(words::of_tag) {
        *language = own;
    }
    let reader = Reader { claims, profile, now };
    let page = match (ask, does) {
        (Ask::Unsubscribe, Does::Look) => unsubscribe::ask(deps, &reader, language).await,
        (Ask::Unsubscribe, Does::Say(_)) => unsubscribe::done(deps, &reader, language).await,
        (Ask::Preferences, Does::Look) => choose::ask(deps, &reader, language).await,
        (Ask::Preferences, Does::Say(form)) => choose::save(deps, &reader, &form, language).await,
        (Ask::Confirm, Does::Look) => confirm::ask(deps, &reader).await,
        (Ask::Confirm, Does::Say(_)) => confirm::done(deps, &reader).await,
    };
    page.map_err(busy)
}

/// What may be known of a link that is not taken: that it has ended, or that it is wrong, and no more.
fn refused<S, C>(deps: &Deps<S, C>, error: LinkError) -> Notice {
    tracing::info!(reason = %error, "a link was not taken");
    deps.metrics.count(Metric::Refused, "field", "link");
    match error {
        LinkError::Expired => Notice::Expired,
        LinkError::Malformed | LinkError::UnknownKey | LinkError::Forged | LinkError::OtherPurpose => Notice::Wrong,
    }
}

fn busy(error: PortError) -> Notice {
    tracing::error!(%error, "a page could not be answered");
    Notice::Busy
}

/// The profile, or the one that it has gone over into since the message was sent.
async fn person<S: Table, C>(deps: &Deps<S, C>, id: &ProfileId) -> Result<Profile, PortError> {
    let mut profile = deps.store.load(id).await?.unwrap_or_default();
    for _ in 0..JOINS_FOLLOWED {
        let Some(into) = profile.state.joined.take() else { break };
        profile = deps.store.load(&into).await?.unwrap_or_default();
    }
    Ok(profile)
}
