//! Codes of the person's own.

use crate::domain::event::millis;
use crate::domain::id::CampaignName;
use crate::domain::time::{Span, Timestamp, in_window};
use serde::{Deserialize, Serialize};

/// How many offers are kept: the latest.
const KEPT: usize = 16;

/// An offer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenOffer {
    /// Its code.
    #[serde(rename = "k")]
    pub code: String,
    /// By which campaign.
    #[serde(rename = "c")]
    pub campaign: CampaignName,
    /// When.
    #[serde(rename = "t", with = "millis")]
    pub given: Timestamp,
    /// Until when it is good; at that very moment it is over.
    #[serde(rename = "e", with = "millis")]
    pub ends: Timestamp,
    /// When it was used.
    #[serde(
        rename = "u",
        default,
        with = "millis::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub used: Option<Timestamp>,
}

/// What using a code came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    /// It is good, and used now.
    Good,
    /// It had ended.
    Ended,
    /// It was used before.
    Used,
}

/// The offers given last, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offers(Vec<GivenOffer>);

impl Offers {
    /// Notes an offer.
    pub fn give(&mut self, offer: GivenOffer) {
        self.0.push(offer);
        if self.0.len() > KEPT {
            self.0.remove(0);
        }
    }

    /// Whether any was given in `(now − window, now]`.
    pub fn given_in(&self, now: Timestamp, window: Span) -> bool {
        self.0.iter().any(|offer| in_window(offer.given, now, window))
    }

    /// Uses a code; `None` where it is none of this person's.
    pub fn redeem(&mut self, code: &str, at: Timestamp) -> Option<(CampaignName, Redeemed)> {
        let offer = self
            .0
            .iter_mut()
            .rev()
            .find(|offer| offer.code.eq_ignore_ascii_case(code))?;
        let outcome = if at >= offer.ends {
            Redeemed::Ended
        } else if offer.used.is_some() {
            Redeemed::Used
        } else {
            offer.used = Some(at);
            Redeemed::Good
        };
        Some((offer.campaign.clone(), outcome))
    }

    /// Takes another profile's offers in.
    pub fn merge(&mut self, other: Self) {
        let new = other
            .0
            .into_iter()
            .filter(|offer| self.0.iter().all(|own| own.code != offer.code));
        let new: Vec<GivenOffer> = new.collect();
        self.0.extend(new);
        self.0.sort_by_key(|offer| offer.given);
        let surplus = self.0.len().saturating_sub(KEPT);
        self.0.drain(..surplus);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &GivenOffer> {
        self.0.iter()
    }
}
