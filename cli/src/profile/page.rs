//! A profile, written for people.

use super::{devices, mask, scores, time};
use beckon_shared::domain::campaign::{Addresses, Channel, Purpose, Workspace};
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties};
use beckon_shared::domain::guard::reach;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Devices, Enrollment, Phase, Profile, Stand, State, Traits};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::listed::ListedMessage;
use serde_json::Value;
use std::io::{self, Write};

/// How much of an event's properties is shown, in characters.
const PROPERTIES_SHOWN: usize = 120;

/// Writes one profile.
pub struct Page<W> {
    to: W,
    reveal: bool,
}

impl<W: Write> Page<W> {
    /// A page on which addresses can be read or not.
    pub fn new(to: W, reveal: bool) -> Self {
        Self { to, reveal }
    }

    /// Who it is.
    pub fn heading(&mut self, id: &ProfileId, profile: Option<&Profile>) -> io::Result<()> {
        match profile {
            Some(profile) => writeln!(self.to, "profile {id}, saved {} times", profile.version),
            None => writeln!(self.to, "profile {id}, not folded yet"),
        }
    }

    /// Which profiles are the same person.
    pub fn identity(&mut self, state: &State) -> io::Result<()> {
        if let Some(erased) = state.erased {
            writeln!(self.to, "erased: nothing is kept of what came up to {}", time(erased))?;
        }
        if let Some(into) = &state.joined {
            writeln!(self.to, "went over into {into}: look there")?;
        }
        if !state.absorbed.is_empty() {
            let names: Vec<&str> = state.absorbed.iter().map(ProfileId::as_str).collect();
            writeln!(self.to, "went over into this one: {}", names.join(", "))?;
        }
        Ok(())
    }

    /// What the account is that the person belongs to; of an account, who belongs to it.
    pub fn account(&mut self, traits: &Traits) -> io::Result<()> {
        if let Some(account) = &traits.account {
            let known = self.properties(&account.values);
            writeln!(self.to, "\naccount {}{known}", account.account)?;
        }
        if !traits.members.is_empty() {
            writeln!(self.to, "\nmembers")?;
            for member in &traits.members {
                writeln!(self.to, "  {member}")?;
            }
        }
        Ok(())
    }

    /// What the person is, and may be sent.
    pub fn traits(&mut self, traits: &Traits, addresses: &Addresses) -> io::Result<()> {
        writeln!(self.to, "\ntraits")?;
        let width = traits
            .values
            .keys()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or_default();
        for (name, value) in &traits.values {
            let value = self.shown(value);
            writeln!(self.to, "  {name:width$}  {value}")?;
        }
        self.nothing_if(traits.values.is_empty())?;
        writeln!(self.to, "\nconsent")?;
        for channel in Channel::ALL {
            writeln!(self.to, "  {:5}  {}", channel.name(), stand(traits, addresses, channel))?;
        }
        for said in traits.consent.said() {
            let stand = match said.stand {
                Stand::In => "yes",
                Stand::Out => "no",
            };
            let at = Timestamp::from_millisecond(said.at_millis)
                .map(time)
                .unwrap_or_default();
            let topic = said.topic.unwrap_or("everything");
            writeln!(
                self.to,
                "  {:5}  {stand} to {topic}, on {at}, by {}",
                said.channel.name(),
                said.by.name()
            )?;
        }
        Ok(())
    }

    /// On which devices the person can be notified.
    pub fn devices(&mut self, known: &Devices) -> io::Result<()> {
        let lines = devices::lines(known);
        writeln!(self.to, "\ndevices")?;
        for line in &lines {
            writeln!(self.to, "  {line}")?;
        }
        self.nothing_if(lines.is_empty())
    }

    /// What the person's scores come to now, and what they are made of.
    pub fn scores(&mut self, workspace: &Workspace, state: &State, now: Timestamp) -> io::Result<()> {
        let lines = scores::lines(workspace, &state.tallies, now);
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(self.to, "\nscores")?;
        for line in &lines {
            writeln!(self.to, "  {line}")?;
        }
        Ok(())
    }

    /// What the person is in the middle of.
    pub fn state(&mut self, state: &State) -> io::Result<()> {
        writeln!(self.to, "\nenrollments")?;
        for enrollment in &state.enrollments {
            writeln!(self.to, "  {}", enrolled(enrollment))?;
        }
        self.nothing_if(state.enrollments.is_empty())?;
        for (campaign, at) in &state.dates {
            if let Ok(at) = Timestamp::from_millisecond(*at) {
                writeln!(self.to, "  {campaign}: enters on its date, {}", time(at))?;
            }
        }
        if let Some(alarm) = state.alarm {
            writeln!(self.to, "  next look: {}", time(alarm))?;
        }
        for (name, list) in &state.lists {
            let key = list.key.as_deref().map(|key| format!(" {key}")).unwrap_or_default();
            writeln!(self.to, "\nlist {name}{key}: {} in it", list.len())?;
            for item in list.items() {
                let item = self.shown(item);
                writeln!(self.to, "  {item}")?;
            }
        }
        Ok(())
    }

