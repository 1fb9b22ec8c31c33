//! What is counted, by its name.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happened so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A profile entered.
    Entered,
    /// A profile entered that is held out of every message for comparison.
    HeldOut,
    /// A goal was reached; with what it was worth.
    Goal,
    /// The same by a profile that is held out.
    HeldOutGoal,
    /// A profile left before the end.
    Exited,
    /// A message was decided to be sent.
    Sent,
    /// A guard held a message back when it was decided; with its reason.
    Skipped,
    /// A message waits for the end of quiet hours.
    Deferred,
    /// Something in the campaign did not work.
    Fault,
    /// A guard held a message back at the last look before it would have left; with its reason.
    Dropped,
    /// A message was never taken by its provider.
    Failed,
    /// A message that a provider may or may not have taken was let rest.
    Unknown,
    /// It reached the mailbox or the telephone.
    Delivered,
    /// The person opened or read it.
    Opened,
    /// The person followed a link in it.
    Clicked,
    /// The person answered it.
    Replied,
    /// The person said no by it.
    Unsubscribed,
    /// The mailbox or the telephone refused it; `hard` or `soft` where that is known.
    Bounced,
    /// The person complained of it.
    Complained,
    /// A message was decided that may have reached the person by another channel already.
    Both,
    /// A goal was reached: how long after entering, sorted by bounds (`reason`) and summed. Of a step's arm, where it
    /// names one.
    Took,
    /// The same by a profile that is held out.
    HeldOutTook,
    /// A profile entered that is drawn for this arm of a step, whether or not it gets the message.
    Drawn,
    /// A profile that is drawn for this arm reached the goal; with what it was worth.
    DrawnGoal,
}

impl What {
    /// All, in the order of a report.
    pub const ALL: [Self; 24] = [
        Self::Entered,
        Self::HeldOut,
        Self::Goal,
        Self::HeldOutGoal,
        Self::Took,
        Self::HeldOutTook,
        Self::Drawn,
        Self::DrawnGoal,
        Self::Exited,
        Self::Sent,
        Self::Both,
        Self::Skipped,
        Self::Deferred,
        Self::Fault,
        Self::Dropped,
        Self::Failed,
        Self::Unknown,
        Self::Delivered,
        Self::Opened,
        Self::Clicked,
        Self::Replied,
        Self::Unsubscribed,
        Self::Bounced,
        Self::Complained,
    ];

    /// Its name where counts are stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::HeldOut => "held_out",
            Self::Goal => "goal",
            Self::HeldOutGoal => "held_out_goal",
            Self::Exited => "exited",
            Self::Sent => "sent",
            Self::Skipped => "skipped",
            Self::Deferred => "deferred",
            Self::Fault => "fault",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Replied => "replied",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Both => "both",
            Self::Took => "took",
            Self::HeldOutTook => "held_out_took",
            Self::Drawn => "drawn",
            Self::DrawnGoal => "drawn_goal",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

impl Serialize for What {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom(format!("`{name}` is nothing that is counted")))
    }
}
