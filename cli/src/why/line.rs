//! One line of a person's timeline.

use super::replay::{Pass, Replay};
use super::words;
use crate::profile::mask;
use beckon_shared::domain::decision::Decision;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::log::Logged;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::listed::ListedMessage;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Where a line is from. Of one moment, what happened comes before what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// What happened.
    Inbox,
    /// What the campaigns in force now come to.
    Replay,
    /// What was decided.
    Log,
    /// Where a message stands.
    Outbox,
}

impl From {
    const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Replay => "replay",
            Self::Log => "log",
            Self::Outbox => "outbox",
        }
    }
}

/// One thing that happened or was decided.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Where it is from.
    pub from: From,
    /// Under which of the person's ids.
    profile: String,
    /// As in `beckon simulate`, `pass` for an entrance that came to nothing, `message` for where one
    /// stands; nothing for what happened.
    #[serde(skip_serializing_if = "str::is_empty")]
    decision: String,
    /// What happened.
    #[serde(skip_serializing_if = "str::is_empty")]
    event: String,
    /// In which campaign.
    #[serde(skip_serializing_if = "str::is_empty")]
    campaign: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    step: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: String,
    /// Why, or how a message stands.
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: String,
    /// All of it, as people say it.
    words: String,
    /// Whether two profiles became one.
    #[serde(skip)]
    is_join: bool,
}

/// What happened, without the alarms: they only say that time passes. What was passed on to another profile is told
/// there.
pub fn of_inbox(inbox: &[InboxItem], passed_on: &BTreeSet<&str>) -> Vec<Line> {
    let inputs = inbox
        .iter()
        .flat_map(|item| item.inputs.iter().map(|input| (item.received, input)));
    inputs
        .filter_map(|(received, input)| {
            let event = match input {
                Input::Event(event) if passed_on.contains(event.id.as_str()) => return None,
                Input::Event(event) => event,
                Input::Join { into, .. } => return Some(Line::of_join(received, "join", words::went_into(into))),
                Input::Merge { from, .. } => return Some(Line::of_join(received, "merge", words::came_in(from))),
                Input::Alarm { .. } | Input::Member { .. } | Input::Account { .. } | Input::Erase { .. } => {
                    return None;
                }
            };
            let text = |name: &str| {
                let value = event.properties.get(name).and_then(Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            Some(Line {
                event: words::event_name(event),
                campaign: text("campaign"),
                step: text("step"),
                message: text("message"),
                words: words::event(event),
                ..Line::of(received, From::Inbox)
            })
        })
        .collect()
}

impl Line {
    fn of(at: Timestamp, from: From) -> Self {
        Self {
            at,
            from,
            profile: String::new(),
            decision: String::new(),
            event: String::new(),
            campaign: String::new(),
            step: String::new(),
            channel: String::new(),
            message: String::new(),
            reason: String::new(),
            words: String::new(),
            is_join: false,
        }
    }

    /// Two profiles became one.
    fn of_join(at: Timestamp, event: &str, words: String) -> Self {
        Self {
            event: event.to_owned(),
            is_join: true,
            words,
            ..Self::of(at, From::Inbox)
        }
    }

    /// The line, told of this profile.
    #[must_use]
    pub fn told_of(mut self, profile: &ProfileId) -> Self {
        self.profile = profile.to_string();
        self
    }

    /// A decision.
    pub fn decided(from: From, logged: &Logged) -> Self {
        Self {
            decision: logged.decision.clone(),
            campaign: logged.campaign.clone(),
            step: logged.step.clone(),
            channel: logged.channel.clone(),
            message: logged.message.clone(),
            reason: mask::text(&logged.reason),
            words: mask::text(&words::decision(logged)),
            ..Self::of(logged.at, from)
        }
    }

    /// An entrance that came to nothing.
    pub fn pass(decision: &Decision, pass: &Pass<'_>) -> Self {
        Self {
            decision: "pass".to_owned(),
            event: pass.trigger.to_owned(),
            campaign: decision.campaign.to_string(),
            reason: pass.reason.name().to_owned(),
            words: format!("not entered: {}", words::pass(pass)),
            ..Self::of(decision.at, From::Replay)
        }
    }

    /// Where a message stands.
    pub fn of_message(listed: &ListedMessage) -> Self {
        let message = &listed.envelope.message;
        Self {
            decision: "message".to_owned(),
            campaign: message.campaign.to_string(),
            step: message.step.clone(),
            channel: message.channel.name().to_owned(),
            message: message.id.to_string(),
            reason: listed.reason.as_deref().map(mask::text).unwrap_or_default(),
            words: words::message(listed),
            ..Self::of(message.decided, From::Outbox)
        }
    }

    /// The message that the line is about, where it is one of the campaign.
    pub fn message_of(&self, campaign: &CampaignName) -> Option<String> {
        let is_its = self.campaign == campaign.as_str() && !self.message.is_empty();
        is_its.then(|| self.message.clone())
    }

    /// Whether the line is about the campaign: its decisions and messages, what was heard of these,
    /// and what asked to let the person in.
    pub fn concerns(&self, campaign: &CampaignName, messages: &[String], replay: &Replay) -> bool {
        self.is_join
            || self.campaign == campaign.as_str()
            || messages.contains(&self.message)
            || (self.from == From::Inbox && replay.triggers_of(campaign).contains(self.event.as_str()))
    }
}

/// Writes lines for people.
pub fn write_table(to: &mut impl Write, lines: &[Line]) -> io::Result<()> {
    if lines.is_empty() {
        return writeln!(to, "nothing happened");
    }
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let (campaigns, profiles) = (width(|line| &line.campaign), width(|line| &line.profile));
    let is_of_several = lines
        .iter()
        .any(|line| Some(&line.profile) != lines.first().map(|first| &first.profile));
    for line in lines {
        let profile = match is_of_several {
            true => format!("{:profiles$}  ", line.profile),
            false => String::new(),
        };
        writeln!(
            to,
            "{}  {:6}  {profile}{:campaigns$}  {}",
            line.at.strftime("%Y-%m-%d %H:%M:%S"),
            line.from.name(),
            line.campaign,
            line.words
        )?;
    }
    Ok(())
}
