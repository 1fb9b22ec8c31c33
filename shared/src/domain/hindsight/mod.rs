//! Hindsight: what a profile would know had everything been asked for from the start that is asked now.
//!
//! A campaign that arrives later looks back at events that the profile has folded and kept nothing of.
//! Its inbox still holds them: [`due`] says whether that is so and how far back, whoever reads the inbox shows
//! it to a [`Gathering`], and the fold takes what was gathered ([`Earlier`]) into what is newly asked, before
//! anything else and without starting anything: it then finds the profile as if it had been asked before.
//!
//! Each event is taken once. What is in hand, or will still come by the stream, is left to the fold: the
//! inbox does not say in which order the stream carries it, but whatever was received a minute before
//! something that has been folded was written before it. Of what was received later, the profile knows
//! the ids that it folded last. What can be told neither way leaves the profile as one that has not met the
//! rules, so that it looks again; what it has already gathered it then knows for what it is.

mod gather;

pub use gather::{Earlier, Gathering};

use super::id::ProfileId;
use super::profile::Profile;
use super::rules::{Ask, Rules};
use super::time::{Span, Timestamp, after, before};
use std::collections::BTreeSet;

/// What was received so long ago is in the inbox: `ingest` has 15 seconds, whoever passes something on a minute.
pub const SETTLED_AFTER: Span = Span::from_mins(1);

/// For so long after rules came into force something may still be folded by those from before.
const KNOWN_AFTER: Span = Span::from_secs(6);

/// Items of an inbox lie there by the time that their senders' clocks gave them, and several events by that
/// of the first: so far may an event be from where its item lies.
const MISPLACED_BY: Span = Span::from_days(1);

/// What is asked of a profile that it was not asked before.
#[derive(Debug, Clone)]
pub struct Due {
    asks: BTreeSet<Ask>,
    /// The oldest revision that asked for any of it.
    revision: u64,
    /// When the newest came into force.
    applied: Timestamp,
    from: Timestamp,
}

/// What the profile has to look back for before it is folded, if anything: what these rules ask and those did
/// not that it met last, as far as inboxes reach.
pub fn due(id: &ProfileId, profile: &Profile, rules: &Rules, now: Timestamp) -> Option<Due> {
    let state = &profile.state;
    if state.joined.is_some() || id.is_account() {
        return None;
    }
    let retention = rules.workspace.kept.events;
    let mut due: Option<Due> = None;
    // Of a profile that was never saved nobody knows whether anything was folded into it.
    let is_new = |revision: u64| profile.version == 0 || state.rules_revision < revision;
    for since in rules.asked().iter().filter(|since| is_new(since.revision)) {
        for ask in &since.asks {
            let Some(reach) = rules.reach(ask) else { continue };
            let from = before(now, reach.unwrap_or(retention).min(retention));
            let known = after(since.at, KNOWN_AFTER);
            if known <= from || state.erased.is_some_and(|erased| erased >= known) {
                // Nothing that is still of use happened before it was asked for.
                continue;
            }
            let from = before(from, MISPLACED_BY);
            let due = due.get_or_insert_with(|| Due {
                asks: BTreeSet::new(),
                revision: since.revision,
                applied: since.at,
                from,
            });
            due.asks.insert(ask.clone());
            due.revision = due.revision.min(since.revision);
            due.applied = due.applied.max(since.at);
            due.from = due.from.min(from);
        }
    }
    due
}

impl Due {
    /// Where in the inbox to stop: what lies at or before this is of no use.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Nothing was read, because what is to be folded changes nothing: the profile does not meet the rules.
    pub fn unread(&self) -> Earlier {
        Earlier::unread(self.unmet())
    }

    /// A revision that makes it due again.
    fn unmet(&self) -> u64 {
        self.revision.saturating_sub(1)
    }
}
