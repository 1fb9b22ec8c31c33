//! What a condition can see.

use super::Expr;
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
    /// `item`: the element that an `each` entered for.
    pub item: Option<&'a Value>,
    /// `key`: the enrollment's key; empty where there is none.
    pub key: &'a str,
    /// `profile`: the traits.
    pub traits: &'a Properties,
    /// Lists by name: `cart.items`, `cart.key`.
    pub lists: &'a BTreeMap<String, List>,
    /// What `count` and `last` look at.
    pub tallies: &'a Tallies,
    /// Segments by name, evaluated in this same scope without event, item and key.
    pub segments: &'a BTreeMap<String, Expr>,
}
