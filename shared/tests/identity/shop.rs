//! A shop that hears of a person from three sides: what is told, when it is heard of, and what the profiles come to.

use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::{Event, EventKind, Input, Source};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// Everybody has joined by then, and no message is decided before.
pub const JOINED_BY_MINS: i64 = 55;

pub fn start() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

pub fn minute(minute: i64) -> Timestamp {
    after(start(), Span::from_mins(minute))
}

/// Whose word it is: the user's, or one of two devices'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    User,
    Laptop,
    Tablet,
}

impl Who {
    pub fn id(self) -> ProfileId {
        match self {
            Self::User => ProfileId::known("u1").unwrap(),
            Self::Laptop => ProfileId::anonymous("laptop").unwrap(),
            Self::Tablet => ProfileId::anonymous("tablet").unwrap(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Told {
    pub who: Who,
    /// When it happened.
    pub minute: i64,
    /// How much later it is heard of.
    pub delay: i64,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Adds(u8),
    Removes(u8),
    Orders,
    Views,
    IsCalled,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub told: Vec<Told>,
    pub laptop_joins: i64,
    pub tablet_joins: i64,
    /// How long what one profile passes on is under way, in minutes.
    pub forward_delay: i64,
}

pub fn cases(delays: bool) -> impl Strategy<Value = Case> {
    let what = prop_oneof![
        6 => (0u8..4).prop_map(What::Adds),
        1 => (0u8..4).prop_map(What::Removes),
        1 => Just(What::Orders),
        2 => Just(What::Views),
        2 => Just(What::IsCalled),
    ];
    let who = prop_oneof![Just(Who::User), Just(Who::Laptop), Just(Who::Tablet)];
    let most: i64 = if delays { 8 } else { 1 };
    let told = (who, 0..45i64, 0..most, what).prop_map(|(who, minute, delay, what)| Told {
        who,
        minute,
        delay,
        what,
    });
    let list = prop::collection::vec(told, 1..12);
    (list, 0..50i64, 0..50i64, 0..3i64).prop_map(|(told, laptop_joins, tablet_joins, forward_delay)| Case {
        told,
        laptop_joins,
        tablet_joins,
        forward_delay,
    })
}

/// Profiles and what is under way to them.
pub struct Shop<'r> {
    pub rules: &'r Rules,
    pub profiles: BTreeMap<ProfileId, Profile>,
    /// By minute, in the order of putting.
    pub under_way: BTreeMap<i64, VecDeque<(ProfileId, Input)>>,
    pub forward_delay: i64,
    pub sent: Vec<(String, String, Timestamp)>,
    pub decided_early: bool,
    pub exits: bool,
}

impl<'r> Shop<'r> {
    pub fn new(rules: &'r Rules, forward_delay: i64) -> Self {
        let mut shop = Self {
            rules,
            profiles: BTreeMap::new(),
            under_way: BTreeMap::new(),
            forward_delay,
            sent: Vec::new(),
            decided_early: false,
            exits: false,
        };
        let email = json!({ "email": "ann@example.com" });
        shop.put(0, Who::User.id(), event("email", EventKind::Identify, "", -1, 0, email));
        shop
    }

    pub fn put(&mut self, minute: i64, to: ProfileId, input: Input) {
        self.under_way.entry(minute).or_default().push_back((to, input));
    }

    /// Until nothing is left to happen.
    pub fn run(&mut self) {
        for now in 0..24 * 60 {
            // What is passed on at once is known at the same minute.
            while let Some(arriving) = self.under_way.remove(&now) {
                let mut piles: BTreeMap<ProfileId, Vec<Input>> = BTreeMap::new();
                for (to, input) in arriving {
                    piles.entry(to).or_default().push(input);
                }
                for (id, inputs) in piles {
                    self.turn(&id, &inputs, now);
                }
            }
            let due: Vec<ProfileId> = self
                .profiles
                .iter()
                .filter(|(_, profile)| profile.state.alarm.is_some_and(|alarm| alarm <= minute(now)))
                .map(|(id, _)| id.clone())
                .collect();
            for id in due {
                let alarm = Input::Alarm {
                    id: format!("alarm-{now}"),
                };
                self.turn(&id, &[alarm], now);
            }
        }
    }

    pub fn turn(&mut self, id: &ProfileId, inputs: &[Input], now: i64) {
        let profile = self.profiles.entry(id.clone()).or_default();
        let arrivals: Vec<Arrival<'_>> = inputs
            .iter()
            .map(|input| Arrival {
                input,
                received: minute(now),
                sequence: None,
            })
            .collect();
        let folded = fold(id, profile, &arrivals, minute(now), self.rules);
        for decision in &folded.decisions {
            match &decision.verdict {
                Verdict::Enter => {}
                Verdict::Exit { reason } if reason == "merged" => {}
                Verdict::Exit { .. } => self.exits = true,
                Verdict::Send { .. }
                | Verdict::Skip { .. }
                | Verdict::Defer { .. }
                | Verdict::Goal { .. }
                | Verdict::Offer { .. }
                | Verdict::Redeem { .. }
                | Verdict::Pass { .. }
                | Verdict::Fault { .. } => self.decided_early |= now < JOINED_BY_MINS,
            }
        }
        for message in folded.messages {
            let key = message.context.get("key").and_then(Value::as_str).unwrap_or_default();
            self.sent
                .push((message.campaign.to_string(), key.to_owned(), message.decided));
        }
        for forward in folded.forwards {
            for input in forward.inputs {
                self.put(now + self.forward_delay, forward.profile.clone(), input);
            }
        }
    }

    /// What a person could tell of the user's profile.
    pub fn seen(&self) -> Value {
        let profile = &self.profiles[&Who::User.id()];
        let state = &profile.state;
        let mut cart: Vec<&Value> = state
            .lists
            .get("cart")
            .into_iter()
            .flat_map(|cart| cart.items())
            .collect();
        cart.sort_by_key(|item| item["product_id"].to_string());
        let mut runs: Vec<Value> = state
            .enrollments
            .iter()
            .map(|run| json!([run.campaign, run.key, run.entered, run.step, run.due]))
            .collect();
        runs.sort_by_key(Value::to_string);
        json!({
            "cart": cart, "runs": runs, "tallies": state.tallies, "traits": profile.traits.values,
            "set": profile.traits.set, "alarm": state.alarm,
        })
    }
}

pub fn event(id: &str, kind: EventKind, name: &str, minutes: i64, seconds: i64, properties: Value) -> Input {
    Input::Event(Event {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        at: after(minute(minutes), Span::from_secs(seconds)),
        source: Source::Server,
        hops: 0,
        properties: properties.as_object().cloned().unwrap_or_default(),
    })
}

impl Told {
    /// What is said; no two of them at the same second.
    pub fn input(&self, number: usize) -> Input {
        let id = format!("m-{number}");
        let track = |name: &str, properties| {
            let seconds = i64::try_from(number).unwrap();
            event(&id, EventKind::Track, name, self.minute, seconds, properties)
        };
        match self.what {
            What::Adds(product) => track(
                "Product Added",
                json!({ "cart_id": "c-1", "product_id": format!("p-{product}"), "number": number }),
            ),
            What::Removes(product) => track(
                "Product Removed",
                json!({ "cart_id": "c-1", "product_id": format!("p-{product}") }),
            ),
            What::Orders => track("Order Completed", json!({ "order_id": id, "total": 10 })),
            What::Views => track("Product Viewed", json!({ "product_id": "p-1" })),
            What::IsCalled => {
                let seconds = i64::try_from(number).unwrap();
                event(
                    &id,
                    EventKind::Identify,
                    "",
                    self.minute,
                    seconds,
                    json!({ "first_name": id }),
                )
            }
        }
    }
}
