//! Dates of the person's and calendars of the team's, mostly at a local time of the person.

use super::Turn;
use super::enter::Trigger;
use crate::domain::campaign::{Campaign, DateTrigger, Enter, Every, LocalTime, Missed, Schedule, Watch};
use crate::domain::condition::Value;
use crate::domain::event::Properties;
use crate::domain::profile::Past;
use crate::domain::rules::Active;
use crate::domain::time::{Timestamp, local_date, local_instant, zone};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use std::sync::Arc;

impl Turn<'_> {
    /// Computes anew when dates come next: all of them, or those that depend on changed traits.
    pub(super) fn rearm_dates(&mut self, changed: Option<&[String]>) {
        let rules = self.rules;
        let mut armed = std::mem::take(&mut self.profile.state.dates);
        let before = armed.clone();
        for (active, enter) in rules.dated() {
            let name = &active.campaign.name;
            if changed.is_some_and(|changed| !depends(enter, changed)) {
                continue;
            }
            // What is due already stays due, however its date was edited meanwhile.
            if armed.get(name).is_some_and(|at| *at <= self.now.as_millisecond()) {
                continue;
            }
            match self.next_occurrence(&active.campaign, enter, self.now) {
                Some(next) => armed.insert(name.clone(), next.as_millisecond()),
                None => armed.remove(name),
            };
        }
        if changed.is_none() {
            armed.retain(|name, _| rules.dated().any(|(active, _)| active.campaign.name == *name));
        }
        self.folded.changed |= armed != before;
        self.profile.state.dates = armed;
    }

    /// Enters where a date has come, and arms the next.
    pub(super) fn enter_by_date(&mut self) {
        let now = self.now.as_millisecond();
        if self.profile.state.dates.values().all(|at| *at > now) {
            return;
        }
        let rules = self.rules;
        for (active, enter) in rules.dated() {
            let due = self.profile.state.dates.get(&active.campaign.name).copied();
            let Some(at) = due
                .and_then(|at| Timestamp::from_millisecond(at).ok())
                .filter(|at| *at <= self.now)
            else {
                continue;
            };
            if active.paused && catches_up(enter) {
                continue;
            }
            self.come(active, enter, at);
        }
    }

    /// When dates are due next. What waits for its campaign to go on is not.
    pub(super) fn dates_due(&self) -> impl Iterator<Item = Timestamp> {
        self.profile
            .state
            .dates
            .iter()
            .filter(|(name, at)| **at > self.now.as_millisecond() || self.rules.paused(name) == Some(false))
            .filter_map(|(_, at)| Timestamp::from_millisecond(*at).ok())
    }

    fn come(&mut self, active: &Active, enter: &Enter, at: Timestamp) {
        let campaign = Arc::clone(&active.campaign);
        let at = self.last_missed(enter, at);
        if !active.paused
            && let Some(key) = self.key_of(&campaign, enter, at)
        {
            self.celebrate(&campaign, enter, at, key);
        }
        let next = self.next_occurrence(&campaign, enter, self.now.max(at));
        let dates = &mut self.profile.state.dates;
        match next {
            Some(next) => dates.insert(campaign.name.clone(), next.as_millisecond()),
            None => dates.remove(&campaign.name),
        };
        self.folded.changed = true;
    }

    /// Of a calendar's occurrences that were missed, the last.
    fn last_missed(&self, enter: &Enter, at: Timestamp) -> Timestamp {
        match &enter.watch {
            Some(Watch::Schedule(schedule)) if schedule.missed == Missed::Last => schedule
                .on
                .last_between(at, self.now, &self.zone_of(schedule))
                .unwrap_or(at),
            _ => at,
        }
    }

    fn celebrate(&mut self, campaign: &Arc<Campaign>, enter: &Enter, at: Timestamp, key: String) {
        let nothing = Properties::new();
        let id = format!("date:{key}");
        let trigger = Trigger {
            id: &id,
            at,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        if !self.admits(campaign, enter, &trigger) {
            return;
        }
        // Once a key, however often the date or the zone is edited: also where the campaign would let
        // its keys in again.
        let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
        if past.entered(&key).is_none() {
            self.admit(campaign, enter, &trigger, None, key.clone());
            let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
            match campaign.enter.len() {
                1 => past.note_occurrence(&key, at.as_millisecond()),
                // What entered otherwise is remembered among them.
                _ => past.note(&key, at.as_millisecond(), false),
            }
        }
    }

    /// The key of the occurrence that is due.
    fn key_of(&mut self, campaign: &Campaign, enter: &Enter, at: Timestamp) -> Option<String> {
        match enter.watch.as_ref()? {
            Watch::Schedule(schedule) => Some(local_key(at, &self.zone_of(schedule))),
            // The date may have been edited since it was armed; what came is what was armed.
            Watch::Date(date) => Some(match date.every {
                None => at.to_string(),
                Some(every) => period(every, self.base(at, date)),
            }),
            Watch::Becomes(_) | Watch::Crosses(_) | Watch::Inactive(_) => {
                self.entry_fault(campaign, "enter", "has no date".to_owned());
                None
            }
        }
    }

    /// The day that an occurrence is about: it may come days before or after.
    fn base(&self, at: Timestamp, date: &DateTrigger) -> Date {
        let day = local_date(at, &self.zone);
        shifted(day, -date.moved_millis).unwrap_or(day)
    }

    /// The first occurrence after `after` that has not been.
    fn next_occurrence(&mut self, campaign: &Campaign, enter: &Enter, after: Timestamp) -> Option<Timestamp> {
        match enter.watch.as_ref()? {
            Watch::Schedule(schedule) => schedule.on.next_after(after, &self.zone_of(schedule)),
            Watch::Date(date) => self.next_date(campaign, date, after),
            Watch::Becomes(_) | Watch::Crosses(_) | Watch::Inactive(_) => None,
        }
    }

    fn zone_of(&self, schedule: &Schedule) -> TimeZone {
        schedule
            .zone
            .as_deref()
            .and_then(zone)
            .unwrap_or_else(|| self.zone.clone())
    }

    fn next_date(&mut self, campaign: &Campaign, trigger: &DateTrigger, after: Timestamp) -> Option<Timestamp> {
        let nothing = Properties::new();
        let asked = Trigger {
            id: "date",
            at: after,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        let result = match trigger.date.eval(&self.entry_scope(&asked, None)) {
            Ok(value) if value.is_null() => return None,
            Ok(value) => Moment::of(&value, &self.zone).ok_or_else(|| NOT_A_DATE.to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let moment = match result {
            Ok(moment) => moment,
            Err(error) => {
                self.entry_fault(campaign, "enter.date", error);
                return None;
            }
        };
        let past = self.profile.state.past.get(&campaign.name);
        match trigger.every {
            None => once(&moment, trigger, &self.zone).filter(|at| *at > after),
            Some(every) => again(&moment, trigger, every, &self.zone, after, past),
        }
    }
}

const NOT_A_DATE: &str = "is not a date such as `1990-05-14` or `--05-14`";

/// Whether occurrences that come while the campaign is paused wait for it to go on.
fn catches_up(enter: &Enter) -> bool {
    matches!(&enter.watch, Some(Watch::Schedule(schedule)) if schedule.missed == Missed::Last)
}

/// Whether the date is computed from one of the traits, or told in a zone that is one of them.
fn depends(enter: &Enter, changed: &[String]) -> bool {
    let own = |name: &String| name == "timezone";
    match &enter.watch {
        Some(Watch::Date(date)) => {
            let reads = date.date.reads();
            changed.iter().any(|name| own(name) || reads.traits.contains(name))
        }
        Some(Watch::Schedule(schedule)) => schedule.zone.is_none() && changed.iter().any(own),
        Some(Watch::Becomes(_) | Watch::Crosses(_) | Watch::Inactive(_)) | None => false,
    }
}

/// A date as people give it.
struct Moment {
    /// Month and day, of that year or of any.
    date: Date,
    /// Whether the year means anything.
    has_year: bool,
    /// The very instant.
    at: Timestamp,
}

impl Moment {
    /// `1990-05-14`, `--05-14` (ISO 8601, reduced) or an instant.
    fn of(value: &Value<'_>, zone: &TimeZone) -> Option<Self> {
        let text = value.as_text().unwrap_or_default();
        let yearless = text.strip_prefix("--").map(|rest| format!("2000-{rest}"));
        let plain = yearless.as_deref().unwrap_or(&text);
        let date = plain.parse::<Date>().ok().filter(|_| text.len() <= 10);
        match date {
            Some(date) => Some(Self {
                date,
                has_year: yearless.is_none(),
                at: local_instant(date, Time::midnight(), zone),
            }),
            None => value.as_time(zone).map(|at| Self {
                date: local_date(at, zone),
                has_year: true,
                at,
            }),
        }
    }
}

/// A date that comes once.
fn once(moment: &Moment, trigger: &DateTrigger, zone: &TimeZone) -> Option<Timestamp> {
    if !moment.has_year {
        return None;
    }
    match trigger.at {
        Some(time) => Some(local_instant(
            shifted(moment.date, trigger.moved_millis)?,
            time.civil(),
            zone,
        )),
        None => moment
            .at
            .checked_add(SignedDuration::from_millis(trigger.moved_millis))
            .ok(),
    }
}

/// A date that comes every month or year: the next that is after `after` and has not been.
fn again(
    moment: &Moment,
    trigger: &DateTrigger,
    every: Every,
    zone: &TimeZone,
    after: Timestamp,
    past: Option<&Past>,
) -> Option<Timestamp> {
    let time = trigger.at.map_or(Time::midnight(), LocalTime::civil);
    let today = shifted(local_date(after, zone), -trigger.moved_millis)?;
    // A year or month back: what is moved to after its day may belong to the last.
    (-1..4).find_map(|step| {
        let base = in_period(moment.date, every, today, step)?;
        let key = period(every, base);
        // The day itself is where it begins to be counted from: it comes again, not first.
        let begins = moment.has_year && base <= moment.date;
        if begins || past.is_some_and(|past| past.entered(&key).is_some()) {
            return None;
        }
        let at = local_instant(shifted(base, trigger.moved_millis)?, time, zone);
        (at > after).then_some(at)
    })
}

/// The date in the period that is `step` after that of `today`; where it has no such day, its last
/// day of that month: born on 29 February, the 28th in common years.
fn in_period(date: Date, every: Every, today: Date, step: i16) -> Option<Date> {
    let first = match every {
        Every::Year => Date::new(today.year().checked_add(step)?, date.month(), 1).ok()?,
        Every::Month => today.first_of_month().checked_add(i64::from(step).months()).ok()?,
    };
    let day = date.day().min(first.days_in_month());
    Date::new(first.year(), first.month(), day).ok()
}

fn period(every: Every, base: Date) -> String {
    match every {
        Every::Year => base.year().to_string(),
        Every::Month => format!("{:04}-{:02}", base.year(), base.month()),
    }
}

/// The day moved by whole days.
fn shifted(day: Date, millis: i64) -> Option<Date> {
    day.checked_add((millis / 86_400_000).days()).ok()
}

/// An occurrence by the wall clock: the same where daylight saving or a move shifts the instant.
fn local_key(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .datetime()
        .strftime("%Y-%m-%dT%H:%M")
        .to_string()
}
