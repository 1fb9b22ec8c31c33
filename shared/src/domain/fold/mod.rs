//! Folding: `(profile, inputs, now) → (profile', decisions, messages)`.
//!
//! First everything that arrived is taken in, in the order in which it arrived; then the profile
//! is looked at once, as it is now. So a reminder whose hour has come is not sent where the order
//! that makes it pointless is already known, even if both were held up together.
//!
//! Folding the same inputs again changes nothing: a replayed stream record is known by its
//! place in the stream, anything else by its id.

mod enter;
mod history;
mod journey;
mod leave;
mod message;
mod yearly;

use super::decision::{Decision, Verdict};
use super::event::{Event, EventKind, Input};
use super::id::{CampaignName, ProfileId};
use super::message::Message;
use super::profile::{Phase, Profile};
use super::rules::Rules;
use super::time::{Timestamp, before, zone};
use jiff::tz::TimeZone;

/// Most enrollments a profile may have at once, those that only watch for their goal included.
pub const ENROLLMENTS_MAX: usize = 64;

/// Campaigns whose past is remembered even after they are gone, in case they come back.
const PAST_MAX: usize = 64;

/// An input as it comes to be folded.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// What.
    pub input: &'a Input,
    /// When it was accepted.
    pub received: Timestamp,
    /// Its place in the stream; `None` where it was read from the inbox itself.
    pub sequence: Option<&'a str>,
}

/// What folding came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Folded {
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
    /// What is to be sent.
    pub messages: Vec<Message>,
    /// Whether the profile has to be saved.
    pub changed: bool,
    /// Whether its traits have to be saved too.
    pub traits_changed: bool,
    /// Whether any input could have mattered: where one could and nothing changed, a caller that
    /// folded into a profile it only remembers has to look at the stored one.
    pub relevant: bool,
    /// How many inputs had been folded before.
    pub repeats: usize,
}

/// Folds what arrived into the profile. `profile` is left as it was where `changed` is false,
/// but for the marks of what was folded, which are worth no write of their own.
pub fn fold(id: &ProfileId, profile: &mut Profile, arrivals: &[Arrival<'_>], now: Timestamp, rules: &Rules) -> Folded {
    let mut turn = Turn::new(id, profile, now, rules);
    for arrival in arrivals {
        turn.take(arrival);
    }
    turn.look();
    turn.finish()
}

/// Marks everything received up to `until` as folded: called after the inbox itself was folded
/// up to there, because the stream may have forgotten some of it.
pub fn raise_floor(profile: &mut Profile, until: Timestamp) {
    let floor = &mut profile.state.floor;
    *floor = (*floor).max(Some(until));
}

/// One fold under way.
struct Turn<'a> {
    id: &'a ProfileId,
    profile: &'a mut Profile,
    now: Timestamp,
    rules: &'a Rules,
    zone: TimeZone,
    /// Place in the stream of the last item that was taken.
    reached: Option<String>,
    folded: Folded,
}

impl<'a> Turn<'a> {
    fn new(id: &'a ProfileId, profile: &'a mut Profile, now: Timestamp, rules: &'a Rules) -> Self {
        let zone = own_zone(profile, rules);
        Self {
            id,
            profile,
            now,
            rules,
            zone,
            reached: None,
            folded: Folded::default(),
        }
    }

