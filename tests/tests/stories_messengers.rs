//! What messengers say by themselves, in the shapes of their public documentation: answers on Telegram and Viber, a button
//! that somebody presses in Slack.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use aws_lambda_events::http::{HeaderName, HeaderValue};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::event::{Event, Input};
use beckon_shared::ports::sender::{Content, Taken};
use beckon_tests::story::{Letter, Person, Shop, phone};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::SECRET;
use serde_json::{Value, json};
use std::cell::Cell;

fn heard(shop: &Shop, person: &Person, name: &str) -> Vec<Event> {
    let inbox = shop.with(|world| world.outside.store.inbox(&person.profile()));
    let inputs = inbox.unwrap().into_iter().flat_map(|item| item.inputs);
    inputs
        .filter_map(|input| match input {
            Input::Event(event) if event.name == name => Some(event),
            _ => None,
        })
        .collect()
}

fn texts(replies: &[Event]) -> Vec<&str> {
    replies
        .iter()
        .map(|event| event.properties["text"].as_str().unwrap())
        .collect()
}

fn call(shop: &Shop, service: &str, headers: &[(&str, &str)], body: &str) -> (i64, String) {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(format!("/v1/inbound/{service}"));
    request.request_context.http.method = Some("POST".to_owned());
    request.body = Some(body.to_owned());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let response = shop.with(|world| {
        let response = world.call_inbound(request).unwrap();
        world.until_idle();
        response
    });
    (response.status_code, response.body.unwrap_or_default())
}

