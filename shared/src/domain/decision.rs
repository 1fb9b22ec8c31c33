//! What was decided, and why: one line of a simulation, one count of a report, one entry of
//! the answer to "why did this person not get it?".

use super::campaign::{Channel, ChannelSet};
use super::id::{CampaignName, MessageId, ProfileId};
use super::time::{Span, Timestamp};
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
    /// The profile that the enrollment began in, where that is another that has gone over into this
    /// one: the enrollment is in the holdout group or not as that one was.
    pub drawn_for: Option<ProfileId>,
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
        /// The channels by which the same message may have reached the person already: it left by them, and nobody
        /// knows what became of it.
        maybe_also: ChannelSet,
    },
    /// A guard held a message back for good.
    Skip {
        /// By which step.
        step: String,
        /// On which channel it would have gone.
        channel: Channel,
        /// In which arm.
        variant: Option<String>,
        /// Which guard.
        reason: SkipReason,
        /// Which frequency cap, where it was one: as [`super::campaign::Cap`] is written.
        cap: Option<String>,
    },
    /// A message waits.
    Defer {
        /// By which step.
        step: String,
        /// On which channel.
        channel: Channel,
        /// Until when.
        until: Timestamp,
        /// What for.
        reason: DeferReason,
    },
    /// The profile got a code of its own.
    Offer {
        /// By which step.
        step: String,
        /// Which code.
        code: String,
        /// Until when it is good.
        until: Timestamp,
    },
    /// A code was used; with a reason where it was refused.
    Redeem {
        /// Which code.
        code: String,
        /// `ended` or `used`; nothing where it was good.
        refused: Option<&'static str>,
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
        /// How long after entering.
        took: Span,
    },
    /// The profile did not enter, although something asked. Told only by a fold that explains
    /// ([`super::fold::explain`]): it happens with most events and changes nothing.
    Pass {
        /// Why not.
        reason: PassReason,
        /// The id of the input that asked.
        trigger: String,
        /// Where a condition did not hold: what of it did not, and the values that it saw.
        saw: Vec<Saw>,
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
    /// The person is in the hands of people already.
    HandedOver,
    /// It was asked often enough lately whose the address is, whoever claims it.
    AskedOften,
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
            Self::HandedOver => "handed_over",
            Self::AskedOften => "asked_often",
        }
    }
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeferReason {
    /// Nothing leaves at this hour where the person lives.
    QuietHours,
    /// The person is in the hands of people.
    Handover,
}

impl DeferReason {
    /// Its name in output and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QuietHours => "quiet_hours",
            Self::Handover => "handover",
        }
    }
}
/// Why a profile did not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PassReason {
    /// The condition of entrance was not true.
    Condition,
    /// It entered before, and the campaign does not take it again yet.
    EnteredBefore,
    /// It is in the campaign already.
    Running,
    /// The campaign was paused.
    Paused,
    /// The event came too late to start anything.
    Late,
    /// What ends the campaign had happened since.
    Over,
    /// It is in as many campaigns as a profile can be.
    NoRoom,
}

impl PassReason {
    /// Its name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::EnteredBefore => "entered_before",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Late => "late",
            Self::Over => "over",
            Self::NoRoom => "no_room",
        }
    }
}

/// A part of a condition and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saw {
    /// As people write it: `size(cart.items)`.
    pub part: String,
    /// As JSON: `0`.
    pub value: String,
}

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
            took: None,
            code: None,
            cap: None,
            maybe_also: Vec::new(),
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
                maybe_also,
            } => {
                line.maybe_also = maybe_also.iter().collect();
                line.decision = "send";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.template = Some(template);
                line.variant = variant.as_deref();
                line.message = Some(message);
            }
            Verdict::Skip {
                step,
                channel,
                variant,
                reason,
                cap,
            } => {
                line.cap = cap.as_deref();
                line.variant = variant.as_deref();
                line.decision = "skip";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.reason = Some(reason.name());
            }
            Verdict::Defer {
                step,
                channel,
                until,
                reason,
            } => {
                line.decision = "defer";
                line.step = Some(step);
                line.channel = Some(*channel);
                line.reason = Some(reason.name());
                line.until = Some(*until);
            }
            Verdict::Offer { step, code, until } => {
                line.decision = "offer";
                line.key = key;
                line.step = Some(step);
                line.code = Some(code);
                line.until = Some(*until);
            }
            Verdict::Redeem { code, refused } => {
                line.decision = if refused.is_some() { "refuse" } else { "redeem" };
                line.code = Some(code);
                line.reason = *refused;
            }
            Verdict::Exit { reason } => {
                line.decision = "exit";
                line.key = key;
                line.reason = Some(reason);
            }
            Verdict::Goal { value, took } => {
                line.decision = "goal";
                line.key = key;
                line.value = *value;
                line.took = Some(*took);
            }
            Verdict::Pass {
                reason,
                trigger: _,
                saw: _,
            } => {
                line.decision = "pass";
                line.key = key;
                line.reason = Some(reason.name());
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
    /// `enter`, `send`, `skip`, `defer`, `offer`, `redeem`, `refuse`, `exit`, `goal`, `pass` or `fault`.
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
    /// How long after entering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<Span>,
    /// Which code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// Which frequency cap held it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<&'a str>,
    /// By which other channels the same message may have reached the person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maybe_also: Vec<Channel>,
}
