//! Cron's five fields (POSIX `crontab`, with names, steps and Sunday as 7 as most crons have them).

use super::{Beside, Mistake, TIMES_MAX, long_ago, times};
use crate::domain::recurrence::{Frequency, Recurrence};

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// One of the five fields.
struct Field {
    name: &'static str,
    least: u8,
    most: u8,
    names: &'static [&'static str],
    /// Number of the first name.
    first: u8,
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        least: 0,
        most: 59,
        names: &[],
        first: 0,
    },
    Field {
        name: "hour",
        least: 0,
        most: 23,
        names: &[],
        first: 0,
    },
    Field {
        name: "day of the month",
        least: 1,
        most: 31,
        names: &[],
        first: 0,
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &MONTHS,
        first: 1,
    },
    Field {
        name: "day of the week",
        least: 0,
        most: 7,
        names: &DAYS,
        first: 0,
    },
];

/// Reads cron.
pub(super) fn read(text: &str, beside: &Beside<'_>) -> Result<Recurrence, Vec<Mistake>> {
    if text.starts_with('@') {
        let message = format!("cron's `{text}` is not supported, expected five fields such as `0 10 * * 2`");
        return Err(vec![Mistake::new(0, message)]);
    }
    let words: Vec<(usize, &str)> = words(text);
    if words.len() != FIELDS.len() {
        return Err(vec![Mistake::new(
            0,
            format!(
                "found {} fields of cron, expected five: minute, hour, day of the month, month, day of the week",
                words.len()
            ),
        )]);
    }
    let mut mistakes = Vec::new();
    if !beside.at.is_empty() {
        mistakes.push(Mistake::new(0, "cron tells the time itself, `at` does not go with it"));
    }
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for (field, (offset, word)) in FIELDS.iter().zip(&words) {
        match field.read(word) {
            Ok(numbers) => fields.push(numbers),
            Err(message) => mistakes.push(Mistake::new(*offset, message)),
        }
    }
    let [minutes, hours, month_days, months, weekdays] = fields.as_slice() else {
        return Err(mistakes);
    };
    if !month_days.is_empty() && !weekdays.is_empty() {
        let offset = words.get(2).map_or(0, |(offset, _)| *offset);
        mistakes.push(Mistake::new(
            offset,
            "a day of the month beside a day of the week means either of them in cron, which is not supported: \
             expected one of them, or a rule such as `RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13`",
        ));
    }
    let hours = if hours.is_empty() {
        (0..=23).collect()
    } else {
        hours.clone()
    };
    let minutes = if minutes.is_empty() {
        (0..=59).collect()
    } else {
        minutes.clone()
    };
    let times = times(&hours, &minutes);
    if times.len() > TIMES_MAX {
        mistakes.push(Mistake::new(
            0,
            format!("comes {} times a day, expected at most {TIMES_MAX}", times.len()),
        ));
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut by_day: Vec<(i8, u8)> = weekdays
        .iter()
        .map(|day| (0, if *day == 0 { 7 } else { *day }))
        .collect();
    by_day.sort_unstable();
    by_day.dedup();
    Ok(Recurrence {
        starts: beside.starts.unwrap_or_else(long_ago),
        until: None,
        count: None,
        freq: Frequency::Daily,
        interval: 1,
        by_day,
        by_month_day: month_days.iter().filter_map(|day| i8::try_from(*day).ok()).collect(),
        by_month: months.clone(),
        days: Vec::new(),
        times,
    })
}

fn words(text: &str) -> Vec<(usize, &str)> {
    text.split_whitespace()
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect()
}

impl Field {
    /// The numbers it names, in order; none where it is every one of them.
    fn read(&self, word: &str) -> Result<Vec<u8>, String> {
        if let Some(sign) = word.chars().find(|c| {
            matches!(c, 'L' | 'W' | '#' | '?') && !word.contains(char::is_alphanumeric) || matches!(c, '#' | '?')
        }) {
            return Err(format!("`{sign}` in cron's {} is not supported", self.name));
        }
        let mut numbers = Vec::new();
        for part in word.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (
                    range,
                    step.parse::<u8>()
                        .ok()
                        .filter(|step| *step > 0)
                        .ok_or_else(|| self.wrong(part))?,
                ),
                None => (part, 1),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.least, if self.most == 7 { 6 } else { self.most }),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                None if step > 1 => (self.number(range)?, self.most),
                None => (self.number(range)?, self.number(range)?),
            };
            if from > to {
                return Err(self.wrong(part));
            }
            numbers.extend((from..=to).step_by(usize::from(step)));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let days = if self.most == 7 {
            7
        } else {
            usize::from(self.most - self.least) + 1
        };
        if numbers.len() >= days {
            numbers.clear();
        }
        Ok(numbers)
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let named = self
            .names
            .iter()
            .zip(self.first..)
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, number)) = named {
            return Ok(number);
        }
        if text.ends_with(['L', 'W']) {
            return Err(format!("`{text}` in cron's {} is not supported", self.name));
        }
        text.parse()
            .ok()
            .filter(|number| (self.least..=self.most).contains(number))
            .ok_or_else(|| self.wrong(text))
    }

    fn wrong(&self, found: &str) -> String {
        format!(
            "found `{found}` as cron's {}, expected numbers from {} to {}, such as `{}`, `1-5`, `*/2` or `*`",
            self.name,
            self.least,
            self.most,
            self.first.max(self.least) + 1
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use jiff::tz::TimeZone;

    const NOTHING: Beside<'_> = Beside {
        starts: None,
        at: &[],
        zone: None,
    };

    fn next(text: &str, count: usize) -> Vec<String> {
        let recurrence = read(text, &NOTHING).expect("it is understood");
        let mut from: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a timestamp");
        (0..count)
            .map_while(|_| {
                from = recurrence.next_after(from, &TimeZone::UTC)?;
                Some(from.strftime("%a %F %H:%M").to_string())
            })
            .collect()
    }

    #[test]
    fn the_five_fields_are_understood() {
        for (text, expected) in [
            ("0 10 * * 2", ["Tue 2026-01-06 10:00", "Tue 2026-01-13 10:00"]),
            ("30 9 * * MON-FRI", ["Thu 2026-01-01 09:30", "Fri 2026-01-02 09:30"]),
            ("0 9,18 1 * *", ["Thu 2026-01-01 09:00", "Thu 2026-01-01 18:00"]),
            ("0 0 29 feb *", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
            ("0 */12 * * 0,7", ["Sun 2026-01-04 00:00", "Sun 2026-01-04 12:00"]),
            ("15 8 1-7/3 * *", ["Thu 2026-01-01 08:15", "Sun 2026-01-04 08:15"]),
        ] {
            assert_eq!(next(text, 2), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_supported_is_named_with_its_place() {
        for (text, offset, words) in [
            ("@daily", 0, "`@daily` is not supported"),
            ("0 10 * *", 0, "found 4 fields"),
            ("0 0 10 * * 2", 0, "found 6 fields"),
            ("60 10 * * 2", 0, "found `60` as cron's minute"),
            ("0 10 * * 8", 9, "found `8` as cron's day of the week"),
            ("0 10 L * *", 5, "`L` in cron's day of the month"),
            ("0 10 15W * *", 5, "`15W` in cron's day of the month"),
            ("0 10 * * 5#2", 9, "`#` in cron's day of the week"),
            ("0 10 ? * 2", 5, "`?` in cron's day of the month"),
            ("0 10 13 * 5", 5, "means either of them"),
            ("*/10 * * * *", 0, "comes 144 times a day"),
            ("0 18-9 * * *", 2, "found `18-9`"),
        ] {
            let mistakes = read(text, &NOTHING).expect_err("it is refused");
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert_eq!(mistakes[0].offset, offset, "{text}");
            assert!(mistakes[0].message.contains(words), "{text}: {}", mistakes[0].message);
        }
    }
}
