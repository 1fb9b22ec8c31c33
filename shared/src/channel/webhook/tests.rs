//! What the sender makes of real connections: a listener on loopback in the services' place.

use super::super::wire::{Does, Provider, outgoing};
use super::*;
use crate::domain::service::{IdPlace, Method, Reading};
use crate::domain::time::Span;
use crate::ports::call::Remembered;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, SharedDnsResolver};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// 2026-03-01T10:00:00Z.
const NOW_SECS: i64 = 1_772_359_200;

fn a_call() -> Call {
    Call {
        service: "crm".to_owned(),
        method: Method::Post,
        url: "https://crm.example.com/hooks/secret-path?a=b".to_owned(),
        headers: vec![("Authorization".to_owned(), "Bearer t0ken".to_owned())],
        body: r#"{"test": 2432232314}"#.to_owned(),
        at_secs: NOW_SECS,
        signing: None,
        idempotency: None,
        hosts: vec!["crm.example.com".to_owned()],
        reading: Reading {
            id: Some(IdPlace::One("/id".to_owned())),
            code: Some("/error/code".to_owned()),
            ..Reading::default()
        },
        remembered: Remembered::Nothing,
    }
}

fn message(call: Call) -> Outgoing {
    Outgoing {
        content: Content::Call(Box::new(call)),
        ..outgoing(Channel::Webhook)
    }
}

fn limits(total: Duration) -> Limits {
    Limits {
        total,
        ..Limits::default()
    }
}

async fn sent(provider: &Provider, call: Call) -> Result<Taken, SendError> {
    let instead = format!("{}/services", provider.endpoint);
    let sender = WebhookSender::instead(&instead, limits(Duration::from_secs(20)));
    sender.send(&message(call)).await
}

async fn answered(status: u16, headers: &'static str, body: &'static str, call: Call) -> Result<Taken, SendError> {
    sent(&Provider::that(Does::Answer(status, headers, body)).await, call).await
}

fn retry(reason: &str, after: Option<Span>) -> Result<Taken, SendError> {
    Err(SendError::Retry {
        reason: reason.to_owned(),
        after,
    })
}

fn fail(reason: &str) -> Result<Taken, SendError> {
    Err(SendError::Fail {
        reason: reason.to_owned(),
    })
}

fn unknown(reason: &str) -> Result<Taken, SendError> {
    Err(SendError::Unknown {
        reason: reason.to_owned(),
    })
}

#[tokio::test]
async fn a_request_is_what_the_service_was_promised() {
    let provider = Provider::that(Does::Answer(201, "", r#"{"id": "m-1", "other": {"deep": true}}"#)).await;
    let call = Call {
        signing: Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        idempotency: Some("Idempotency-Key".to_owned()),
        ..a_call()
    };
    assert_eq!(sent(&provider, call.clone()).await, Ok(Taken::under("m-1")));
    let request = provider.requests.lock().unwrap()[0].clone();
    assert!(request.starts_with("POST /services/crm.example.com/hooks/secret-path?a=b HTTP/1.1\r\n"));
    let signature = signature::standard(&call.signing.unwrap(), "msg_1", NOW_SECS, call.body.as_bytes()).unwrap();
    for line in [
        "authorization: Bearer t0ken",
        "content-type: application/json",
        "idempotency-key: msg_1",
        "webhook-id: msg_1",
        "webhook-timestamp: 1772359200",
        &format!("webhook-signature: {signature}"),
    ] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} in {request}");
    }
    assert!(request.ends_with(&format!("\r\n\r\n{}", call.body)));
}

#[tokio::test]
async fn a_success_without_json_is_one_unless_something_has_to_be_read() {
    let plain = Call {
        reading: Reading::default(),
        ..a_call()
    };
    assert_eq!(answered(200, "", "ok", plain).await, Ok(Taken::default()));
    assert_eq!(
        answered(200, "", "ok", a_call()).await,
        unknown("crm: a success whose answer is not JSON that can be read")
    );
}

