//! Entering when a calendar says so.

use super::{Entrance, of_profile, watched};
use crate::authoring::calendar::{self, Beside, Calendar};
use crate::authoring::condition::Vocabulary;
use crate::authoring::raw::{RawEnter, Report};
use crate::domain::campaign::{LocalTime, Missed, Schedule, Watch};
use crate::domain::time::zone;
use jiff::civil::Date;

const SCHEDULED: &str = "a schedule starts this campaign, not an event";

pub(super) fn enter(raw: &RawEnter, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let times: Vec<LocalTime> = raw.at.iter().flat_map(|at| &at.0).map(|time| time.value.0).collect();
    if let Some(name) = &raw.time_zone
        && zone(&name.value).is_none()
    {
        report.error(
            name.offset,
            format!(
                "there is no time zone `{}`, expected one such as `Europe/Berlin`",
                name.value
            ),
        );
    }
    let beside = Beside {
        starts: raw.starts.as_ref().map(|starts| starts.value.0),
        at: &times,
        zone: raw.time_zone.as_ref().map(|zone| zone.value.as_str()),
    };
    let found = read(raw, &beside, report);
    let known = of_profile(words, SCHEDULED);
    let Calendar { on, zone: told } = found?;
    if let (Some(zone), Some(_)) = (&raw.time_zone, &told) {
        report.error(
            zone.offset,
            "the schedule tells its time zone itself, `time zone` does not go with it",
        );
    }
    let schedule = Schedule {
        on,
        zone: raw.time_zone.as_ref().map(|zone| zone.value.clone()).or(told),
        missed: raw.missed.as_ref().map_or(Missed::Skip, |missed| missed.value.0),
    };
    Some(watched(raw, Watch::Schedule(schedule), false, &known, report))
}

fn read(raw: &RawEnter, beside: &Beside<'_>, report: &mut Report<'_>) -> Option<Calendar> {
    let written = &raw.schedule.as_ref()?.0;
    if let [one] = written.as_slice() {
        return match calendar::read(&one.value, beside) {
            Ok(calendar) => Some(calendar),
            Err(mistakes) => {
                for mistake in mistakes {
                    report.inside(one.offset, &one.value, mistake.offset, mistake.message, false);
                }
                None
            }
        };
    }
    let mut days: Vec<Date> = Vec::new();
    for day in written {
        match day.value.trim().parse() {
            Ok(date) if days.contains(&date) => report.error(day.offset, format!("`{date}` is named twice")),
            Ok(date) => days.push(date),
            Err(_) => report.error(
                day.offset,
                format!(
                    "found `{}` in a list of days, expected one such as `2026-11-27`",
                    day.value
                ),
            ),
        }
    }
    match calendar::days(&days, beside) {
        Ok(calendar) if days.len() == written.len() => Some(calendar),
        Ok(_) => None,
        Err(message) => {
            report.error(written.first()?.offset, message);
            None
        }
    }
}
