//! What a condition can see.

use super::Expr;
use crate::domain::campaign::{Moments, Score};
use crate::domain::event::Properties;
use crate::domain::profile::{List, Tallies};
use crate::domain::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything a condition's names stand for, borrowed for one evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `now`.
    pub now: Timestamp,
    /// The person's time zone, for dates without one.
    pub zone: &'a TimeZone,
    /// `event`: properties of the event looked at (in steps: of the trigger).
    pub event: &'a Properties,
    /// `event_time`: when it happened.
    pub event_time: Timestamp,
    /// `event_name`: what it is called; empty where nothing happened.
    pub event_name: &'a str,
    /// `item`: the element that an `each` entered for.
    pub item: Option<&'a Value>,
    /// `offer`: the code that the enrollment's last offer gave.
    pub offer: Option<&'a Value>,
    /// `answer`: what a service answered to the enrollment's last call, or what its last wait heard.
    pub answer: Option<&'a Value>,
    /// `key`: the enrollment's key; empty where there is none.
    pub key: &'a str,
    /// `profile`: the traits.
    pub traits: &'a Properties,
    /// `account`: the traits of the account that the person belongs to, and its `id`.
    pub account: &'a Properties,
    /// Lists by name: `cart.items`, `cart.key`.
    pub lists: &'a BTreeMap<String, List>,
    /// What aggregates, scores and the micromoment look at.
    pub tallies: &'a Tallies,
    /// Segments by name, evaluated in this same scope without event, item and key.
    pub segments: &'a BTreeMap<String, Expr>,
    /// Scores by name.
    pub scores: &'a BTreeMap<String, Score>,
    /// What tells the micromoment.
    pub moments: Option<&'a Moments>,
}

impl Scope<'_> {
    /// Runs `what` where nothing has happened and nothing is known.
    pub fn of_nothing<T>(what: impl FnOnce(&Scope<'_>) -> T) -> T {
        let nothing = Properties::new();
        what(&Scope {
            now: Timestamp::UNIX_EPOCH,
            zone: &TimeZone::UTC,
            event: &nothing,
            event_time: Timestamp::UNIX_EPOCH,
            event_name: "",
            item: None,
            offer: None,
            answer: None,
            key: "",
            traits: &nothing,
            account: &nothing,
            lists: &BTreeMap::new(),
            tallies: &Tallies::default(),
            segments: &BTreeMap::new(),
            scores: &BTreeMap::new(),
            moments: None,
        })
    }
}
