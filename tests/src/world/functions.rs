//! The functions, as warm instances over the ports in memory.

#![allow(clippy::panic)] // constants that cannot be read are a mistake in here

use crate::memory::{MemoryScheduler, MemorySetAside, MemoryStore, MemoryWorld, PlacingSender, VirtualClock};
use beckon_shared::channel::{Channels, OnsiteSender};
use beckon_shared::domain::time::Span;
use beckon_shared::links::{LinkKeys, LinkMaker};
use beckon_shared::rules_cache::RulesCache;
use beckon_shared::secrets::Secrets;
use beckon_shared::telemetry::Metrics;
use beckon_shared::template::Renderer;
use beckon_shared::wiring;
use ingest::keys::WriteKeys;
use std::rc::Rc;

/// The secret key of the team's own server.
pub const SERVER_KEY: &str = "local-server";
/// The key that every browser can read.
pub const BROWSER_KEY: &str = "local-browser";

/// Where links in messages lead.
pub const LINKS_URL: &str = "https://links.example.com";

/// Both keys as the function is configured with them: by their SHA-256.
const WRITE_KEYS: &str = "server:4273f434b594994effbcb7dc93dd059aff2fefee7e67017e28b8a7165c3152a4,\
                          browser:11f81adc1a403be2fe9bd0068e0e68428ccf0cdfcf14a17806ab5990235b635e";

/// What every secret of the shipped services is here: good for a signature, too.
pub const SECRET: &str = "whsec_c2VjcmV0";
/// The secrets that they name.
const SECRETS: [&str; 15] = [
    "whatsapp_phone_number_id",
    "whatsapp_token",
    "whatsapp_app_secret",
    "whatsapp_verify_token",
    "viber_token",
    "telegram_token",
    "telegram_webhook",
    "slack_team",
    "slack_bot",
    "slack_key",
    "slack_signing",
    "hubspot_token",
    "cpaas_token",
    "cpaas_signing",
    "crm_signing",
];

/// How long feedback and alarms are kept in inboxes.
const RETENTION: Span = Span::from_days(90);

type Ingest = ingest::Deps<MemoryStore, MemoryStore, VirtualClock>;
type Evaluate = evaluate::Deps<MemoryStore, MemoryScheduler, MemorySetAside, VirtualClock>;
type Check = check::Deps<MemoryStore, MemoryScheduler, VirtualClock>;
type Send = send::Deps<MemoryStore, MemorySetAside, VirtualClock>;
type Onsite = onsite::Deps<MemoryStore, VirtualClock>;
type Preferences = preferences::Deps<MemoryStore, VirtualClock>;
type Feedback = feedback::Deps<MemoryStore, VirtualClock>;
type Inbound = inbound::Deps<MemoryStore, VirtualClock>;

/// One instance of each function, with all that a warm instance keeps between invocations.
pub struct Functions {
    /// Takes events over HTTP.
    pub ingest: Ingest,
    /// Folds inboxes.
    pub evaluate: Evaluate,
    /// Wakes what is due.
    pub check: Check,
    /// Sends messages.
    pub send: Send,
    /// Takes providers' feedback.
    pub feedback: Feedback,
    /// Gives pages what waits for their visitors.
    pub onsite: Onsite,
    /// Shows the pages that messages link to.
    pub preferences: Preferences,
    /// Takes what services say.
    pub inbound: Inbound,
}

impl Functions {
    /// Instances that have just been started.
    pub fn cold(outside: &MemoryWorld) -> Self {
        Self {
            ingest: ingest(outside),
            evaluate: evaluate(outside),
            check: check(outside),
            send: send(outside),
            feedback: feedback(outside),
            onsite: onsite(outside),
            preferences: preferences(outside),
            inbound: inbound(outside),
        }
    }
}

fn metrics(function: &wiring::Function) -> Rc<Metrics> {
    Rc::new(Metrics::new(function.name))
}

