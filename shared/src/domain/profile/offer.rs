//! Codes of the person's own.

use crate::domain::event::millis;
use crate::domain::id::CampaignName;
use crate::domain::time::{Span, Timestamp, after, in_window};
use serde::{Deserialize, Serialize};

/// How many offers are kept: the latest.
const KEPT: usize = 16;
/// How long after its end an offer is known as one that has ended.
const KNOWN_AFTER: Span = Span::from_days(90);

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

    /// Forgets offers that ended long ago; the newest is always known, however long nobody gets another.
    pub fn forget(&mut self, now: Timestamp) {
        let newest = self.0.len().saturating_sub(1);
        let mut place = 0;
        self.0.retain(|offer| {
            place += 1;
            place > newest || after(offer.ends, KNOWN_AFTER) > now
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn given(day: i64) -> GivenOffer {
        let at = |day: i64| Timestamp::from_second(1_772_000_000 + day * 86_400).expect("a moment");
        GivenOffer {
            code: format!("CODE-{day}"),
            campaign: CampaignName::from("a"),
            given: at(day),
            ends: at(day + 2),
            used: None,
        }
    }

    #[test]
    fn what_ended_long_ago_is_forgotten_but_for_the_newest() {
        let mut offers = Offers::default();
        for day in [0, 1, 30] {
            offers.give(given(day));
        }
        let now = after(given(1).ends, KNOWN_AFTER);
        offers.forget(now);
        let codes = |offers: &Offers| offers.iter().map(|offer| offer.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&offers), ["CODE-30"]);
        offers.forget(after(now, Span::from_days(3_000)));
        assert_eq!(
            codes(&offers),
            ["CODE-30"],
            "whether one was given lately is asked of it"
        );
        assert!(!offers.given_in(now, Span::from_days(60)) && offers.given_in(now, Span::from_days(70)));
    }
}