    /// Takes one arrival in, unless it was folded before.
    fn take(&mut self, arrival: &Arrival<'_>) {
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
        if !state.seen.insert(arrival.input.id()) {
            self.folded.repeats += 1;
            return;
        }
        state.folded = state.folded.max(Some(arrival.received));
        match arrival.input {
            Input::Event(event) => self.take_event(event, arrival.received),
            Input::Alarm { .. } => self.folded.changed = true,
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
            EventKind::Track => {
                if !self.rules.listens_to(&event.name) {
                    return;
                }
                self.folded.relevant = true;
                self.folded.changed |= history::take_track(self.profile, event, self.rules);
                if history::take_feedback(self.profile, event) {
                    self.folded.changed = true;
                    self.folded.traits_changed = true;
                }
                self.leave(event);
                if !self.is_late(event) {
                    self.enter_by_event(event);
                }
            }
            EventKind::Identify => {
                self.folded.relevant = true;
                let changed = history::take_identify(self.profile, event);
                if changed.is_empty() {
                    return;
                }
                self.folded.changed = true;
                self.folded.traits_changed = true;
                self.zone = own_zone(self.profile, self.rules);
                self.rearm_dates(Some(&changed));
                if !self.is_late(event) {
                    self.enter_by_traits(event, &changed);
                }
            }
            // Kept in the inbox, for the campaigns that will read them from there.
            EventKind::Page | EventKind::Screen | EventKind::Group | EventKind::Alias => {}
        }
    }

    /// Whether the event is too old to start anything.
    fn is_late(&self, event: &Event) -> bool {
        event.at <= before(self.now, self.rules.workspace.late_after)
    }

    /// Looks at everything that waits.
    fn look(&mut self) {
        if self.profile.state.dates_revision != self.rules.revision {
            self.rearm_dates(None);
        }
        self.enter_by_date();
        self.run();
        self.set_alarm();
    }

    /// The profile's alarm is the earliest moment at which something needs another look. An
    /// alarm that is early enough is left alone: it fires, finds the later moment, and sets that,
    /// which is cheaper than moving it with every event.
    fn set_alarm(&mut self) {
        let state = &mut self.profile.state;
        let running = state
            .enrollments
            .iter()
            .filter(|enrollment| enrollment.phase == Phase::Running)
            .filter_map(|enrollment| enrollment.due);
        let dates = state
            .dates
            .values()
            .filter_map(|at| Timestamp::from_millisecond(*at).ok());
        let wanted = running.chain(dates).min();
        let alarm = match (wanted, state.alarm) {
            (Some(wanted), Some(alarm)) if alarm > self.now && alarm <= wanted => Some(alarm),
            (wanted, _) => wanted,
        };
        if alarm != state.alarm {
            state.alarm = alarm;
            self.folded.changed = true;
        }
    }

    fn finish(mut self) -> Folded {
        let (rules, now) = (self.rules, self.now);
        let state = &mut self.profile.state;
        if self.reached.is_some() {
            state.cursor = self.reached.take();
        }
        if self.folded.changed {
            state.enrollments.retain(|enrollment| match enrollment.phase {
                Phase::Running => true,
                Phase::Watching(until) => !enrollment.won && until > now,
            });
            state
                .tallies
                .retain(|event| rules.looks_back(event).map(|window| before(now, window)));
            state.lists.retain(|name, _| rules.workspace.lists.contains_key(name));
            if state.past.len() > PAST_MAX {
                state.past.retain(|campaign, _| rules.paused(campaign).is_some());
            }
            if let Some(window) = rules.workspace.caps.iter().map(|cap| cap.window).max() {
                state.ledger.forget_before(before(now, window));
            }
        }
        std::mem::take(&mut self.folded)
    }

    fn decide(&mut self, campaign: &CampaignName, key: &str, verdict: Verdict) {
        self.folded.changed = true;
        self.folded.decisions.push(Decision {
            at: self.now,
            profile: self.id.clone(),
            campaign: campaign.clone(),
            key: key.to_owned(),
            verdict,
        });
    }
}

/// Whether one stream position comes after another. Both are decimal numbers of up to 40
/// digits, growing along a shard and from a shard to its children.
fn follows(sequence: &str, cursor: &str) -> bool {
    let (sequence, cursor) = (sequence.trim_start_matches('0'), cursor.trim_start_matches('0'));
    (sequence.len(), sequence) > (cursor.len(), cursor)
}

/// The person's own time zone, or the workspace's.
fn own_zone(profile: &Profile, rules: &Rules) -> TimeZone {
    profile
        .traits
        .text("timezone")
        .and_then(zone)
        .or_else(|| zone(&rules.workspace.time_zone))
        .unwrap_or(TimeZone::UTC)
}
