//! Gives a page the messages that were placed for its visitor: `GET /v1/onsite?anonymousId=…` with a browser's
//! write key.
//!
//! Only the anonymous id is taken for who asks: it is random and never leaves the visitor's own device, where
//! a user's id can be guessed. If the visitor turned out to be a known user, what waits for that user is given too.
//!
//! A message is given until it has expired, or until an event says that it was seen (`Message Opened`,
//! `Message Read`, `Popup Dismissed`, `Reply Received` with its id as `message`). That event takes a moment to be
//! folded, so a page remembers the ids that it has shown.
//!
//! The answer never waits: a function that waits is paid for as one that works. It says after how many
//! seconds to ask again; a page asks sooner after telling something that may be answered.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod answer;
pub mod request;

use answer::Answer;
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Shown;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::page::Placed;
use beckon_shared::ports::{Clock, Page, PortError};
use beckon_shared::write_keys::WriteKeys;

/// How many times a visitor who went over into another profile is followed.
const JOINS_FOLLOWED: usize = 8;

/// Most messages in an answer: the latest.
pub const MESSAGES_MAX: usize = 20;

/// What the function works with.
pub struct Deps<P, C> {
    /// Where messages are placed.
    pub page: P,
    /// Tells the time.
    pub clock: C,
    /// Which pages may ask.
    pub keys: WriteKeys,
}

/// Answers one HTTP request.
pub async fn handle<P: Page, C: Clock>(
    deps: &Deps<P, C>,
    request: LambdaFunctionUrlRequest,
) -> LambdaFunctionUrlResponse {
    let answer = match give(deps, &request).await {
        Ok(answer) | Err(answer) => answer,
    };
    answer.into_response()
}

async fn give<P: Page, C: Clock>(deps: &Deps<P, C>, request: &LambdaFunctionUrlRequest) -> Result<Answer, Answer> {
    if request::is_preflight(request)? {
        return Ok(Answer::Preflight);
    }
    request::admit(&deps.keys, request)?;
    let visitor = request::visitor(request)?;
    let waiting = waiting(&deps.page, visitor, deps.clock.now())
        .await
        .map_err(|error| unavailable(&error))?;
    tracing::info!(messages = waiting.len(), "a page asked");
    Ok(Answer::Messages(waiting))
}

/// What waits for the visitor and for whomever they went over into: not expired, not seen, the latest last.
async fn waiting<P: Page>(page: &P, visitor: ProfileId, now: Timestamp) -> Result<Vec<Placed>, PortError> {
    let mut placed = Vec::new();
    let mut seen: Vec<Shown> = Vec::new();
    let mut next = Some(visitor);
    for _ in 0..=JOINS_FOLLOWED {
        let Some(profile) = next.take() else { break };
        let visit = page.visit(&profile).await?;
        placed.extend(visit.placed);
        seen.push(visit.shown);
        next = visit.joined;
    }
    // The store forgets what has expired some time later.
    placed.retain(|placed| placed.expires > now && !seen.iter().any(|shown| shown.contains(&placed.message)));
    placed.sort_by(|one, other| (one.at, one.message.as_str()).cmp(&(other.at, other.message.as_str())));
    placed.dedup_by(|next, first| next.message == first.message);
    let too_many = placed.len().saturating_sub(MESSAGES_MAX);
    placed.drain(..too_many);
    Ok(placed)
}

fn unavailable(error: &PortError) -> Answer {
    tracing::error!(%error, "what waits for a visitor could not be read");
    if error.may_heal() { Answer::Busy } else { Answer::Broken }
}