/// A cold instance of `ingest`.
pub fn ingest(outside: &MemoryWorld) -> Ingest {
    ingest::Deps {
        inbox: outside.store.clone(),
        rules: RulesCache::new(outside.store.clone()),
        clock: outside.clock.clone(),
        // Keys that cannot be read would let nobody in, which every test would notice.
        keys: WriteKeys::parse(WRITE_KEYS).unwrap_or_default(),
        metrics: metrics(&wiring::INGEST),
    }
}

/// A cold instance of `evaluate`.
pub fn evaluate(outside: &MemoryWorld) -> Evaluate {
    evaluate::Deps {
        store: outside.store.clone(),
        rules: RulesCache::new(outside.store.clone()),
        scheduler: outside.scheduler.clone(),
        set_aside: outside.set_aside.clone(),
        clock: outside.clock.clone(),
        memory: evaluate::Memory::default(),
        counting: evaluate::Counting::of_instance(outside.store.number_of_an_instance()),
        metrics: metrics(&wiring::EVALUATE),
    }
}

/// A cold instance of `check`.
pub fn check(outside: &MemoryWorld) -> Check {
    check::Deps {
        store: outside.store.clone(),
        scheduler: outside.scheduler.clone(),
        clock: outside.clock.clone(),
        metrics: metrics(&wiring::CHECK),
        retention: RETENTION,
    }
}

/// A cold instance of `send`.
pub fn send(outside: &MemoryWorld) -> Send {
    send::Deps {
        store: outside.store.clone(),
        rules: RulesCache::new(outside.store.clone()),
        renderer: Renderer::new(),
        secrets: secrets(),
        channels: Channels::new()
            .with(outside.email.clone())
            .with(outside.sms.clone())
            .with(PlacingSender {
                listed: outside.others.clone(),
                placed: OnsiteSender::new(outside.store.clone()),
            })
            .with(outside.others.clone()),
        shut: send::Shut::default(),
        links: LinkMaker::new(LINKS_URL, link_keys()).unwrap_or_else(|error| panic!("{error}")),
        set_aside: outside.set_aside.clone(),
        clock: outside.clock.clone(),
        metrics: metrics(&wiring::SEND),
    }
}

/// The keys of links.
pub fn link_keys() -> LinkKeys {
    LinkKeys::parse(&LinkKeys::spelt("k1", &[7; 32])).unwrap_or_else(|error| panic!("{error}"))
}

/// A cold instance of `preferences`.
pub fn preferences(outside: &MemoryWorld) -> Preferences {
    preferences::Deps {
        store: outside.store.clone(),
        rules: RulesCache::new(outside.store.clone()),
        keys: link_keys(),
        pages: preferences::page::Pages::new().unwrap_or_else(|error| panic!("{error}")),
        clock: outside.clock.clone(),
        metrics: metrics(&wiring::PREFERENCES),
    }
}

/// A cold instance of `feedback`.
pub fn feedback(outside: &MemoryWorld) -> Feedback {
    feedback::Deps {
        store: outside.store.clone(),
        clock: outside.clock.clone(),
        metrics: metrics(&wiring::FEEDBACK),
        retention: RETENTION,
    }
}

/// A cold instance of `onsite`.
pub fn onsite(outside: &MemoryWorld) -> Onsite {
    onsite::Deps {
        page: outside.store.clone(),
        clock: outside.clock.clone(),
        keys: WriteKeys::parse(WRITE_KEYS).unwrap_or_default(),
    }
}
/// A cold instance of `inbound`.
pub fn inbound(outside: &MemoryWorld) -> Inbound {
    inbound::Deps {
        store: outside.store.clone(),
        rules: RulesCache::new(outside.store.clone()),
        secrets: secrets(),
        clock: outside.clock.clone(),
        metrics: metrics(&wiring::INBOUND),
    }
}

fn secrets() -> Secrets {
    let named: serde_json::Map<String, serde_json::Value> = SECRETS
        .into_iter()
        .map(|name| (name.to_owned(), serde_json::Value::from(SECRET)))
        .collect();
    // Without them every service would fail, which every story with one would notice.
    Secrets::parse(&serde_json::Value::Object(named).to_string()).unwrap_or_default()
}
