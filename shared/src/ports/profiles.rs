//! A profile's state and what was decided with it: one writer, one conditional write.

use super::PortError;
use crate::domain::event::InboxItem;
use crate::domain::id::ProfileId;
use crate::domain::message::Message;
use crate::domain::profile::Profile;
use crate::domain::time::Timestamp;

/// Most messages in one save: a transaction takes 100 items (DynamoDB Developer Guide, "Quotas"),
/// and a fold never decides nearly so many, since each enrollment decides at most one a look.
pub const MESSAGES_MAX: usize = 90;

/// Most forwards that share the transaction. Those beyond, which a fold only comes to where it
/// passes on hundreds of inputs, are put before it.
pub const FORWARDS_TOGETHER_MAX: usize = 100 - MESSAGES_MAX - 2;

/// What a fold came to besides the profile itself: what is saved with it, all or nothing.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// Whether the traits have to be written.
    pub traits_changed: bool,
    /// What is to be sent. A message whose id is already in the outbox is left as it is and does
    /// not fail the save. At most [`MESSAGES_MAX`].
    pub messages: &'a [Message],
    /// Inputs for the inbox of this or another profile. One that is there already (same profile,
    /// `at` and `id`) is left as it is and does not fail the save.
    pub forwards: &'a [InboxItem],
    /// When the outbox may forget the messages.
    pub expires: Timestamp,
    /// When the inboxes may forget the forwards.
    pub forwards_expire: Timestamp,
}

impl Decided<'_> {
    /// Nothing but the state.
    pub const fn nothing(expires: Timestamp) -> Self {
        Self {
            traits_changed: false,
            messages: &[],
            forwards: &[],
            expires,
            forwards_expire: expires,
        }
    }
}

/// Why a profile was not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Somebody saved it first: load it and fold again.
    #[error("the profile was saved by another writer")]
    Conflict,
    /// It would not fit an item: it has to be refused, not retried.
    #[error("the profile's {part} would be {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// `state`, `traits`, `message` or `forward`.
        part: &'static str,
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Loads and saves profiles.
#[allow(async_fn_in_trait)]
pub trait Profiles {
    /// The profile, or `None` where nothing was ever saved. Strongly consistent.
    async fn load(&self, id: &ProfileId) -> Result<Option<Profile>, PortError>;

    /// Saves `profile` if its stored version is still `profile.version`, with version + 1, and
    /// with it puts messages into the outbox and forwards into inboxes, all or nothing. On
    /// success `profile.version` is the new version, and how many bytes the state takes is given. More than [`MESSAGES_MAX`] messages are
    /// refused with `PortError::Fail`. A save repeated with the same content, because the first
    /// answer was lost, may succeed instead of conflicting.
    ///
    /// Of more than [`FORWARDS_TOGETHER_MAX`] forwards the first share the transaction and the
    /// others are put before it, so that a save that fails may have put them: a fold that is
    /// repeated makes the same ones, and whoever gets an input twice knows it by its id.
    async fn save(&self, id: &ProfileId, profile: &mut Profile, decided: &Decided<'_>) -> Result<usize, SaveError>;
}
