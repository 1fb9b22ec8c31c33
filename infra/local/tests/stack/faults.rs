//! Faults on order reach the real clients as what they are.

use crate::clients::{at, http, sdk, stack};
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use beckon_local::{FaultKind, LocalStack, Service};

async fn sms(
    stack: &LocalStack,
) -> Result<(), aws_sdk_sns::error::SdkError<aws_sdk_sns::operation::publish::PublishError>> {
    let client = aws_sdk_sns::Client::new(&sdk(stack));
    client
        .publish()
        .phone_number("+491701234567")
        .message("x")
        .send()
        .await
        .map(drop)
}

async fn write(stack: &LocalStack, sk: &str) -> Result<(), Box<aws_sdk_dynamodb::Error>> {
    let client = aws_sdk_dynamodb::Client::new(&sdk(stack));
    let put = client.put_item().table_name("beckon-main");
    let put = put.item("PK", S("P#u1".to_owned())).item("SK", S(sk.to_owned()));
    put.send().await.map(drop).map_err(|error| Box::new(error.into()))
}

async fn items(stack: &LocalStack) -> i32 {
    let client = aws_sdk_dynamodb::Client::new(&sdk(stack));
    client.scan().table_name("beckon-main").send().await.unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_call_has_no_effect_and_the_next_one_works() {
    let stack = stack(Vec::new()).await;
    stack.fault(Service::Dynamodb, FaultKind::Throttle, 1);
    let error = write(&stack, "a").await.unwrap_err();
    assert!(
        matches!(
            *error,
            aws_sdk_dynamodb::Error::ProvisionedThroughputExceededException(_)
        ),
        "{error:?}"
    );
    assert_eq!(items(&stack).await, 0);
    write(&stack, "a").await.unwrap();
    stack.fault(Service::Sns, FaultKind::Throttle, 1);
    let error = sms(&stack).await.unwrap_err();
    assert_eq!(error.code(), Some("Throttling"));
    assert_eq!(stack.messages().len(), 0);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_error_is_one() {
    let stack = stack(Vec::new()).await;
    let url = format!("{}/_local/fault", stack.url());
    let order = r#"{"service":"dynamodb","kind":"error","count":2}"#;
    assert_eq!(http("POST", &url, order).await.0, 200);
    for _ in 0..2 {
        let error = write(&stack, "a").await.unwrap_err();
        assert!(
            matches!(*error, aws_sdk_dynamodb::Error::InternalServerError(_)),
            "{error:?}"
        );
    }
    write(&stack, "a").await.unwrap();
    assert_eq!(http("POST", &url, r#"{"service":"s3","kind":"error"}"#).await.0, 400);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_get_lost_after_the_call_took_effect() {
    let stack = stack(Vec::new()).await;
    stack.fault(Service::Sns, FaultKind::AcceptedThenLost, 1);
    let error = sms(&stack).await.unwrap_err();
    assert!(
        matches!(error, aws_sdk_sns::error::SdkError::DispatchFailure(_)),
        "{error:?}"
    );
    assert_eq!(stack.messages().len(), 1);
    assert_eq!(stack.messages()[0].at, at("2026-03-01T10:00:00Z"));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_can_stay_without_an_answer_and_effect() {
    let stack = stack(Vec::new()).await;
    stack.fault(Service::Sns, FaultKind::Timeout, 1);
    let error = sms(&stack).await.unwrap_err();
    assert!(
        matches!(error, aws_sdk_sns::error::SdkError::TimeoutError(_)),
        "{error:?}"
    );
    assert_eq!(stack.messages().len(), 0);
    stack.stop().await.unwrap();
}
