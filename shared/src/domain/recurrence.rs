//! Calendars: on which days and at which times something comes again, after RFC 5545 §3.3.10
//! (`RRULE`), as far as campaigns need it.

use super::campaign::LocalTime;
use super::time::{Timestamp, local_date, local_instant};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How far ahead an occurrence is looked for: 29 February on a Monday comes every 28 years, and may
/// skip twelve more around a century.
const DAYS_AHEAD: i32 = 41 * 366;

/// Days and times that come again and again, or once. Times are local: of the person, or of the
/// zone that the campaign names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// The first day it may come. Intervals count from here.
    pub starts: Date,
    /// The last day it may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// How many days it comes on, in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// What `interval` counts.
    pub freq: Frequency,
    /// Every so many of them; at least 1.
    pub interval: u16,
    /// On these days of the week; with a number only that one of the month (−1: its last).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_day: Vec<(i8, u8)>,
    /// On these days of the month; negative counts from its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_month_day: Vec<i8>,
    /// In these months.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_month: Vec<u8>,
    /// On these days alone, in order, whatever the rest says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Date>,
    /// At these times of such a day, in order.
    pub times: Vec<LocalTime>,
}

/// The unit of a recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks, which begin on Monday.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

impl Recurrence {
    /// Once, on that day.
    pub fn once(day: Date, times: Vec<LocalTime>) -> Self {
        Self::on_days(&[day], times)
    }

    /// On these days.
    pub fn on_days(days: &[Date], times: Vec<LocalTime>) -> Self {
        let mut days = days.to_vec();
        days.sort_unstable();
        days.dedup();
        Self {
            starts: days.first().copied().unwrap_or_default(),
            until: days.last().copied(),
            count: None,
            freq: Frequency::Daily,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            // One day is told by where it starts and ends.
            days: if days.len() > 1 { days } else { Vec::new() },
            times,
        }
    }

    /// Whether it comes again and again, rather than once or on days that are named.
    pub fn is_repeated(&self) -> bool {
        self.days.is_empty() && self.until != Some(self.starts) && self.count != Some(1)
    }

    /// The first occurrence after the instant, where its times are those of `zone`.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = local_date(after, zone).max(self.starts);
        self.days_from(first)
            .flat_map(|day| {
                self.times
                    .iter()
                    .map(move |time| local_instant(day, time.civil(), zone))
            })
            .find(|at| *at > after)
    }

    /// The last occurrence at or before the instant and after the other.
    pub fn last_between(&self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut last = None;
        let mut from = after;
        while let Some(next) = self.next_after(from, zone).filter(|next| *next <= until) {
            last = Some(next);
            from = next;
        }
        last
    }

    fn days_from(&self, first: Date) -> impl Iterator<Item = Date> {
        // Where the number of days is bounded they have to be counted from the start.
        let begin = if self.count.is_some() { self.starts } else { first };
        let end = begin.checked_add(DAYS_AHEAD.days()).unwrap_or(Date::MAX);
        let end = self.until.map_or(end, |until| until.min(end));
        let most = self
            .count
            .map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
        std::iter::successors(Some(begin), |day| day.tomorrow().ok())
            .take_while(move |day| *day <= end)
            .filter(|day| self.is_on(*day))
            .take(most)
            .filter(move |day| *day >= first)
    }

    /// Whether it comes on that day (whatever `count` says).
    fn is_on(&self, day: Date) -> bool {
        if !self.days.is_empty() {
            return self.days.contains(&day);
        }
        // What takes longest to tell comes last.
        (self.by_month.is_empty() || self.by_month.contains(&day.month().unsigned_abs()))
            && self.on_month_day(day)
            && self.on_weekday(day)
            && self.in_interval(day)
    }

    fn in_interval(&self, day: Date) -> bool {
        let interval = i32::from(self.interval.max(1));
        let passed = match self.freq {
            Frequency::Daily => days_between(self.starts, day),
            Frequency::Weekly => days_between(monday(self.starts), monday(day)) / 7,
            Frequency::Monthly => {
                (i32::from(day.year()) - i32::from(self.starts.year())) * 12 + i32::from(day.month())
                    - i32::from(self.starts.month())
            }
            Frequency::Yearly => i32::from(day.year()) - i32::from(self.starts.year()),
        };
        passed >= 0 && passed % interval == 0
    }

    /// Without rules of its own a month comes on the day it started on, a year on that date.
    fn on_month_day(&self, day: Date) -> bool {
        if !self.by_month_day.is_empty() {
            let from_end = day.day() - day.days_in_month() - 1;
            return self
                .by_month_day
                .iter()
                .any(|wanted| *wanted == day.day() || *wanted == from_end);
        }
        let implied = self.by_day.is_empty() && matches!(self.freq, Frequency::Monthly | Frequency::Yearly);
        let same_month =
            self.freq != Frequency::Yearly || !self.by_month.is_empty() || day.month() == self.starts.month();
        !implied || (day.day() == self.starts.day() && same_month)
    }

    fn on_weekday(&self, day: Date) -> bool {
        if self.by_day.is_empty() {
            return self.freq != Frequency::Weekly || day.weekday() == self.starts.weekday();
        }
        let weekday = number(day.weekday());
        let nth = (day.day() - 1) / 7 + 1;
        let nth_last = -((day.days_in_month() - day.day()) / 7 + 1);
        self.by_day
            .iter()
            .any(|(which, wanted)| *wanted == weekday && (*which == 0 || *which == nth || *which == nth_last))
    }
}

