//! Taking in what arrived, one input after another: what was folded before is known, and the rest goes to
//! those whom it concerns.

use super::enter::Trigger;
use super::{Arrival, Turn, history};
use crate::domain::campaign::Derived;
use crate::domain::count::hear;
use crate::domain::event::{Event, EventKind, Input, PAGE, Properties, SCREEN};
use crate::domain::feedback;
use crate::domain::time::Timestamp;
use serde_json::Value;

impl Turn<'_> {
    /// Takes one arrival in, unless it was folded before.
    pub(super) fn take(&mut self, arrival: &Arrival<'_>) {
        let state = &mut self.profile.state;
        if let Some(sequence) = arrival.sequence {
            let known = state.cursor.as_deref().is_some_and(|cursor| !follows(sequence, cursor));
            let below = state.floor.is_some_and(|floor| arrival.received <= floor);
            if known || below {
                self.folded.repeats += 1;
                return;
            }
            // One item's inputs share its place in the stream: the cursor moves when all are taken.
            self.reached = Some(sequence.to_owned());
        }
        state.folded = state.folded.max(Some(arrival.received));
        if self.is_of_the_erased(arrival) {
            self.forget_what_comes(arrival.input);
            return;
        }
        let state = &mut self.profile.state;
        // Who is to be forgotten is so wherever they went over to.
        if let Some(into) = state.joined.clone()
            && !matches!(arrival.input, Input::Erase { .. })
        {
            self.pass_on(arrival, &into);
            return;
        }
        // Another look does no harm, and remembering each would leave less room for what is to be taken once.
        let is_alarm = matches!(arrival.input, Input::Alarm { .. });
        if !is_alarm && !state.seen.insert(arrival.input.id()) {
            self.folded.repeats += 1;
            return;
        }
        // Erased a moment ago, in this same fold: who comes back is new to the campaigns.
        if state.erased.is_some() && state.rules_revision != self.rules.revision && !self.id.is_account() {
            self.meet_rules();
        }
        match arrival.input {
            Input::Event(event) => self.take_event(event, arrival.received),
            Input::Alarm { .. } => self.folded.changed = true,
            Input::Join { into, at, .. } => self.take_join(into, *at),
            Input::Merge { from, at, past, .. } => self.take_merge(from, *at, past),
            Input::Erase { at, .. } => self.take_erase(*at),
            Input::Member { .. } => self.take_member(arrival.input),
            Input::Account {
                id,
                account,
                revision,
                at,
                traits,
            } => self.hear_account(id, account, *revision, *at, traits),
        }
    }

    fn take_event(&mut self, event: &Event, received: Timestamp) {
        // Nobody can know the future: a clock that runs ahead does not put events there.
        let at = event.at.min(received);
        let clamped;
        let event = if at == event.at {
            event
        } else {
            clamped = Event { at, ..event.clone() };
            &clamped
        };
        match event.kind {
            EventKind::Track => self.take_track(event),
            EventKind::Page => self.take_call(event, PAGE),
            EventKind::Screen => self.take_call(event, SCREEN),
            EventKind::Identify => self.take_identify(event),
            EventKind::Group => self.take_group(event),
            // Comes as an input of its own, to the profile that goes over into this one.
            EventKind::Alias => {}
        }
    }

    fn take_track(&mut self, event: &Event) {
        if let Some(heard) = hear(&mut self.profile.state.echoes, event) {
            self.folded.heard.push(heard);
            self.folded.changed = true;
            self.folded.relevant = true;
        }
        self.take_device(event);
        self.note_shown(event);
        if !self.rules.listens_to(&event.name) {
            return;
        }
        self.folded.relevant = true;
        self.folded.changed |= history::take_track(self.profile, event, self.rules);
        self.folded.changed |= history::take_activity(self.profile, event, self.rules);
        if history::take_feedback(self.profile, event, &self.rules.workspace.addresses) {
            self.folded.changed = true;
            self.folded.traits_changed = true;
        }
        if event.name == feedback::OFFER_REDEEMED {
            self.redeem(event);
        }
        let is_awaited = self
            .rules
            .is_awaited(&event.name, history::is_activity(event, self.rules));
        if is_awaited {
            self.leave(event);
        }
        self.hear_of_handover(event);
        if is_awaited {
            self.hear(event);
        }
        let may_enter = !self.is_late(event);
        self.turn_by_event(event, may_enter);
        self.enter_by_sequence(event, may_enter);
        if may_enter {
            self.enter_by_event(event);
        } else {
            self.pass_late(event);
        }
        for derived in self.rules.derived(&event.name) {
            for made in made_of(derived, event) {
                self.take_track(&made);
            }
        }
    }

    /// A page or screen call is an event of that name, with the page's or screen's as a property.
    fn take_call(&mut self, event: &Event, name: &str) {
        if !self.rules.listens_to(name) {
            return;
        }
        self.take_track(&as_track(event, name));
    }

    fn take_identify(&mut self, event: &Event) {
        self.folded.relevant = true;
        let changed = history::take_identify(self.profile, event, &self.rules.workspace.addresses);
        if changed.is_empty() {
            return;
        }
        self.folded.changed = true;
        self.folded.traits_changed = true;
        let may_enter = !self.is_late(event);
        self.follow_traits(&Trigger::of(event), &changed, may_enter);
    }
}

/// A page or screen call as the event of that name.
pub(in crate::domain) fn as_track(event: &Event, name: &str) -> Event {
    let mut call = Event {
        name: name.to_owned(),
        ..event.clone()
    };
    if !event.name.is_empty() && !call.properties.contains_key("name") {
        call.properties
            .insert("name".to_owned(), Value::from(event.name.as_str()));
    }
    call
}

/// The events that are made of an event's list.
pub(in crate::domain) fn made_of<'e>(derived: &'e Derived, event: &'e Event) -> impl Iterator<Item = Event> + 'e {
    let entries = event.properties.get(&derived.each).and_then(Value::as_array);
    let common = event
        .properties
        .iter()
        .filter(|(_, value)| !value.is_array() && !value.is_object());
    entries
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(move |(place, entry)| {
            let mut properties: Properties = common
                .clone()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            properties.extend(entry.as_object()?.clone());
            Some(Event {
                id: format!("{}/{}/{place}", event.id, derived.event),
                name: derived.event.clone(),
                properties,
                ..event.clone()
            })
        })
}

/// Whether one stream position comes after another. Both are decimal numbers of up to 40
/// digits, growing along a shard and from a shard to its children.
fn follows(sequence: &str, cursor: &str) -> bool {
    let (sequence, cursor) = (sequence.trim_start_matches('0'), cursor.trim_start_matches('0'));
    (sequence.len(), sequence) > (cursor.len(), cursor)
}