/// HMAC-SHA256 in hexadecimal.
fn digest(text: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, text.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn body(letter: &Letter) -> Value {
    let Content::Call(call) = &letter.delivery.outgoing.content else {
        panic!("not a call: {:?}", letter.delivery.outgoing.content);
    };
    serde_json::from_str(&call.body).unwrap()
}

const ASKS: &str = "campaign: asks
purpose: transactional
topic: orders
enter: { on: Chat Asked, key: event.order_id }
steps:
  - call: bot
    template: bot
";

/// A shop whose bot writes to whoever told it their chat.
fn with_a_bot() -> Definitions {
    let mut with = definitions::edited(
        &[],
        &[
            ("asks.yaml", ASKS),
            ("templates/bot/template.yaml", "service: telegram\n"),
            (
                "templates/bot/webhook.en.json",
                r#"{ "chat_id": {{ event.chat_id|json }}, "text": "Is everything in the box?" }"#,
            ),
            ("templates/bot/sample.json", r#"{ "event": { "chat_id": 42 } }"#),
        ],
    )
    .unwrap();
    with.campaigns.retain(|campaign| campaign.name.as_str() == "asks");
    with
}

/// "Update" with a "Message" of the Bot API.
fn update(chat: i64, number: i64, text: &str, more: &Value) -> String {
    let mut message = json!({
        "message_id": number, "from": { "id": chat, "is_bot": false, "first_name": "Ann" },
        "chat": { "id": chat, "first_name": "Ann", "type": "private" }, "date": 1_772_445_660, "text": text,
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "update_id": 10_000 + number, "message": message }).to_string()
}

#[test]
fn an_answer_on_telegram_finds_its_chat_and_the_message_that_it_quotes() {
    let shop = Shop::opens_with("2026-03-02 10:00", with_a_bot());
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    shop.with(|world| {
        let numbers = Cell::new(6);
        // The first message of each chat has the same number.
        world.outside.others.ask(move |outgoing| {
            numbers.set(numbers.get() + 1);
            let chat = if outgoing.profile.as_str() == "ann" { 42 } else { 43 };
            Ok(Taken::under(format!("{chat}:{}", (numbers.get() + 1) / 2 + 3)))
        });
    });
    for (person, chat, order) in [(&ann, 42, "o-1"), (&ben, 43, "o-2"), (&ann, 42, "o-3")] {
        person.does("Chat Asked", json!({ "order_id": order, "chat_id": chat }));
        person.receives("asks");
    }
    let token = [("x-telegram-bot-api-secret-token", SECRET)];
    let quotes = |number: i64| json!({ "reply_to_message": { "message_id": number, "chat": { "id": 42 }, "date": 1 } });
    let group = json!({ "chat": { "id": 42, "type": "group", "title": "Sales" } });
    for said in [
        update(42, 21, "All of it", &json!({})),
        update(42, 21, "All of it", &json!({})),
        update(42, 22, "A cable is missing", &quotes(7)),
        update(44, 23, "Who is this?", &json!({})),
        update(42, 24, "Who takes this?", &group),
        json!({ "update_id": 1, "edited_message": { "message_id": 21, "chat": { "id": 42 }, "text": "None" } })
            .to_string(),
    ] {
        assert_eq!(call(&shop, "telegram", &token, &said).0, 200, "{said}");
    }
    let mut replies = heard(&shop, &ann, "Reply Received");
    replies.sort_by_key(|event| event.properties["text"].to_string());
    assert_eq!(texts(&replies), ["A cable is missing", "All of it"]);
    assert_ne!(replies[0].properties["message"], replies[1].properties["message"]);
    assert!(heard(&shop, &ben, "Reply Received").is_empty());
    let said = update(42, 25, "Forged", &json!({}));
    assert_eq!(call(&shop, "telegram", &[], &said).0, 401);
    let guess = [("x-telegram-bot-api-secret-token", "guess")];
    assert_eq!(call(&shop, "telegram", &guess, &said).0, 401);
    assert_eq!(heard(&shop, &ann, "Reply Received").len(), 2);
}

/// "Receive message from user" of Viber's REST Bot API.
fn on_viber(sender: &str, token: u64, text: &str) -> String {
    json!({
        "event": "message", "timestamp": 1_772_445_660_000_i64, "message_token": token,
        "sender": { "id": sender, "name": "Ann", "language": "en", "country": "UK", "api_version": 1 },
        "message": { "type": "text", "text": text, "tracking_data": "tracking data" },
    })
    .to_string()
}

#[test]
fn an_answer_on_viber_finds_whose_id_it_is() {
    let mut shipped = definitions::shipped().unwrap().clone();
    let name = "channel-cascade";
    shipped.campaigns.retain(|campaign| campaign.name.as_str() == name);
    let shop = Shop::opens_with("2026-03-02 10:00", shipped);
    let (ann, ben) = (shop.customer("Ann"), shop.customer("Ben"));
    // Ids that differ in their letters only.
    ann.is(json!({ "phone": "+14155550100", "viber_id": "01234567890A=" }));
    ben.is(json!({ "phone": "+14155550101", "viber_id": "01234567890B=" }));
    for (person, order) in [(&ann, "o-1"), (&ben, "o-2")] {
        person.gets_delivered(order, &[phone()]);
        let link = format!("\nhttps://shop.example.com/orders/{order}");
        let sent = body(&person.receives(name));
        assert!(sent["text"].as_str().unwrap().ends_with(&link), "{sent}");
    }
    for (said, code) in [
        (
            on_viber("01234567890A=", 4_912_661_846_655_238_145, "Where is it?"),
            200,
        ),
        (
            on_viber("01234567890A=", 4_912_661_846_655_238_145, "Where is it?"),
            200,
        ),
        (
            on_viber("01234567890C=", 4_912_661_846_655_238_146, "Who is this?"),
            200,
        ),
    ] {
        let signature = digest(&said);
        let signed = [("x-viber-content-signature", signature.as_str())];
        assert_eq!(call(&shop, "viber", &signed, &said).0, code);
    }
    let replies = heard(&shop, &ann, "Reply Received");
    assert_eq!(texts(&replies), ["Where is it?"]);
    assert_eq!(replies[0].properties["channel"], "viber");
    assert!(heard(&shop, &ben, "Reply Received").is_empty());
    // Ann's answer says that she read it; of Ben's nothing was heard.
    shop.passes("3h");
    ann.receives_nothing();
    ben.receives(name);
    shop.passes("3h");
    ben.receives(name).by_sms();
    ann.receives_nothing();
}

/// A call of Slack's with a body of this kind, signed at a time.
fn slack(shop: &Shop, kind: &str, said: &str, at_secs: i64) -> (i64, String) {
    let signature = format!("v0={}", digest(&format!("v0:{at_secs}:{said}")));
    let at = at_secs.to_string();
    let headers = [
        ("content-type", kind),
        ("x-slack-request-timestamp", at.as_str()),
        ("x-slack-signature", signature.as_str()),
    ];
    call(shop, "slack", &headers, said)
}

const FORM: &str = "application/x-www-form-urlencoded";

/// "block_actions" payload of a button, as the form that it comes in.
fn pressed(action: &str, value: &str) -> String {
    let payload = json!({
        "type": "block_actions", "team": { "id": "T1" }, "user": { "id": "U1", "username": "care" }, "api_app_id": "A1",
        "token": "deprecated", "container": { "type": "message", "message_ts": "1548261231.000200" },
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3", "channel": { "id": "C1" },
        "response_url": "https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209",
        "actions": [{ "action_id": action, "block_id": "=qXel", "type": "button", "value": value,
            "text": { "type": "plain_text", "text": "I take it" }, "action_ts": "1548426417.840180" }],
    });
    let encoded: String = payload
        .to_string()
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("payload={encoded}")
}

#[test]
fn who_presses_the_button_in_slack_takes_the_person_on() {
    let calls = "campaign: calls\npurpose: transactional\ntopic: care\nenter: { on: Ticket Closed }\nshow: { why: '\"care\"' }\nsteps:\n  \
                 - handover: care\n    to: [chat-lead, crm-lead]\n    unclaimed: 15m\n    at most: 2d\n";
    let mut with = definitions::edited(&[], &[("calls.yaml", calls)]).unwrap();
    with.campaigns.retain(|campaign| campaign.name.as_str() == "calls");
    let shop = Shop::opens_with("2026-03-02 10:00", with);
    let ann = shop.customer("Ann");
    ann.is(json!({ "email": "ann@example.com" }));
    shop.with(|world| world.outside.others.ask(|_| Ok(Taken::default())));
    ann.does("Ticket Closed", json!({ "ticket_id": "t-1" }));
    let asked = ann.receives("calls");
    let message = asked.delivery.outgoing.message.to_string();
    assert_eq!(body(&asked)["blocks"][1]["elements"][0]["value"], message.as_str());
    let now = shop.now().as_second();
    for (said, at, code) in [
        (pressed("claim", "msg_of_somebody_else"), now, 200),
        (pressed("other", &message), now, 200),
        (pressed("claim", &message), now - 301, 401),
        ("other=1".to_owned(), now, 400),
    ] {
        assert_eq!(slack(&shop, FORM, &said, at).0, code, "{said}");
    }
    assert!(heard(&shop, &ann, "Handover Claimed").is_empty());
    for _ in 0..2 {
        assert_eq!(slack(&shop, FORM, &pressed("claim", &message), now).0, 200);
    }
    let claimed = heard(&shop, &ann, "Handover Claimed");
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    assert_eq!(claimed[0].properties["message"], message.as_str());
    // Nobody else is asked.
    shop.passes("1d");
    ann.receives_nothing();
}

#[test]
fn slack_gets_its_challenge_back_if_it_is_slack() {
    let shop = Shop::opens_with("2026-03-02 10:00", definitions::shipped().unwrap().clone());
    let now = shop.now().as_second();
    let asks = |challenge: &str| {
        json!({ "token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "challenge": challenge, "type": "url_verification" }).to_string()
    };
    let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CyP3HafmtU1RAM";
    let answered = slack(&shop, "application/json", &asks(challenge), now);
    assert_eq!(answered, (200, challenge.to_owned()));
    let harmful = slack(&shop, "application/json", &asks("<script>"), now);
    assert_eq!(harmful.0, 405);
    let unsigned = call(&shop, "slack", &[], &asks(challenge));
    assert_eq!(unsigned.0, 401);
    assert!(!unsigned.1.contains(challenge));
}
