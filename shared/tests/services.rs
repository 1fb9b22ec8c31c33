//! The services that ship, against the shapes that their documentation shows; and what is said of services
//! that cannot work.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::{Definitions, read_dir};
use beckon_shared::channel::WebhookSender;
use beckon_shared::domain::campaign::{Channel, Policy, Purpose};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId, Version};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Span, Timestamp};
use beckon_shared::ports::Sender;
use beckon_shared::ports::sender::{Content, Outgoing, SendError, Taken};
use beckon_shared::template::call::{CallError, CallRequest, call};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

fn shipped() -> &'static Definitions {
    static READ: OnceLock<Definitions> = OnceLock::new();
    READ.get_or_init(|| {
        let outcome = read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns"));
        let found: Vec<_> = outcome.found.iter().map(ToString::to_string).collect();
        outcome.definitions.unwrap_or_else(|| panic!("{}", found.join("\n")))
    })
}

/// A message as `send` hands it over, of this channel, to this service.
fn outgoing(service: &str, channel: Channel, text: &str) -> Result<Outgoing, CallError> {
    leading_to(None, service, channel, text)
}

/// The same with a link.
fn leading_to(link: Option<&str>, service: &str, channel: Channel, text: &str) -> Result<Outgoing, CallError> {
    let service = shipped().services.iter().find(|known| known.name == service).unwrap();
    let profile = json!({ "first_name": "Ann" });
    let to = match channel {
        Channel::Viber => "01234567890A=",
        _ => "+14155550100",
    };
    let message = Message {
        id: MessageId::from("msg_1"),
        profile: ProfileId::parse("u1").unwrap(),
        campaign: CampaignName::from("channel-cascade"),
        version: Version::from("v1"),
        step: "arrived".to_owned(),
        channel,
        to: to.to_owned(),
        template: "order-arrived".to_owned(),
        variant: None,
        locale: "en".to_owned(),
        topic: "orders".to_owned(),
        purpose: Purpose::Transactional,
        priority: 50,
        policy: Policy::AtMostOnce,
        decided: Timestamp::UNIX_EPOCH,
        expires: None,
        context: Properties::from_iter([("profile".to_owned(), profile)]),
    };
    let request = CallRequest {
        service,
        hosts: &shipped().workspace.hosts,
        message: &message,
        title: None,
        text,
        link,
        now: Timestamp::UNIX_EPOCH,
    };
    let secret = |name: &str| {
        Some(if name.ends_with("signing") {
            "whsec_c2VjcmV0"
        } else {
            "s3cret"
        })
    };
    let call = call(&request, secret)?;
    Ok(Outgoing {
        message: message.id,
        profile: message.profile,
        campaign: message.campaign,
        step: message.step,
        template: message.template,
        channel,
        purpose: message.purpose,
        to: message.to,
        device: None,
        contact: None,
        push_services: [].into(),
        at: Timestamp::UNIX_EPOCH,
        expires: None,
        content: Content::Call(Box::new(call)),
        headers: Vec::new(),
    })
}

