//! What a campaign does. Steps are stored as a flat program: branches and loops are jumps, so that an
//! enrollment's place is one number.

use super::{Campaign, Channel, LocalTime, Purpose};
use crate::domain::condition::Expr;
use crate::domain::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing an enrollment does. Targets are indexes into the campaign's steps; one past the last is
/// the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Waits for time to pass.
    Wait(Wait),
    /// Waits for something to happen.
    Await(Await),
    /// Goes on at the first arm whose condition holds; otherwise at the next step.
    Branch(Vec<Arm>),
    /// Goes on at an arm that is drawn: the same for a profile every time.
    Split(Split),
    /// Goes on elsewhere.
    Jump(u16),
    /// The end of a loop: goes back for another round.
    Loop(Loop),
    /// Sends a message, or skips it with a reason.
    Send(Box<Send>),
    /// Sets traits of the person; null removes one.
    Set(BTreeMap<String, Expr>),
    /// Puts an entry on a list of the person's, or takes it off.
    List(ListChange),
    /// Says that something happened, to every campaign.
    Emit(Emit),
    /// Gives the person a code of their own, with an end.
    Offer(Offer),
    /// Asks a service and keeps its answer.
    Call(Call),
    /// Hands the person over to people, until they are done.
    Handover(Handover),
    /// Ends the enrollment.
    Exit,
}

/// How long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// This long from when the step began (the first step begins with the trigger's own time).
    For(Span),
    /// The same, computed.
    ForExpr(Expr),
    /// Until an instant, computed anew on every look: a moved end moves the wait.
    Until(Expr),
    /// Until it is such a time where the person lives: not at all where it is.
    Local(Hours),
}

/// Times of a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// From, local.
    pub from: LocalTime,
    /// Until, local; before `from` where it passes midnight. Without it the moment `from` itself is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<LocalTime>,
    /// Days on which it begins: 1 is Monday, 7 Sunday; empty for every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
}

/// What is waited for, and how long at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Await {
    /// Events, any of them; empty where only the condition counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// The event must be about the message of this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Must hold for that event; without events, of the profile at any look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
    /// After this long the enrollment goes on at the next step.
    pub at_most: Span,
    /// Where it goes on when it happened.
    pub then: u16,
    /// Properties of the event that are kept, as `answer.…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<String>,
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Must hold.
    pub when: Expr,
    /// Where it goes on.
    pub to: u16,
}

/// A draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Its name, unique among the campaign's steps.
    pub name: String,
    /// Its arms: 10,000 in all.
    pub arms: Vec<SplitArm>,
}

/// One arm of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitArm {
    /// Its name.
    pub name: String,
    /// Its share, in hundredths of a per cent.
    pub weight_bp: u16,
    /// Where it goes on.
    pub to: u16,
}

/// The end of a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// Where a round begins.
    pub to: u16,
    /// How many rounds at most.
    pub at_most: u16,
    /// Another round only while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// The step's name, unique in the campaign.
    pub name: String,
    /// Channels in order of preference: the first that reaches the person is used.
    pub by: Vec<Channel>,
    /// When the next channel is tried; never unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
    /// The template's name.
    pub template: String,
    /// Looked at right before: where it does not hold the message is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expr>,
    /// Who gets the last place under a cap: higher goes first. 0 to 100.
    pub priority: u8,
    /// How long after the step began the message is still worth sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
    /// What the message is for, where that is something else than what the campaign is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// What consent to it speaks of, where that is something else than the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What to do where a provider may or may not have taken it.
    pub policy: Policy,
    /// Names and weights (hundredths of a per cent, 10,000 in all); empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

impl Send {
    /// What the message is for.
    pub fn purpose_in(&self, campaign: &Campaign) -> Purpose {
        self.purpose.unwrap_or(campaign.purpose)
    }

    /// What consent to the message speaks of.
    pub fn topic_in<'c>(&'c self, campaign: &'c Campaign) -> &'c str {
        self.topic.as_deref().unwrap_or(&campaign.topic)
    }
}

/// How a message goes on to its next channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cascade {
    /// What has to be heard of it.
    pub unless: Heard,
    /// Within this time; a failure moves on at once.
    pub after: Span,
}

/// What is heard of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heard {
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
}

/// One arm of a message's variants.
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

/// A change of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListChange {
    /// Which list.
    pub list: String,
    /// What identifies the entry.
    pub entry: Expr,
    /// Whether it is put or taken off.
    pub put: bool,
}

/// An event of the campaign's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Emit {
    /// Its name.
    pub event: String,
    /// Its properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Expr>,
}

/// A code with an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The step's name: templates and conditions see `offer.code` and `offer.ends_at` of the last one.
    pub name: String,
    /// What it takes off, in per cent, for templates and the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// How long it is good for.
    pub lasts: Span,
    /// What codes begin with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// No second one within this time, over all campaigns: the person goes on without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once_per: Option<Span>,
    /// Codes to draw from at random, reproducibly; without them a code is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draw: Vec<Reward>,
}

/// One thing that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// What templates see as `offer.reward`.
    pub name: String,
    /// Its share, in hundredths of a per cent.
    pub weight_bp: u16,
}

/// A question to a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The step's name.
    pub name: String,
    /// The template that makes the request.
    pub template: String,
    /// How long an answer is waited for; after it the enrollment goes on without.
    pub at_most: Span,
    /// Properties of the answer that are kept, as `answer.…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<String>,
}

/// A person for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// The step's name.
    pub name: String,
    /// Where it goes, in this order: templates of webhooks.
    pub to: Vec<String>,
    /// Nobody claimed it for so long: the next is asked.
    pub unclaimed: Span,
    /// It is over after this long, whatever was said.
    pub at_most: Span,
}
