//! The way of a message from the outbox to its provider, broken at any calls, for every channel and both
//! policies: at most once is never twice, at least once is never lost, and nothing stays undecided.
//!
//! `SENDING_SEED=123` replays one run; `SENDING_RUNS` asks for another number of them.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::{Channel, Form, Policy, Purpose};
use beckon_shared::domain::guard::reach;
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId, Version};
use beckon_shared::domain::message::{Message, Status};
use beckon_shared::domain::profile::{Browser, Phone, Platform, Profile};
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::profiles::Decided;
use beckon_shared::ports::{Page, PortError, Profiles};
use beckon_shared::template::{Part, Template};
use beckon_tests::memory::{self, Fault, When};
use beckon_tests::world::{World, definitions};
use fastrand::Rng;
use serde_json::json;
use std::cell::Cell;
use std::collections::BTreeMap;

const START: &str = "2026-03-01T10:00:00Z";
const RUNS: u64 = 10_000;
/// A message's way takes fewer calls than this, unless it is broken often.
const CALLS: u64 = 24;

/// A workspace without campaigns, and a template for every channel.
fn bare() -> Definitions {
    let mut bare = definitions::few().unwrap().clone();
    bare.campaigns.clear();
    let part = |channel| match channel {
        Channel::Email => Part::Email {
            subject: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            text: "Hello".to_owned(),
        },
        Channel::Sms => Part::Sms {
            text: "Hello".to_owned(),
        },
        Channel::Webhook => Part::Json { body: "{}".to_owned() },
        Channel::Viber | Channel::Whatsapp => Part::Plain {
            title: None,
            text: "Hello".to_owned(),
            link: None,
        },
        Channel::Push | Channel::Webpush | Channel::Onsite => Part::Notice {
            form: Form::default(),
            title: None,
            text: "Hello".to_owned(),
            link: None,
        },
    };
    let parts = Channel::ALL.map(|channel| (channel, BTreeMap::from([("en".to_owned(), part(channel))])));
    bare.templates = vec![Template {
        name: "hello".to_owned(),
        version: Version::from("v1"),
        service: Some("crm".to_owned()),
        parts: parts.into_iter().collect(),
    }];
    bare
}

/// Ann, whom every channel reaches.
fn ann() -> Profile {
    let mut profile = Profile::default();
    for (name, value) in [
        ("email", "ann@example.com"),
        ("phone", "+4915112345678"),
        ("viber_id", "01234567890A="),
    ] {
        profile.traits.values.insert(name.to_owned(), json!(value));
    }
    let devices = &mut profile.traits.devices;
    devices.register(Phone {
        token: "token".to_owned(),
        platform: Platform::Fcm,
        app: None,
        set: 1,
    });
    devices.subscribe(Browser {
        endpoint: "https://fcm.googleapis.com/1".to_owned(),
        p256dh: String::new(),
        auth: String::new(),
        set: 1,
    });
    profile
}

fn message(profile: &ProfileId, channel: Channel, policy: Policy, now: Timestamp) -> Message {
    let traits = ann().traits;
    Message {
        id: MessageId::from("msg_1"),
        profile: profile.clone(),
        campaign: CampaignName::from("hello"),
        version: Version::from("v1"),
        step: "hello".to_owned(),
        channel,
        to: reach::address(&traits, &bare().workspace.addresses, channel)
            .expect("every channel reaches her")
            .to_owned(),
        template: "hello".to_owned(),
        variant: None,
        locale: "en".to_owned(),
        topic: "news".to_owned(),
        purpose: Purpose::Transactional,
        priority: 50,
        policy,
        decided: now,
        expires: None,
        context: serde_json::Map::new(),
    }
}

/// What goes wrong: at which call, on which side, how.
type Plan = Vec<(u64, When, Fault)>;

fn plan(rng: &mut Rng) -> Plan {
    let faults = rng.usize(1..=3);
    let fault = |rng: &mut Rng| {
        let when = if rng.bool() { When::Before } else { When::After };
        let fault = match rng.u8(..3) {
            0 => Fault::Error(PortError::Retry("it is throttled".to_owned())),
            _ => Fault::Crash,
        };
        (rng.u64(..CALLS), when, fault)
    };
    (0..faults).map(|_| fault(rng)).collect()
}

