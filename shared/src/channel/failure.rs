//! What came of a call to a provider, and what may be done about it.
//!
//! | what happened | verdict | because |
//! |---|---|---|
//! | no connection: refused, DNS, TLS, connect timeout; no credentials | retry | nothing was handed over |
//! | timeout, reset or a broken answer after that | unknown | the request may have arrived |
//! | throttled, over quota, paused, suspended; 429, 503, 408 | retry | refused before acceptance, heals |
//! | any other 5xx with the service's own error document | retry | "if the call fails, SES returns an error and does not send the email" (SES developer guide, "Email sending errors"); SNS is taken to mean the same by `InternalError` |
//! | a 5xx without one (500, 502, 504 of something in between) | unknown | what stands behind may have taken it |
//! | an identity that is not verified, in the sandbox every recipient's | fail | a person has to change something, and nobody knows when: what waited for it would come out of season |
//! | expired credentials, a clock out of step | retry | refused before acceptance, heals |
//! | every other refusal (4xx) | fail | the same call will be refused again |
//! | a success that cannot be read | unknown | it was taken, but its id is lost |
//!
//! Reasons are made of error codes and words of our own: providers' messages repeat addresses.

use crate::domain::time::Span;
use crate::ports::sender::SendError;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// Error codes of refusals that heal. SES API v2 `SendEmail`, SNS `Publish`, and the errors common
/// to all AWS services, as of their API references.
const HEALING: [&str; 24] = [
    // SES; what pauses in version 1 of its API has longer names
    "TooManyRequestsException",
    "LimitExceededException",
    "SendingPausedException",
    "AccountSendingPausedException",
    "ConfigurationSetSendingPausedException",
    "AccountSuspendedException",
    // SNS
    "Throttled",
    "ThrottledException",
    "KMSThrottling",
    "KMSThrottlingException",
    "InternalError",
    // common
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequests",
    "SlowDown",
    "ServiceUnavailable",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
];

/// What SES advises to wait at most when a quota is used up or sending is paused (SES developer
/// guide, "Errors related to the sending quotas").
const QUOTA_WAIT: Span = Span::from_mins(10);

/// Longest wait that is taken from a `Retry-After`.
pub(super) const WAIT_MAX_SECS: i64 = 3_600;

/// What came of a call that did not succeed.
pub fn classify<E>(provider: &str, error: &SdkError<E, HttpResponse>) -> SendError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => SendError::Fail {
            reason: format!("{provider}: the request could not be built"),
        },
        SdkError::TimeoutError(_) => SendError::Unknown {
            reason: format!("{provider}: no answer in time"),
        },
        SdkError::DispatchFailure(failure) => dispatch(provider, failure),
        SdkError::ResponseError(context) => SendError::Unknown {
            reason: format!(
                "{provider}: answer {} could not be read",
                context.raw().status().as_u16()
            ),
        },
        SdkError::ServiceError(context) => {
            let wait = retry_after(context.raw());
            refusal(provider, context.raw().status().as_u16(), context.err(), wait)
        }
        _ => SendError::Unknown {
            reason: format!("{provider}: an error of an unknown kind"),
        },
    }
}

/// A request that got no answer.
fn dispatch(provider: &str, failure: &DispatchFailure) -> SendError {
    let cause = failure.as_connector_error().and_then(|error| error.source());
    if never_left(cause) {
        return SendError::Retry {
            reason: format!("{provider}: could not be reached"),
            after: None,
        };
    }
    SendError::Unknown {
        reason: if failure.is_timeout() {
            format!("{provider}: no answer in time")
        } else {
            format!("{provider}: the connection broke before an answer")
        },
    }
}

/// Whether the chain of causes shows that no request was written: no credentials to sign it with,
/// or no connection to write it to.
pub(super) fn never_left(mut cause: Option<&(dyn Error + 'static)>) -> bool {
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = error.source();
    }
    false
}

/// An answer that is not a success.
fn refusal<E: ProvideErrorMetadata>(provider: &str, status: u16, error: &E, wait: Option<Span>) -> SendError {
    let detail = error.message().and_then(known).map(|known| format!(": {known}"));
    let detail = detail.unwrap_or_default();
    let Some(code) = error.code() else {
        let reason = format!("{provider}: answer {status} without an error code");
        return match status {
            408 | 429 | 503 => SendError::Retry { reason, after: wait },
            400..=499 => SendError::Fail { reason },
            _ => SendError::Unknown { reason },
        };
    };
    let reason = format!("{provider}: {}{detail}", shape(code));
    if HEALING.contains(&shape(code)) || status == 429 || status >= 500 {
        let exhausted = shape(code).ends_with("SendingPausedException") || shape(code) == "AccountSuspendedException";
        let quota = detail.ends_with(DAILY_QUOTA);
        let after = wait.or((exhausted || quota).then_some(QUOTA_WAIT));
        return SendError::Retry { reason, after };
    }
    SendError::Fail { reason }
}

/// An error code without the name space some protocols put before it and the address after it.
fn shape(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

const DAILY_QUOTA: &str = "daily quota is used up";

/// What a provider's message is about, in words that repeat no address.
fn known(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    [
        ("daily message quota exceeded", DAILY_QUOTA),
        ("maximum sending rate exceeded", "sending rate exceeded"),
        (
            "not verified",
            "an identity is not verified; in the sandbox every recipient has to be",
        ),
        ("opted out", "the number has opted out"),
        ("configuration set", "the configuration set is not usable"),
        ("invalid parameter: phonenumber", "the phone number is not valid"),
        ("invalid parameter: message", "the text is not valid"),
        ("security token", "credentials are not valid"),
    ]
    .into_iter()
    .find_map(|(found, known)| message.contains(found).then_some(known))
}

/// The wait that an answer asks for, in whole seconds (RFC 9110 §10.2.3).
pub(super) fn retry_after(response: &HttpResponse) -> Option<Span> {
    let secs: i64 = response.headers().get("retry-after")?.trim().parse().ok()?;
    (secs > 0).then(|| Span::from_secs(secs.min(WAIT_MAX_SECS)))
}
