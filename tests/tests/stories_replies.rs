//! What people and services say of messages that have just left: answers by text message, and delivery reports that are
//! quicker than we are.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use aws_lambda_events::dynamodb;
use aws_lambda_events::http::HeaderValue;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, Input};
use beckon_shared::ports::PortError;
use beckon_shared::ports::sender::Taken;
use beckon_tests::memory::{Fault, When, run};
use beckon_tests::story::{Person, Shop, phone};
use beckon_tests::world::functions::SECRET;
use beckon_tests::world::provider::published;
use beckon_tests::world::{definitions, functions};
use fastrand::Rng;
use futures::future::join3;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;

const SURVEY: &str = "two-way-survey";
const NUMBER: &str = "+14155550100";

/// Ann writes this; SNS says so as often as `times`.
fn texts(shop: &Shop, number: &str, text: &str, times: usize) {
    let id = format!("in-{}-{}", text.len(), shop.now());
    let body = json!({
        "originationNumber": number, "destinationNumber": "+12125550101", "messageKeyword": "KEYWORD",
        "messageBody": text, "inboundMessageId": id,
    });
    shop.with(|world| {
        for _ in 0..times {
            let event = published(&body.to_string(), world.now(), &format!("sns-{id}"));
            world.publish_feedback(event);
            world.until_idle();
        }
    });
}

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

/// Ann, asked by text message how it went.
fn ann_is_asked() -> (Shop, Person) {
    let mut shipped = definitions::shipped().unwrap().clone();
    shipped.campaigns.retain(|campaign| campaign.name.as_str() == SURVEY);
    let shop = Shop::opens_with("2026-03-02 10:00", shipped);
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": "+1 415 555-0100" }));
    ann.does("Ticket Closed", json!({ "ticket_id": "t-1" }));
    shop.passes("1h");
    ann.receives(SURVEY).by_sms();
    (shop, ann)
}

#[test]
fn an_answer_by_text_message_finds_who_was_asked() {
    let (shop, ann) = ann_is_asked();
    shop.passes("5m");
    texts(&shop, NUMBER, "Yes, all of it!", 2);
    let replies = heard(&shop, &ann, "Reply Received");
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert_eq!(replies[0].properties["text"], "Yes, all of it!");
    assert_eq!(replies[0].properties["campaign"], SURVEY);
    assert_eq!(replies[0].properties["step"], "survey");
    assert_eq!(replies[0].properties["channel"], "sms");
    ann.receives(SURVEY).at("2026-03-02 11:05");
}

#[test]
fn a_plain_yes_is_an_answer_where_nothing_was_stopped() {
    let (shop, ann) = ann_is_asked();
    shop.passes("5m");
    texts(&shop, NUMBER, "Yes", 1);
    assert_eq!(heard(&shop, &ann, "Reply Received").len(), 1);
    ann.receives(SURVEY).at("2026-03-02 11:05");
    texts(&shop, NUMBER, "STOP", 1);
    shop.passes("1m");
    texts(&shop, NUMBER, "Yes", 1);
    texts(&shop, NUMBER, "HELP", 1);
    assert_eq!(heard(&shop, &ann, "Reply Received").len(), 1, "it takes back the stop");
}

#[test]
fn what_a_stranger_writes_reaches_nobody_and_is_not_given_up() {
    let (shop, ann) = ann_is_asked();
    texts(&shop, "+14155550199", "Yes, all of it!", 1);
    assert!(heard(&shop, &ann, "Reply Received").is_empty());
    shop.with(|world| assert_eq!(world.dead_letters, 0));
    shop.passes("8d");
    ann.receives_nothing();
    // A month later nobody knows what the answer is about.
    shop.passes("30d");
    shop.with(|world| {
        let now = world.now();
        world.outside.store.expire(now);
    });
    texts(&shop, NUMBER, "Yes, all of it!", 1);
    assert!(heard(&shop, &ann, "Reply Received").is_empty());
}

const CASCADE: &str = "channel-cascade";

/// Viber's id of the message.
const TOKEN: &str = "4912661846655238145";

/// A callback of Viber's, signed (REST Bot API, "Message receipts callbacks").
fn report(event: &str, at_secs: i64) -> LambdaFunctionUrlRequest {
    let token: u64 = TOKEN.parse().unwrap();
    let said = json!({ "event": event, "timestamp": at_secs * 1_000, "message_token": token, "user_id": "v-1" });
    let body = said.to_string();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, body.as_bytes());
    let digest: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some("/v1/inbound/viber".to_owned());
    request.request_context.http.method = Some("POST".to_owned());
    request.body = Some(body);
    let value = HeaderValue::from_str(&digest).unwrap();
    request.headers.insert("x-viber-content-signature", value);
    request
}

/// A shop in which Viber carries the first message of the cascade.
fn shop() -> (Shop, Person) {
    let mut shipped = definitions::shipped().unwrap().clone();
    shipped.campaigns.retain(|campaign| campaign.name.as_str() == CASCADE);
    let shop = Shop::opens_with("2026-03-02 10:00", shipped);
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": NUMBER, "viber_id": "v-1" }));
    shop.with(|world| world.outside.others.ask(|_| Ok(Taken::under(TOKEN))));
    (shop, ann)
}

/// Ann gets the cascade's next message on this channel.
fn receives(ann: &Person, channel: Channel) {
    assert_eq!(ann.receives(CASCADE).delivery.outgoing.channel, channel);
}

/// 2026-03-02T10:00:00Z.
const AT_TEN_SECS: i64 = 1_772_445_600;

