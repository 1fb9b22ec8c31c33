//! What SNS is asked, and what its answers come to: the real client against a listener on loopback.

use super::*;
use crate::channel::wire::{Does, PATIENCE, Provider, outgoing, push_sender};
use serde_json::{Value, json};

const MADE: &str = "<CreatePlatformEndpointResponse><CreatePlatformEndpointResult>\
                    <EndpointArn>arn:aws:sns:eu-central-1:1:endpoint/GCM/shop/e-1</EndpointArn>\
                    </CreatePlatformEndpointResult></CreatePlatformEndpointResponse>";
const PUBLISHED: &str =
    "<PublishResponse><PublishResult><MessageId>sns-1</MessageId></PublishResult></PublishResponse>";
const ENABLED: &str = "<SetEndpointAttributesResponse/>";
const DISABLED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>EndpointDisabled</Code>\
                        <Message>Endpoint is disabled</Message></Error></ErrorResponse>";
const OTHERWISE: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>\
                         Invalid parameter: Token Reason: Endpoint arn:aws:sns:eu-central-1:1:endpoint/GCM/shop/e-1 \
                         already exists with the same Token, but different attributes.\
                         </Message></Error></ErrorResponse>";
const NO_TOKEN: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code>\
                        <Message>Invalid parameter: Token</Message></Error></ErrorResponse>";
const BUSY: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code></Error></ErrorResponse>";

fn apps() -> PushApps {
    let arn = |kind: &str| format!("arn:aws:sns:eu-central-1:1:app/{kind}/shop");
    let apps = json!({ "apns": arn("APNS"), "apns_sandbox": arn("APNS_SANDBOX"), "fcm": arn("GCM") });
    PushApps::parse(&apps.to_string()).unwrap()
}

fn message(platform: Platform) -> Outgoing {
    Outgoing {
        device: Some(Device::Phone(Phone {
            token: "secret-token".to_owned(),
            platform,
            app: None,
            set: 17,
        })),
        ..outgoing(Channel::Push)
    }
}

