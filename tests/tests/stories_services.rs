//! Services over HTTP: who carries a message when the first cannot, what they say by themselves, what
//! they answer when they are asked.
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
use beckon_shared::channel::WebhookSender;
use beckon_shared::channel::webhook::signature;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, Input};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::sender::{Content, Outgoing, SendError, Taken};
use beckon_shared::ports::{Inbox, Sender};
use beckon_tests::memory::run;
use beckon_tests::story::{Person, Shop, phone};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::SECRET;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const CASCADE: &str = "channel-cascade";

fn cascade() -> Definitions {
    let mut shipped = definitions::shipped().unwrap().clone();
    shipped.campaigns.retain(|campaign| campaign.name.as_str() == CASCADE);
    shipped
}

fn ann_with_a_phone(definitions: Definitions) -> (Shop, Person) {
    let shop = Shop::opens_with("2026-03-02 10:00", definitions);
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": "+14155550100", "viber_id": "v-1" }));
    (shop, ann)
}

fn refused(outgoing: &Outgoing, channels: &[Channel]) -> Option<SendError> {
    let reason = "answer 200, code 6".to_owned();
    channels
        .contains(&outgoing.channel)
        .then_some(SendError::Fail { reason })
}

/// What the profile heard from providers and from us, by name.
fn heard(shop: &Shop, person: &Person) -> Vec<Event> {
    let items = shop.with(|world| {
        let store = world.outside.store.clone();
        run(store.received_between(&person.profile(), Timestamp::UNIX_EPOCH, Timestamp::MAX))
    });
    let items = items.finished().unwrap().unwrap();
    let inputs = items.into_iter().flat_map(|item| item.inputs);
    inputs
        .filter_map(|input| match input {
            Input::Event(event) => Some(event),
            _ => None,
        })
        .collect()
}

fn named<'e>(events: &'e [Event], name: &str) -> Vec<&'e Event> {
    events.iter().filter(|event| event.name == name).collect()
}

#[test]
fn what_viber_and_whatsapp_refuse_comes_by_sms() {
    let (shop, ann) = ann_with_a_phone(cascade());
    shop.with(|world| {
        let others = &world.outside.others;
        others.refuse(|outgoing| refused(outgoing, &[Channel::Viber, Channel::Whatsapp]));
    });
    ann.gets_delivered("o-1", &[phone()]);
    ann.receives(CASCADE).by_sms().at("2026-03-02 10:00");
    shop.passes("2d");
    ann.receives_nothing();
    let all = heard(&shop, &ann);
    let failed: Vec<_> = named(&all, "Message Failed")
        .iter()
        .map(|event| event.properties["channel"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(failed, ["viber", "whatsapp"]);
}

#[test]
fn the_request_is_what_the_services_file_makes_of_the_message() {
    let (shop, ann) = ann_with_a_phone(cascade());
    ann.gets_delivered("o-1", &[phone()]);
    let letter = ann.receives(CASCADE);
    let Content::Call(call) = &letter.delivery.outgoing.content else {
        panic!("not a call: {:?}", letter.delivery.outgoing.content);
    };
    assert_eq!(call.service, "viber");
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!((&body["receiver"], &body["type"]), (&json!("v-1"), &json!("text")));
    assert!(
        body["text"]
            .as_str()
            .unwrap()
            .contains("Ann, order o-1 has been delivered")
    );
    shop.passes("3h");
    // Nothing was heard of it: the next one is tried.
    ann.receives(CASCADE).says("whatsapp");
    shop.passes("3h");
    ann.receives(CASCADE).by_sms();
}

fn request(path: &str, headers: &[(&str, &str)], body: &str) -> LambdaFunctionUrlRequest {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(path.to_owned());
    request.request_context.http.method = Some("POST".to_owned());
    request.body = Some(body.to_owned());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

fn call(shop: &Shop, request: LambdaFunctionUrlRequest) -> (i64, String) {
    let response = shop.with(|world| {
        let response = world.call_inbound(request).unwrap();
        world.until_idle();
        response
    });
    (response.status_code, response.body.unwrap_or_default())
}

/// HMAC-SHA256 in hexadecimal, as Meta and Viber sign.
fn digest(body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn whatsapp(body: &Value) -> LambdaFunctionUrlRequest {
    let body = body.to_string();
    let signature = format!("sha256={}", digest(&body));
    request("/v1/inbound/whatsapp", &[("x-hub-signature-256", &signature)], &body)
}

/// "Status messages webhook" of the Cloud API.
fn status(id: &str, status: &str, at: &str) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
        "statuses": [{ "id": id, "status": status, "timestamp": at, "recipient_id": "14155550100" }],
    } }] }] })
}