#[test]
fn a_report_that_is_quicker_than_we_are_is_heard() {
    let (shop, ann) = shop();
    shop.with(|world| {
        let inbound = functions::inbound(&world.outside);
        // While Viber still answers, it already says what became of the message.
        world.outside.others.ask(move |_| {
            for status in ["delivered", "delivered", "seen"] {
                let call = inbound::handle(&inbound, report(status, AT_TEN_SECS));
                assert_eq!(run(call).finished().unwrap().status_code, 200);
            }
            Ok(Taken::under(TOKEN))
        });
    });
    ann.gets_delivered("o-1", &[phone()]);
    receives(&ann, Channel::Viber);
    let delivered = heard(&shop, &ann, "Message Delivered");
    assert_eq!(delivered.len(), 1, "{delivered:?}");
    assert_eq!(delivered[0].at.as_second(), AT_TEN_SECS);
    assert_eq!(delivered[0].properties["service"], "viber");
    assert_eq!(heard(&shop, &ann, "Message Read").len(), 1);
    // It says so again, now that the message is known.
    shop.with(|world| world.call_inbound(report("delivered", AT_TEN_SECS)).unwrap());
    shop.passes("1m");
    assert_eq!(heard(&shop, &ann, "Message Delivered").len(), 1);
    shop.passes("2d");
    ann.receives_nothing();
}

#[test]
fn what_is_said_of_nobodys_message_is_forgotten_after_an_hour() {
    let (shop, ann) = shop();
    let said = shop.with(|world| world.call_inbound(report("failed", AT_TEN_SECS)).unwrap());
    assert_eq!(said.status_code, 200);
    shop.passes("61m");
    shop.with(|world| {
        let now = world.now();
        world.outside.store.expire(now);
    });
    ann.gets_delivered("o-1", &[phone()]);
    receives(&ann, Channel::Viber);
    assert!(heard(&shop, &ann, "Message Failed").is_empty());
    shop.passes("3h");
    receives(&ann, Channel::Whatsapp);
}

/// A message that is decided and cannot be claimed: the stream's record of it.
fn decided(shop: &Shop, ann: &Person) -> dynamodb::Event {
    let before = shop.with(|world| world.outside.store.records_from(0).len());
    shop.loses("outbox.claim");
    ann.gets_delivered("o-1", &[phone()]);
    shop.recovers();
    let records = shop.with(|world| world.outside.store.records_from(before));
    let mut event = dynamodb::Event::default();
    event.records = records
        .iter()
        .filter(|record| record.is_for_send())
        .map(beckon_tests::memory::Record::event_record)
        .collect();
    assert_eq!(event.records.len(), 1);
    event
}

/// Sends the message while Viber says two things about it. Each call of a port may give way to the others. Gives
/// whether anything had to wait for its message.
fn sends_while_reports_come(seed: u64) -> bool {
    let (shop, ann) = shop();
    let record = decided(&shop, &ann);
    let waited = shop.with(|world| {
        let left = Rc::new(Cell::new(false));
        let leaves = Rc::clone(&left);
        world.outside.others.ask(move |_| {
            leaves.set(true);
            Ok(Taken::under(TOKEN))
        });
        let (mut rng, waited) = (Rng::with_seed(seed), Rc::new(Cell::new(false)));
        let waits = Rc::clone(&waited);
        world.outside.faults.install(move |call, when| {
            waits.set(waits.get() || call == "origins.keep_word" && when == When::After);
            rng.bool().then_some(Fault::Yield)
        });
        let (send, outside) = (functions::send(&world.outside), &world.outside);
        let says = async |status: &str| {
            let inbound = functions::inbound(outside);
            // Nothing is said of a message that has not left.
            std::future::poll_fn(|context| match left.get() {
                true => std::task::Poll::Ready(()),
                false => {
                    context.waker().wake_by_ref();
                    std::task::Poll::Pending
                }
            })
            .await;
            inbound::handle(&inbound, report(status, AT_TEN_SECS)).await
        };
        let all = join3(send::handle(&send, record), says("delivered"), says("seen"));
        let (sent, delivered, read) = run(all).finished().expect("they live");
        assert_eq!(sent.failed().count(), 0);
        assert_eq!((delivered.status_code, read.status_code), (200, 200));
        world.outside.faults.clear();
        world.until_idle();
        waited.get()
    });
    shop.passes("20m");
    receives(&ann, Channel::Viber);
    for name in ["Message Delivered", "Message Read"] {
        assert_eq!(heard(&shop, &ann, name).len(), 1, "seed {seed}: {name}");
    }
    waited
}

#[test]
fn whoever_is_first_the_report_is_heard_once() {
    let waited = (0..100).filter(|seed| sends_while_reports_come(*seed)).count();
    assert!((1..100).contains(&waited), "both orders happen: {waited} of 100 waited");
}

#[test]
fn where_an_early_report_cannot_be_told_the_message_does_not_leave_again() {
    let (shop, ann) = shop();
    shop.with(|world| {
        let inbound = functions::inbound(&world.outside);
        world.outside.others.ask(move |_| {
            let call = inbound::handle(&inbound, report("delivered", AT_TEN_SECS));
            assert_eq!(run(call).finished().unwrap().status_code, 200);
            Ok(Taken::under(TOKEN))
        });
        world.outside.faults.install(|call, when| {
            let lost = call == "origins.note_origin" && when == When::Before;
            lost.then(|| Fault::Error(PortError::Retry("throttled".to_owned())))
        });
    });
    ann.gets_delivered("o-1", &[phone()]);
    shop.recovers();
    receives(&ann, Channel::Viber);
    shop.passes("1h");
    ann.receives_nothing();
    // Nothing was heard, so the cascade goes on.
    shop.passes("2h");
    receives(&ann, Channel::Whatsapp);
}