/// What the sender makes of an answer, and what was asked: path, and body as JSON.
async fn exchange(outgoing: &Outgoing, answer: &str) -> (Result<Taken, SendError>, String, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<String>> = Arc::default();
    let (heard, answer) = (Arc::clone(&asked), answer.to_owned());
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut buffer) = (String::new(), [0; 4096]);
        while !is_whole(&request) {
            let read = stream.read(&mut buffer).unwrap();
            request.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        *heard.lock().unwrap() = request;
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let result = WebhookSender::new(Some(&address)).send(outgoing).await;
    serving.join().unwrap();
    let asked = asked.lock().unwrap().clone();
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    let path = head.lines().next().unwrap().split(' ').nth(1).unwrap().to_owned();
    (result, path, serde_json::from_str(body).unwrap())
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

fn http(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn fail(reason: &str) -> Result<Taken, SendError> {
    Err(SendError::Fail {
        reason: reason.to_owned(),
    })
}

fn retry(reason: &str, after: Option<Span>) -> Result<Taken, SendError> {
    Err(SendError::Retry {
        reason: reason.to_owned(),
        after,
    })
}

#[tokio::test]
async fn whatsapp_takes_refuses_and_throttles_as_its_reference_says() {
    let message = outgoing("whatsapp", Channel::Whatsapp, "He said \"hi\"\nand left").unwrap();
    let taken = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+14155550100","wa_id":"14155550100"}],"messages":[{"id":"wamid.HBgL"}]}"#;
    let (result, path, body) = exchange(&message, &http(200, "", taken)).await;
    assert_eq!(result, Ok(Taken::under("wamid.HBgL")));
    assert_eq!(path, "/graph.facebook.com/v23.0/s3cret/messages");
    let expected = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+14155550100",
        "type": "text", "text": { "preview_url": false, "body": "He said \"hi\"\nand left" } });
    assert_eq!(body, expected);
    let error = |code: u32| {
        json!({ "error": { "message": format!("(#{code}) no"), "type": "OAuthException", "code": code,
            "error_data": { "messaging_product": "whatsapp", "details": "to +14155550100" }, "fbtrace_id": "A" } })
        .to_string()
    };
    for (status, code, heals) in [
        (400, 4, true),
        (400, 80_007, true),
        (400, 130_429, true),
        (500, 131_016, true),
        (400, 131_056, true),
        (503, 2, true),
        (400, 131_026, false),
        (400, 131_047, false),
        (400, 131_048, false),
        (400, 131_049, false),
        (401, 190, false),
        // About registering a number, which nobody does here.
        (400, 133_016, false),
    ] {
        let result = exchange(&message, &http(status, "", &error(code))).await.0;
        let reason = format!("whatsapp: answer {status}, code {code}");
        let expected = if heals { retry(&reason, None) } else { fail(&reason) };
        assert_eq!(result, expected);
    }
    let unsaid = exchange(&message, &http(500, "", &error(131_000))).await.0;
    assert!(matches!(unsaid, Err(SendError::Unknown { .. })), "{unsaid:?}");
}

#[tokio::test]
async fn viber_says_with_200_what_it_did_not_take() {
    let message = outgoing("viber", Channel::Viber, "Hi").unwrap();
    let taken = r#"{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN","billing_status":1}"#;
    let (result, path, body) = exchange(&message, &http(200, "", taken)).await;
    assert_eq!(result, Ok(Taken::under("5741311803571721087")));
    assert_eq!(path, "/chatapi.viber.com/pa/send_message");
    assert_eq!(
        (&body["receiver"], &body["text"]),
        (&json!("01234567890A="), &json!("Hi"))
    );
    let refused = r#"{"status":6,"status_message":"receiverNotSubscribed"}"#;
    assert_eq!(
        exchange(&message, &http(200, "", refused)).await.0,
        fail("viber: answer 200, code 6")
    );
    let throttled = r#"{"status":12,"status_message":"tooManyRequests"}"#;
    assert_eq!(
        exchange(&message, &http(200, "", throttled)).await.0,
        retry("viber: answer 200, code 12", None)
    );
}

