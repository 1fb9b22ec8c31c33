//! A time of day, wherever that is.

use serde::{Deserialize, Serialize};

/// A time of day, in minutes since midnight; written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LocalTime {
    minutes: u16,
}

impl LocalTime {
    /// Minutes since midnight, below 1,440.
    pub fn minutes(self) -> u16 {
        self.minutes
    }

    /// As a civil time.
    pub fn civil(self) -> jiff::civil::Time {
        let hour = i8::try_from(self.minutes / 60).unwrap_or_default();
        let minute = i8::try_from(self.minutes % 60).unwrap_or_default();
        jiff::civil::Time::new(hour, minute, 0, 0).unwrap_or_default()
    }

    /// Reads `09:00`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a time of day such as `09:00`, found `{text}`");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        if hour.len() != 2 || minute.len() != 2 {
            return Err(wrong());
        }
        let hour: u16 = hour.parse().map_err(|_| wrong())?;
        let minute: u16 = minute.parse().map_err(|_| wrong())?;
        if hour > 23 || minute > 59 {
            return Err(wrong());
        }
        Ok(Self {
            minutes: hour * 60 + minute,
        })
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        format!("{:02}:{:02}", time.minutes / 60, time.minutes % 60)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}
