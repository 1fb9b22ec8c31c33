//! What was decided, and why: one line of a simulation, one count of a report, one entry of
//! the answer to "why did this person not get it?".

use super::campaign::Channel;
use super::id::{CampaignName, MessageId, ProfileId};
use super::time::Timestamp;
use serde::Serialize;

/// One decision about one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// About whom.
    pub profile: ProfileId,
    /// In which campaign.
    pub campaign: CampaignName,
    /// In which enrollment: its key, empty where there is one per profile.
    pub key: String,
    /// What.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The profile entered.
    Enter,
    /// A message leaves.
    Send {
        /// By which step.
        step: String,
        /// On which channel.
        channel: Channel,
        /// With which template.
        template: String,
        /// In which arm.
        variant: Option<String>,
        /// Under which id.
        message: MessageId,
    },
    /// A guard held a message back for good.
    Skip {
        /// By which step.
        step: String,
        /// On which channel it would have gone.
        channel: Channel,
        /// Which guard.
        reason: SkipReason,
    },
    /// A message waits.
    Defer {
        /// By which step.
        step: String,
        /// On which channel.
        channel: Channel,
        /// Until when.
        until: Timestamp,
    },
    /// The profile left before the campaign's end.
    Exit {
        /// The event's name, `condition`, or what went wrong.
        reason: String,
    },
    /// The goal was reached.
    Goal {
        /// What it was worth, if the campaign says.
        value: Option<f64>,
    },
    /// Something in the campaign does not work for this profile; its neighbours go on.
    Fault {
        /// Where in the campaign.
        place: &'static str,
        /// What is wrong.
        error: String,
    },
}

/// Why a guard held a message back. In the order in which guards are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// No address on any of the channels.
    Unreachable,
    /// The person said no, or a browser's claim was never confirmed.
    NotConsented,
    /// The address is dead or complained.
    Suppressed,
    /// The campaign is paused.
    Paused,
    /// The step's condition does not hold any more.
    Condition,
    /// Too late to be worth anything.
    Expired,
    /// The person is in the group that is kept out for comparison.
    Holdout,
    /// Enough messages lately.
    FrequencyCap,
}

impl SkipReason {
    /// Its name in output and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NotConsented => "not_consented",
            Self::Suppressed => "suppressed",
            Self::Paused => "paused",
            Self::Condition => "condition",
            Self::Expired => "expired",
            Self::Holdout => "holdout",
            Self::FrequencyCap => "frequency_cap",
        }
    }
}

/// The reason of every [`Verdict::Defer`].
pub const QUIET_HOURS: &str = "quiet_hours";

impl Decision {
    /// The decision as one JSON object: `at`, `decision`, `profile`, `campaign` and what belongs
    /// to its kind.
    pub fn line(&self) -> DecisionLine<'_> {
        let mut line = DecisionLine {
            at: self.at,
            decision: "",
            profile: &self.profile,
            campaign: &self.campaign,
            key: None,
            step: None,
            channel: None,
            template: None,
            variant: None,
            message: None,
            reason: None,
            until: None,
            value: None,
        };
        let key = Some(self.key.as_str()).filter(|key| !key.is_empty());
        match &self.verdict {
            Verdict::Enter => {
                line.decision = "enter";
                line.key = key;
            }
            Verdict::Send {
                step,
                channel,
                template,
                variant,
                message,
            } => {
                line.decision = "send";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.template = Some(template);
                line.variant = variant.as_deref();
                line.message = Some(message);
            }
            Verdict::Skip { step, channel, reason } => {
                line.decision = "skip";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.reason = Some(reason.name());
            }
            Verdict::Defer { step, channel, until } => {
                line.decision = "defer";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.reason = Some(QUIET_HOURS);
                line.until = Some(*until);
            }
            Verdict::Exit { reason } => {
                line.decision = "exit";
                line.key = key;
                line.reason = Some(reason);
            }
            Verdict::Goal { value } => {
                line.decision = "goal";
                line.key = key;
                line.value = *value;
            }
            Verdict::Fault { place, error } => {
                line.decision = "fault";
                line.step = Some(place);
                line.reason = Some(error);
            }
        }
        line
    }
}

/// A decision laid flat, for output and logs: what does not belong to its kind is absent.
#[derive(Debug, Clone, Serialize)]
pub struct DecisionLine<'a> {
    /// When.
    pub at: Timestamp,
    /// `enter`, `send`, `skip`, `defer`, `exit`, `goal` or `fault`.
    pub decision: &'static str,
    /// About whom.
    pub profile: &'a ProfileId,
    /// In which campaign.
    pub campaign: &'a CampaignName,
    /// The enrollment's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// By which step; of a fault, where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'a str>,
    /// On which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// With which template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<&'a str>,
    /// In which arm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<&'a str>,
    /// Under which id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a MessageId>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What it was worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}
