//! How often strangers may make somebody be asked whether an address is theirs.

use super::PortError;
use crate::domain::campaign::Channel;
use crate::domain::id::MessageId;
use crate::domain::time::{Span, Timestamp, in_window};
use serde::{Deserialize, Serialize};

/// Most messages of the purpose `confirmation` to one address in [`WINDOW`], whoever claims it.
pub const AT_MOST: usize = 3;

/// In which time: a sliding window.
pub const WINDOW: Span = Span::from_hours(24);

/// The messages that asked at an address lately: never more than [`AT_MOST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asked(Vec<(i64, MessageId)>);

/// Whether a message may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was counted before: it may go on being tried.
    Counted,
    /// It may, once this is kept in place of what was.
    Counts(Asked),
    /// It was asked often enough.
    Full,
}

impl Asked {
    /// Whether the message may ask now.
    pub fn may_ask(&self, message: &MessageId, now: Timestamp) -> Answer {
        let is_within =
            |at: i64| Timestamp::from_millisecond(at).is_ok_and(|at| in_window(at, now, WINDOW) || at > now);
        if self.0.iter().any(|(at, asked)| asked == message && is_within(*at)) {
            return Answer::Counted;
        }
        let mut lately: Vec<(i64, MessageId)> = self.0.iter().filter(|(at, _)| is_within(*at)).cloned().collect();
        if lately.len() >= AT_MOST {
            return Answer::Full;
        }
        lately.push((now.as_millisecond(), message.clone()));
        Answer::Counts(Self(lately))
    }
}

/// Counts what asks at addresses, which are known by their hashes: no address is stored.
#[allow(async_fn_in_trait)]
pub trait Confirmations {
    /// Counts the message as one that asks at the address, unless it was counted already. Says whether it may: at most
    /// [`AT_MOST`] different ones do in [`WINDOW`], over all profiles and exactly, however many ask at once.
    async fn may_ask(
        &self,
        channel: Channel,
        address: &str,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<bool, PortError>;
}