#[tokio::test]
async fn a_link_stands_where_the_services_file_puts_it() {
    let link = Some("https://shop.example.com/orders/a?b=\"c\"");
    let ends = "\nhttps://shop.example.com/orders/a?b=\"c\"";
    for (service, channel, place, answer) in [
        ("viber", Channel::Viber, "/text", r#"{"status":0,"message_token":1}"#),
        (
            "whatsapp",
            Channel::Whatsapp,
            "/text/body",
            r#"{"messages":[{"id":"w"}]}"#,
        ),
    ] {
        for (link, expected) in [(link, format!("Hi{ends}")), (None, "Hi".to_owned())] {
            let message = leading_to(link, service, channel, "Hi").unwrap();
            let (_, _, body) = exchange(&message, &http(200, "", answer)).await;
            assert_eq!(body.pointer(place), Some(&json!(expected)), "{service}");
        }
    }
}

#[tokio::test]
async fn telegram_says_how_long_to_wait() {
    let message = outgoing("telegram", Channel::Webhook, r#"{"chat_id": 42, "text": "A \"lead\""}"#).unwrap();
    let taken =
        r#"{"ok":true,"result":{"message_id":7,"chat":{"id":42,"type":"private"},"date":1700000000,"text":"x"}}"#;
    let (result, path, body) = exchange(&message, &http(200, "", taken)).await;
    assert_eq!(result, Ok(Taken::under("42:7")));
    assert_eq!(path, "/api.telegram.org/bots3cret/sendMessage");
    assert_eq!(body, json!({ "chat_id": 42, "text": "A \"lead\"" }));
    let refused = r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
    assert_eq!(
        exchange(&message, &http(403, "", refused)).await.0,
        fail("telegram: answer 403, code 403")
    );
    let throttled = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 34","parameters":{"retry_after":34}}"#;
    let after = Some(Span::from_secs(34));
    assert_eq!(
        exchange(&message, &http(429, "", throttled)).await.0,
        retry("telegram: answer 429, code 429", after)
    );
}

#[tokio::test]
async fn slack_answers_in_words() {
    let message = outgoing("slack", Channel::Webhook, r#"{"text": "Still unclaimed"}"#).unwrap();
    let (result, path, body) = exchange(&message, &http(200, "", "ok")).await;
    assert_eq!(result, Ok(Taken::default()));
    assert_eq!(path, "/hooks.slack.com/services/s3cret/s3cret/s3cret");
    assert_eq!(body, json!({ "text": "Still unclaimed" }));
    let claimed = outgoing(
        "slack",
        Channel::Webhook,
        r#"{"text": "A \"lead\"", "claim": "I take it"}"#,
    )
    .unwrap();
    let (_, _, body) = exchange(&claimed, &http(200, "", "ok")).await;
    assert_eq!(body["text"], "A \"lead\"");
    assert_eq!(
        body["blocks"][0]["text"],
        json!({ "type": "plain_text", "text": "A \"lead\"" })
    );
    let button = json!({ "type": "button", "action_id": "claim", "value": "msg_1",
        "text": { "type": "plain_text", "text": "I take it" } });
    assert_eq!(body["blocks"][1], json!({ "type": "actions", "elements": [button] }));
    assert_eq!(
        exchange(&message, &http(410, "", "channel_is_archived")).await.0,
        fail("slack: answer 410")
    );
    let throttled = exchange(&message, &http(429, "Retry-After: 30\r\n", "rate_limited"))
        .await
        .0;
    assert_eq!(throttled, retry("slack: answer 429", Some(Span::from_secs(30))));
}

#[tokio::test]
async fn hubspot_brings_a_contact_up_to_date() {
    let lead = r#"{"contact": {"email": "ann@example.com", "first_name": "Ann", "last_name": null}}"#;
    let message = outgoing("hubspot", Channel::Webhook, lead).unwrap();
    let taken = r#"{"status":"COMPLETE","results":[{"id":"512","properties":{"email":"ann@example.com"},"new":true}]}"#;
    let (result, path, body) = exchange(&message, &http(200, "", taken)).await;
    assert_eq!(result, Ok(Taken::under("512")));
    assert_eq!(path, "/api.hubapi.com/crm/v3/objects/contacts/batch/upsert");
    let input = &body["inputs"][0];
    assert_eq!(
        (&input["idProperty"], &input["id"]),
        (&json!("email"), &json!("ann@example.com"))
    );
    assert_eq!(input["properties"]["lastname"], "");
    let error =
        |category: &str| json!({ "status": "error", "message": "ann@example.com", "category": category }).to_string();
    let invalid = exchange(&message, &http(400, "", &error("VALIDATION_ERROR"))).await.0;
    assert_eq!(invalid, fail("hubspot: answer 400, code VALIDATION_ERROR"));
    let limit = exchange(&message, &http(429, "", &error("RATE_LIMITS"))).await.0;
    assert_eq!(limit, retry("hubspot: answer 429, code RATE_LIMITS", None));
    let daily = r#"{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","policyName":"DAILY"}"#;
    let daily = exchange(&message, &http(429, "", daily)).await.0;
    assert_eq!(daily, retry("hubspot: answer 429", None));
    let locked = exchange(&message, &http(423, "", "{}")).await.0;
    assert_eq!(locked, retry("hubspot: answer 423", None));
    let migrates = exchange(&message, &http(477, "Retry-After: 7200\r\n", "{}")).await.0;
    assert_eq!(migrates, retry("hubspot: answer 477", Some(Span::from_hours(1))));
    for status in [502, 504, 521, 523, 524] {
        let busy = exchange(&message, &http(status, "", "")).await.0;
        assert_eq!(busy, retry(&format!("hubspot: answer {status}"), None));
    }
    // Some were taken and some were not: of one, it was not.
    let partly = r#"{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"VALIDATION_ERROR","message":"ann@example.com"}]}"#;
    let partly = exchange(&message, &http(207, "", partly)).await.0;
    assert_eq!(partly, fail("hubspot: answer 207"));
}

#[tokio::test]
async fn a_generic_provider_knows_a_repeat() {
    let message = outgoing("cpaas", Channel::Webhook, r#"{"to": "+14155550100", "text": "Hi"}"#).unwrap();
    let (result, path, body) = exchange(&message, &http(202, "", r#"{"id":"m-1"}"#)).await;
    assert_eq!(result, Ok(Taken::under("m-1")));
    assert_eq!(path, "/messages.example.com/v1/messages");
    assert_eq!(
        body,
        json!({ "to": "+14155550100", "text": "Hi", "reference": "msg_1" })
    );
    let refused = exchange(&message, &http(422, "", r#"{"error":{"code":"UNKNOWN_NUMBER"}}"#))
        .await
        .0;
    assert_eq!(refused, fail("cpaas: answer 422, code UNKNOWN_NUMBER"));
    assert_eq!(
        exchange(&message, &http(502, "", "")).await.0,
        retry("cpaas: answer 502", None)
    );
}

#[test]
fn a_service_carries_what_its_file_says_with_secrets_that_are_set() {
    let other = outgoing("viber", Channel::Whatsapp, "Hi").unwrap_err();
    assert_eq!(other.to_string(), "service `viber` does not carry whatsapp");
    let not_json = outgoing("crm", Channel::Webhook, "Hi").unwrap_err();
    assert_eq!(
        not_json.to_string(),
        "service `crm`, body: the message is not JSON, and the service's file wraps it in none"
    );
}

/// What is said of a folder with these files, beside a workspace that lists `api.example.com`.
fn said(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("services").join(name);
    // Left over from an earlier run.
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("it goes");
    }
    for (path, text) in [("workspace.yaml", "hosts: [api.example.com]")].iter().chain(files) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let found = read_dir(&folder).found.into_iter().filter(|found| found.is_error());
    found
        .map(|found| {
            let place = found
                .line
                .map(|line| format!("{line}:{} ", found.column.unwrap_or_default()));
            format!("{}{}", place.unwrap_or_default(), found.message)
        })
        .collect()
}

#[test]
fn mistakes_are_said_with_their_place() {
    for (name, file, expected) in [
        (
            "host",
            "service: a\ncarries: webhook\nurl: https://api.exmaple.com/",
            "3:6 `api.exmaple.com` is not among the `hosts` of the workspace, did you mean `api.example.com`?",
        ),
        (
            "plain",
            "service: a\ncarries: webhook\nurl: http://api.example.com/",
            "3:6 only `https://` is called",
        ),
        (
            "any-host",
            "service: a\ncarries: webhook\nurl: https://{{ profile.host }}/",
            "3:6 expected a host that is the same for all messages, without `{{ … }}`",
        ),
        (
            "word",
            "service: a\ncarries: webhook\nurl: https://api.example.com/{{ secret.key }}",
            "3:33 there is no `secret` here, did you mean `secrets`?",
        ),
        (
            "secret-in-body",
            "service: a\ncarries: webhook\nurl: https://api.example.com/\nbody: '{\"k\": \"{{ secrets.key }}\"}'",
            "4:18 secrets stand in `url` and `headers` only: a body is what people may look at",
        ),
        (
            "secret-itself",
            "service: a\ncarries: webhook\nurl: https://api.example.com/\nsigned with: whsec_c2VjcmV0",
            "4:14 expected the name of a secret, of lower-case letters, digits and `_`; the secret itself is in no file",
        ),
        (
            "no-body",
            "service: a\ncarries: viber\nurl: https://api.example.com/",
            "2:10 messages of viber are texts, expected `body` with the JSON around them",
        ),
        (
            "no-json",
            "service: a\ncarries: viber\nurl: https://api.example.com/\nbody: '{\"to\": \"{{ to }}\", \"text\": {{ text }}}'",
            "4:7 body: is not JSON at line 1, column 32",
        ),
        (
            "to-nobody",
            "service: a\ncarries: viber\nurl: https://api.example.com/\nbody: '{\"to\": \"{{ profile.phone }}\"}'",
            "4:7 the request does not say whom it goes to, expected `{{ to }}` in it: the person's address by viber, which \
             is the trait that `address` names",
        ),
        (
            "no-trait",
            "service: a\ncarries: viber\naddress: phon\nurl: https://api.example.com/{{ to }}\nbody: '{}'",
            "3:10 there is no trait `phon`, did you mean `phone`? Or declare it under `traits` in workspace.yaml",
        ),
        (
            "webhooks-address",
            "service: a\ncarries: webhook\naddress: phone\nurl: https://api.example.com/",
            "3:10 a webhook's template says whom its request goes to: `address` goes with a messenger under `carries`",
        ),
        (
            "field",
            "service: a\ncarries: webhook\nurl: https://api.example.com/\nheader: { A: b }",
            "4:1 a service has no field `header`, did you mean `headers`?",
        ),
        (
            "reserved",
            "service: a\ncarries: webhook\nurl: https://api.example.com/\nheaders: { Host: b }",
            "4:18 `Host` is not for services to say",
        ),
        (
            "name",
            "service: b\ncarries: webhook\nurl: https://api.example.com/",
            "1:10 `b` is not the name of its file, expected `a`",
        ),
    ] {
        assert_eq!(said(name, &[("services/a.yaml", file)]), [expected], "{name}");
    }
}

#[test]
fn a_request_goes_to_a_service_that_is_there() {
    let service = "{ service: crm, carries: webhook, url: 'https://api.example.com/' }";
    let other = "{ service: chat, carries: viber, url: 'https://api.example.com/', body: '{\"to\": \"{{ to }}\"}' }";
    let template = |about: &str, expected: &str, name: &str| {
        let mut files = vec![
            ("services/crm.yaml", service),
            ("services/chat.yaml", other),
            ("templates/lead/sample.json", "{}"),
            ("templates/lead/webhook.en.json", "{}"),
        ];
        if !about.is_empty() {
            files.push(("templates/lead/template.yaml", about));
        }
        let said = said(name, &files);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0], expected);
    };
    template(
        "service: crn",
        "1:10 there is no service `crn` in `services`, did you mean `crm`?",
        "missing",
    );
    template(
        "service: chat",
        "1:10 service `chat` does not carry webhook",
        "not-webhook",
    );
    let expected = "expected `template.yaml` in it with `service: …`: which service its request goes to";
    template("", expected, "unsaid");
    let twice = said(
        "twice",
        &[
            ("services/chat.yaml", other),
            ("services/zoo.yaml", &other.replace("chat", "zoo")),
        ],
    );
    assert_eq!(twice, ["1:26 `chat` carries viber already, expected one"]);
}
