//! Time passes: events happen and alarms ring, in order, and the core decides. Nothing else is
//! in it: no clock, no chance, no network.

use super::alarms::Alarms;
use super::crowd::{Crowd, next_due};
use super::events::Events;
use super::progress::Progress;
use crate::problem::Problem;
use beckon_shared::domain::campaign::Watch;
use beckon_shared::domain::decision::Decision;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::profile::{Profile, State};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use std::collections::{BTreeMap, HashMap};
use std::{io, mem};

/// How long after the last event yearly and monthly dates still come, where no end is given, and what
/// profiles come to by time passing alone: a birthday comes once more. They would come for ever.
pub const DATES_PLAYED: Span = Span::from_days(366);

/// The same for calendars, which may come every day.
pub const SCHEDULES_PLAYED: Span = Span::from_days(31);

/// How long after the last event anything still happens, where no end is given: longer than any
/// wait that a campaign may say.
pub const PLAYED: Span = Span::from_days(3_660);

/// Hears every decision.
pub type Decided<'d> = &'d mut dyn FnMut(&Decision) -> io::Result<()>;

/// When it ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// At this time, inclusive.
    At(Timestamp),
    /// When nothing is left to happen after the last event, which is at this time.
    Quiet(Timestamp),
}

impl End {
    fn latest(self) -> Timestamp {
        match self {
            Self::At(end) => end,
            Self::Quiet(last) => after(last, PLAYED),
        }
    }
}

/// What was left when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Events after the end.
    pub events: usize,
    /// Profiles with an enrollment that still waits for something.
    pub waiting: usize,
}

/// People and what they wait for.
pub struct Play<'r> {
    rules: &'r Rules,
    people: Crowd,
    alarms: Alarms,
    end: End,
}

impl<'r> Play<'r> {
    /// Begins at `start`, with these people.
    pub fn begin(
        rules: &'r Rules,
        people: HashMap<ProfileId, Profile>,
        start: Timestamp,
        end: End,
        decided: Decided<'_>,
    ) -> Result<Self, Problem> {
        let mut play = Self {
            rules,
            people: Crowd::of(people),
            alarms: Alarms::default(),
            end,
        };
        let turns = play.people.ids().map(|id| (id.clone(), Vec::new())).collect();
        play.rounds(turns, start, decided)?;
        Ok(play)
    }

    /// Plays to the end. `decided` hears every decision, in order of time; at one time by profile.
    pub fn run(mut self, events: &mut Events, progress: &mut Progress, decided: Decided<'_>) -> Result<Left, Problem> {
        let all = length(events.count());
        while let Some(now) = [events.next_at(), self.alarms.next()].into_iter().flatten().min() {
            if now > self.end.latest() {
                break;
            }
            let mut turns: BTreeMap<ProfileId, Vec<Input>> = BTreeMap::new();
            if events.next_at() == Some(now) {
                for said in events.take(now)? {
                    for from in said.joins {
                        let join = Input::join(&from, &said.profile, said.event.at);
                        turns.entry(from).or_default().push(join);
                    }
                    let turn = turns.entry(said.profile).or_default();
                    turn.extend(said.device.map(Input::Event));
                    turn.push(Input::Event(said.event));
                }
                progress.show(all - length(events.left()), all)?;
            }
            let is_after_events = events.next_at().is_none();
            for id in self.alarms.ringing(now) {
                // What happens at the same time is known when the alarm rings.
                if turns.contains_key(&id) || !is_after_events || self.has_reason(&id, now)? {
                    let inputs = turns.entry(id).or_default();
                    inputs.push(Input::Alarm {
                        id: format!("alm_{}", now.as_nanosecond()),
                    });
                }
            }
            self.rounds(turns, now, decided)?;
        }
        progress.clear()?;
        let left = Left {
            events: events.left(),
            waiting: self.people.waiting(),
        };
        // The process ends soon: to take everybody apart before would take a tenth of the time that all took.
        mem::forget(self.people);
        Ok(left)
    }

    /// Takes turns until nobody passes anything on any more: what one profile puts into the inbox of
    /// another is known there at the same moment.
    fn rounds(
        &mut self,
        mut turns: BTreeMap<ProfileId, Vec<Input>>,
        now: Timestamp,
        decided: Decided<'_>,
    ) -> Result<(), Problem> {
        while !turns.is_empty() {
            let mut next: BTreeMap<ProfileId, Vec<Input>> = BTreeMap::new();
            for (id, inputs) in turns {
                for forward in self.turn(&id, &inputs, now, decided)? {
                    next.entry(forward.profile).or_default().extend(forward.inputs);
                }
            }
            turns = next;
        }
        Ok(())
    }

    /// After the last event: forgets yearly dates that are not played any more, and says whether
    /// the profile's alarm rings for anything else.
    fn has_reason(&mut self, id: &ProfileId, now: Timestamp) -> Result<bool, Problem> {
        let End::Quiet(last) = self.end else { return Ok(true) };
        let state = &mut self.people.visit(id)?.state;
        let rules = self.rules;
        state.dates.retain(|campaign, at| {
            let played = played(rules, campaign);
            played.is_none_or(|played| *at <= after(last, played).as_millisecond())
        });
        let turns = state.turns.filter(|turns| *turns <= after(last, DATES_PLAYED));
        let next = [next_due(state), next_date(state), turns].into_iter().flatten().min();
        if next.is_some_and(|next| next <= now) {
            return Ok(true);
        }
        state.alarm = next;
        self.alarms.set(id, None, next);
        Ok(false)
    }

    /// One profile's turn: the core folds what arrived, and its next alarm is set. Gives what it puts
    /// into inboxes.
    fn turn(
        &mut self,
        id: &ProfileId,
        inputs: &[Input],
        now: Timestamp,
        decided: Decided<'_>,
    ) -> Result<Vec<InboxItem>, Problem> {
        let profile = self.people.visit(id)?;
        let arrivals: Vec<Arrival<'_>> = inputs
            .iter()
            .map(|input| Arrival {
                input,
                received: now,
                sequence: None,
            })
            .collect();
        let rang = inputs.iter().any(|input| matches!(input, Input::Alarm { .. }));
        // One that rang is taken already.
        let before = profile.state.alarm.filter(|_| !rang);
        let folded = fold(id, profile, &arrivals, now, self.rules);
        // Saved, where a function would save it.
        if folded.changed {
            profile.version += 1;
        }
        for decision in &folded.decisions {
            decided(decision)?;
        }
        let next = profile.state.alarm;
        if let Some(at) = next.filter(|at| *at <= now) {
            return Err(Problem::Stuck {
                profile: id.to_string(),
                at,
                now,
            });
        }
        self.alarms.set(id, before, next);
        Ok(folded.forwards)
    }
}

/// How long after the last event a campaign's dates are played; `None` for what comes once, which is
/// played whenever it comes.
fn played(rules: &Rules, campaign: &CampaignName) -> Option<Span> {
    let mut watches = rules
        .in_force(campaign)
        .into_iter()
        .flat_map(|campaign| &campaign.enter)
        .filter_map(|enter| enter.watch.as_ref());
    watches.find_map(|watch| match watch {
        Watch::Date(date) => date.every.map(|_| DATES_PLAYED),
        Watch::Schedule(schedule) => schedule.on.is_repeated().then_some(SCHEDULES_PLAYED),
        Watch::Becomes(_) | Watch::Crosses(_) | Watch::Inactive(_) => None,
    })
}

/// When the first date comes.
fn next_date(state: &State) -> Option<Timestamp> {
    let first = state.dates.values().min()?;
    Timestamp::from_millisecond(*first).ok()
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