    /// What was decided to be sent, and what became of it.
    pub fn messages(&mut self, messages: &[ListedMessage]) -> io::Result<()> {
        writeln!(self.to, "\nmessages")?;
        for listed in messages {
            let (envelope, message) = (&listed.envelope, &listed.envelope.message);
            let reason = listed
                .reason
                .as_ref()
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            let attempts = if envelope.attempts > 1 {
                format!(", {} attempts", envelope.attempts)
            } else {
                String::new()
            };
            let to = if self.reveal {
                message.to.clone()
            } else {
                mask::text(&message.to)
            };
            writeln!(
                self.to,
                "  {}  {} {} by {} to {to}: {}{reason}{attempts}  {}",
                time(message.decided),
                message.campaign,
                message.step,
                message.channel.name(),
                envelope.status.name(),
                message.id,
            )?;
        }
        self.nothing_if(messages.is_empty())
    }

    /// The latest inputs, in the order in which they were received.
    pub fn inbox(&mut self, items: &[InboxItem], most: usize) -> io::Result<()> {
        let inputs: Vec<(Timestamp, &Input)> = items
            .iter()
            .flat_map(|item| item.inputs.iter().map(|input| (item.received, input)))
            .collect();
        let passed_over = inputs.len().saturating_sub(most);
        match passed_over {
            0 => writeln!(self.to, "\ninbox")?,
            _ => writeln!(self.to, "\ninbox, without the {passed_over} before")?,
        }
        for (received, input) in inputs.iter().skip(passed_over) {
            let line = match input {
                Input::Event(event) => self.event(event),
                Input::Alarm { .. } => "alarm".to_owned(),
                Input::Join { into, at, .. } => format!("join of {}: the same person as {into}", time(*at)),
                Input::Merge { from, at, .. } => format!("merge of {}: all that {from} was", time(*at)),
                Input::Member {
                    profile, at, leaves, ..
                } => {
                    let word = if *leaves { "leaves" } else { "belongs to it" };
                    format!("member of {}: {profile} {word}", time(*at))
                }
                Input::Account {
                    account, at, traits, ..
                } => format!("account of {}: {account}{}", time(*at), self.properties(traits)),
                Input::Erase { at, .. } => format!("erasure of everything up to {}", time(*at)),
            };
            writeln!(self.to, "  {}  {line}", time(*received))?;
        }
        self.nothing_if(inputs.is_empty())
    }

    /// Makes sure that it was written.
    pub fn close(mut self) -> io::Result<()> {
        self.to.flush()
    }

    fn event(&self, event: &Event) -> String {
        let kind = match event.kind {
            EventKind::Track => "track",
            EventKind::Identify => "identify",
            EventKind::Page => "page",
            EventKind::Screen => "screen",
            EventKind::Group => "group",
            EventKind::Alias => "alias",
        };
        let name = if event.name.is_empty() {
            String::new()
        } else {
            format!(" {}", event.name)
        };
        let properties = self.properties(&event.properties);
        format!("{kind}{name} of {}{properties}", time(event.at))
    }

    fn properties(&self, properties: &Properties) -> String {
        if properties.is_empty() {
            return String::new();
        }
        let text = self.shown(&Value::Object(properties.clone())).to_string();
        let cut = if text.chars().count() > PROPERTIES_SHOWN {
            "…"
        } else {
            ""
        };
        format!("  {}{cut}", text.chars().take(PROPERTIES_SHOWN).collect::<String>())
    }

    fn shown(&self, value: &Value) -> Value {
        if self.reveal { value.clone() } else { mask::value(value) }
    }

    fn nothing_if(&mut self, is_empty: bool) -> io::Result<()> {
        if is_empty { writeln!(self.to, "  none") } else { Ok(()) }
    }
}

pub(super) fn stand(traits: &Traits, addresses: &Addresses, channel: Channel) -> String {
    let consent = &traits.consent;
    if reach::address(traits, addresses, channel).is_none() {
        "no address".to_owned()
    } else if let Some(reason) = consent.suppressed(channel, Purpose::Transactional) {
        format!("nothing is sent: {reason}")
    } else if let Some(reason) = consent.suppressed(channel, Purpose::Marketing) {
        format!("no marketing: {reason}")
    } else if consent.unconfirmed(channel) {
        "no marketing: only a browser named the address".to_owned()
    } else if consent.allows(channel, "*") {
        "may be sent marketing".to_owned()
    } else {
        "no marketing: unsubscribed".to_owned()
    }
}

fn enrolled(enrollment: &Enrollment) -> String {
    let key = if enrollment.key.is_empty() {
        String::new()
    } else {
        format!(" for {}", enrollment.key)
    };
    let phase = match enrollment.phase {
        Phase::Pending => match enrollment.due {
            Some(due) => format!("enters on {} if nothing comes between", time(due)),
            None => "enters if nothing comes between".to_owned(),
        },
        Phase::Running => {
            let due = enrollment
                .due
                .map(|due| format!(", due {}", time(due)))
                .unwrap_or_default();
            let held = if enrollment.deferred {
                ", its message is held back until then"
            } else {
                ""
            };
            format!("at step {}{due}{held}", enrollment.step + 1)
        }
        Phase::Watching(until) => format!("through, its goal is watched until {}", time(until)),
    };
    let won = if enrollment.won { ", goal reached" } else { "" };
    format!(
        "{}{key}: entered {}, {phase}{won}",
        enrollment.campaign,
        time(enrollment.entered)
    )
}
