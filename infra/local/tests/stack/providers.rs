//! SES, SNS and SQS as their real clients see them.

use crate::clients::{sdk, stack};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use aws_sdk_sns::types::MessageAttributeValue;
use beckon_local::{FaultKind, LocalStack, Service};
use beckon_shared::channel::WebhookSender;
use beckon_shared::domain::campaign::{Channel, Purpose};
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId};
use beckon_shared::domain::service::{IdPlace, Method, Reading};
use beckon_shared::domain::time::Span;
use beckon_shared::ports::Sender as _;
use beckon_shared::ports::call::{Call, Remembered};
use beckon_shared::ports::sender::{Content as Carried, Outgoing, SendError};
use std::collections::BTreeMap;

fn text(data: &str) -> Content {
    Content::builder().data(data).build().unwrap()
}

async fn mail(stack: &LocalStack, to: &str, profile: &str, set: &str) -> Result<String, aws_sdk_sesv2::Error> {
    let header = MessageHeader::builder()
        .name("List-Unsubscribe")
        .value("<https://shop.example/u>")
        .build()
        .unwrap();
    let body = Body::builder().html(text("<p>Hi</p>")).text(text("Hi")).build();
    let message = Message::builder()
        .subject(text("Hello"))
        .body(body)
        .headers(header)
        .build();
    let tag = |name: &str, value: &str| MessageTag::builder().name(name).value(value).build().unwrap();
    let answer = aws_sdk_sesv2::Client::new(&sdk(stack))
        .send_email()
        .from_email_address("Shop <hello@shop.example>")
        .reply_to_addresses("help@shop.example")
        .destination(Destination::builder().to_addresses(to).build())
        .content(EmailContent::builder().simple(message).build())
        .email_tags(tag("beckon_message", "msg_1"))
        .email_tags(tag("beckon_campaign", "abandoned-cart"))
        .email_tags(tag("beckon_step", "reminder"))
        .email_tags(tag("beckon_profile", profile))
        .configuration_set_name(set)
        .send()
        .await?;
    Ok(answer.message_id().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_taken_with_all_that_belongs_to_it() {
    let stack = stack(Vec::new()).await;
    let id = mail(&stack, "ann@example.com", "dTE", "beckon-main").await.unwrap();
    let sent = &stack.messages()[0];
    assert_eq!(sent.provider_id, id);
    assert_eq!((sent.channel.as_str(), sent.to.as_str()), ("email", "ann@example.com"));
    assert_eq!(sent.subject.as_deref(), Some("Hello"));
    assert_eq!(sent.html.as_deref(), Some("<p>Hi</p>"));
    assert_eq!(sent.text.as_deref(), Some("Hi"));
    assert_eq!(sent.headers["List-Unsubscribe"], "<https://shop.example/u>");
    assert_eq!(sent.headers["Reply-To"], "help@shop.example");
    assert_eq!(sent.campaign.as_deref(), Some("abandoned-cart"));
    assert_eq!(sent.profile.as_deref(), Some("u1"));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_that_ses_would_refuse_is_refused() {
    let stack = stack(Vec::new()).await;
    let no_address = mail(&stack, "nobody", "dTE", "beckon-main").await;
    assert!(
        matches!(no_address, Err(aws_sdk_sesv2::Error::BadRequestException(_))),
        "{no_address:?}"
    );
    let bad_tag = mail(&stack, "ann@example.com", "anon:é", "beckon-main").await;
    assert!(
        matches!(bad_tag, Err(aws_sdk_sesv2::Error::BadRequestException(_))),
        "{bad_tag:?}"
    );
    let no_set = mail(&stack, "ann@example.com", "dTE", "other").await;
    assert!(
        matches!(no_set, Err(aws_sdk_sesv2::Error::NotFoundException(_))),
        "{no_set:?}"
    );
    assert_eq!(stack.messages().len(), 0);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_message_is_taken_and_a_bad_number_refused() {
    let stack = stack(Vec::new()).await;
    let client = aws_sdk_sns::Client::new(&sdk(&stack));
    let attribute = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value);
        attribute.build().unwrap()
    };
    let publish = |number: &str| {
        client
            .publish()
            .phone_number(number)
            .message("Hi & bye")
            .message_attributes("beckon_message", attribute("msg_2"))
            .message_attributes("AWS.SNS.SMS.SenderID", attribute("Shop"))
    };
    let id = publish("+491701234567")
        .send()
        .await
        .unwrap()
        .message_id()
        .unwrap()
        .to_owned();
    let refused = publish("0170 1234567").send().await.unwrap_err().into_service_error();
    assert!(refused.is_invalid_parameter_exception(), "{refused:?}");
    let sent = stack.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].provider_id, id);
    assert_eq!(sent[0].message.as_deref(), Some("msg_2"));
    assert_eq!(sent[0].body.as_deref(), Some("Hi & bye"));
    assert_eq!(sent[0].from.as_deref(), Some("Shop"));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_takes_messages_if_it_exists() {
    let stack = stack(Vec::new()).await;
    let client = aws_sdk_sqs::Client::new(&sdk(&stack));
    let url = |queue: &str| format!("{}/000000000000/{queue}", stack.aws_url());
    client
        .send_message()
        .queue_url(url("set-aside"))
        .message_body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(stack.queue("set-aside")[0].body, "x");
    let refused = client
        .send_message()
        .queue_url(url("none"))
        .message_body("x")
        .send()
        .await;
    assert!(refused.unwrap_err().into_service_error().is_queue_does_not_exist());
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_called_here_and_shown_as_a_message_of_its_channel() {
    let stack = stack(Vec::new()).await;
    let sender = WebhookSender::new(Some(&format!("{}/services", stack.aws_url())));
    let reading = Reading {
        expects: BTreeMap::from([("/status".to_owned(), 0.into())]),
        id: Some(IdPlace::One("/message_token".to_owned())),
        code: Some("/error/code".to_owned()),
        ..Reading::default()
    };
    let call = Call {
        service: "viber".to_owned(),
        method: Method::Post,
        url: "https://chatapi.viber.com/pa/send_message".to_owned(),
        headers: vec![("X-Viber-Auth-Token".to_owned(), "t0ken".to_owned())],
        body: r#"{"text":"Hi"}"#.to_owned(),
        at_secs: 0,
        signing: None,
        idempotency: None,
        hosts: vec!["chatapi.viber.com".to_owned()],
        reading,
        remembered: Remembered::Nothing,
    };
    let outgoing = Outgoing {
        message: MessageId::from("msg_1"),
        profile: ProfileId::parse("anon:\u{e9}").unwrap(),
        campaign: CampaignName::from("channel-cascade"),
        step: "arrived".to_owned(),
        template: "order-arrived".to_owned(),
        channel: Channel::Viber,
        purpose: Purpose::Transactional,
        to: "+14155550100".to_owned(),
        device: None,
        contact: None,
        push_services: [].into(),
        at: stack.now(),
        expires: None,
        content: Carried::Call(Box::new(call)),
        headers: Vec::new(),
    };
    let taken = sender.send(&outgoing).await.unwrap();
    let sent = &stack.messages()[0];
    assert_eq!(taken.id, sent.provider_id);
    assert_eq!((sent.channel.as_str(), sent.to.as_str()), ("viber", "+14155550100"));
    assert_eq!(sent.body.as_deref(), Some(r#"{"text":"Hi"}"#));
    assert_eq!(sent.profile.as_deref(), Some("anon:\u{e9}"));
    assert_eq!(
        (sent.message.as_deref(), sent.campaign.as_deref()),
        (Some("msg_1"), Some("channel-cascade"))
    );
    assert!(
        sent.headers.values().all(|value| !value.contains("t0ken")),
        "{:?}",
        sent.headers
    );

    stack.fault(Service::Services, FaultKind::Throttle, 1);
    let after = Some(Span::from_secs(30));
    let reason = "viber: answer 429, code RATE_LIMITS".to_owned();
    assert_eq!(sender.send(&outgoing).await, Err(SendError::Retry { reason, after }));
    stack.fault(Service::Services, FaultKind::Error, 1);
    let reason = "viber: answer 400, code REFUSED".to_owned();
    assert_eq!(sender.send(&outgoing).await, Err(SendError::Fail { reason }));
    stack.fault(Service::Services, FaultKind::AcceptedThenLost, 1);
    let lost = sender.send(&outgoing).await;
    assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
    assert_eq!(stack.messages().len(), 2);
    stack.stop().await.unwrap();
}
