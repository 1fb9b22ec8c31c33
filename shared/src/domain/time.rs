//! Time in the core: instants, spans as people write them, and a person's own local time.
//!
//! A day is 24 hours and a week seven of them; only local times (09:00 where the person
//! lives) look at a calendar.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An instant, to the nanosecond, in UTC.
pub use jiff::Timestamp;

/// A length of time, in whole milliseconds. Never negative where a campaign says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The length, in milliseconds.
    pub millis: i64,
}

const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("ms", 1),
    ("m", 60_000),
    ("s", 1_000),
];

/// Longest span a campaign may say: ten years.
const LONGEST_MILLIS: i64 = 3_653 * 24 * 3_600_000;

/// Why a text is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time such as `30m`, `1h`, `14d` or `1d12h`, of at most ten years")]
pub struct SpanError;

impl Span {
    /// So many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self { millis }
    }
    /// So many seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self { millis: secs * 1_000 }
    }
    /// So many minutes.
    pub const fn from_mins(mins: i64) -> Self {
        Self { millis: mins * 60_000 }
    }
    /// So many hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self {
            millis: hours * 3_600_000,
        }
    }
    /// So many days of 24 hours.
    pub const fn from_days(days: i64) -> Self {
        Self {
            millis: days * 24 * 3_600_000,
        }
    }

    /// Reads `30m`, `1h`, `14d`, `2w`, `90s`, `250ms` or a run of them (`1d12h`).
    pub fn parse(text: &str) -> Result<Self, SpanError> {
        let mut rest = text;
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(SpanError);
        }
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, tail) = rest.split_at(digits);
            let number: i64 = number.parse().map_err(|_| SpanError)?;
            let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
            let (unit, tail) = tail.split_at(letters);
            let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(SpanError)?;
            total = number
                .checked_mul(*millis)
                .and_then(|span| total.checked_add(span))
                .filter(|sum| *sum <= LONGEST_MILLIS)
                .ok_or(SpanError)?;
            rest = tail;
        }
        Ok(Self { millis: total })
    }
}

impl fmt::Display for Span {
    /// The shortest way to write it that [`Span::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.millis.unsigned_abs();
        if self.millis < 0 {
            f.write_str("-")?;
        }
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, millis) in [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
            ("ms", 1),
        ] {
            let count = rest / millis;
            rest %= millis;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// `instant + span`, held at the ends of representable time.
pub fn after(instant: Timestamp, span: Span) -> Timestamp {
    instant
        .checked_add(jiff::SignedDuration::from_millis(span.millis))
        .unwrap_or(if span.millis < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
}

/// `instant − span`, held at the ends of representable time.
pub fn before(instant: Timestamp, span: Span) -> Timestamp {
    after(instant, Span::from_millis(span.millis.saturating_neg()))
}

/// `later − earlier`, in whole milliseconds.
pub fn between(earlier: Timestamp, later: Timestamp) -> Span {
    Span::from_millis(later.as_millisecond().saturating_sub(earlier.as_millisecond()))
}

/// Whether `instant` is in the window of length `span` that ends with `now`: `(now − span, now]`.
pub fn in_window(instant: Timestamp, now: Timestamp, span: Span) -> bool {
    instant <= now && instant > before(now, span)
}

/// The whole minute at or after the instant.
pub fn next_minute(instant: Timestamp) -> Timestamp {
    let minute_millis = 60_000;
    let nanos = instant.as_nanosecond();
    let step = i128::from(minute_millis) * 1_000_000;
    let floor = nanos.div_euclid(step) * step;
    let ceil = if floor == nanos { floor } else { floor + step };
    Timestamp::from_nanosecond(ceil).unwrap_or(Timestamp::MAX)
}

/// The zone with this IANA name, if there is one.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The instant at which it is `time` on `date` in `zone`. A time that daylight saving skips
/// is moved forward by the gap, one that comes twice is taken the first time (RFC 5545 §3.3.5).
pub fn local_instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_zoned(date.to_datetime(time))
        .compatible()
        .map(|zoned| zoned.timestamp())
        .unwrap_or(Timestamp::MAX)
}

/// The calendar date in `zone` at `instant`.
pub fn local_date(instant: Timestamp, zone: &TimeZone) -> Date {
    instant.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(Span::parse("30m"), Ok(Span::from_mins(30)));
        assert_eq!(Span::parse("1d12h"), Ok(Span::from_hours(36)));
        assert_eq!(Span::parse("250ms"), Ok(Span::from_millis(250)));
        for bad in ["", "-1h", "1", "h", "1 h", "1y", "99999d", "9223372036854775807d"] {
            assert_eq!(Span::parse(bad), Err(SpanError), "{bad}");
        }
        assert_eq!(Span::from_hours(36).to_string(), "1d12h");
    }

    #[test]
    fn what_happened_exactly_a_window_ago_has_left_it() {
        let now = at("2026-03-02T10:00:00Z");
        assert!(!in_window(at("2026-03-01T10:00:00Z"), now, Span::from_days(1)));
        assert!(in_window(at("2026-03-01T10:00:00.001Z"), now, Span::from_days(1)));
        assert!(in_window(now, now, Span::from_days(1)));
    }

    #[test]
    fn local_times_survive_daylight_saving() {
        let berlin = zone("Europe/Berlin").expect("a zone");
        let skipped = local_instant(jiff::civil::date(2026, 3, 29), jiff::civil::time(2, 30, 0, 0), &berlin);
        assert_eq!(skipped, at("2026-03-29T01:30:00Z"));
        let twice = local_instant(jiff::civil::date(2026, 10, 25), jiff::civil::time(2, 30, 0, 0), &berlin);
        assert_eq!(twice, at("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn a_bucket_minute_never_comes_before_its_instant() {
        assert_eq!(next_minute(at("2026-03-01T10:00:00Z")), at("2026-03-01T10:00:00Z"));
        assert_eq!(next_minute(at("2026-03-01T10:00:00.001Z")), at("2026-03-01T10:01:00Z"));
    }
}
