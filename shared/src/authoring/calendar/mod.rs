//! Calendars as people write them: rules of RFC 5545, cron, and days.

mod cron;
mod rrule;

use crate::domain::campaign::LocalTime;
use crate::domain::recurrence::Recurrence;
use jiff::civil::Date;

/// Most times of one day: a calendar is not a clock.
pub(super) const TIMES_MAX: usize = 24;

/// What is told beside the calendar's text.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// The first day.
    pub starts: Option<Date>,
    /// Times of day.
    pub at: &'a [LocalTime],
    /// IANA zone.
    pub zone: Option<&'a str>,
}

/// A calendar that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// When it comes.
    pub on: Recurrence,
    /// The zone that its text names.
    pub zone: Option<String>,
}

/// Something that is wrong with a calendar, or not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes from the text's start.
    pub offset: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl Mistake {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
        }
    }
}

/// Reads one calendar. Gives everything that is wrong with it.
pub fn read(text: &str, beside: &Beside<'_>) -> Result<Calendar, Vec<Mistake>> {
    if let Ok(day) = text.trim().parse::<Date>() {
        return days(&[day], beside).map_err(|message| vec![Mistake::new(0, message)]);
    }
    let upper = text.to_ascii_uppercase();
    if upper.contains("FREQ=") || upper.starts_with("RRULE") || upper.starts_with("DTSTART") {
        return rrule::read(text, beside);
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    if text.starts_with('@') || (first != text && first.starts_with(|c: char| c.is_ascii_digit() || c == '*')) {
        return cron::read(text, beside).map(|on| Calendar { on, zone: None });
    }
    Err(vec![Mistake::new(
        0,
        format!(
            "found `{text}`, expected a rule such as `RRULE:FREQ=WEEKLY;BYDAY=TU`, cron such as `0 10 * * 2`, or a day \
             such as `2026-11-27`"
        ),
    )])
}

/// A calendar of these days.
pub fn days(days: &[Date], beside: &Beside<'_>) -> Result<Calendar, String> {
    if beside.at.is_empty() {
        return Err("a day lacks a time, expected `at: \"10:00\"` or another beside it".to_owned());
    }
    Ok(Calendar {
        on: Recurrence::on_days(days, sorted(beside.at)),
        zone: None,
    })
}

/// The times in order, each once.
fn sorted(times: &[LocalTime]) -> Vec<LocalTime> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.dedup();
    times
}

/// A Monday, for calendars that do not count from a day.
fn long_ago() -> Date {
    Date::constant(1970, 1, 5)
}

/// `HH:MM`.
fn time(hour: u8, minute: u8) -> Option<LocalTime> {
    LocalTime::parse(&format!("{hour:02}:{minute:02}")).ok()
}

/// Every hour with every minute, in order.
fn times(hours: &[u8], minutes: &[u8]) -> Vec<LocalTime> {
    let all: Vec<LocalTime> = hours
        .iter()
        .flat_map(|hour| minutes.iter().filter_map(|minute| time(*hour, *minute)))
        .collect();
    sorted(&all)
}
