//! What a push service is sent, and what its answers come to: a listener on loopback in its place.

use super::*;
use crate::channel::webhook::exchange::Road;
use crate::channel::wire::{Does, Provider, outgoing};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, SharedDnsResolver};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use serde_json::Value;

const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/gAAAA";

fn browser(public: &[u8]) -> Browser {
    Browser {
        endpoint: ENDPOINT.to_owned(),
        p256dh: URL_SAFE_NO_PAD.encode(public),
        auth: URL_SAFE_NO_PAD.encode([7; 16]),
        set: 0,
    }
}

fn key() -> EphemeralPrivateKey {
    EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap()
}

fn message() -> Outgoing {
    let public = key().compute_public_key().unwrap();
    Outgoing {
        device: Some(Device::Browser(browser(public.as_ref()))),
        contact: Some("care@shop.example.com".to_owned()),
        ..outgoing(Channel::Webpush)
    }
}

fn sender(instead: &str) -> WebPushSender {
    let keys = vapid::generate().unwrap();
    WebPushSender::new(Some(Vapid::parse(&keys.secret).unwrap()), Some(instead.to_owned()))
}

/// The message as the browser reads it, with the request's head.
async fn sent(change: impl FnOnce(&mut Outgoing)) -> (String, Value) {
    let service = Provider::that(Does::Answer(201, "Location: https://p.example/m/1\r\n", "")).await;
    let private = key();
    let public = private.compute_public_key().unwrap();
    let mut message = message();
    message.device = Some(Device::Browser(browser(public.as_ref())));
    change(&mut message);
    let taken = sender(&service.endpoint).send(&message).await.unwrap();
    assert_eq!(taken.id.len(), TOPIC_CHARS);
    let request = service.raw.lock().unwrap().remove(0);
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(request[..end].to_vec()).unwrap();
    let reader = Reader {
        public: public.as_ref(),
        auth: &[7; 16],
    };
    let text = encryption::open(private, &reader, &request[end + 4..]).unwrap();
    (head, serde_json::from_slice(&text).unwrap())
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let line = head
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(found, _)| *found == name));
    line.unwrap_or_else(|| panic!("no `{name}` in {head}")).1
}

#[tokio::test]
async fn the_browser_reads_what_was_rendered_and_the_service_knows_who_sends() {
    let (head, read) = sent(|_| {}).await;
    assert_eq!(
        read,
        serde_json::json!({
            "title": "Ваша корзина", "body": "Привет", "link": "https://shop.example.com/cart",
            "message": "msg_1", "campaign": "abandoned-cart", "step": "reminder",
        })
    );
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(&head, "content-encoding"), "aes128gcm");
    assert_eq!(header(&head, "urgency"), "normal");
    assert_eq!(header(&head, "ttl"), "604800");
    assert_eq!(header(&head, "beckon-endpoint"), ENDPOINT);
    let claims = vapid::verified(header(&head, "authorization")).expect("it is signed");
    assert_eq!(claims["aud"], "https://updates.push.services.mozilla.com");
    assert_eq!(claims["sub"], "mailto:care@shop.example.com");
}

#[tokio::test]
async fn what_is_urgent_or_ends_says_so_and_a_repeat_has_the_same_topic() {
    let (first, _) = sent(|message| {
        message.purpose = Purpose::Transactional;
        message.expires = Some("2026-03-01T10:01:30Z".parse().unwrap());
    })
    .await;
    assert_eq!(header(&first, "urgency"), "high");
    assert_eq!(header(&first, "ttl"), "90");
    let (again, _) = sent(|_| {}).await;
    assert_eq!(header(&first, "topic"), header(&again, "topic"));
}

