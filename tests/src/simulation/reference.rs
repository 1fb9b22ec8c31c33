//! What must have been decided: the scenarios told once more, naively, from everything that one
//! person is known to have done. No engine, no bounded state, no stream, no faults.

use super::chronicle::Arrival;
use super::said::{Said, What};
use beckon_shared::domain::id::{CampaignName, EnrollmentId, ProfileId};
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A message that must have been decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// At which look.
    pub at: Timestamp,
    /// Of which campaign.
    pub campaign: &'static str,
    /// For which cart, product, order or year; empty for none.
    pub key: String,
    /// Since when it could have been.
    pub since: Timestamp,
}

/// A run through a campaign that has not come to its message.
#[derive(Debug, Clone)]
struct Run {
    campaign: &'static str,
    key: String,
    /// Of what started it last.
    entered: Timestamp,
    trigger: String,
    /// When its message is due.
    due: Timestamp,
    /// Held back by the night until then.
    held: Option<Timestamp>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Reference {
    profile: ProfileId,
    /// In the order in which it became known; times in the future brought back.
    known: Vec<Said>,
    ids: BTreeSet<String>,
    runs: Vec<Run>,
    carts_reminded_of: BTreeSet<String>,
    marketing: Vec<Timestamp>,
    /// With when each was set.
    traits: BTreeMap<&'static str, (String, Timestamp)>,
    next_birthday: Option<Timestamp>,
    birthdays_had: BTreeSet<i16>,
}

const HOUR: Span = Span::from_hours(1);
const DAY: Span = Span::from_days(1);

impl Reference {
    /// Somebody of whom nothing is known.
    pub fn new(profile: ProfileId) -> Self {
        Self {
            profile,
            known: Vec::new(),
            ids: BTreeSet::new(),
            runs: Vec::new(),
            carts_reminded_of: BTreeSet::new(),
            marketing: Vec::new(),
            traits: BTreeMap::new(),
            next_birthday: None,
            birthdays_had: BTreeSet::new(),
        }
    }

    /// What a look at this time must come to, where this has become known since the last one.
    pub fn look(&mut self, now: Timestamp, news: &[Arrival]) -> Vec<Decided> {
        for arrival in news {
            if self.ids.insert(arrival.said.id.clone()) {
                let said = Said {
                    at: arrival.said.at.min(arrival.received),
                    ..arrival.said.clone()
                };
                self.known.push(said.clone());
                self.learn(&said, now);
            }
        }
        self.celebrate(now);
        if self.cart().is_empty() {
            self.runs.retain(|run| run.campaign != "abandoned-cart");
        }
        self.decide(now)
    }

    /// What is in the cart: the story of the last cart that was touched, in the order in which
    /// things happened.
    pub fn cart(&self) -> Vec<&'static str> {
        let mut story: Vec<&Said> = self.known.iter().collect();
        story.sort_by_key(|said| said.at);
        let (mut current, mut items) = (None, Vec::new());
        for said in story {
            let cart = match &said.what {
                What::Added { cart, .. } | What::Removed { cart, .. } | What::Cart { cart, .. } => Some(cart),
                _ => None,
            };
            if cart.is_some() && cart != current {
                current = cart;
                items.clear();
            }
            match &said.what {
                What::Added { product, .. } if !items.contains(product) => items.push(*product),
                What::Removed { product, .. } => items.retain(|item| item != product),
                What::Cart { products, .. } => items.clone_from(products),
                What::Ordered { .. } => items.clear(),
                _ => {}
            }
        }
        items
    }

