//! What the real clients make of a real connection, held against the table in [`super::failure`].

use super::wire::{Does, IMPATIENCE, PATIENCE, Provider, email_sender, outgoing, sms_sender};
use crate::domain::campaign::Channel;
use crate::domain::time::Span;
use crate::ports::Sender;
use crate::ports::sender::{SendError, Taken};
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

const REFUSED: &str = r#"{"message":"Email address is not verified. The following identities failed the check in region EU: ann@example.com"}"#;

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Verdict {
    Retry,
    Fail,
    Gone,
    Unknown,
}

fn verdict(error: &SendError) -> Verdict {
    let (verdict, reason) = match error {
        SendError::Retry { reason, .. } => (Verdict::Retry, reason),
        SendError::Fail { reason } => (Verdict::Fail, reason),
        SendError::Gone { reason } => (Verdict::Gone, reason),
        SendError::Unknown { reason } => (Verdict::Unknown, reason),
    };
    assert!(
        !reason.contains('@') && !reason.contains("5550100"),
        "an address in `{reason}`"
    );
    verdict
}

#[tokio::test]
async fn an_accepted_email_says_everything() {
    let provider = Provider::that(Does::Answer(200, "", r#"{"MessageId":"ses-1"}"#)).await;
    let id = email_sender(&provider.endpoint, PATIENCE)
        .send(&outgoing(Channel::Email))
        .await;
    assert_eq!(id, Ok(Taken::under("ses-1")));
    let request = provider.requests.lock().unwrap().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v2/email/outbound-emails "), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let part = |data: &str| serde_json::json!({"Data": data, "Charset": "UTF-8"});
    assert_eq!(
        body,
        serde_json::json!({
            "FromEmailAddress": "=?UTF-8?B?0JvQsNCy0LrQsA==?= <shop@example.com>",
            "Destination": {"ToAddresses": ["ann@example.com"]},
            "ReplyToAddresses": ["help@example.com"],
            "ConfigurationSetName": "beckon",
            "Content": {"Simple": {
                "Subject": part("Ваша корзина"),
                "Body": {"Html": part("<p>Привет</p>"), "Text": part("Привет")},
            }},
            "EmailTags": [
                {"Name": "beckon_message", "Value": "msg_1"},
                {"Name": "beckon_campaign", "Value": "abandoned-cart"},
                {"Name": "beckon_step", "Value": "reminder"},
                {"Name": "beckon_profile", "Value": "YW5vbjphL2I"},
            ],
        })
    );
}

#[tokio::test]
async fn an_accepted_text_message_says_everything() {
    let body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
        <MessageId>sns-1</MessageId></PublishResult></PublishResponse>";
    let provider = Provider::that(Does::Answer(200, "", body)).await;
    let id = sms_sender(&provider.endpoint, PATIENCE)
        .send(&outgoing(Channel::Sms))
        .await;
    assert_eq!(id, Ok(Taken::under("sns-1")));
    let request = provider.requests.lock().unwrap().remove(0);
    for part in [
        "Action=Publish",
        "PhoneNumber=%2B14155550100",
        "Message=Hi%20%26%20bye",
        "Name=AWS.SNS.SMS.SMSType&",
        "StringValue=Transactional",
        "Name=AWS.SNS.SMS.SenderID&",
        "StringValue=SHOP",
        "Name=AWS.SNS.SMS.MaxPrice&",
        "DataType=Number&",
        "StringValue=0.05",
        "Name=beckon_message&",
        "StringValue=msg_1",
        "Name=beckon_profile&",
        "StringValue=YW5vbjphL2I",
    ] {
        assert!(request.contains(part), "`{part}` is not in {request}");
    }
}

#[tokio::test]
async fn what_ses_answers_is_sorted() {
    use Verdict::{Fail, Retry, Unknown};
    for (status, headers, body, expected) in [
        (429, "x-amzn-errortype: TooManyRequestsException\r\n", "{}", Retry),
        (400, "x-amzn-errortype: LimitExceededException\r\n", "{}", Retry),
        (400, "x-amzn-errortype: SendingPausedException\r\n", "{}", Retry),
        (400, "x-amzn-errortype: AccountSendingPausedException\r\n", "{}", Retry),
        (
            400,
            "x-amzn-errortype: ConfigurationSetSendingPausedException\r\n",
            "{}",
            Retry,
        ),
        (400, "x-amzn-errortype: AccountSuspendedException\r\n", "{}", Retry),
        (400, "x-amzn-errortype: ThrottlingException\r\n", "{}", Retry),
        (403, "x-amzn-errortype: ExpiredTokenException\r\n", "{}", Retry),
        (500, "x-amzn-errortype: InternalFailure\r\n", "{}", Retry),
        (503, "x-amzn-errortype: ServiceUnavailable\r\n", "{}", Retry),
        (503, "", "<html>busy</html>", Retry),
        (500, "", "<html>oops</html>", Unknown),
        (502, "", "", Unknown),
        (504, "", "", Unknown),
        (400, "x-amzn-errortype: MessageRejected:http://ses/\r\n", REFUSED, Fail),
        (
            400,
            "x-amzn-errortype: MailFromDomainNotVerifiedException\r\n",
            "{}",
            Fail,
        ),
        (404, "x-amzn-errortype: NotFoundException\r\n", "{}", Fail),
        (400, "x-amzn-errortype: BadRequestException\r\n", "{}", Fail),
        (403, "x-amzn-errortype: AccessDeniedException\r\n", "{}", Fail),
        (404, "", "nothing here", Fail),
        (200, "", "{\"MessageId\":", Unknown),
        (200, "", "{}", Unknown),
    ] {
        let provider = Provider::that(Does::Answer(status, headers, body)).await;
        let outcome = email_sender(&provider.endpoint, PATIENCE)
            .send(&outgoing(Channel::Email))
            .await;
        let error = outcome.unwrap_err();
        assert_eq!(verdict(&error), expected, "{status} {headers}{body}: {error}");
        assert_eq!(provider.count.load(Ordering::SeqCst), 1, "one attempt only");
    }
}

#[tokio::test]
async fn what_sns_answers_is_sorted() {
    use Verdict::{Fail, Retry, Unknown};
    macro_rules! error {
        ($code:literal) => {
            concat!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>",
                $code,
                "</Code><Message>Invalid parameter: PhoneNumber Reason: +14155550100</Message></Error></ErrorResponse>"
            )
        };
    }
    for (status, body, expected) in [
        (400, error!("Throttling"), Retry),
        (429, error!("Throttled"), Retry),
        (400, error!("KMSThrottling"), Retry),
        (500, error!("InternalError"), Retry),
        (503, error!("ServiceUnavailable"), Retry),
        (500, "oops", Unknown),
        (504, "", Unknown),
        (400, error!("InvalidParameter"), Fail),
        (400, error!("ParameterValueInvalid"), Fail),
        (403, error!("AuthorizationError"), Fail),
        (400, error!("EndpointDisabled"), Fail),
        (400, error!("OptedOut"), Fail),
        (404, error!("NotFound"), Fail),
    ] {
        let provider = Provider::that(Does::Answer(status, "", body)).await;
        let outcome = sms_sender(&provider.endpoint, PATIENCE)
            .send(&outgoing(Channel::Sms))
            .await;
        let error = outcome.unwrap_err();
        assert_eq!(verdict(&error), expected, "{status} {body}: {error}");
        assert_eq!(provider.count.load(Ordering::SeqCst), 1, "one attempt only");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_it_open() {
    for (does, patience) in [
        (Does::Hang, IMPATIENCE),
        (Does::Close, PATIENCE),
        (Does::Break, PATIENCE),
    ] {
        let provider = Provider::that(does).await;
        let error = email_sender(&provider.endpoint, patience)
            .send(&outgoing(Channel::Email))
            .await;
        assert_eq!(verdict(&error.unwrap_err()), Verdict::Unknown);
        assert_eq!(provider.count.load(Ordering::SeqCst), 1, "one attempt only");
        let error = sms_sender(&provider.endpoint, patience)
            .send(&outgoing(Channel::Sms))
            .await;
        assert_eq!(verdict(&error.unwrap_err()), Verdict::Unknown);
        assert_eq!(provider.count.load(Ordering::SeqCst), 2, "one attempt only");
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_took_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for endpoint in [refused.as_str(), "http://name.invalid:1"] {
        let error = email_sender(endpoint, PATIENCE).send(&outgoing(Channel::Email)).await;
        assert_eq!(verdict(&error.unwrap_err()), Verdict::Retry, "{endpoint}");
        let error = sms_sender(endpoint, PATIENCE).send(&outgoing(Channel::Sms)).await;
        assert_eq!(verdict(&error.unwrap_err()), Verdict::Retry, "{endpoint}");
    }
}

#[tokio::test]
async fn waits_come_from_the_provider() {
    let quota = r#"{"message":"Daily message quota exceeded"}"#;
    for (headers, body, expected) in [
        (
            "x-amzn-errortype: TooManyRequestsException\r\nRetry-After: 7\r\n",
            "{}",
            Some(Span::from_secs(7)),
        ),
        (
            "x-amzn-errortype: TooManyRequestsException\r\nRetry-After: 99999\r\n",
            "{}",
            Some(Span::from_hours(1)),
        ),
        ("x-amzn-errortype: TooManyRequestsException\r\n", "{}", None),
        (
            "x-amzn-errortype: ThrottlingException\r\n",
            quota,
            Some(Span::from_mins(10)),
        ),
        (
            "x-amzn-errortype: ThrottlingException\r\n",
            r#"{"message":"Maximum sending rate exceeded"}"#,
            None,
        ),
        (
            "x-amzn-errortype: SendingPausedException\r\n",
            "{}",
            Some(Span::from_mins(10)),
        ),
        (
            "x-amzn-errortype: AccountSendingPausedException\r\n",
            "{}",
            Some(Span::from_mins(10)),
        ),
    ] {
        let provider = Provider::that(Does::Answer(429, headers, body)).await;
        let error = email_sender(&provider.endpoint, PATIENCE)
            .send(&outgoing(Channel::Email))
            .await;
        match error.unwrap_err() {
            SendError::Retry { after, .. } => assert_eq!(after, expected, "{headers}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_sandbox_is_named_and_the_recipient_is_not() {
    let refused = Does::Answer(400, "x-amzn-errortype: MessageRejected\r\n", REFUSED);
    let provider = Provider::that(refused).await;
    let outcome = email_sender(&provider.endpoint, PATIENCE)
        .send(&outgoing(Channel::Email))
        .await;
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "ses: MessageRejected: an identity is not verified; in the sandbox every recipient has to be"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_tried() {
    let provider = Provider::that(Does::Hang).await;
    let mut list = outgoing(Channel::Email);
    list.to = "ann@example.com,eve@example.com".to_owned();
    let mut local = outgoing(Channel::Sms);
    local.to = "0415555010".to_owned();
    let email = email_sender(&provider.endpoint, PATIENCE);
    let sms = sms_sender(&provider.endpoint, PATIENCE);
    for outcome in [
        email.send(&list).await,
        email.send(&outgoing(Channel::Sms)).await,
        sms.send(&local).await,
        sms.send(&outgoing(Channel::Email)).await,
    ] {
        assert_eq!(verdict(&outcome.unwrap_err()), Verdict::Fail);
    }
    assert_eq!(provider.count.load(Ordering::SeqCst), 0);
}