#[tokio::test]
async fn each_answer_comes_to_what_is_documented() {
    let verdict = |error: SendError| match error {
        SendError::Retry { after, .. } => ("retry", after),
        SendError::Fail { .. } => ("fail", None),
        SendError::Gone { .. } => ("gone", None),
        SendError::Unknown { .. } => ("unknown", None),
    };
    let secs = |secs| Some(Span::from_secs(secs));
    for (does, expected) in [
        (Does::Answer(404, "", ""), ("gone", None)),
        (Does::Answer(410, "", ""), ("gone", None)),
        (Does::Answer(429, "Retry-After: 30\r\n", ""), ("retry", secs(30))),
        (Does::Answer(503, "", ""), ("retry", None)),
        (Does::Answer(413, "", ""), ("fail", None)),
        (Does::Answer(403, "", "BadJwtToken"), ("fail", None)),
        (
            Does::Answer(307, "Location: http://127.0.0.1:1/\r\n", ""),
            ("fail", None),
        ),
        (Does::Answer(500, "", ""), ("unknown", None)),
        (Does::Close, ("unknown", None)),
    ] {
        let service = Provider::that(does).await;
        let error = sender(&service.endpoint).send(&message()).await.unwrap_err();
        assert!(!error.to_string().contains("gAAAA"), "an endpoint in `{error}`");
        assert_eq!(verdict(error), expected);
    }
    let error = sender("http://127.0.0.1:1").send(&message()).await.unwrap_err();
    assert_eq!(verdict(error), ("retry", None), "nobody listens there");
}

#[tokio::test]
async fn only_push_services_are_called() {
    let service = Provider::that(Does::Answer(201, "", "")).await;
    let sender = sender(&service.endpoint);
    for endpoint in [
        "https://evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
    ] {
        let mut message = message();
        let Some(Device::Browser(browser)) = &mut message.device else {
            panic!("a browser")
        };
        browser.endpoint = endpoint.to_owned();
        let error = sender.send(&message).await.unwrap_err();
        assert!(matches!(error, SendError::Fail { .. }), "{endpoint}: {error}");
    }
    assert_eq!(service.count.load(std::sync::atomic::Ordering::SeqCst), 0);
    let mut listed = message();
    let Some(Device::Browser(browser)) = &mut listed.device else {
        panic!("a browser")
    };
    browser.endpoint = "https://push.intern.example.com/x".to_owned();
    listed.push_services = vec!["*.intern.example.com".to_owned()].into();
    assert!(sender.send(&listed).await.is_ok());
}

/// Every name leads here, to one public address and one that is not.
#[derive(Debug, Clone, Copy)]
struct Home;

impl ResolveDns for Home {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        let here = ["8.8.8.8", "127.0.0.1"].map(|address| address.parse().unwrap());
        DnsFuture::ready(Ok(here.to_vec()))
    }
}

#[tokio::test]
async fn a_push_service_whose_name_leads_home_is_not_called() {
    let keys = vapid::generate().unwrap();
    let sender = WebPushSender {
        vapid: Some(Vapid::parse(&keys.secret).unwrap()),
        post: Post::over(Road::Public(SharedDnsResolver::new(Home))),
    };
    for endpoint in [ENDPOINT, "https://push.intern.example.com/x"] {
        let mut message = message();
        let Some(Device::Browser(browser)) = &mut message.device else {
            panic!("a browser")
        };
        browser.endpoint = endpoint.to_owned();
        message.push_services = vec!["*.intern.example.com".to_owned()].into();
        let error = sender.send(&message).await.unwrap_err();
        let reason = "web push: the name leads to an address that is not public".to_owned();
        assert_eq!(error, SendError::Fail { reason });
    }
}

#[test]
fn hosts_are_listed_whole_or_by_what_they_end_with() {
    assert!(is_push_service("fcm.googleapis.com", []));
    assert!(is_push_service("wns2-db5p.notify.windows.com", []));
    assert!(!is_push_service("push.example.com", []));
    assert!(is_push_service("push.example.com", ["push.example.com"]));
    assert!(!is_push_service("a.push.example.com", ["push.example.com"]));
    assert!(!is_push_service("anything.example", ["*"]));
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let error = WebPushSender::new(None, None).send(&message()).await.unwrap_err();
    assert_eq!(error.to_string(), "web push: there is no secret `vapid`");
}
