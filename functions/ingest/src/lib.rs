//! Takes events over HTTP, as the Segment HTTP API does, and appends them to inboxes. What is
//! answered with 200 is stored; what is refused is named, field and reason, and its neighbours
//! in a batch are kept.
//!
//! [`request`] (key, body) → `beckon_shared::segment` (what each message says) → [`items`] (one inbox item a
//! profile) → the inbox → [`answer`].

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod answer;
pub mod items;
pub mod keys;
pub mod request;

use answer::{Answer, Refused};
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use beckon_shared::domain::event::InboxItem;
use beckon_shared::domain::time::{Timestamp, after};
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Clock, Definitions, Inbox, PortError};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::segment::{self, Heard, Received};
use beckon_shared::telemetry::{Metric, Metrics};
use futures::stream::{self, StreamExt, TryStreamExt};
use keys::WriteKeys;
use std::rc::Rc;

/// How many items of one request are written at once.
const WRITES_AT_ONCE: usize = 16;

/// What the function works with.
pub struct Deps<I, D, C> {
    /// Where events go.
    pub inbox: I,
    /// The workspace's word on what a browser may say.
    pub rules: RulesCache<D>,
    /// Tells the time.
    pub clock: C,
    /// Who may write.
    pub keys: WriteKeys,
    /// Counts.
    pub metrics: Rc<Metrics>,
}

/// Answers one HTTP request.
pub async fn handle<I: Inbox, D: Definitions, C: Clock>(
    deps: &Deps<I, D, C>,
    request: LambdaFunctionUrlRequest,
) -> LambdaFunctionUrlResponse {
    let answer = match take(deps, &request).await {
        Ok(answer) | Err(answer) => answer,
    };
    answer.into_response()
}

async fn take<I: Inbox, D: Definitions, C: Clock>(
    deps: &Deps<I, D, C>,
    request: &LambdaFunctionUrlRequest,
) -> Result<Answer, Answer> {
    let Some(call) = request::route(request)? else {
        return Ok(Answer::Preflight);
    };
    let body = request::body(request)?;
    let letter = request::open(call, &body)?;
    let key = request::key_in_header(request)?;
    let source = keys::admit(&deps.keys, key.as_deref(), letter.write_key.as_deref())?;
    let now = deps.clock.now();
    let workspace = deps.rules.workspace(now).await.map_err(|error| unavailable(&error))?;
    let heard = Heard {
        source,
        received: Received::At(now),
        sent: letter.sent_at.as_deref(),
        request: request.request_context.request_id.as_deref().unwrap_or_default(),
        server_only: &workspace.server_only,
    };
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    for (index, message) in letter.messages.iter().enumerate() {
        match segment::read(message, call, index, &heard) {
            Ok(said) => taken.push(said),
            Err(refusal) => refused.push(Refused { index, refusal }),
        }
    }
    let accepted = taken.len();
    let expires = after(now, workspace.kept.events);
    let joins = items::joins(&taken, now);
    let repeats = append(&deps.inbox, items::gather(taken, now), expires)
        .await
        .map_err(|error| unavailable(&error))?;
    // Said with every identify call, and new once: a repeat is no duplicate of the sender's.
    append(&deps.inbox, joins, expires)
        .await
        .map_err(|error| unavailable(&error))?;
    for refused in &refused {
        deps.metrics.count(Metric::Refused, "field", refused.refusal.field);
    }
    deps.metrics
        .add(Metric::Accepted, u32::try_from(accepted).unwrap_or(u32::MAX).into());
    if repeats > 0 {
        deps.metrics
            .add(Metric::Duplicates, u32::try_from(repeats).unwrap_or(u32::MAX).into());
    }
    tracing::info!(accepted, refused = refused.len(), repeats, "events were taken");
    Ok(Answer::taken(accepted, refused))
}

/// Appends the items. Gives how many were there already.
async fn append<I: Inbox>(inbox: &I, items: Vec<InboxItem>, expires: Timestamp) -> Result<usize, PortError> {
    stream::iter(&items)
        .map(|item| inbox.append(item, expires))
        .buffer_unordered(WRITES_AT_ONCE)
        .try_fold(0, async |repeats, appended| {
            Ok(match appended {
                Appended::New => repeats,
                Appended::Repeat => repeats + 1,
            })
        })
        .await
}

/// Nothing is lost: the sender keeps what was not answered with 200 and sends it again, and what
/// was stored already is known by its id.
fn unavailable(error: &PortError) -> Answer {
    tracing::error!(%error, "events could not be stored");
    if error.may_heal() { Answer::Busy } else { Answer::Broken }
}
