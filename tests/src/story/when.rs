//! Times as stories say them.

use beckon_shared::domain::time::{Span, Timestamp};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `2026-03-01 09:30` in UTC, or `2026-03-29 09:00 Europe/Berlin` where somebody lives.
pub fn instant(text: &str) -> Timestamp {
    let mut words = text.split(' ');
    let (date, time) = (words.next().unwrap_or_default(), words.next().unwrap_or("00:00"));
    let zone = match words.next() {
        Some(name) => TimeZone::get(name).unwrap_or_else(|error| panic!("`{text}`: {error}")),
        None => TimeZone::UTC,
    };
    let civil: DateTime = format!("{date}T{time}")
        .parse()
        .unwrap_or_else(|error| panic!("`{text}`: {error}"));
    zone.to_ambiguous_zoned(civil)
        .compatible()
        .unwrap_or_else(|error| panic!("`{text}`: {error}"))
        .timestamp()
}

/// `1h`, `2d`.
pub fn span(text: &str) -> Span {
    Span::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}
