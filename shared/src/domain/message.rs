//! A message that was decided: what the outbox holds and `send` carries.

use super::campaign::{Channel, Policy, Purpose};
use super::event::{Properties, millis};
use super::id::{CampaignName, MessageId, ProfileId, Version};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that `send` needs, snapshotted when it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Derived from what decided it.
    pub id: MessageId,
    /// To whom.
    pub profile: ProfileId,
    /// By which campaign, in which version.
    pub campaign: CampaignName,
    /// That version.
    pub version: Version,
    /// By which step.
    pub step: String,
    /// On which channel.
    pub channel: Channel,
    /// The address on that channel, as it was when this was decided.
    pub to: String,
    /// Template's name.
    pub template: String,
    /// Arm of the split, if there is one.
    #[serde(default)]
    pub variant: Option<String>,
    /// The person's language (BCP 47), which picks the template's.
    pub locale: String,
    /// What consent speaks of.
    pub topic: String,
    /// Marketing or transactional.
    pub purpose: Purpose,
    /// Who goes first where a provider takes less than there is: higher does. 0 to 100.
    #[serde(default)]
    pub priority: u8,
    /// What to do where a provider may or may not have taken it.
    pub policy: Policy,
    /// When it was decided.
    #[serde(with = "millis")]
    pub decided: Timestamp,
    /// After this it is worth nothing.
    #[serde(default, with = "millis::option")]
    pub expires: Option<Timestamp>,
    /// What the template sees: `event`, `item`, `key`, `profile`, the lists, `variant`.
    pub context: Properties,
}

/// Where a message stands. `send` moves it; see `ports::outbox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for `send`.
    Queued,
    /// A `send` has claimed it and may be talking to the provider.
    Sending,
    /// The provider said something that heals: waits for its next try.
    Retry,
    /// The provider may or may not have taken it; it rests, or waits for its next look.
    Unknown,
    /// The provider took it.
    Sent,
    /// It never will be sent; the reason is beside it.
    Failed,
    /// A guard held it back at the last look; the reason is beside it.
    Skipped,
}

impl Status {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Sending,
            Self::Retry,
            Self::Unknown,
            Self::Sent,
            Self::Failed,
            Self::Skipped,
        ]
        .into_iter()
        .find(|status| status.name() == name)
    }
}