#[tokio::test]
async fn a_question_gets_its_answer() {
    let asks = || Call {
        reading: Reading {
            keeps: true,
            ..Reading::default()
        },
        ..a_call()
    };
    let taken = answered(200, "", r#"{"score": 7, "tags": ["a"]}"#, asks())
        .await
        .unwrap();
    assert_eq!(
        serde_json::Value::Object(taken.answer),
        json!({"score": 7, "tags": ["a"], "status": 200})
    );
    let large: &'static str = Box::leak(format!(r#"{{"text": "{}"}}"#, "x".repeat(9_000)).into_boxed_str());
    for too_much in [large, r#"{"a": {"b": {"c": {"d": {}}}}}"#, "[1]"] {
        let taken = answered(200, "", too_much, asks()).await.unwrap();
        assert_eq!(serde_json::Value::Object(taken.answer), json!({"status": 200}));
    }
}

#[tokio::test]
async fn a_success_that_says_otherwise_is_none() {
    let viber = |heals: &[&str]| Call {
        service: "viber".to_owned(),
        reading: Reading {
            expects: BTreeMap::from([("/status".to_owned(), json!(0))]),
            code: Some("/status".to_owned()),
            id: Some(IdPlace::One("/message_token".to_owned())),
            heals: heals.iter().map(|code| (*code).to_owned()).collect(),
            ..Reading::default()
        },
        ..a_call()
    };
    let good = r#"{"status": 0, "status_message": "ok", "message_token": 5741311803571721087}"#;
    assert_eq!(
        answered(200, "", good, viber(&[])).await,
        Ok(Taken::under("5741311803571721087"))
    );
    let throttled = r#"{"status": 12, "status_message": "tooManyRequests"}"#;
    assert_eq!(
        answered(200, "", throttled, viber(&["12"])).await,
        retry("viber: answer 200, code 12", None)
    );
    assert_eq!(
        answered(200, "", throttled, viber(&[])).await,
        fail("viber: answer 200, code 12")
    );
}

#[tokio::test]
async fn a_throttle_says_how_long() {
    for (headers, after) in [
        ("", None),
        ("Retry-After: 120\r\n", Some(Span::from_secs(120))),
        ("Retry-After: 999999\r\n", Some(Span::from_hours(1))),
        ("Retry-After: soon\r\n", None),
        ("Retry-After: -5\r\n", None),
        (
            "Date: Sun, 01 Mar 2026 10:00:00 GMT\r\nRetry-After: Sun, 01 Mar 2026 10:05:00 GMT\r\n",
            Some(Span::from_mins(5)),
        ),
        (
            "Retry-After: Sun, 01 Mar 2026 10:02:00 GMT\r\n",
            Some(Span::from_mins(2)),
        ),
        ("Retry-After: Sun, 01 Mar 2026 09:00:00 GMT\r\n", None),
    ] {
        for status in [429, 503] {
            let reason = format!("crm: answer {status}");
            assert_eq!(
                answered(status, headers, "{}", a_call()).await,
                retry(&reason, after),
                "{headers}"
            );
        }
    }
    let telegram = Call {
        reading: Reading {
            wait: Some("/parameters/retry_after".to_owned()),
            ..Reading::default()
        },
        ..a_call()
    };
    let body = r#"{"ok": false, "error_code": 429, "parameters": {"retry_after": 34}}"#;
    assert_eq!(
        answered(429, "", body, telegram).await,
        retry("crm: answer 429", Some(Span::from_secs(34)))
    );
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let body = r#"{"error": {"code": "INVALID_NUMBER", "message": "+14155550100 is no number"}}"#;
    for (status, expected) in [
        (400, fail("crm: answer 400, code INVALID_NUMBER")),
        (404, fail("crm: answer 404, code INVALID_NUMBER")),
        (408, retry("crm: answer 408, code INVALID_NUMBER", None)),
        (501, fail("crm: answer 501, code INVALID_NUMBER")),
        (500, unknown("crm: answer 500, code INVALID_NUMBER")),
        (504, unknown("crm: answer 504, code INVALID_NUMBER")),
    ] {
        assert_eq!(answered(status, "", body, a_call()).await, expected, "{status}");
    }
    // A sentence may hold an address.
    let sentence = r#"{"error": {"code": "the number +14155550100 is none"}}"#;
    assert_eq!(answered(400, "", sentence, a_call()).await, fail("crm: answer 400"));
}

#[tokio::test]
async fn the_services_file_has_the_last_word() {
    let listed = || {
        let mut call = a_call();
        call.reading.heals = ["409", "BUSY"].map(str::to_owned).into();
        call.reading.fails = ["503"].map(str::to_owned).into();
        call
    };
    let busy = r#"{"error": {"code": "BUSY"}}"#;
    assert_eq!(answered(409, "", "{}", listed()).await, retry("crm: answer 409", None));
    assert_eq!(
        answered(400, "", busy, listed()).await,
        retry("crm: answer 400, code BUSY", None)
    );
    assert_eq!(answered(503, "", "{}", listed()).await, fail("crm: answer 503"));
}

#[tokio::test]
async fn where_a_repeat_is_known_it_is_safe() {
    let known = Call {
        idempotency: Some("Idempotency-Key".to_owned()),
        ..a_call()
    };
    assert_eq!(
        answered(502, "", "", known.clone()).await,
        retry("crm: answer 502", None)
    );
    let provider = Provider::that(Does::Close).await;
    assert_eq!(
        sent(&provider, known).await,
        retry("crm: the connection broke before an answer", None)
    );
}

#[tokio::test]
async fn a_lost_answer_is_unknown() {
    let closes = Provider::that(Does::Close).await;
    assert_eq!(
        sent(&closes, a_call()).await,
        unknown("crm: the connection broke before an answer")
    );
    let breaks = Provider::that(Does::Break).await;
    assert_eq!(sent(&breaks, a_call()).await, unknown("crm: the answer broke off"));
    let hangs = Provider::that(Does::Hang).await;
    let sender = WebhookSender::instead(&hangs.endpoint, limits(Duration::from_millis(300)));
    assert_eq!(sender.send(&message(a_call())).await, unknown("crm: no answer in time"));
    assert_eq!(hangs.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_handed_over() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sender = WebhookSender::new(Some(&format!("http://{free}")));
    assert_eq!(
        sender.send(&message(a_call())).await,
        retry("crm: could not be reached", None)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Provider::that(Does::Answer(200, "", r#"{"id": "stolen"}"#)).await;
    let location: &'static str = Box::leak(format!("Location: {}/\r\n", elsewhere.endpoint).into_boxed_str());
    for status in [301, 302, 307, 308] {
        let reason = format!("crm: answer {status}: redirects are not followed");
        assert_eq!(answered(status, location, "", a_call()).await, fail(&reason));
    }
    assert_eq!(elsewhere.count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let large: &'static str = Box::leak("x".repeat(ANSWER_MAX_BYTES + 1).into_boxed_str());
    assert_eq!(
        answered(200, "", large, a_call()).await,
        unknown("crm: a success whose answer is not JSON that can be read")
    );
    assert_eq!(answered(400, "", large, a_call()).await, fail("crm: answer 400"));
}

#[tokio::test]
async fn what_may_not_be_called_is_not() {
    let provider = Provider::that(Does::Answer(200, "", "{}")).await;
    for (url, reason) in [
        (
            "https://other.example.com/",
            "crm: `other.example.com` is not among the `hosts` of the workspace",
        ),
        ("http://crm.example.com/", "crm: only `https://` is called"),
        (
            "https://127.0.0.1/",
            "crm: `127.0.0.1` is an IP address, expected a host's name",
        ),
        (
            "https://user:t0ken@crm.example.com/",
            "crm: the address names no plain host",
        ),
    ] {
        let call = Call {
            url: url.to_owned(),
            ..a_call()
        };
        assert_eq!(sent(&provider, call).await, fail(reason), "{url}");
    }
    let broken = Call {
        headers: vec![("X-Name".to_owned(), "a\r\nX-Other: b".to_owned())],
        ..a_call()
    };
    assert_eq!(
        sent(&provider, broken).await,
        fail("crm: header `X-Name` cannot hold what it should say")
    );
    assert_eq!(provider.count.load(Ordering::SeqCst), 0);
}

/// Every name is this machine's.
#[derive(Debug, Clone, Copy)]
struct Home;

impl ResolveDns for Home {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(vec![std::net::IpAddr::from([127, 0, 0, 1])]))
    }
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused() {
    let provider = Provider::that(Does::Answer(200, "", "{}")).await;
    let port = provider.endpoint.rsplit(':').next().unwrap();
    let call = Call {
        url: format!("https://crm.example.com:{port}/"),
        hosts: vec![format!("crm.example.com:{port}")],
        ..a_call()
    };
    let sender = WebhookSender {
        exchange: Exchange::new(Road::Public(SharedDnsResolver::new(Home)), Limits::default()),
        instead: None,
    };
    assert_eq!(
        sender.send(&message(call)).await,
        fail("crm: the name leads to an address that is not public")
    );
    assert_eq!(provider.count.load(Ordering::SeqCst), 0);
}

#[test]
fn nothing_of_a_call_is_printed() {
    let shown = format!("{:?}", message(a_call()).content);
    assert!(
        shown.contains("crm") && !shown.contains("t0ken") && !shown.contains("secret"),
        "{shown}"
    );
}
