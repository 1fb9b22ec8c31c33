//! Quiet hours, where the person lives.

use crate::domain::campaign::{Channel, QuietHours};
use crate::domain::time::{Timestamp, local_instant};
use jiff::tz::TimeZone;

/// When the message may leave: `None` for now, otherwise the end of the quiet hours it fell into.
pub fn held_until(quiet: Option<&QuietHours>, channel: Channel, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let quiet = quiet.filter(|quiet| quiet.channels.contains(&channel) && quiet.from != quiet.to)?;
    let local = now.to_zoned(zone.clone()).datetime();
    let (time, from, to) = (local.time(), quiet.from.civil(), quiet.to.civil());
    let over_midnight = from > to;
    let is_quiet = if over_midnight {
        time >= from || time < to
    } else {
        time >= from && time < to
    };
    if !is_quiet {
        return None;
    }
    let ends_tomorrow = over_midnight && time >= from;
    let day = if ends_tomorrow {
        local.date().tomorrow().ok()?
    } else {
        local.date()
    };
    // Daylight saving may have moved the end into the past: then it is over.
    Some(local_instant(day, to, zone)).filter(|end| *end > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::LocalTime;
    use crate::domain::time::zone;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn night() -> QuietHours {
        QuietHours {
            from: LocalTime::parse("21:00").expect("a time"),
            to: LocalTime::parse("08:00").expect("a time"),
            channels: vec![Channel::Sms],
        }
    }

    #[test]
    fn the_night_is_where_the_person_lives() {
        let kolkata = zone("Asia/Kolkata").expect("a zone");
        // 21:00 in Kolkata is 15:30 UTC.
        assert_eq!(
            held_until(Some(&night()), Channel::Sms, at("2026-03-01T15:29:59Z"), &kolkata),
            None
        );
        assert_eq!(
            held_until(Some(&night()), Channel::Sms, at("2026-03-01T15:30:00Z"), &kolkata),
            Some(at("2026-03-02T02:30:00Z"))
        );
        assert_eq!(
            held_until(Some(&night()), Channel::Sms, at("2026-03-01T20:00:00Z"), &kolkata),
            Some(at("2026-03-02T02:30:00Z"))
        );
        assert_eq!(
            held_until(Some(&night()), Channel::Sms, at("2026-03-02T02:30:00Z"), &kolkata),
            None
        );
        assert_eq!(
            held_until(Some(&night()), Channel::Email, at("2026-03-01T20:00:00Z"), &kolkata),
            None
        );
    }

    #[test]
    fn a_night_with_daylight_saving_ends_at_eight_all_the_same() {
        let berlin = zone("Europe/Berlin").expect("a zone");
        assert_eq!(
            held_until(Some(&night()), Channel::Sms, at("2026-03-28T22:00:00Z"), &berlin),
            Some(at("2026-03-29T06:00:00Z"))
        );
    }
}