    fn learn(&mut self, said: &Said, now: Timestamp) {
        // History updates what is known, and starts nothing.
        let starts = said.at > before(now, DAY);
        let over = |done: fn(&What) -> bool| self.known.iter().any(|known| done(&known.what) && known.at > said.at);
        let ordered_since = over(|what| matches!(what, What::Ordered { .. }));
        let subscribed_since = over(|what| matches!(what, What::Subscribed));
        match &said.what {
            What::Added { cart, .. } | What::Cart { cart, .. } => {
                if starts && !ordered_since && !self.cart().is_empty() {
                    self.start("abandoned-cart", cart, said, after(said.at, HOUR));
                }
            }
            What::Ordered { order, products } => {
                self.runs.retain(|run| match run.campaign {
                    "abandoned-cart" => run.entered > said.at,
                    "replenishment" => run.entered > said.at || !products.contains(&run.key.as_str()),
                    _ => true,
                });
                if starts {
                    self.start("order-thanks", order, said, said.at);
                }
            }
            What::Delivered { order, products } if starts => {
                for (place, (product, quantity, days)) in products.iter().enumerate() {
                    if *days == 0 {
                        continue;
                    }
                    let due = after(said.at, Span::from_days(quantity * days - 3));
                    let entry = Said {
                        id: format!("{}/Product Delivered/{place}", said.id),
                        ..said.clone()
                    };
                    self.start("replenishment", product, &entry, due);
                }
                self.start("on-its-way", order, said, after(said.at, Span::from_mins(30)));
            }
            What::Trial { ends, .. } if starts && !subscribed_since => {
                self.start("trial-expiry", "", said, (*ends).max(said.at));
            }
            What::Subscribed => self
                .runs
                .retain(|run| run.campaign != "trial-expiry" || run.entered > said.at),
            What::Is {
                email,
                phone,
                birthday,
                zone,
            } => {
                let told = [
                    ("email", email.then_some("yes")),
                    ("phone", phone.then_some("yes")),
                    ("birthday", *birthday),
                    ("zone", *zone),
                ];
                self.learn_traits(told, said.at, now);
            }
            What::Delivered { .. } | What::Trial { .. } | What::Removed { .. } | What::Viewed => {}
            What::Unsubscribed { .. } => {}
        }
    }

    /// Starts a run, or starts the one with this key over.
    fn start(&mut self, campaign: &'static str, key: &str, said: &Said, due: Timestamp) {
        let run = Run {
            campaign,
            key: key.to_owned(),
            entered: said.at,
            trigger: said.id.clone(),
            due,
            held: None,
        };
        match self
            .runs
            .iter_mut()
            .find(|known| known.campaign == campaign && known.key == key)
        {
            Some(known) if said.at >= known.entered => *known = run,
            Some(_) => {}
            // Each cart is reminded of once, or not where something held that back.
            None if campaign == "abandoned-cart" && self.carts_reminded_of.contains(key) => {}
            None => self.runs.push(run),
        }
    }

