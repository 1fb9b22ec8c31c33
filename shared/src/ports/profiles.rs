//! A profile's state and what was decided with it: one writer, one conditional write.

use super::PortError;
use crate::domain::id::ProfileId;
use crate::domain::message::Message;
use crate::domain::profile::Profile;
use crate::domain::time::Timestamp;

/// Most messages in one save: a transaction takes 100 items (DynamoDB Developer Guide, "Quotas"),
/// and a fold never decides nearly so many, since each enrollment decides at most one a look.
pub const MESSAGES_MAX: usize = 90;

/// Why a profile was not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Somebody saved it first: load it and fold again.
    #[error("the profile was saved by another writer")]
    Conflict,
    /// It would not fit an item: it has to be refused, not retried.
    #[error("the profile's {part} would be {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// `state`, `traits` or `message`.
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
    /// puts `messages` into the outbox, all or nothing. Traits are written only where
    /// `traits_changed`. On success `profile.version` is the new version. A message whose id
    /// is already in the outbox is left as it is and does not fail the save. More than
    /// [`MESSAGES_MAX`] messages are refused with `PortError::Fail`. A save repeated with the
    /// same content, because the first answer was lost, may succeed instead of conflicting.
    /// `messages_expire` is when the outbox may forget them.
    async fn save(
        &self,
        id: &ProfileId,
        profile: &mut Profile,
        traits_changed: bool,
        messages: &[Message],
        messages_expire: Timestamp,
    ) -> Result<(), SaveError>;
}
