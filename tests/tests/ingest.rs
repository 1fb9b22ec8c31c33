//! The HTTP door: what is taken, what is refused and with which words.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::domain::campaign::Workspace;
use beckon_shared::domain::event::{InboxItem, Input, Source};
use beckon_shared::domain::id::{ProfileId, Version};
use beckon_shared::ports::definitions::{Definition, Manifest};
use beckon_shared::ports::{Definitions, PortError};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::telemetry::{Metric, Metrics};
use beckon_tests::memory::{Fault, MemoryStore, MemoryWorld, VirtualClock, When, run};
use ingest::{Deps, handle, keys::WriteKeys};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::rc::Rc;

const NOW: &str = "2026-03-01T10:00:00Z";
const SERVER: &str = "c2VydmVyLWtleTo="; // server-key:
const BROWSER: &str = "YnJvd3Nlci1rZXk6"; // browser-key:

struct Door {
    world: MemoryWorld,
    deps: Deps<MemoryStore, MemoryStore, VirtualClock>,
}

struct Heard {
    status: i64,
    body: Value,
    headers: aws_lambda_events::http::HeaderMap,
}

fn door() -> Door {
    let world = MemoryWorld::new(NOW.parse().unwrap());
    let workspace = Workspace {
        version: Version::from("w1"),
        server_only: vec!["Order Completed".to_owned()],
        ..Workspace::default()
    };
    let manifest = Manifest {
        revision: 1,
        workspace: Some(workspace.version.clone()),
        ..Manifest::default()
    };
    run(world.store.store(&Definition::Workspace(workspace)))
        .finished()
        .unwrap()
        .unwrap();
    run(world.store.publish(&manifest)).finished().unwrap().unwrap();
    let hex = |key: &str| {
        Sha256::digest(key)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let keys = format!("server:{},browser:{}", hex("server-key"), hex("browser-key"));
    let deps = Deps {
        inbox: world.store.clone(),
        rules: RulesCache::new(world.store.clone()),
        clock: world.clock.clone(),
        keys: WriteKeys::parse(&keys).unwrap(),
        metrics: Rc::new(Metrics::new("ingest")),
    };
    Door { world, deps }
}

impl Door {
    fn request(&self, method: &str, path: &str, authorization: Option<&str>, body: &str, base64: bool) -> Heard {
        let mut headers = serde_json::Map::new();
        if let Some(credentials) = authorization {
            headers.insert("authorization".to_owned(), json!(format!("Basic {credentials}")));
        }
        let request: LambdaFunctionUrlRequest = serde_json::from_value(json!({
            "version": "2.0",
            "rawPath": path,
            "headers": headers,
            "requestContext": { "requestId": "r1", "timeEpoch": 1_772_359_200_000_i64, "http": { "method": method, "path": path } },
            "body": body,
            "isBase64Encoded": base64,
        }))
        .unwrap();
        let response = run(handle(&self.deps, request)).finished().unwrap();
        Heard {
            status: response.status_code,
            body: response
                .body
                .map_or(Value::Null, |body| serde_json::from_str(&body).unwrap()),
            headers: response.headers,
        }
    }

    fn post(&self, path: &str, body: &Value) -> Heard {
        self.request("POST", path, Some(SERVER), &body.to_string(), false)
    }

    fn inbox(&self, profile: &str) -> Vec<InboxItem> {
        self.world.store.inbox(&ProfileId::parse(profile).unwrap()).unwrap()
    }

    /// Refused as a whole, and nothing of it stored.
    fn refuses(&self, path: &str, body: &Value, field: &str, reason: &str) {
        let heard = self.post(path, body);
        assert_eq!(heard.status, 400, "{}", heard.body);
        assert_eq!(heard.body["field"], json!(field), "{}", heard.body);
        let told = heard.body["reason"].as_str().unwrap();
        assert!(told.contains(reason), "expected `{reason}` in `{told}`");
        assert!(self.world.store.profiles().is_empty() && self.inbox("u1").is_empty());
    }
}

fn track(id: &str) -> Value {
    json!({
        "type": "track", "userId": "u1", "messageId": id, "event": "Demo Played",
        "timestamp": "2026-03-01T09:59:00Z", "properties": { "progress": 0.9 },
    })
}

#[test]
fn an_event_is_taken_with_exactly_the_answer_that_sdks_need() {
    let door = door();
    let heard = door.post("/v1/track", &track("m1"));
    assert_eq!((heard.status, heard.body), (200, json!({ "success": true })));
    let inbox = door.inbox("u1");
    assert_eq!(inbox.len(), 1);
    let Input::Event(event) = &inbox[0].inputs[0] else {
        panic!("no event")
    };
    assert_eq!(
        (event.name.as_str(), event.source, event.id.as_str()),
        ("Demo Played", Source::Server, "m1")
    );
    assert_eq!(event.properties["progress"], json!(0.9));
}

#[test]
fn the_same_request_again_is_one_event() {
    let door = door();
    for body in [track("m1"), json!({ "userId": "u1", "event": "x", "messageId": "m2" })] {
        door.post("/v1/track", &body);
        door.world
            .clock
            .advance(beckon_shared::domain::time::Span::from_secs(30));
        assert_eq!(door.post("/v1/track", &body).status, 200);
    }
    assert_eq!(door.inbox("u1").len(), 2);
    assert!((door.deps.metrics.total(Metric::Duplicates) - 2.0).abs() < f64::EPSILON);
}

#[test]
fn keys_come_in_the_header_or_the_body_and_have_to_agree() {
    let door = door();
    let mut body = track("m1");
    body["writeKey"] = json!("server-key");
    assert_eq!(
        door.request("POST", "/v1/track", None, &body.to_string(), false).status,
        200
    );
    assert_eq!(
        door.request("POST", "/v1/track", Some(SERVER), &body.to_string(), false)
            .status,
        200
    );
    for (header, key) in [
        (Some(BROWSER), "server-key"),
        (None, "wrong"),
        (Some("bm9ib2R5Og=="), "nobody"),
    ] {
        let mut body = track("m9");
        body["writeKey"] = json!(key);
        let heard = door.request("POST", "/v1/track", header, &body.to_string(), false);
        assert_eq!(heard.status, 401, "{key}");
        assert!(heard.body["reason"].is_string());
    }
    assert_eq!(
        door.request("POST", "/v1/track", None, &track("m9").to_string(), false)
            .status,
        401
    );
    assert_eq!(door.inbox("u1").len(), 1);
}

#[test]
fn a_browser_cannot_speak_for_the_server() {
    let door = door();
    let order = json!({ "userId": "u1", "event": "Order Completed", "messageId": "m1" });
    let heard = door.request("POST", "/v1/track", Some(BROWSER), &order.to_string(), false);
    assert_eq!((heard.status, &heard.body["field"]), (400, &json!("event")));
    assert_eq!(door.post("/v1/track", &order).status, 200);
}

/// Into which profiles this one was told to go over.
fn joins(door: &Door, profile: &str) -> Vec<String> {
    let inputs = door.inbox(profile).into_iter().flat_map(|item| item.inputs);
    inputs
        .filter_map(|input| match input {
            Input::Join { into, .. } => Some(into.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn who_identifies_on_a_device_is_the_same_person_as_the_device_and_that_is_written_once() {
    let door = door();
    let said = |id: &str| json!({ "userId": "u1", "anonymousId": "d-1", "messageId": id });
    for id in ["m1", "m2"] {
        let heard = door.request("POST", "/v1/identify", Some(BROWSER), &said(id).to_string(), false);
        assert_eq!(heard.status, 200);
    }
    assert_eq!(joins(&door, "anon:d-1"), ["u1"]);
    assert_eq!(door.inbox("u1").len(), 2);
    // Page views carry both ids too, and join nothing.
    let page = json!({ "userId": "u2", "anonymousId": "d-2", "messageId": "m3" });
    assert_eq!(door.post("/v1/page", &page).status, 200);
    assert_eq!(door.inbox("anon:d-2"), []);
}

#[test]
fn both_are_written_before_it_is_answered() {
    let door = door();
    let calls = std::cell::Cell::new(0);
    door.world.faults.install(move |call, when| {
        let here = call == "inbox.append" && when == When::Before;
        calls.set(calls.get() + u32::from(here));
        (here && calls.get() == 2).then(|| Fault::Error(PortError::Retry("throttled".to_owned())))
    });
    let said = json!({ "userId": "u1", "anonymousId": "d-1", "messageId": "m1" });
    assert_eq!(door.post("/v1/identify", &said).status, 429);
    assert_eq!(door.post("/v1/identify", &said).status, 200);
    assert_eq!(joins(&door, "anon:d-1"), ["u1"]);
    assert_eq!(door.inbox("u1").len(), 1);
}

#[test]
fn only_a_server_may_say_that_two_known_users_are_one() {
    let said = json!({ "userId": "u2", "previousId": "u1", "messageId": "m1" });
    let browsers = door();
    let heard = browsers.request("POST", "/v1/alias", Some(BROWSER), &said.to_string(), false);
    assert_eq!(heard.status, 200);
    assert_eq!(
        (joins(&browsers, "u1").len(), joins(&browsers, "anon:u1").len()),
        (0, 1)
    );
    let servers = door();
    assert_eq!(servers.post("/v1/alias", &said).status, 200);
    assert_eq!(joins(&servers, "u1"), ["u2"]);
    // An id that the message itself calls anonymous is no user's.
    let own = json!({ "userId": "u2", "anonymousId": "d-1", "previousId": "d-1", "messageId": "m2" });
    assert_eq!(servers.post("/v1/alias", &own).status, 200);
    assert_eq!(
        (joins(&servers, "d-1").len(), joins(&servers, "anon:d-1").len()),
        (0, 1)
    );
}

#[test]
fn one_bad_event_of_a_batch_is_named_and_its_neighbours_are_kept() {
    let door = door();
    let batch = json!({ "batch": [track("m1"), { "type": "track", "userId": "u1" }, track("m3"), 7] });
    let heard = door.post("/v1/batch", &batch);
    assert_eq!(heard.status, 200);
    assert_eq!(heard.body["success"], json!(true));
    let refused = heard.body["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 2);
    assert_eq!(
        (&refused[0]["index"], &refused[0]["field"]),
        (&json!(1), &json!("event"))
    );
    assert_eq!(
        (&refused[1]["index"], &refused[1]["field"]),
        (&json!(3), &json!("message"))
    );
    let inputs: Vec<String> = door
        .inbox("u1")
        .iter()
        .flat_map(|item| &item.inputs)
        .map(|input| input.id().to_owned())
        .collect();
    assert_eq!(inputs, ["m1", "m3"]);
}

#[test]
fn what_one_request_says_of_one_profile_shares_an_item() {
    let door = door();
    let messages: Vec<Value> = (0..100).map(|number| track(&format!("m{number}"))).collect();
    assert_eq!(door.post("/v1/import", &json!({ "batch": messages })).status, 200);
    let inbox = door.inbox("u1");
    assert_eq!(inbox.iter().map(|item| item.inputs.len()).sum::<usize>(), 100);
    assert_eq!(inbox.len(), 5);
}

#[test]
fn bad_messages_are_refused_by_field_and_reason() {
    let door = door();
    let with = |field: &str, value: Value| {
        let mut body = track("m1");
        body[field] = value;
        body
    };
    door.refuses("/v1/track", &with("event", json!(null)), "event", "is missing");
    door.refuses(
        "/v1/track",
        &with("event", json!(7)),
        "event",
        "is a number, expected text",
    );
    door.refuses("/v1/track", &with("event", json!("a\nb")), "event", "control character");
    door.refuses(
        "/v1/track",
        &with("event", json!("x".repeat(201))),
        "event",
        "201 bytes",
    );
    door.refuses("/v1/track", &with("userId", json!(null)), "userId", "is missing");
    door.refuses(
        "/v1/track",
        &with("userId", json!({ "a": 1 })),
        "userId",
        "expected text",
    );
    door.refuses(
        "/v1/track",
        &with("userId", json!("anon:me")),
        "userId",
        "kept for anonymous visitors",
    );
    door.refuses(
        "/v1/track",
        &with("userId", json!("x".repeat(181))),
        "userId",
        "181 bytes",
    );
    door.refuses(
        "/v1/track",
        &with("messageId", json!(["m"])),
        "messageId",
        "expected text",
    );
    door.refuses(
        "/v1/track",
        &with("timestamp", json!("yesterday")),
        "timestamp",
        "`yesterday`",
    );
    door.refuses("/v1/track", &with("timestamp", json!(17)), "timestamp", "ISO 8601");
    door.refuses(
        "/v1/track",
        &with("properties", json!([1])),
        "properties",
        "is a list, expected an object",
    );
    door.refuses(
        "/v1/track",
        &with("properties", nested(30)),
        "properties",
        "nested more than 20 deep",
    );
    door.refuses(
        "/v1/batch",
        &json!({ "batch": [{ "type": "trak", "userId": "u1" }] }),
        "type",
        "`trak`",
    );
    door.refuses("/v1/batch", &json!({ "userId": "u1" }), "batch", "is missing");
    door.refuses("/v1/batch", &json!({ "batch": {} }), "body", "expected a sequence");
    door.refuses("/v1/alias", &json!({ "userId": "u1" }), "previousId", "is missing");
    let nobody = json!({ "anonymousId": "d-1", "previousId": "u0" });
    door.refuses("/v1/alias", &nobody, "userId", "is missing");
    door.refuses("/v1/group", &json!({ "userId": "u1" }), "groupId", "is missing");
    let long = json!({ "userId": "u1", "groupId": "x".repeat(180) });
    door.refuses("/v1/group", &long, "groupId", "188 bytes");
    door.refuses(
        "/v1/track",
        &with("userId", json!("account:acme")),
        "userId",
        "kept for anonymous visitors and for accounts",
    );
    let email = |email: Value| json!({ "userId": "u1", "traits": { "email": email } });
    door.refuses(
        "/v1/identify",
        &email(json!(42)),
        "traits.email",
        "is a number, expected text",
    );
    door.refuses(
        "/v1/identify",
        &email(json!("nobody")),
        "traits.email",
        "not an email address",
    );
    door.refuses(
        "/v1/identify",
        &email(json!("a@b.c\r\nBcc: x@y.z")),
        "traits.email",
        "control character",
    );
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({ "in": inner }))
}

#[test]
fn bodies_that_cannot_be_read_say_where() {
    let door = door();
    let post = |body: &str, base64: bool| door.request("POST", "/v1/track", Some(SERVER), body, base64);
    let heard = post("{\"userId\": u1}", false);
    assert_eq!((heard.status, &heard.body["field"]), (400, &json!("body")));
    assert!(
        heard.body["reason"].as_str().unwrap().contains("line 1 column 12"),
        "{}",
        heard.body
    );
    assert_eq!(post("", false).status, 400);
    assert_eq!(post("!!!", true).status, 400);
    // Gzip's first bytes, and nothing that unpacks.
    let heard = post("H4sIAAAA", true);
    assert!(
        heard.body["reason"].as_str().unwrap().contains("gzip"),
        "{}",
        heard.body
    );
    // Nesting that would exhaust a recursive reader.
    let deep = format!(
        "{{\"userId\":\"u1\",\"event\":\"x\",\"properties\":{}1{}}}",
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    assert_eq!(post(&deep, false).status, 400);
}

#[test]
fn gzip_and_plain_text_are_taken() {
    use base64::Engine;
    let door = door();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(track("m1").to_string().as_bytes()).unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(packed.finish().unwrap());
    assert_eq!(
        door.request("POST", "/v1/track", Some(SERVER), &packed, true).status,
        200
    );
    assert_eq!(door.inbox("u1").len(), 1);
}

#[test]
fn what_is_too_large_is_refused_before_anything_is_stored() {
    use base64::Engine;
    let door = door();
    let mut large = track("m1");
    large["properties"] = json!({ "text": "x".repeat(33_000) });
    assert_eq!(door.post("/v1/track", &large).status, 413);
    // In a batch the large one is refused and its neighbour kept.
    let heard = door.post("/v1/batch", &json!({ "batch": [large, track("m2")] }));
    assert_eq!(
        (heard.status, &heard.body["refused"][0]["field"]),
        (200, &json!("message"))
    );
    // A bomb: small packed, huge unpacked.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 50_000_000]).unwrap();
    let bomb = base64::engine::general_purpose::STANDARD.encode(bomb.finish().unwrap());
    assert_eq!(door.request("POST", "/v1/batch", Some(SERVER), &bomb, true).status, 413);
    assert_eq!(door.inbox("u1").len(), 1);
}

#[test]
fn a_senders_clock_is_corrected_by_when_it_sent() {
    let door = door();
    let mut body = track("m1");
    // Two days slow: it happened a minute before it was sent.
    body["timestamp"] = json!("2026-02-27T09:59:00Z");
    body["sentAt"] = json!("2026-02-27T10:00:00Z");
    door.post("/v1/track", &body);
    let inbox = door.inbox("u1");
    let Input::Event(event) = &inbox[0].inputs[0] else {
        panic!("no event")
    };
    assert_eq!(event.at.to_string(), "2026-03-01T09:59:00Z");
}

#[test]
fn a_browser_may_ask_first() {
    let door = door();
    let heard = door.request("OPTIONS", "/v1/track", None, "", false);
    assert_eq!(heard.status, 204);
    assert_eq!(heard.headers["access-control-allow-origin"], "*");
    assert!(
        heard.headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("authorization")
    );
    assert_eq!(door.request("GET", "/v1/track", Some(SERVER), "", false).status, 405);
    assert_eq!(door.post("/v1/nothing", &track("m1")).status, 404);
}

#[test]
fn a_busy_table_asks_the_sender_to_come_again() {
    let door = door();
    door.world.faults.install(|call, when| {
        (call == "inbox.append" && when == When::Before).then(|| Fault::Error(PortError::Retry("throttled".to_owned())))
    });
    let heard = door.post("/v1/track", &track("m1"));
    assert_eq!(heard.status, 429);
    assert_eq!(heard.headers["retry-after"], "2");
    door.world.faults.clear();
    assert_eq!(door.post("/v1/track", &track("m1")).status, 200);
}
