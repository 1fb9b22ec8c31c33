//! What a campaign is once its file has been checked: the form that is stored, versioned and run.
//! (The form people write is read in `authoring`; the form indexed for running is [`super::rules`].)

use super::condition::Expr;
use super::id::{CampaignName, Version};
use super::time::Span;
use serde::{Deserialize, Serialize};

mod workspace;
pub use workspace::{Cap, ListRule, QuietHours, Senders, Workspace};

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
    /// What lets a profile in.
    pub enter: Enter,
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
}

/// Whether a message is wanted by the business or by the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Needs consent, counts against caps, has holdouts.
    Marketing,
    /// Exempt from caps and holdout.
    Transactional,
}

/// What lets a profile in: any of the named events, any of the named traits changing, or a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enter {
    /// Track event names.
    #[serde(default)]
    pub on: Vec<String>,
    /// Traits that an identify call sets to a new value.
    #[serde(default)]
    pub traits: Vec<String>,
    /// A date of the person's, yearly.
    #[serde(default)]
    pub date: Option<DateTrigger>,
    /// An array in the event: one entrance for each of its elements, known as `item`.
    #[serde(default)]
    pub each: Option<Expr>,
    /// Must hold, for the event and the profile as it is then.
    #[serde(default)]
    pub condition: Option<Expr>,
    /// Tells enrollments apart; without it, or where it is null, there is one per profile.
    #[serde(default)]
    pub key: Option<Expr>,
    /// Whether the same key may come in again after its enrollment ended.
    pub again: Again,
    /// What a trigger does inside a running enrollment of its key.
    pub meanwhile: Meanwhile,
}

/// A yearly date at a local time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateTrigger {
    /// Gives `1990-05-14`, `--05-14` or an instant; null where the person has none.
    pub date: Expr,
    /// Local time of day, `HH:MM`.
    pub at: LocalTime,
}

/// A time of day, in minutes since midnight; written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LocalTime {
    minutes: u16,
}

impl LocalTime {
    /// Minutes since midnight, below 1,440.
    pub fn minutes(self) -> u16 {
        self.minutes
    }

    /// As a civil time.
    pub fn civil(self) -> jiff::civil::Time {
        let hour = i8::try_from(self.minutes / 60).unwrap_or_default();
        let minute = i8::try_from(self.minutes % 60).unwrap_or_default();
        jiff::civil::Time::new(hour, minute, 0, 0).unwrap_or_default()
    }

    /// Reads `09:00`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a time of day such as `09:00`, found `{text}`");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        if hour.len() != 2 || minute.len() != 2 {
            return Err(wrong());
        }
        let hour: u16 = hour.parse().map_err(|_| wrong())?;
        let minute: u16 = minute.parse().map_err(|_| wrong())?;
        if hour > 23 || minute > 59 {
            return Err(wrong());
        }
        Ok(Self {
            minutes: hour * 60 + minute,
        })
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        format!("{:02}:{:02}", time.minutes / 60, time.minutes % 60)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

/// Whether a key may enter again once its enrollment has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// Once in a lifetime of the state's memory (the last 32 keys of a campaign).
    Never,
    /// At once.
    Always,
    /// This long after it entered last.
    After(Span),
}

/// What a trigger does to a running enrollment of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meanwhile {
    /// Nothing.
    Ignore,
    /// The enrollment starts over, from this trigger.
    Restart,
}

/// An early way out. With both parts, both must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// A track event's name.
    #[serde(default)]
    pub on: Option<String>,
    /// A condition, on that event (`event`) or, without `on`, on the profile at every look.
    #[serde(default)]
    pub condition: Option<Expr>,
}

/// What counts as success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// A track event's name.
    pub on: String,
    /// Must hold for that event.
    #[serde(default)]
    pub condition: Option<Expr>,
    /// How long after the enrollment's end it still counts.
    pub within: Span,
    /// What it is worth.
    #[serde(default)]
    pub value: Option<Expr>,
}

/// One thing an enrollment does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Waits.
    Wait(Wait),
    /// Sends a message, or skips it with a reason.
    Send(Send),
}

/// How long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// This long from when the step began (the first step begins with the trigger's own time).
    For(Span),
    /// The same, computed.
    ForExpr(Expr),
    /// Until an instant, computed anew on every look: a moved end moves the wait.
    Until(Expr),
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// The step's name, unique in the campaign.
    pub name: String,
    /// Channels in order of preference: the first that reaches the person is used.
    pub by: Vec<Channel>,
    /// The template's name.
    pub template: String,
    /// Looked at right before: where it does not hold the message is skipped.
    #[serde(default)]
    pub condition: Option<Expr>,
    /// Who gets the last place under a cap: higher goes first. 0 to 100.
    pub priority: u8,
    /// How long after the step began the message is still worth sending.
    #[serde(default)]
    pub expires: Option<Span>,
    /// What to do where a provider may or may not have taken it.
    pub policy: Policy,
    /// Names and weights (hundredths of a per cent, 10,000 in all); empty for none.
    #[serde(default)]
    pub variants: Vec<Variant>,
}

/// One arm of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name, seen by templates as `variant`.
    pub name: String,
    /// Its share, in hundredths of a per cent.
    pub weight_bp: u16,
}

/// What to do where a provider may or may not have taken a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Policy {
    /// Let it rest: never a second copy.
    #[serde(rename = "at most once")]
    AtMostOnce,
    /// Send again once it is clear that no word of it comes.
    #[serde(rename = "at least once")]
    AtLeastOnce,
}

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "authoring", derive(schemars::JsonSchema))]
pub enum Channel {
    /// SES.
    Email,
    /// SNS.
    Sms,
}

impl Channel {
    /// Every channel there is.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// Its name in files, keys and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The trait that holds a person's address on it.
    pub const fn address_trait(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "phone",
        }
    }
}
