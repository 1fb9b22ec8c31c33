//! What ways in say to a trigger: whether the profile, as it is, may come in. Only asked here; nothing is changed.

use crate::domain::campaign::{Campaign, Enter};
use crate::domain::condition::{EvalError, Scope, Sifted};
use crate::domain::decision::PassReason;
use crate::domain::profile::Tallies;
use crate::domain::rules::{Active, Rules};
use crate::domain::time::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// A way in, and what it says.
#[derive(Debug)]
pub struct Answer<'r> {
    /// Whose way in it is.
    pub campaign: &'r Arc<Campaign>,
    /// Which.
    pub enter: &'r Enter,
    /// The element for which it was asked, where it enters for each of an array.
    pub item: Option<Value>,
    /// What it says.
    pub says: Says,
}

/// What a way in says.
#[derive(Debug)]
pub enum Says {
    /// The condition holds.
    Open,
    /// It does not hold, or the campaign lets nobody in.
    Closed(PassReason),
    /// The condition has no value (`enter.where`).
    Unclear(EvalError),
    /// There is no array to enter for each element of (`enter.each`): why.
    NoArray(String),
}

/// Asks the ways in that listen to the scope's event, but for those whose conditions surely do not hold.
pub fn ask<'r: 's, 's>(rules: &'r Rules, scope: &'s Scope<'s>) -> impl Iterator<Item = Answer<'r>> + use<'r, 's> {
    asked(rules.sifted_by_event(scope), scope)
}

/// Asks these ways in.
pub(super) fn ask_at<'r: 's, 's, I: Iterator<Item = (&'r Active, &'r Enter)>>(
    ways_in: I,
    scope: &'s Scope<'s>,
) -> impl Iterator<Item = Answer<'r>> + use<'r, 's, I> {
    asked(ways_in.map(|(active, enter)| (active, enter, Sifted::MayHold)), scope)
}

fn asked<'r: 's, 's, I: Iterator<Item = (&'r Active, &'r Enter, Sifted)>>(
    mut ways_in: I,
    scope: &'s Scope<'s>,
) -> impl Iterator<Item = Answer<'r>> + use<'r, 's, I> {
    // Of the way in that was asked last, for elements that follow the first.
    let mut more = Vec::new().into_iter();
    std::iter::from_fn(move || {
        loop {
            if let Some(answer) = more.next() {
                return Some(answer);
            }
            let (active, enter, sifted) = ways_in.next()?;
            let campaign = &active.campaign;
            let answer = |item, says| Answer {
                campaign,
                enter,
                item,
                says,
            };
            let says = if active.paused {
                Says::Closed(PassReason::Paused)
            } else if over_by(campaign, scope.tallies, scope.event_time).is_some() {
                Says::Closed(PassReason::Over)
            } else if sifted == Sifted::Holds {
                Says::Open
            } else {
                match elements(enter, scope) {
                    None => says(enter, scope),
                    Some(Err(problem)) => Says::NoArray(problem),
                    Some(Ok(items)) => {
                        let of = |item| {
                            let scope = Scope {
                                item: Some(&item),
                                ..*scope
                            };
                            let says = says(enter, &scope);
                            answer(Some(item), says)
                        };
                        more = items.into_iter().map(of).collect::<Vec<_>>().into_iter();
                        continue;
                    }
                }
            };
            return Some(answer(None, says));
        }
    })
}

/// Whether the entrance's condition holds.
pub(super) fn says(enter: &Enter, scope: &Scope<'_>) -> Says {
    match enter
        .condition
        .as_ref()
        .map_or(Ok(true), |condition| condition.test(scope))
    {
        Ok(true) => Says::Open,
        Ok(false) => Says::Closed(PassReason::Condition),
        Err(error) => Says::Unclear(error),
    }
}

/// What it enters for each of; `None` where it enters once.
fn elements(enter: &Enter, scope: &Scope<'_>) -> Option<Result<Vec<Value>, String>> {
    let each = enter.each.as_ref()?;
    Some(match each.eval(scope).map(|value| value.to_json()) {
        Ok(Value::Array(items)) => Ok(items),
        Ok(_) => Err("is not a list".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// The event that ended the campaign for everyone and is known to have happened after that moment, which came late.
pub(super) fn over_by<'c>(campaign: &'c Campaign, tallies: &Tallies, at: Timestamp) -> Option<&'c str> {
    campaign
        .exit
        .iter()
        .filter(|exit| exit.condition.is_none())
        .filter_map(|exit| exit.on.as_deref())
        .find(|on| tallies.last(on).is_some_and(|last| last > at))
}