/// 1 for Monday to 7 for Sunday.
pub fn number(weekday: Weekday) -> u8 {
    weekday.to_monday_one_offset().unsigned_abs()
}

fn monday(day: Date) -> Date {
    day.checked_sub(i32::from(day.weekday().to_monday_zero_offset()).days())
        .unwrap_or(day)
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::zone;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn recurring(freq: Frequency) -> Recurrence {
        Recurrence {
            until: None,
            freq,
            ..Recurrence::once(date(2026, 1, 31), vec![LocalTime::parse("10:00").expect("a time")])
        }
    }

    fn first(recurrence: &Recurrence, after: &str, count: usize) -> Vec<String> {
        let mut from = at(after);
        (0..count)
            .map_while(|_| {
                from = recurrence.next_after(from, &TimeZone::UTC)?;
                Some(from.to_string())
            })
            .collect()
    }

    #[test]
    fn a_month_without_its_day_is_passed_over() {
        let monthly = recurring(Frequency::Monthly);
        assert_eq!(
            first(&monthly, "2026-01-01T00:00:00Z", 3),
            ["2026-01-31T10:00:00Z", "2026-03-31T10:00:00Z", "2026-05-31T10:00:00Z"]
        );
        let last_day = Recurrence {
            by_month_day: vec![-1],
            ..monthly
        };
        assert_eq!(
            first(&last_day, "2026-01-31T10:00:00Z", 2),
            ["2026-02-28T10:00:00Z", "2026-03-31T10:00:00Z"]
        );
    }

    #[test]
    fn weekdays_and_their_numbers() {
        let second_tuesday = Recurrence {
            by_day: vec![(2, 2)],
            ..recurring(Frequency::Monthly)
        };
        assert_eq!(
            first(&second_tuesday, "2026-01-31T00:00:00Z", 2),
            ["2026-02-10T10:00:00Z", "2026-03-10T10:00:00Z"]
        );
        let every_other_week = Recurrence {
            interval: 2,
            by_day: vec![(0, 1), (0, 5)],
            ..recurring(Frequency::Weekly)
        };
        assert_eq!(
            first(&every_other_week, "2026-01-31T00:00:00Z", 3),
            ["2026-02-09T10:00:00Z", "2026-02-13T10:00:00Z", "2026-02-23T10:00:00Z"]
        );
    }

    #[test]
    fn a_count_counts_from_the_start() {
        let thrice = Recurrence {
            count: Some(3),
            ..recurring(Frequency::Daily)
        };
        assert_eq!(first(&thrice, "2026-02-01T10:00:00Z", 5), ["2026-02-02T10:00:00Z"]);
    }

    #[test]
    fn ten_in_the_morning_stays_ten_over_daylight_saving() {
        let berlin = zone("Europe/Berlin").expect("a zone");
        let daily = recurring(Frequency::Daily);
        assert_eq!(
            daily.next_after(at("2026-03-28T12:00:00Z"), &berlin),
            Some(at("2026-03-29T08:00:00Z"))
        );
        assert_eq!(
            daily.last_between(at("2026-03-01T00:00:00Z"), at("2026-03-29T08:00:00Z"), &berlin),
            Some(at("2026-03-29T08:00:00Z"))
        );
    }
}
