//! Whose message it is that a service speaks of, by the service's own id for it.

use super::PortError;
use crate::domain::campaign::Channel;
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a message came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Whose it is.
    pub profile: ProfileId,
    /// Our id of it.
    pub message: MessageId,
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Of which step.
    pub step: String,
    /// On which channel.
    pub channel: Channel,
    /// When it left, to the millisecond.
    pub at: Timestamp,
}

/// By what a service names a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'n> {
    /// By its id of the message.
    Id(&'n str),
    /// By the address that the last message went to, however it is spelt.
    Address(Channel, &'n str),
}

/// Remembers where messages came from. Neither ids nor addresses are stored, only their digests.
#[allow(async_fn_in_trait)]
pub trait Origins {
    /// Remembers an origin until `expires`, in place of what the name stood for before.
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        expires: Timestamp,
    ) -> Result<(), PortError>;

    /// The origin of what the service names so, if it is remembered.
    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError>;
}
