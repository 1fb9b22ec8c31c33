//! Messages that wait for the person's next look at the page.

use super::PortError;
use crate::domain::campaign::Form;
use crate::domain::event::millis;
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::domain::profile::Shown;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A message that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its id.
    pub message: MessageId,
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Of which step.
    pub step: String,
    /// In which form the page shows it.
    pub form: Form,
    /// Above the text, where it has a title.
    #[serde(default)]
    pub title: Option<String>,
    /// What it says.
    pub text: String,
    /// Where it leads.
    #[serde(default)]
    pub link: Option<String>,
    /// When it was placed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// From then on it is not shown.
    #[serde(with = "millis")]
    pub expires: Timestamp,
}

/// What is known where a profile looks at the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Visit {
    /// What was placed for it, in no order; also what has expired, until the store forgets it.
    pub placed: Vec<Placed>,
    /// What it has seen or put away.
    pub shown: Shown,
    /// The profile that it has gone over into, for which more may have been placed.
    pub joined: Option<ProfileId>,
}

/// Places messages and finds them again.
#[allow(async_fn_in_trait)]
pub trait Page {
    /// Places the message for the profile, unless it is there: the first stays. It may be forgotten once it has
    /// expired. Repeating it is harmless.
    async fn place(&self, profile: &ProfileId, placed: &Placed) -> Result<(), PortError>;

    /// What waits for the profile. It may be a second old.
    async fn visit(&self, profile: &ProfileId) -> Result<Visit, PortError>;
}
