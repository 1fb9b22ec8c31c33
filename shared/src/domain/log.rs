//! The latest decisions about a profile, so that people can be told what was decided and why.

use super::campaign::ChannelSet;
use super::decision::{Decision, DecisionLine};
use super::event::millis;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most decisions that are kept.
pub const LOG_MAX: usize = 40;
/// Longest reason that is kept, in characters: an error may be long.
const REASON_MAX_CHARS: usize = 80;

/// A decision as it is kept: whatever does not belong to its kind is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// When.
    #[serde(rename = "t", with = "millis")]
    pub at: Timestamp,
    /// What, as [`DecisionLine`] names it.
    #[serde(rename = "d")]
    pub decision: String,
    /// In which campaign.
    #[serde(rename = "c")]
    pub campaign: String,
    /// In which enrollment.
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// By which step; of a fault, where.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// On which channel.
    #[serde(rename = "h", default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// In which arm.
    #[serde(rename = "v", default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Under which id.
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Why.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Which frequency cap held it back.
    #[serde(rename = "p", default, skip_serializing_if = "String::is_empty")]
    pub cap: String,
    /// By which other channels the same message may have reached the person.
    #[serde(rename = "b", default, skip_serializing_if = "ChannelSet::is_empty")]
    pub maybe_also: ChannelSet,
    /// Until when.
    #[serde(
        rename = "u",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Timestamp>,
    /// What it was worth.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

impl From<&Decision> for Logged {
    fn from(decision: &Decision) -> Self {
        let DecisionLine {
            at,
            decision: what,
            profile: _,
            campaign,
            key: _,
            step,
            channel,
            template: _,
            variant,
            message,
            reason,
            until,
            value,
            took: _,
            code: _,
            cap,
            maybe_also,
        } = decision.line();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            at: Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at),
            decision: what.to_owned(),
            campaign: campaign.to_string(),
            key: decision.key.clone(),
            step: text(step),
            channel: text(channel.map(super::campaign::Channel::name)),
            variant: text(variant),
            message: text(message.map(super::id::MessageId::as_str)),
            reason: reason.unwrap_or_default().chars().take(REASON_MAX_CHARS).collect(),
            cap: text(cap).chars().take(REASON_MAX_CHARS).collect(),
            maybe_also: maybe_also.into_iter().collect(),
            until,
            value,
        }
    }
}

/// What was decided last. The store keeps as much of it as fits beside the state at no cost, and
/// reads it only for people: to a fold it is opaque.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// As it is stored: the store's own concern.
    pub kept: Vec<u8>,
    /// What has been decided since, at most [`LOG_MAX`].
    pub fresh: Vec<Logged>,
}

impl Log {
    /// Notes decisions.
    pub fn note(&mut self, decisions: &[Decision]) {
        self.fresh.extend(decisions.iter().map(Logged::from));
        let passed_over = self.fresh.len().saturating_sub(LOG_MAX);
        self.fresh.drain(..passed_over);
    }
}
