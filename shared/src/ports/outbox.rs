//! Messages on their way: claimed by one `send`, settled once.
//!
//! ```text
//! queued ──claim──▶ sending ──settle──▶ sent │ failed │ skipped │ unknown (rests)
//!    ▲                 └──postpone──▶ retry │ unknown (due later) ──requeue──▶ queued
//! ```

use super::PortError;
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::message::{Message, Status};
use crate::domain::time::Timestamp;

/// A message and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// What to send.
    pub message: Message,
    /// Where it stands.
    pub status: Status,
    /// How many times it has been claimed, this time included.
    pub attempts: u32,
    /// Whether an earlier attempt may have reached the provider.
    pub maybe_sent: bool,
}

/// What a claim came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// It is ours until the lease ends. `maybe_sent` says whether an earlier attempt may have
    /// reached the provider, long enough ago for its word to have come.
    Ours(Box<Envelope>),
    /// It is ours until the lease ends, taken over from a claimer that left without a word:
    /// whether that one sent it is not known.
    Abandoned(Box<Envelope>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// Nothing to do: it is settled, postponed, or gone.
    Done,
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider took it, under this id.
    Sent {
        /// The provider's id.
        provider_id: String,
    },
    /// It never will be sent.
    Failed {
        /// Why.
        reason: String,
    },
    /// A guard held it back at the last look.
    Skipped {
        /// Which.
        reason: String,
    },
    /// It may have been sent and is let rest.
    Unknown,
}

/// Why it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Postponed {
    /// The provider did not take it: try again.
    Retry,
    /// The provider may have taken it: look again, and send again if there is no word of it.
    Unknown,
}

/// Moves messages along.
#[allow(async_fn_in_trait)]
pub trait Outbox {
    /// Takes the message if it is queued, or if its claimer's lease ended before `now`.
    async fn claim(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claim, PortError>;

    /// Ends it, if it is still claimed by attempt number `attempt`; otherwise does nothing.
    async fn settle(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        how: &Settled,
    ) -> Result<(), PortError>;

    /// Puts it off until `due`, if it is still claimed by attempt number `attempt`, and enters
    /// it into the due index; otherwise does nothing.
    async fn postpone(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        why: Postponed,
        due: Timestamp,
    ) -> Result<(), PortError>;

    /// Queues it again, if it is postponed and due at `now`; otherwise does nothing.
    async fn requeue(&self, profile: &ProfileId, message: &MessageId, now: Timestamp) -> Result<(), PortError>;

    /// The message as it stands.
    async fn get(&self, profile: &ProfileId, message: &MessageId) -> Result<Option<Envelope>, PortError>;
}
