//! How a campaign is left: early, or crowned.

use crate::domain::condition::Expr;
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};

/// An early way out. With both parts, both must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// A track event's name.
    #[serde(default)]
    pub on: Option<String>,
    /// A condition, on that event (`event`) or, without `on`, on the profile at every look.
    #[serde(default)]
    pub condition: Option<Expr>,
}

/// What counts as success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// A track event's name.
    pub on: String,
    /// Must hold for that event.
    #[serde(default)]
    pub condition: Option<Expr>,
    /// How long after the enrollment's end it still counts.
    pub within: Span,
    /// What it is worth.
    #[serde(default)]
    pub value: Option<Expr>,
}