    fn learn_traits(&mut self, told: [(&'static str, Option<&str>); 4], at: Timestamp, now: Timestamp) {
        let mut rearm = false;
        for (name, value) in told {
            let Some(value) = value else { continue };
            let known = self.traits.get(name);
            if known.is_some_and(|(known, set)| *set > at || known == value) {
                continue;
            }
            self.traits.insert(name, (value.to_owned(), at));
            rearm |= matches!(name, "birthday" | "zone");
        }
        if rearm && self.next_birthday.is_none_or(|next| next > now) {
            self.next_birthday = self.birthday_after(now);
        }
    }

    fn zone(&self) -> TimeZone {
        let name = self.traits.get("zone").map_or("UTC", |(name, _)| name);
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }

    /// Nine in the morning of the next birthday, in a year that has had none.
    fn birthday_after(&self, now: Timestamp) -> Option<Timestamp> {
        let (born, _) = self.traits.get("birthday")?;
        let mut parts = born.rsplit('-');
        let day: i8 = parts.next()?.parse().ok()?;
        let month: i8 = parts.next()?.parse().ok()?;
        let zone = self.zone();
        let this_year = now.to_zoned(zone.clone()).year();
        (this_year..this_year + 3)
            .filter(|year| !self.birthdays_had.contains(year))
            .filter_map(|year| {
                let day = if (month, day) == (2, 29) && !date(year, 1, 1).in_leap_year() {
                    28
                } else {
                    day
                };
                let nine = Date::new(year, month, day).ok()?.to_datetime(time(9, 0, 0, 0));
                Some(zone.to_ambiguous_zoned(nine).compatible().ok()?.timestamp())
            })
            .find(|at| *at > now)
    }

    fn celebrate(&mut self, now: Timestamp) {
        let Some(at) = self.next_birthday.filter(|at| *at <= now) else {
            return;
        };
        let year = at.to_zoned(self.zone()).year();
        if self.birthdays_had.insert(year) {
            self.runs.push(Run {
                campaign: "birthday",
                key: year.to_string(),
                entered: at,
                trigger: format!("date:{year}"),
                due: at,
                held: None,
            });
        }
        self.next_birthday = self.birthday_after(now);
    }

    /// Decides what is due, the most important first.
    fn decide(&mut self, now: Timestamp) -> Vec<Decided> {
        let (mut due, rest): (Vec<Run>, Vec<Run>) = self
            .runs
            .drain(..)
            .partition(|run| run.due <= now && run.held.is_none_or(|until| until <= now));
        self.runs = rest;
        due.sort_by_cached_key(|run| {
            let campaign = CampaignName::from(run.campaign);
            let id = EnrollmentId::derive(&self.profile, &campaign, &run.key, &run.trigger);
            (Reverse(priority(run.campaign)), run.due, id)
        });
        let mut decided = Vec::new();
        for mut run in due {
            if run.campaign == "abandoned-cart" {
                self.carts_reminded_of.insert(run.key.clone());
            }
            if !self.may_reach(run.campaign)
                || (run.campaign == "birthday" && now > after(run.due, Span::from_hours(12)))
            {
                continue;
            }
            let marketing = run.campaign != "order-thanks";
            if marketing && !self.cap_has_room(now) {
                continue;
            }
            if let Some(morning) = self.morning_after(now).filter(|_| run.campaign == "on-its-way") {
                run.held = Some(morning);
                self.runs.push(run);
                continue;
            }
            if marketing {
                self.marketing.push(now);
            }
            let since = run.held.unwrap_or(run.due);
            decided.push(Decided {
                at: now,
                campaign: run.campaign,
                key: run.key,
                since,
            });
        }
        decided
    }

    fn may_reach(&self, campaign: &str) -> bool {
        let (address, topic) = match campaign {
            "on-its-way" => ("phone", "deliveries"),
            "abandoned-cart" | "replenishment" => ("email", "reminders"),
            "trial-expiry" => ("email", "trial"),
            "birthday" => ("email", "greetings"),
            _ => ("email", ""),
        };
        let said_no = self.known.iter().any(|known| match &known.what {
            What::Unsubscribed { topic: told } => told.is_none_or(|told| told == topic),
            _ => false,
        });
        self.traits.contains_key(address) && (campaign == "order-thanks" || !said_no)
    }

    fn cap_has_room(&self, now: Timestamp) -> bool {
        let within = |span: Span| self.marketing.iter().filter(|sent| **sent > before(now, span)).count();
        within(DAY) < 1 && within(Span::from_days(7)) < 4
    }

    /// The end of the night, if it is night: from nine in the evening until eight.
    fn morning_after(&self, now: Timestamp) -> Option<Timestamp> {
        let local = now.to_zoned(self.zone());
        let morning = match local.hour() {
            21.. => local.tomorrow().ok()?,
            0..8 => local,
            _ => return None,
        };
        Some(morning.with().time(time(8, 0, 0, 0)).build().ok()?.timestamp())
    }
}

fn priority(campaign: &str) -> u8 {
    match campaign {
        "birthday" => 90,
        "abandoned-cart" => 70,
        "trial-expiry" => 60,
        "on-its-way" => 40,
        // Replenishment says so; where a campaign says nothing it is 50.
        _ => 50,
    }
}
