//! What went wrong in a call to AWS, sorted by what to do about it.

use crate::ports::PortError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Error codes after which the same call may succeed, besides every 5xx and 429 (DynamoDB
/// Developer Guide, "Error handling"; EventBridge Scheduler and SQS API references, "Common errors").
const HEALS: [&str; 15] = [
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "ItemCollectionSizeLimitExceeded",
    "LimitExceededException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Error codes about resources, not about the request: somebody can give the permission or the
/// resource back, and nothing may be lost until then. Their message names nothing else.
const NAMES_RESOURCES: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
];

/// Sorts the failure of `call` (`dynamodb PutItem`). Says the code but nothing of what was in the
/// request, which may be somebody's address.
pub fn sort<E: ProvideErrorMetadata>(call: &str, error: &SdkError<E, HttpResponse>) -> PortError {
    match error {
        SdkError::ConstructionFailure(_) => PortError::Fail(format!("{call}: the request could not be built")),
        SdkError::TimeoutError(_) => PortError::Retry(format!("{call}: no answer in time")),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            PortError::Fail(format!("{call}: the request could not be sent as it is configured"))
        }
        SdkError::DispatchFailure(_) => PortError::Retry(format!("{call}: no connection")),
        SdkError::ResponseError(_) => PortError::Retry(format!("{call}: the answer could not be read")),
        SdkError::ServiceError(refusal) => {
            let meta = refusal.err();
            let code = meta.code().unwrap_or("an unnamed error");
            let status = refusal.raw().status().as_u16();
            let told = match meta.message().filter(|text| harmless(code, text)) {
                Some(text) => format!("{call}: {code} ({status}): {text}"),
                None => format!("{call}: {code} ({status})"),
            };
            if status >= 500 || status == 429 || heals(code) {
                PortError::Retry(told)
            } else {
                PortError::Fail(told)
            }
        }
        _ => PortError::Retry(format!("{call}: failed in an unknown way")),
    }
}

/// Whether the same call may succeed after an error of this code.
pub fn heals(code: &str) -> bool {
    HEALS.contains(&code) || NAMES_RESOURCES.contains(&code)
}

/// Whether a service's message can be told on: one about resources or an expression's form is,
/// one about a value may quote it.
fn harmless(code: &str, message: &str) -> bool {
    NAMES_RESOURCES.contains(&code) || (code == "ValidationException" && message.starts_with("Invalid "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::put_item::PutItemError;
    use aws_smithy_runtime_api::http::{Response, StatusCode};
    use aws_smithy_types::body::SdkBody;

    fn refused(status: u16, code: &str, message: &str) -> PortError {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let status = StatusCode::try_from(status).expect("it is a status");
        let response = Response::new(status, SdkBody::empty());
        sort(
            "dynamodb PutItem",
            &SdkError::service_error(PutItemError::generic(meta), response),
        )
    }

    #[test]
    fn what_heals_is_told_from_what_does_not() {
        for code in [
            "ThrottlingException",
            "RequestLimitExceeded",
            "TransactionConflictException",
            "AccessDeniedException",
            "ResourceNotFoundException",
        ] {
            assert!(refused(400, code, "").may_heal(), "{code}");
        }
        assert!(refused(503, "WhatEver", "").may_heal());
        assert!(!refused(400, "ValidationException", "").may_heal());
        let timed_out: SdkError<PutItemError, HttpResponse> = SdkError::timeout_error("late");
        assert!(sort("dynamodb PutItem", &timed_out).may_heal());
    }

    #[test]
    fn values_are_not_told_on() {
        let told = refused(
            400,
            "ValidationException",
            "The parameter cannot be converted: ann@example.com",
        );
        assert_eq!(told.to_string(), "dynamodb PutItem: ValidationException (400)");
        let told = refused(400, "ResourceNotFoundException", "Table: beckon-main not found");
        assert!(told.to_string().contains("Table: beckon-main not found"));
    }
}
