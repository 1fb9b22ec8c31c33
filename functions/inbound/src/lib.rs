//! Takes what services say by themselves, at `/v1/inbound/<service>`: delivery reports, replies. A call is
//! verified as the service's file says, read by it, and becomes events in the inboxes of the profiles whose
//! messages it speaks of.
//!
//! [`request`] (which service, what body) → the signature → `domain::service::Inbound` (what it says) →
//! [`word`] (whose it is) → the inbox → [`answer`].

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod answer;
pub mod request;
mod word;

use answer::Answer;
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use beckon_shared::channel::webhook::signature;
use beckon_shared::domain::service::{Inbound, Service};
use beckon_shared::domain::time::{Timestamp, after};
use beckon_shared::ports::inbox::Appended;
use beckon_shared::ports::{Clock, Definitions, Inbox, Origins, PortError};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::runtime::LogId;
use beckon_shared::secrets::Secrets;
use beckon_shared::telemetry::{Metric, Metrics};
use request::Asked;
use serde_json::Value;
use std::rc::Rc;

/// What the function works with.
pub struct Deps<S, C> {
    /// The table.
    pub store: S,
    /// The services in force.
    pub rules: RulesCache<S>,
    /// What their calls are verified with.
    pub secrets: Secrets,
    /// Tells the time.
    pub clock: C,
    /// Counts.
    pub metrics: Rc<Metrics>,
}

/// The parts of the table that this function uses.
pub trait Table: Inbox + Definitions + Origins {}
impl<T: Inbox + Definitions + Origins> Table for T {}

/// Answers one HTTP request.
pub async fn handle<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    request: LambdaFunctionUrlRequest,
) -> LambdaFunctionUrlResponse {
    let answer = match take(deps, &request).await {
        Ok(answer) | Err(answer) => answer,
    };
    if let Answer::Forged(reason) = &answer {
        deps.metrics.count(Metric::Refused, "field", "signature");
        tracing::warn!(%reason, "a call was refused");
    }
    answer.into_response()
}

async fn take<S: Table, C: Clock>(deps: &Deps<S, C>, request: &LambdaFunctionUrlRequest) -> Result<Answer, Answer> {
    let now = deps.clock.now();
    let asked = request::asked(request)?;
    let unavailable = |error: PortError| {
        tracing::error!(%error, "what a service says could not be taken");
        Answer::Unavailable
    };
    let service = deps.rules.service(asked.service(), now).await.map_err(unavailable)?;
    let service = service.ok_or(Answer::NotFound)?;
    let inbound = service.inbound.as_ref().ok_or(Answer::NotFound)?;
    match asked {
        Asked::Challenge { token, challenge, .. } => confirm(deps, &service, inbound, token, challenge),
        Asked::Call { .. } => {
            let body = request::body(request)?;
            let secret = secret(deps, &service, inbound.signature.secret())?;
            let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
            signature::verify(&inbound.signature, secret, header, &body, now.as_second()).map_err(Answer::Forged)?;
            let call = request::json(request, &body, inbound.form_field.as_deref())?;
            if let Some(challenge) = inbound.challenge(&call) {
                return match request::is_harmless(challenge) {
                    true => Ok(Answer::Challenge(challenge.to_owned())),
                    false => Err(Answer::NotAllowed),
                };
            }
            hear(deps, &service, inbound, &call, now).await.map_err(unavailable)?;
            Ok(Answer::Taken)
        }
    }
}

/// Meta's verification of a callback's address: whoever knows the token gets the challenge back.
fn confirm<S, C>(
    deps: &Deps<S, C>,
    service: &Service,
    inbound: &Inbound,
    token: &str,
    challenge: &str,
) -> Result<Answer, Answer> {
    let name = inbound.verify_token.as_deref().ok_or(Answer::NotAllowed)?;
    let expected = secret(deps, service, name)?;
    match signature::is_same(expected, token) {
        true => Ok(Answer::Challenge(challenge.to_owned())),
        false => Err(Answer::Forged(signature::Forged::Wrong)),
    }
}

fn secret<'d, S, C>(deps: &'d Deps<S, C>, service: &Service, name: &str) -> Result<&'d str, Answer> {
    deps.secrets.get(name).ok_or_else(|| {
        tracing::error!(
            service = service.name,
            secret = name,
            "a secret is not set: nothing can be verified"
        );
        Answer::Unavailable
    })
}

/// Puts everything that a call says into the inboxes concerned. What is there already is a repeat.
async fn hear<S: Table, C>(
    deps: &Deps<S, C>,
    service: &Service,
    inbound: &Inbound,
    call: &Value,
    now: Timestamp,
) -> Result<(), PortError> {
    let retention = deps.rules.workspace(now).await?.kept.events;
    for heard in inbound.read(call) {
        let Some(origin) = word::origin(&deps.store, service, &heard, now).await? else {
            tracing::info!(
                service = service.name,
                event = heard.event,
                "about a message that is not known"
            );
            continue;
        };
        let item = origin.told(&service.name, &heard, now);
        match deps.store.append(&item, after(now, retention)).await? {
            Appended::New => deps.metrics.count(Metric::Accepted, "event", &heard.event),
            Appended::Repeat => deps.metrics.add(Metric::Duplicates, 1.0),
        }
        tracing::info!(profile = %LogId(&origin.profile), service = service.name, event = heard.event, "a service's word was taken");
    }
    Ok(())
}
