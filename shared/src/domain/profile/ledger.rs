//! Messages sent lately, as far as caps need to know.

use crate::domain::campaign::{Channel, Purpose};
use crate::domain::time::{Span, Timestamp, in_window};
use serde::{Deserialize, Serialize};

/// Most sends that are kept: caps above this are refused when the workspace is checked.
pub const LEDGER_KEPT: usize = 32;

/// One message that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent(
    /// When it was decided, in milliseconds.
    pub i64,
    /// How it travelled.
    pub Channel,
);

/// The last marketing messages, oldest first. Transactional ones are exempt and not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(Vec<Sent>);

impl Ledger {
    /// Notes a message.
    pub fn note(&mut self, purpose: Purpose, channel: Channel, at: Timestamp) {
        if purpose != Purpose::Marketing {
            return;
        }
        self.0.push(Sent(at.as_millisecond(), channel));
        if self.0.len() > LEDGER_KEPT {
            self.0.remove(0);
        }
    }

    /// Adds what another profile was sent, so that caps count it.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|sent| sent.0);
        let over = self.0.len().saturating_sub(LEDGER_KEPT);
        self.0.drain(..over);
    }

    /// How many went out in `(now − window, now]`.
    pub fn count(&self, now: Timestamp, window: Span) -> usize {
        self.0
            .iter()
            .filter_map(|sent| Timestamp::from_millisecond(sent.0).ok())
            .filter(|at| in_window(*at, now, window))
            .count()
    }

    /// Forgets what is older than any cap asks for.
    pub fn forget_before(&mut self, oldest: Timestamp) {
        self.0.retain(|sent| sent.0 > oldest.as_millisecond());
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
