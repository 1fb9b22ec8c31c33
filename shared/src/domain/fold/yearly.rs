//! Yearly dates: birthdays and anniversaries, at a local time of the person.

use super::Turn;
use super::enter::Trigger;
use crate::domain::campaign::{Campaign, DateTrigger};
use crate::domain::event::Properties;
use crate::domain::profile::Past;
use crate::domain::time::{Timestamp, local_date, local_instant};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

impl Turn<'_> {
    /// Computes anew when dates come next: all of them, or those that depend on changed traits.
    pub(super) fn rearm_dates(&mut self, changed: Option<&[String]>) {
        let rules = self.rules;
        let mut armed = std::mem::take(&mut self.profile.state.dates);
        let before = armed.clone();
        for active in rules.dated() {
            let campaign = &active.campaign;
            let Some(trigger) = &campaign.enter.date else { continue };
            if changed.is_some_and(|changed| !depends(trigger, changed)) {
                continue;
            }
            // What is due already stays due, however its date was edited meanwhile.
            let due = armed
                .get(&campaign.name)
                .is_some_and(|at| *at <= self.now.as_millisecond());
            if due {
                continue;
            }
            match self.next_occurrence(campaign, trigger, self.now) {
                Some(at) => armed.insert(campaign.name.clone(), at.as_millisecond()),
                None => armed.remove(&campaign.name),
            };
        }
        if changed.is_none() {
            armed.retain(|name, _| rules.dated().any(|active| active.campaign.name == *name));
            self.profile.state.dates_revision = rules.revision;
        }
        self.folded.changed |= armed != before;
        self.profile.state.dates = armed;
    }

    /// Enters where a date has come, and arms the next.
    pub(super) fn enter_by_date(&mut self) {
        if self
            .profile
            .state
            .dates
            .values()
            .all(|at| *at > self.now.as_millisecond())
        {
            return;
        }
        let rules = self.rules;
        for active in rules.dated() {
            let campaign = Arc::clone(&active.campaign);
            let Some(trigger) = &campaign.enter.date else { continue };
            let due = self.profile.state.dates.get(&campaign.name).copied();
            let Some(at) = due
                .and_then(|at| Timestamp::from_millisecond(at).ok())
                .filter(|at| *at <= self.now)
            else {
                continue;
            };
            if !active.paused {
                self.celebrate(&campaign, at);
            }
            match self.next_occurrence(&campaign, trigger, self.now.max(at)) {
                Some(next) => self
                    .profile
                    .state
                    .dates
                    .insert(campaign.name.clone(), next.as_millisecond()),
                None => self.profile.state.dates.remove(&campaign.name),
            };
            self.folded.changed = true;
        }
    }

    fn celebrate(&mut self, campaign: &Arc<Campaign>, at: Timestamp) {
        let year = local_date(at, &self.zone).year().to_string();
        let nothing = Properties::new();
        let id = format!("date:{year}");
        let trigger = Trigger {
            id: &id,
            at,
            properties: &nothing,
        };
        let admitted = campaign
            .enter
            .condition
            .as_ref()
            .map_or(Ok(true), |condition| condition.test(&self.entry_scope(&trigger, None)));
        match admitted {
            Ok(true) => {
                // Once a calendar year, however often the date is edited: also where the campaign
                // would let its keys in again.
                let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
                if past.entered(&year).is_none() {
                    self.admit(campaign, &trigger, None, year.clone());
                    let past = self.profile.state.past.entry(campaign.name.clone()).or_default();
                    past.note(&year, at.as_millisecond());
                }
            }
            Ok(false) => {}
            Err(error) => self.entry_fault(campaign, "enter.where", error.to_string()),
        }
    }

    /// The first occurrence after `after` in a year that has had none.
    fn next_occurrence(&mut self, campaign: &Campaign, trigger: &DateTrigger, after: Timestamp) -> Option<Timestamp> {
        let nothing = Properties::new();
        let asked = Trigger {
            id: "date",
            at: after,
            properties: &nothing,
        };
        let date = match trigger.date.eval(&self.entry_scope(&asked, None)) {
            Ok(value) => value,
            Err(error) => {
                let error = error.to_string();
                self.entry_fault(campaign, "enter.date", error);
                return None;
            }
        };
        let (month, day) = match value_day(&date, &self.zone)? {
            Ok(day) => day,
            Err(error) => {
                self.entry_fault(campaign, "enter.date", error);
                return None;
            }
        };
        let past = self.profile.state.past.get(&campaign.name);
        occurrence(month, day, trigger, &self.zone, after, past)
    }
}

/// Whether the date is computed from one of the traits, or told in a zone that is one of them.
fn depends(trigger: &DateTrigger, changed: &[String]) -> bool {
    let reads = trigger.date.reads();
    changed
        .iter()
        .any(|name| name == "timezone" || reads.traits.contains(name))
}

/// Month and day of `1990-05-14`, `--05-14` (ISO 8601, reduced) or an instant; nothing for null.
fn value_day(value: &crate::domain::condition::Value<'_>, zone: &TimeZone) -> Option<Result<(i8, i8), String>> {
    if value.is_null() {
        return None;
    }
    let text = value.as_text().unwrap_or_default();
    let yearless = text.strip_prefix("--").map(|rest| format!("2000-{rest}"));
    let date = yearless
        .as_deref()
        .unwrap_or(&text)
        .parse::<Date>()
        .ok()
        .filter(|_| text.len() <= 10)
        .or_else(|| value.as_time(zone).map(|at| local_date(at, zone)));
    Some(match date {
        Some(date) => Ok((date.month(), date.day())),
        None => Err("is not a date such as `1990-05-14` or `--05-14`".to_owned()),
    })
}

fn occurrence(
    month: i8,
    day: i8,
    trigger: &DateTrigger,
    zone: &TimeZone,
    after: Timestamp,
    past: Option<&Past>,
) -> Option<Timestamp> {
    let first = local_date(after, zone).year();
    (first..first.saturating_add(3)).find_map(|year| {
        if past.is_some_and(|past| past.entered(&year.to_string()).is_some()) {
            return None;
        }
        // Born on 29 February: the 28th in common years.
        let date = Date::new(year, month, day)
            .or_else(|_| Date::new(year, month, 28))
            .ok()?;
        Some(local_instant(date, trigger.at.civil(), zone)).filter(|at| *at > after)
    })
}
