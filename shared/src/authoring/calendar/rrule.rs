//! Rules of recurrence (RFC 5545 §3.3.10), as far as a [`Recurrence`] can say them. What it cannot is named.

use super::{Beside, Calendar, Mistake, TIMES_MAX, long_ago, sorted, times};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::LocalTime;
use crate::domain::recurrence::{Frequency, Recurrence};
use crate::domain::time::zone;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

const PARTS: [&str; 9] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
];
/// Parts of RFC 5545 that are not supported.
const OTHERS: [&str; 4] = ["BYSECOND", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The parts of a rule, as they are read.
#[derive(Default)]
struct Rule {
    freq: Option<Frequency>,
    interval: u16,
    count: Option<u32>,
    until: Option<Until>,
    by_month: Vec<u8>,
    by_month_day: Vec<i8>,
    by_day: Vec<(i8, u8)>,
    by_hour: Vec<u8>,
    by_minute: Vec<u8>,
    weeks_begin_elsewhere: Option<usize>,
    mistakes: Vec<Mistake>,
}

/// The end of a rule.
#[derive(Clone, Copy)]
struct Until {
    at: DateTime,
    whole_day: bool,
    utc: bool,
    offset: usize,
}

/// `DTSTART`.
#[derive(Default)]
struct Start {
    day: Option<Date>,
    time: Option<LocalTime>,
    zone: Option<String>,
}

/// Reads a rule, with or without `RRULE:` before it and a `DTSTART` line.
pub(super) fn read(text: &str, beside: &Beside<'_>) -> Result<Calendar, Vec<Mistake>> {
    let mut rule = Rule {
        interval: 1,
        ..Rule::default()
    };
    let mut start = Start {
        day: beside.starts,
        ..Start::default()
    };
    let mut rules = 0;
    for line in text.split_whitespace() {
        let offset = line.as_ptr() as usize - text.as_ptr() as usize;
        let upper = line.to_ascii_uppercase();
        if upper.starts_with("DTSTART") {
            start.read(line, offset, &mut rule.mistakes);
        } else if upper.starts_with("RRULE:") || upper.starts_with("FREQ=") || upper.contains(";FREQ=") {
            rules += 1;
            let prefix = if upper.starts_with("RRULE:") { "RRULE:".len() } else { 0 };
            rule.read(line.get(prefix..).unwrap_or_default(), offset + prefix);
        } else {
            let name = line.split([':', ';', '=']).next().unwrap_or_default();
            rule.mistakes.push(Mistake::new(
                offset,
                format!("`{name}` is not supported, expected `RRULE` and `DTSTART` alone"),
            ));
        }
    }
    if rules > 1 {
        rule.mistakes.push(Mistake::new(
            0,
            "several rules, expected one: give each an entrance of its own",
        ));
    }
    let Some(freq) = rule.freq else {
        if rule.mistakes.is_empty() {
            rule.mistakes.push(Mistake::new(0, "the rule lacks `FREQ`"));
        }
        return Err(rule.mistakes);
    };
    rule.check(freq, start.day.is_some());
    let times = rule.times(&start, beside);
    let until = rule.last_day(&times, start.zone.as_deref().or(beside.zone));
    if !rule.mistakes.is_empty() {
        return Err(rule.mistakes);
    }
    Ok(Calendar {
        on: Recurrence {
            starts: start.day.unwrap_or_else(long_ago),
            until,
            count: rule.count,
            freq,
            interval: rule.interval,
            by_day: rule.by_day,
            by_month_day: rule.by_month_day,
            by_month: rule.by_month,
            days: Vec::new(),
            times,
        },
        zone: start.zone,
    })
}

impl Start {
    fn read(&mut self, line: &str, offset: usize, mistakes: &mut Vec<Mistake>) {
        let Some((parameters, value)) = line.split_once(':') else {
            mistakes.push(Mistake::new(
                offset,
                "expected `DTSTART:` and a day such as `20261127` or `20261127T100000`",
            ));
            return;
        };
        for parameter in parameters.split(';').skip(1) {
            match parameter.split_once('=') {
                Some((name, id)) if name.eq_ignore_ascii_case("TZID") => {
                    if zone(id).is_none() {
                        mistakes.push(Mistake::new(offset, format!("there is no time zone `{id}`")));
                    }
                    self.zone = Some(id.to_owned());
                }
                Some((name, _)) if name.eq_ignore_ascii_case("VALUE") => {}
                _ => mistakes.push(Mistake::new(
                    offset,
                    format!("`{parameter}` of `DTSTART` is not supported"),
                )),
            }
        }
        let utc = value.ends_with('Z');
        match date_time(value) {
            Some((at, whole_day)) => {
                if self.day.is_some() {
                    mistakes.push(Mistake::new(offset, "`DTSTART` and `starts` both tell the first day"));
                }
                self.day = Some(at.date());
                if !whole_day {
                    self.time = local_time(at);
                    if at.second() != 0 {
                        mistakes.push(Mistake::new(offset, "seconds are not supported"));
                    }
                }
                if utc {
                    self.zone = Some("UTC".to_owned());
                }
            }
            None => mistakes.push(Mistake::new(
                offset,
                format!("found `{value}`, expected a day such as `20261127` or `20261127T100000`"),
            )),
        }
    }
}

impl Rule {
    fn read(&mut self, text: &str, base: usize) {
        let mut seen: Vec<String> = Vec::new();
        let mut offset = base;
        for part in text.split(';') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = name.to_ascii_uppercase();
            if seen.contains(&name) {
                self.wrong(offset, format!("`{name}` comes twice"));
            } else if let Err(message) = self.part(&name, &value.to_ascii_uppercase(), offset) {
                self.wrong(offset, message);
            }
            seen.push(name);
            offset += part.len() + 1;
        }
    }

    fn wrong(&mut self, offset: usize, message: impl Into<String>) {
        self.mistakes.push(Mistake::new(offset, message));
    }

    fn part(&mut self, name: &str, value: &str, offset: usize) -> Result<(), String> {
        match name {
            "FREQ" => {
                self.freq = Some(match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    "HOURLY" | "MINUTELY" | "SECONDLY" => {
                        return Err(format!("`FREQ={value}` is not supported, expected `DAILY` or rarer"));
                    }
                    other => {
                        let hint = did_you_mean(other, ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
                        return Err(format!(
                            "found `FREQ={other}`, expected `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`{hint}"
                        ));
                    }
                });
            }
            "INTERVAL" => self.interval = number(name, value, 1, u16::MAX)?,
            "COUNT" => self.count = Some(number(name, value, 1, u32::MAX)?),
            "UNTIL" => {
                let (at, whole_day) = date_time(value).ok_or_else(|| {
                    format!("found `UNTIL={value}`, expected a day such as `20261127` or `20261127T235959`")
                })?;
                self.until = Some(Until {
                    at,
                    whole_day,
                    utc: value.ends_with('Z'),
                    offset,
                });
            }
            "BYMONTH" => self.by_month = numbers(name, value, 1, 12)?,
            "BYMONTHDAY" => {
                self.by_month_day = numbers(name, value, -31, 31)?;
                if self.by_month_day.contains(&0) {
                    return Err("found `0` in `BYMONTHDAY`, days count from 1".to_owned());
                }
            }
            "BYDAY" => self.by_day = value.split(',').map(weekday).collect::<Result<_, _>>()?,
            "BYHOUR" => self.by_hour = numbers(name, value, 0, 23)?,
            "BYMINUTE" => self.by_minute = numbers(name, value, 0, 59)?,
            "WKST" if value == "MO" => {}
            "WKST" if DAYS.contains(&value) => self.weeks_begin_elsewhere = Some(offset),
            "WKST" => return Err(format!("found `WKST={value}`, expected a day such as `MO`")),
            other if OTHERS.contains(&other) => return Err(format!("`{other}` is not supported")),
            other => {
                let hint = did_you_mean(other, PARTS);
                return Err(format!("a rule has no part `{other}`{hint}"));
            }
        }
        Ok(())
    }

    /// What RFC 5545 forbids, and what a [`Recurrence`] cannot say.
    fn check(&mut self, freq: Frequency, has_start: bool) {
        let numbered = self.by_day.iter().any(|(which, _)| *which != 0);
        match freq {
            Frequency::Daily | Frequency::Weekly if numbered => {
                self.wrong(0, "`BYDAY` with a number goes with `FREQ=MONTHLY` (RFC 5545 §3.3.10)");
            }
            Frequency::Yearly if numbered && self.by_month.is_empty() => {
                self.wrong(
                    0,
                    "`BYDAY` with a number counts in the whole year here, which is not supported: expected `BYMONTH` \
                     beside it",
                );
            }
            Frequency::Monthly | Frequency::Yearly if self.by_day.iter().any(|(which, _)| which.abs() > 5) => {
                self.wrong(
                    0,
                    "a month has at most five of a weekday, expected `BYDAY` with a number up to 5",
                );
            }
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => {}
        }
        if freq == Frequency::Weekly && !self.by_month_day.is_empty() {
            self.wrong(0, "`BYMONTHDAY` does not go with `FREQ=WEEKLY` (RFC 5545 §3.3.10)");
        }
        if let Some(offset) = self.weeks_begin_elsewhere
            && freq == Frequency::Weekly
            && self.interval > 1
        {
            self.wrong(
                offset,
                "weeks begin on Monday here: another `WKST` is not supported with `INTERVAL`",
            );
        }
        if self.count.is_some()
            && let Some(until) = self.until
        {
            self.wrong(until.offset, "`UNTIL` does not go with `COUNT` (RFC 5545 §3.3.10)");
        }
        let days_told = !self.by_day.is_empty() || !self.by_month_day.is_empty();
        let needs = if self.interval > 1 {
            Some("`INTERVAL` counts")
        } else if self.count.is_some() {
            Some("`COUNT` counts")
        } else if freq != Frequency::Daily && !days_told {
            Some("the rule names no day, so that its day comes")
        } else {
            None
        };
        if let (Some(what), false) = (needs, has_start) {
            self.wrong(
                0,
                format!(
                    "{what} from the first day, which is not told: expected `starts: 2026-01-05` or another beside it"
                ),
            );
        }
    }

    fn times(&mut self, start: &Start, beside: &Beside<'_>) -> Vec<LocalTime> {
        let by_rule = !self.by_hour.is_empty() || !self.by_minute.is_empty();
        let told = [by_rule || start.time.is_some(), !beside.at.is_empty()];
        if told == [true, true] {
            self.wrong(0, "the rule tells the time itself, `at` does not go with it");
        }
        let found = match (by_rule, start.time) {
            (false, None) => sorted(beside.at),
            (false, Some(time)) => vec![time],
            (true, time) => {
                let minutes = time.map_or(0, LocalTime::minutes);
                let or = |numbers: &[u8], told: u16| match numbers {
                    [] => vec![u8::try_from(told).unwrap_or_default()],
                    numbers => numbers.to_vec(),
                };
                if self.by_hour.is_empty() && time.is_none() {
                    self.wrong(0, "`BYMINUTE` lacks an hour, expected `BYHOUR` beside it");
                }
                times(&or(&self.by_hour, minutes / 60), &or(&self.by_minute, minutes % 60))
            }
        };
        if found.is_empty() && told == [false, false] {
            self.wrong(
                0,
                "the rule lacks a time, expected `at: \"10:00\"` or another beside it",
            );
        }
        if found.len() > TIMES_MAX {
            self.wrong(
                0,
                format!("comes {} times a day, expected at most {TIMES_MAX}", found.len()),
            );
        }
        if found.len() > 1 && self.count.is_some() {
            self.wrong(0, "`COUNT` with several times a day is not supported, expected `UNTIL`");
        }
        found
    }

    /// The last day that the rule's end leaves.
    fn last_day(&mut self, times: &[LocalTime], zone_name: Option<&str>) -> Option<Date> {
        let until = self.until?;
        if until.whole_day {
            return Some(until.at.date());
        }
        let mut at = until.at;
        if until.utc {
            let Some(there) = zone_name.and_then(zone) else {
                self.wrong(
                    until.offset,
                    "`UNTIL` in UTC goes with a `time zone`: without one the times are each person's own, expected no `Z`",
                );
                return None;
            };
            at = at
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .with_time_zone(there)
                .datetime();
        }
        match times.iter().filter(|time| time.civil() <= at.time()).count() {
            0 => at.date().checked_sub(1.day()).ok(),
            passed if passed == times.len() => Some(at.date()),
            _ => {
                self.wrong(
                    until.offset,
                    "`UNTIL` ends between two times of its last day, which is not supported: expected a whole day",
                );
                None
            }
        }
    }
}