/// What comes of a message where SNS answers so, and what it was asked, as forms.
async fn asked(answers: &[(u16, &'static str)], message: &Outgoing) -> (Result<Taken, SendError>, Vec<Value>) {
    let answers = answers.iter().map(|(status, body)| Does::Answer(*status, "", body));
    let provider = Provider::that_in_turn(answers.collect()).await;
    let outcome = push_sender(&provider.endpoint, PATIENCE, apps()).send(message).await;
    if let Err(error) = &outcome {
        assert!(!error.to_string().contains("secret-token"), "a token in `{error}`");
    }
    let requests = provider.requests.lock().unwrap();
    let forms = requests
        .iter()
        .map(|request| form(request.split_once("\r\n\r\n").unwrap().1));
    (outcome, forms.collect())
}

fn form(body: &str) -> Value {
    let fields = body.split('&').map(|field| {
        let (name, value) = field.split_once('=').unwrap();
        (decoded(name), Value::from(decoded(value)))
    });
    Value::Object(fields.collect())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn an_endpoint_is_made_and_published_to() {
    let mut message = message(Platform::Fcm);
    message.expires = Some("2026-03-01T10:01:30Z".parse().unwrap());
    let (outcome, asked) = asked(&[(200, MADE), (200, PUBLISHED)], &message).await;
    assert_eq!(outcome, Ok(Taken::under("sns-1")));
    assert_eq!(asked[0]["Action"], "CreatePlatformEndpoint");
    assert_eq!(
        asked[0]["PlatformApplicationArn"],
        "arn:aws:sns:eu-central-1:1:app/GCM/shop"
    );
    assert_eq!(asked[0]["Token"], "secret-token");
    assert_eq!(asked[0]["CustomUserData"], "17");
    assert_eq!(asked[1]["Action"], "Publish");
    assert_eq!(
        asked[1]["TargetArn"],
        "arn:aws:sns:eu-central-1:1:endpoint/GCM/shop/e-1"
    );
    assert_eq!(asked[1]["MessageStructure"], "json");
    assert_eq!(asked.len(), 2);
    let attributes = asked[1].to_string();
    assert!(
        attributes.contains("AWS.SNS.MOBILE.FCM.TTL") && attributes.contains("\"90\""),
        "{attributes}"
    );
    let told: Value = serde_json::from_str(asked[1]["Message"].as_str().unwrap()).unwrap();
    let payload: Value = serde_json::from_str(told["GCM"].as_str().unwrap()).unwrap();
    assert_eq!(told["default"], "Привет");
    assert_eq!(
        payload,
        json!({ "fcmV1Message": { "message": {
            "notification": { "title": "Ваша корзина", "body": "Привет" },
            "data": {
                "message": "msg_1", "campaign": "abandoned-cart", "step": "reminder",
                "link": "https://shop.example.com/cart",
            },
            "android": { "priority": "normal" },
        } } })
    );
}

#[tokio::test]
async fn apple_gets_an_alert() {
    for (platform, key) in [(Platform::Apns, "APNS"), (Platform::ApnsSandbox, "APNS_SANDBOX")] {
        let (_, asked) = asked(&[(200, MADE), (200, PUBLISHED)], &message(platform)).await;
        let told: Value = serde_json::from_str(asked[1]["Message"].as_str().unwrap()).unwrap();
        let payload: Value = serde_json::from_str(told[key].as_str().unwrap()).unwrap();
        assert_eq!(
            payload["aps"],
            json!({ "alert": { "title": "Ваша корзина", "body": "Привет" } })
        );
        assert_eq!(payload["beckon"]["message"], "msg_1");
        assert!(asked[1].to_string().contains("AWS.SNS.MOBILE.APNS.PUSH_TYPE"));
    }
}

#[tokio::test]
async fn a_phone_that_has_registered_again_is_enabled() {
    let answers = [(400, OTHERWISE), (200, ENABLED), (200, PUBLISHED)];
    let (outcome, asked) = asked(&answers, &message(Platform::Fcm)).await;
    assert_eq!(outcome, Ok(Taken::under("sns-1")));
    assert_eq!(asked[1]["Action"], "SetEndpointAttributes");
    assert_eq!(
        asked[1]["EndpointArn"],
        "arn:aws:sns:eu-central-1:1:endpoint/GCM/shop/e-1"
    );
    let attributes = asked[1].to_string();
    assert!(
        attributes.contains("Enabled") && attributes.contains("true"),
        "{attributes}"
    );
    assert_eq!(asked[2]["Action"], "Publish");
}

#[tokio::test]
async fn a_phone_that_was_disabled_since_is_gone() {
    let (outcome, asked) = asked(&[(200, MADE), (400, DISABLED)], &message(Platform::Fcm)).await;
    assert!(matches!(outcome, Err(SendError::Gone { .. })), "{outcome:?}");
    assert_eq!(asked.len(), 2);
    let (outcome, _) = self::asked(&[(400, NO_TOKEN)], &message(Platform::Fcm)).await;
    assert!(matches!(outcome, Err(SendError::Gone { .. })), "{outcome:?}");
}

#[tokio::test]
async fn before_it_is_published_nothing_has_left() {
    let (outcome, _) = asked(&[(429, BUSY)], &message(Platform::Fcm)).await;
    assert!(matches!(outcome, Err(SendError::Retry { .. })), "{outcome:?}");
    for (answers, expected) in [
        (vec![Does::Close], "may heal"),
        (vec![Does::Answer(200, "", MADE), Does::Close], "may have been taken"),
    ] {
        let provider = Provider::that_in_turn(answers).await;
        let error = push_sender(&provider.endpoint, PATIENCE, apps())
            .send(&message(Platform::Fcm))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_platform_without_an_application_is_named() {
    let sender = push_sender("http://127.0.0.1:1", PATIENCE, PushApps::parse("").unwrap());
    let error = sender.send(&message(Platform::Apns)).await.unwrap_err();
    assert_eq!(error.to_string(), "sns push: no application for `apns` is configured");
    assert!(PushApps::parse("{\"gcm\":\"x\"}").is_err());
}

#[test]
fn the_longest_message_that_is_rendered_fits() {
    use crate::ports::sender::Content;
    use crate::template::render::PUSH_MAX_BYTES;
    for platform in Platform::ALL {
        let mut message = message(platform);
        message.campaign = "c".repeat(64).as_str().into();
        message.step = "s".repeat(64);
        message.content = Content::Notice {
            form: Default::default(),
            title: Some(String::new()),
            text: "x".repeat(PUSH_MAX_BYTES),
            link: Some(String::new()),
        };
        assert!(payload::of(&message, platform).is_ok(), "{platform:?}");
    }
}