/// Lets a world break as planned, counting every call of every port.
fn breaks(world: &World, plan: Plan) {
    let (calls, dead) = (Cell::new(0_u64), world.dead.clone());
    world.outside.faults.install(move |_, at| {
        if dead.get() {
            return Some(Fault::Crash);
        }
        let call = calls.get();
        if at == When::After {
            calls.set(call + 1);
        }
        let struck = plan.iter().find(|(nth, when, _)| *nth == call && *when == at);
        let fault = struck.map(|(_, _, fault)| fault.clone());
        if at == When::Before && fault.is_some() {
            calls.set(call + 1);
        }
        dead.set(fault == Some(Fault::Crash));
        fault
    });
}

/// One message's life. Gives how often it left, and where it stands two days later.
fn lives(seed: u64, definitions: &Definitions) -> (Channel, Policy, usize, Status) {
    let mut rng = Rng::with_seed(seed);
    let channel = Channel::ALL[rng.usize(..Channel::ALL.len())];
    let policy = if rng.bool() {
        Policy::AtMostOnce
    } else {
        Policy::AtLeastOnce
    };
    let mut world = World::new(START.parse().unwrap());
    world.twice_at_once = rng.u8(..4) == 0;
    let store = world.outside.store.clone();
    definitions::publish(&store, definitions, &[], world.now()).unwrap();
    let (id, now, mut profile) = (ProfileId::known("ann").unwrap(), world.now(), ann());
    let decided = [message(&id, channel, policy, now)];
    let saved = memory::run(store.save(
        &id,
        &mut profile,
        &Decided {
            traits_changed: true,
            messages: &decided,
            forwards: &[],
            expires: after(now, Span::from_days(90)),
            forwards_expire: after(now, Span::from_days(90)),
        },
    ));
    saved.finished().expect("it lives").expect("it is saved");
    breaks(&world, plan(&mut rng));
    world.advance(Span::from_days(2));
    world.outside.faults.clear();
    world.advance(Span::from_hours(2));
    let [envelope] = &store.messages(&id).unwrap()[..] else {
        panic!("one message was decided")
    };
    let copies = match channel {
        // Placed again it is in the same place: one message on the page.
        Channel::Onsite => memory::run(store.visit(&id)).finished().unwrap().unwrap().placed.len(),
        _ => world.outside.deliveries().len(),
    };
    (channel, policy, copies, envelope.status)
}

fn is_kept(policy: Policy, copies: usize, status: Status) -> bool {
    match (policy, status) {
        (Policy::AtMostOnce, Status::Sent) => copies == 1,
        (Policy::AtMostOnce, Status::Unknown) => copies <= 1,
        (Policy::AtLeastOnce, Status::Sent) => copies >= 1,
        // Nothing refuses for good here, and time enough has passed for everything else.
        (_, _) => false,
    }
}

#[test]
fn no_policy_is_broken_wherever_the_way_is() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().expect("a number"))
    };
    let definitions = bare();
    let seeds = match number("SENDING_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SENDING_RUNS").unwrap_or(RUNS),
    };
    let mut ended: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for seed in seeds {
        let (channel, policy, copies, status) = lives(seed, &definitions);
        assert!(
            is_kept(policy, copies, status),
            "SENDING_SEED={seed}: by {}, {policy:?}: {copies} copies, {status:?}",
            channel.name()
        );
        let (runs, repeats) = ended.entry(format!("{policy:?} {status:?}")).or_default();
        *runs += 1;
        *repeats += u64::from(copies > 1);
    }
    println!("{ended:?}");
    if number("SENDING_SEED").is_none() && number("SENDING_RUNS").is_none() {
        // Where little goes wrong little is shown.
        let (unknown, _) = ended.get("AtMostOnce Unknown").copied().unwrap_or_default();
        let (_, repeats) = ended.get("AtLeastOnce Sent").copied().unwrap_or_default();
        assert!(unknown > RUNS / 50 && repeats > RUNS / 100, "{ended:?}");
    }
}
