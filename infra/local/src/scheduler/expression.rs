//! Schedule expressions (EventBridge Scheduler User Guide, "Schedule types").

use super::invalid;
use crate::aws::JsonError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `at(yyyy-mm-ddThh:mm:ss)` in its time zone, UTC if none is given.
pub fn at(expression: &str, zone: Option<&str>) -> Result<Timestamp, JsonError> {
    let problem = || {
        invalid(format!(
            "the schedule expression `{expression}` is not like `at(2026-03-01T10:00:00)`, the only kind that the local stack takes"
        ))
    };
    let inner = expression
        .strip_prefix("at(")
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inner| inner.len() == "2026-03-01T10:00:00".len())
        .ok_or_else(problem)?;
    let local: DateTime = inner.parse().map_err(|_| problem())?;
    let zone = match zone {
        None | Some("UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| invalid(format!("`{name}` is not a time zone")))?,
    };
    Ok(local.to_zoned(zone).map_err(|_| problem())?.timestamp())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn expressions_are_read_in_their_zone() {
        let utc = at("at(2026-07-01T10:00:00)", None).unwrap();
        assert_eq!(utc.to_string(), "2026-07-01T10:00:00Z");
        let berlin = at("at(2026-07-01T10:00:00)", Some("Europe/Berlin")).unwrap();
        assert_eq!(berlin.to_string(), "2026-07-01T08:00:00Z");
        for bad in [
            "rate(5 minutes)",
            "at(2026-07-01)",
            "at(2026-07-01T10:00:00Z)",
            "at(2026-13-01T10:00:00)",
        ] {
            assert_eq!(at(bad, None).unwrap_err().code, "ValidationException", "{bad}");
        }
    }
}