/// `20261127`, `20261127T100000`, the same with `Z`; whether it is a whole day.
fn date_time(text: &str) -> Option<(DateTime, bool)> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if text.len() == 8 {
        return Some((
            Date::strptime("%Y%m%d", text)
                .ok()?
                .to_datetime(jiff::civil::Time::midnight()),
            true,
        ));
    }
    let at = DateTime::strptime("%Y%m%dT%H%M%S", text.to_ascii_uppercase()).ok()?;
    Some((at, false))
}

fn local_time(at: DateTime) -> Option<LocalTime> {
    LocalTime::parse(&format!("{:02}:{:02}", at.hour(), at.minute())).ok()
}

fn number<N: std::str::FromStr + PartialOrd + std::fmt::Display>(
    name: &str,
    text: &str,
    least: N,
    most: N,
) -> Result<N, String> {
    text.parse()
        .ok()
        .filter(|number| *number >= least && *number <= most)
        .ok_or_else(|| format!("found `{text}` as `{name}`, expected a whole number from {least} to {most}"))
}

fn numbers<N: std::str::FromStr + PartialOrd + std::fmt::Display + Copy>(
    name: &str,
    text: &str,
    least: N,
    most: N,
) -> Result<Vec<N>, String> {
    text.split(',').map(|text| number(name, text, least, most)).collect()
}

/// `MO`, `2TU`, `-1FR`.
fn weekday(text: &str) -> Result<(i8, u8), String> {
    let wrong = || format!("found `{text}` in `BYDAY`, expected days such as `MO`, `2TU` or `-1FR`");
    let split = text
        .len()
        .checked_sub(2)
        .filter(|at| text.is_char_boundary(*at))
        .ok_or_else(wrong)?;
    let (which, day) = text.split_at(split);
    let (_, number) = DAYS.iter().zip(1..).find(|(name, _)| **name == day).ok_or_else(wrong)?;
    let which: i8 = match which {
        "" => 0,
        which => which
            .parse()
            .ok()
            .filter(|which| (-53..=53).contains(which) && *which != 0)
            .ok_or_else(wrong)?,
    };
    Ok((which, number))
}

#[cfg(test)]
#[path = "rrule_tests.rs"]
mod tests;
