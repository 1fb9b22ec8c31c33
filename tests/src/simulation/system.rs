//! The system under test: the bundle, the weather, and callers who try again.

use super::assertions::Compared;
use super::chaos::{self, Toll};
use super::said::{Said, What};
use super::transition::Transition;
use crate::memory::Record;
use crate::world::functions::SERVER_KEY;
use crate::world::{Reader, World, definitions};
use beckon_shared::domain::time::{Span, Timestamp, after};
use fastrand::Rng;
use serde_json::{Value, json};

/// Who there is.
pub const USERS: [&str; 3] = ["ann", "ben", "eve"];

/// How long a storm lasts at most: longer ones exhaust the tries of the stream's mappings, whose
/// on-failure queue is then for people to look at.
const LONGEST_STORM: Span = Span::from_hours(2);

/// The first of the days: the clocks change in it.
const FIRST_DAY: &str = "2026-03-24T06:00:00Z";

/// The bundle, and what was told to it.
pub struct System {
    /// The bundle.
    pub world: World,
    /// Everything that was ever told, answered or not.
    pub said: Vec<Said>,
    /// Ids of what was answered with 200.
    pub accepted: Vec<String>,
    /// What has gone wrong.
    pub toll: Toll,
    /// How far it was held against the reference.
    pub compared: Compared,
    requests: Vec<Vec<Said>>,
    storm_since: Option<Timestamp>,
    /// Requests that got no answer: their callers try again.
    unanswered: Vec<Vec<Said>>,
}

impl System {
    /// A bundle with campaigns in force, where two of three people are known.
    pub fn new(rng: &mut Rng) -> Result<Self, String> {
        let first: Timestamp = FIRST_DAY.parse().map_err(|error| format!("{error}"))?;
        let world = World::new(after(first, Span::from_mins(rng.i64(0..1_440))));
        let definitions = definitions::with_our_own()?;
        definitions::publish(&world.outside.store, definitions, &[], world.now()).map_err(|error| error.to_string())?;
        let mut system = Self {
            world,
            said: Vec::new(),
            accepted: Vec::new(),
            toll: Toll::default(),
            compared: Compared::default(),
            requests: Vec::new(),
            storm_since: None,
            unanswered: Vec::new(),
        };
        for user in ["ann", "ben"] {
            let number = system.said.len();
            let what = What::Is {
                email: true,
                phone: true,
                birthday: None,
                zone: None,
            };
            let at = after(
                system.world.now(),
                Span::from_millis(i64::try_from(number).unwrap_or_default()),
            );
            system.apply(Transition::Say(vec![Said {
                id: format!("m-{number}"),
                user,
                at,
                what,
            }]));
        }
        Ok(system)
    }

    /// Lets it happen.
    pub fn apply(&mut self, transition: Transition) {
        match transition {
            Transition::Say(said) => {
                self.said.extend(said.iter().cloned());
                self.tell(said);
            }
            Transition::SayAgain(ago) => {
                let again = self.requests.iter().rev().nth(ago).cloned();
                self.tell(again.unwrap_or_default());
            }
            Transition::Retell(ago, mut said) => {
                self.said.extend(said.iter().cloned());
                let old = self
                    .requests
                    .iter()
                    .rev()
                    .nth(ago)
                    .and_then(|request| request.first())
                    .cloned();
                said.extend(old);
                self.tell(said);
            }
            Transition::Pass(span) => self.pass(span),
            Transition::Pump(reader, lane) => {
                self.world.pump(reader, lane);
            }
            Transition::PumpTwice(reader, lane) => {
                self.world.pump_twice_at_once(reader, lane);
            }
            Transition::Repeat(reader, from, many) => self.repeat(reader, from, many),
            Transition::Switch => self.world.take_turn(self.said.len()),
            Transition::Deploy => self.world.deploy_anew(),
            Transition::LoseSchedule(which) => {
                let bucket = self.world.outside.scheduler.schedules().into_keys().nth(which);
                bucket.map(|bucket| self.world.outside.scheduler.lose(bucket));
            }
            Transition::FireAnyway(which) => {
                if let Some(bucket) = self.world.outside.scheduler.schedules().into_keys().nth(which) {
                    self.world.check(check::Call::Bucket(bucket));
                }
            }
            Transition::Sweep => self.world.sweep(),
            Transition::Storm(weather, seed) => {
                chaos::let_in(&self.world, weather, &self.toll, seed);
                self.world.twice_at_once = weather.twice;
                self.storm_since = self.storm_since.or(Some(self.world.now()));
            }
            Transition::Calm(span) => {
                self.calm();
                self.pass(span);
            }
        }
    }

    /// Tells the bundle; without an answer, again later.
    fn tell(&mut self, said: Vec<Said>) {
        if said.is_empty() {
            return;
        }
        let messages: Vec<Value> = said.iter().map(Said::message).collect();
        let heard = self.world.post("/v1/batch", SERVER_KEY, &json!({ "batch": messages }));
        if heard.is_some_and(|heard| heard.status == 200) {
            self.accepted.extend(said.iter().map(|said| said.id.clone()));
            self.requests.push(said);
        } else {
            self.unanswered.push(said);
        }
    }

    fn calm(&mut self) {
        self.storm_since = None;
        self.world.twice_at_once = false;
        self.world.outside.faults.clear();
    }

    /// Lets time pass; a storm ends within it, once it has lasted.
    fn pass(&mut self, span: Span) {
        for said in std::mem::take(&mut self.unanswered) {
            self.tell(said);
        }
        let until = after(self.world.now(), span);
        if let Some(end) = self
            .storm_since
            .map(|since| after(since, LONGEST_STORM))
            .filter(|end| *end < until)
        {
            self.world.advance_to(end);
            self.calm();
        }
        self.world.advance_to(until);
    }

    fn repeat(&mut self, reader: Reader, from: usize, many: usize) {
        let all = self.world.outside.store.records_from(0);
        // What was not handed over yet comes by itself, in its order.
        let waiting = self.world.waiting(reader);
        let read: Vec<Record> = all
            .into_iter()
            .filter(|record| match reader {
                Reader::Evaluate => record.is_for_evaluate(),
                Reader::Send => record.is_for_send(),
            })
            .filter(|record| !waiting.contains(&record.position))
            .collect();
        let from = from * read.len() / 100;
        let stretch = read.get(from..).unwrap_or_default();
        self.world
            .repeat(reader, stretch.get(..many.min(stretch.len())).unwrap_or_default());
    }
}
