//! What a campaign is once its file has been checked: the form that is stored, versioned and run.
//! (The form people write is read in `authoring`; the form indexed for running is [`super::rules`].)

use super::condition::Expr;
use super::id::{CampaignName, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod channel;
mod enter;
mod expressions;
mod form;
mod leave;
mod local_time;
mod score;
mod step;
mod workspace;

pub use channel::{Addresses, Channel, ChannelSet};
pub use enter::{
    Again, Crossing, DateTrigger, Enter, Every, Existing, Meanwhile, Missed, PARTS_MAX, Part, Schedule, Sequence,
    Watch, Way, Without,
};
pub use form::Form;
pub use leave::{Exit, Goal};
pub use local_time::LocalTime;
pub use score::{Add, MomentKind, Moments, Score};
pub use step::{
    Arm, Await, Call, Cascade, Emit, Handover, Heard, Hours, ListChange, Loop, Offer, Policy, Reward, Send, Split,
    SplitArm, Step, Variant, Wait,
};
pub use workspace::{Cap, Derived, Kept, ListRule, Price, QuietHours, Senders, Workspace};

/// A checked campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Unique among the team's campaigns.
    pub name: CampaignName,
    /// Derived from the content: what a running enrollment keeps.
    pub version: Version,
    /// One line for people.
    #[serde(default)]
    pub about: String,
    /// Routine, Joyride, Trek or Odyssey: a label for reports.
    #[serde(default)]
    pub archetype: Option<String>,
    /// Marketing or transactional.
    pub purpose: Purpose,
    /// What consent speaks of.
    pub topic: String,
    /// What lets a profile in: any of these.
    pub enter: Vec<Enter>,
    /// What lets it out early, looked at on every input and before every step.
    #[serde(default)]
    pub exit: Vec<Exit>,
    /// What it is for.
    #[serde(default)]
    pub goal: Option<Goal>,
    /// Share of profiles kept out of every message for comparison, in hundredths of a per cent.
    #[serde(default)]
    pub holdout_bp: u16,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Names of event properties that steps and templates read: what an enrollment keeps of
    /// the event that started it.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// The same for the item, where `enter.each` is used.
    #[serde(default)]
    pub keeps_of_item: Vec<String>,
    /// Names of traits that its templates show: what a message carries of the profile.
    #[serde(default)]
    pub shows_traits: Vec<String>,
    /// Names of lists that its templates show.
    #[serde(default)]
    pub shows_lists: Vec<String>,
    /// More values that its templates show, by name: computed when a message is decided.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shows: BTreeMap<String, Expr>,
}

/// Whether a message is wanted by the business or by the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Needs consent, counts against caps, has holdouts.
    Marketing,
    /// Exempt from caps and holdout.
    Transactional,
    /// Asks whether an address that a browser claimed is the person's: the only message that goes to
    /// such an address, and to no other.
    Confirmation,
}