/// Somebody whom WhatsApp reached, with a message of this id.
fn ann_on_whatsapp() -> (Shop, Person) {
    let (shop, ann) = ann_with_a_phone(cascade());
    shop.with(|world| {
        let others = &world.outside.others;
        others.refuse(|outgoing| refused(outgoing, &[Channel::Viber]));
        others.ask(|_| Ok(Taken::under("wamid.1")));
    });
    ann.gets_delivered("o-1", &[phone()]);
    ann.receives(CASCADE).says("whatsapp");
    (shop, ann)
}

/// 2026-03-02T10:01:00Z.
const A_MINUTE_LATER: &str = "1772445660";

#[test]
fn what_whatsapp_delivered_goes_no_further_however_often_it_says_so() {
    let (shop, ann) = ann_on_whatsapp();
    shop.passes("2m");
    for _ in 0..2 {
        let (code, _) = call(&shop, whatsapp(&status("wamid.1", "delivered", A_MINUTE_LATER)));
        assert_eq!(code, 200);
    }
    let all = heard(&shop, &ann);
    let delivered = named(&all, "Message Delivered");
    assert_eq!(delivered.len(), 1, "{all:?}");
    assert_eq!(delivered[0].at.as_second().to_string(), A_MINUTE_LATER);
    assert_eq!(delivered[0].properties["channel"], "whatsapp");
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn what_whatsapp_could_not_deliver_comes_by_sms() {
    let (shop, ann) = ann_on_whatsapp();
    shop.passes("2m");
    call(&shop, whatsapp(&status("wamid.1", "failed", A_MINUTE_LATER)));
    ann.receives(CASCADE).by_sms().at("2026-03-02 10:02");
}

#[test]
fn an_answer_finds_who_gave_it() {
    let (shop, ann) = ann_on_whatsapp();
    let reply = |id: &str, more: &Value| {
        let mut message = json!({ "from": "14155550100", "id": id, "timestamp": "1772445600", "type": "text",
            "text": { "body": "Where is the cable?" } });
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": { "messages": [message] } }] }] })
    };
    for reply in [
        reply("wamid.in1", &json!({})),
        reply(
            "wamid.in2",
            &json!({ "context": { "from": "15550783881", "id": "wamid.1" } }),
        ),
        reply("wamid.in1", &json!({})),
        reply("wamid.in3", &json!({ "from": "19995550199" })),
    ] {
        assert_eq!(call(&shop, whatsapp(&reply)).0, 200);
    }
    let all = heard(&shop, &ann);
    let replies = named(&all, "Reply Received");
    assert_eq!(replies.len(), 2, "{all:?}");
    assert!(
        replies
            .iter()
            .all(|reply| reply.properties["text"] == "Where is the cable?")
    );
    shop.passes("1d");
}

#[test]
fn what_is_forged_replayed_or_endless_is_refused() {
    let (shop, ann) = ann_on_whatsapp();
    let said = status("wamid.1", "delivered", "1772445600").to_string();
    let path = "/v1/inbound/whatsapp";
    let wrong = format!("sha256={}", digest("something else"));
    let now = shop.now().as_second();
    let old = signature::standard(SECRET, "msg_old", now - 301, b"{}").unwrap();
    let (at, fresh) = ((now - 301).to_string(), now.to_string());
    let standard = |at, signature| {
        [
            ("webhook-id", "msg_old"),
            ("webhook-timestamp", at),
            ("webhook-signature", signature),
        ]
    };
    let endless = format!("{{\"text\": \"{}\"}}", "x".repeat(300 * 1024));
    for (request, code) in [
        (request(path, &[], &said), 401),
        (request(path, &[("x-hub-signature-256", &wrong)], &said), 401),
        (request(path, &[("x-hub-signature-256", "sha256=")], &said), 401),
        (request("/v1/inbound/cpaas", &standard(&at, &old), "{}"), 401),
        (request("/v1/inbound/cpaas", &standard(&fresh, &old), "{}"), 401),
        (request(path, &[("x-hub-signature-256", &wrong)], &endless), 413),
        (request("/v1/inbound/hubspot", &[], &said), 404),
        (request("/v1/inbound/slack", &[], &said), 401),
        (request("/v1/inbound/pigeon", &[], &said), 404),
    ] {
        let (found, body) = call(&shop, request);
        assert_eq!(found, code, "{body}");
        assert!(!body.contains(SECRET) && !body.contains("14155550100"), "{body}");
    }
    let not_json = "status=delivered";
    let signature = format!("sha256={}", digest(not_json));
    let read = request(path, &[("x-hub-signature-256", &signature)], not_json);
    assert_eq!(call(&shop, read).0, 400);
    assert!(named(&heard(&shop, &ann), "Message Delivered").is_empty());
    shop.passes("3h");
    ann.receives(CASCADE).by_sms();
}

#[test]
fn only_who_knows_the_token_gets_the_challenge_back() {
    let (shop, ann) = ann_on_whatsapp();
    let verify = |token: &str, challenge: &str| {
        let mut request = request("/v1/inbound/whatsapp", &[], "");
        request.request_context.http.method = Some("GET".to_owned());
        let query = [
            ("hub.mode", "subscribe"),
            ("hub.verify_token", token),
            ("hub.challenge", challenge),
        ];
        request.query_string_parameters = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        call(&shop, request)
    };
    assert_eq!(verify(SECRET, "1158201444"), (200, "1158201444".to_owned()));
    assert_eq!(verify("guess", "1158201444").0, 401);
    assert_eq!(verify(SECRET, "<script>").0, 405);
    shop.passes("3h");
    ann.receives(CASCADE).by_sms();
}

/// A service on loopback that answers every request so; gives its address and what it was asked.
fn service(answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !is_whole(&request) {
                let read = stream.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                request.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
            heard.lock().unwrap().push(request);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                answer.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, asked)
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

#[test]
fn a_service_is_asked_over_a_real_connection_and_its_answer_decides() {
    let asks = "campaign: asks\npurpose: transactional\nenter: { on: Offer Requested }\nshow: { why: '\"credit\"' }\n\
                steps:\n  - call: credit\n    template: crm-lead\n    at most: 5m\n    keep: [limit]\n  \
                - if: first(answer.limit, 0) > 100\n    then:\n      - { send: rich, by: email, template: win-back }\n";
    let definitions = definitions::edited(&[], &[("asks.yaml", asks)]).unwrap();
    let (shop, ann) = ann_with_a_phone(definitions);
    let (address, asked) = service(r#"{"id": "lead-1", "limit": 500, "note": "not kept"}"#);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sender = WebhookSender::new(Some(&address));
    shop.with(|world| {
        let others = &world.outside.others;
        others.ask(move |outgoing| runtime.block_on(sender.send(outgoing)));
    });
    ann.does("Offer Requested", json!({}));
    let letters = shop.letters(&ann);
    let left: Vec<_> = letters
        .iter()
        .map(|letter| letter.delivery.provider_id.as_str())
        .collect();
    assert_eq!(left, ["email-1", "lead-1"]);
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("POST /crm.shop.example.com/hooks/beckon HTTP/1.1\r\n"),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("webhook-signature: v1,") && asked[0].contains("\"kind\": \"lead\""));
    let all = heard(&shop, &ann);
    assert_eq!(named(&all, "Call Answered")[0].properties["limit"], 500);
}
