//! Looking at all profiles of a table, or at a sample of them, no faster than the table can bear.

use crate::pace::Pace;
use crate::problem::Problem;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::ports::PortError;
use beckon_shared::store::DynamoStore;
use beckon_shared::store::roll::{Page, Part};
use clap::Args;
use std::io::{self, IsTerminal, Write};
use tokio::task::JoinSet;

/// Into how many parts the table is divided where all of it is read: so many pages are on their way
/// at once.
const PARTS: u16 = 8;
/// Into how many where a sample is taken: its size is told by whole parts.
const SAMPLE_PARTS: u16 = 256;

/// How profiles are looked at.
#[derive(Debug, Clone, Copy, Args)]
pub struct Roll {
    /// Look at about so many profiles instead of all; what is counted is then told as `about`, with
    /// the interval in which it lies with 95 % confidence
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Most read capacity units a second that looking takes
    #[arg(long, value_name = "UNITS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    read_rate: u32,
}

/// How much of the table was looked at.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Profiles.
    pub profiles: u64,
    read: u16,
    of: u16,
}

/// What a count in a share says of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimate {
    /// Everything was looked at.
    Exactly(u64),
    /// About so many, between the two with 95 % confidence.
    About(u64, u64, u64),
}

impl Share {
    /// What a count in this share says of all. Every profile is in the share with the same chance, by
    /// the hash of its id, so the count is binomial; its interval is the normal one, and where nothing
    /// was found the rule of three.
    pub fn estimate(&self, count: u64) -> Estimate {
        if self.read >= self.of {
            return Estimate::Exactly(count);
        }
        let share = f64::from(self.read.max(1)) / f64::from(self.of);
        let found = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let about = found / share;
        let spread = if count == 0 {
            3.0 / share
        } else {
            1.96 * (found * (1.0 - share)).sqrt() / share
        };
        Estimate::About(whole(about), whole((about - spread).max(found)), whole(about + spread))
    }
}

fn whole(number: f64) -> u64 {
    // Counts of profiles: far below where a double cannot tell whole numbers apart.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number.round().max(0.0) as u64;
    whole
}

impl Default for Roll {
    fn default() -> Self {
        Self {
            sample: None,
            read_rate: 1_000,
        }
    }
}

impl Roll {
    /// As fast as looking may be.
    pub fn pace(self) -> Pace {
        Pace::of(f64::from(self.read_rate))
    }

    /// All profiles.
    pub const fn of_all(self) -> Self {
        Self { sample: None, ..self }
    }

    /// Shows every profile to `each`, page by page, in no order.
    pub async fn call(
        self,
        table: &DynamoStore,
        mut each: impl AsyncFnMut(Vec<(ProfileId, Profile)>) -> Result<(), Problem>,
    ) -> Result<Share, Problem> {
        let of = if self.sample.is_some() { SAMPLE_PARTS } else { PARTS };
        let mut share = Share {
            profiles: 0,
            read: 0,
            of,
        };
        let mut pace = self.pace();
        let mut parts = (0..of).map(|number| Part::new(number, of));
        let mut reading = JoinSet::new();
        for part in parts.by_ref().take(usize::from(PARTS)) {
            reading.spawn(read(table.clone(), part));
        }
        let mut progress = Looked::default();
        while let Some(read_one) = reading.join_next().await {
            let (part, page) = read_one.map_err(|error| PortError::Fail(format!("a page was lost: {error}")))?;
            let Some(page) = page? else {
                share.read += 1;
                let enough = self.sample.is_some_and(|sample| share.profiles >= u64::from(sample));
                if let Some(part) = parts.next().filter(|_| !enough) {
                    reading.spawn(read(table.clone(), part));
                }
                continue;
            };
            share.profiles += u64::try_from(page.profiles.len()).unwrap_or(u64::MAX);
            each(page.profiles).await?;
            progress.show(share.profiles)?;
            pace.spend(page.units).await;
            reading.spawn(read(table.clone(), part));
        }
        progress.clear()?;
        Ok(share)
    }
}

async fn read(table: DynamoStore, mut part: Part) -> (Part, Result<Option<Page>, PortError>) {
    let page = table.roll(&mut part).await;
    (part, page)
}

/// A line on standard error, where that is a terminal.
#[derive(Debug, Default)]
struct Looked {
    shown: bool,
}

impl Looked {
    fn show(&mut self, profiles: u64) -> io::Result<()> {
        let mut to = io::stderr();
        if to.is_terminal() {
            self.shown = true;
            write!(to, "\rlooked at {profiles} profiles")?;
            to.flush()?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            write!(io::stderr(), "\r\x1b[2K")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_tells_about_how_many_there_are_and_all_of_it_exactly() {
        let all = Share {
            profiles: 900,
            read: 8,
            of: 8,
        };
        assert_eq!(all.estimate(7), Estimate::Exactly(7));
        let quarter = Share {
            profiles: 900,
            read: 64,
            of: 256,
        };
        // 1.96 · √(100 · 3/4) · 4 = 67.9.
        assert_eq!(quarter.estimate(100), Estimate::About(400, 332, 468));
        assert_eq!(quarter.estimate(0), Estimate::About(0, 0, 12));
        // There are as many as were seen, at least.
        assert_eq!(quarter.estimate(1), Estimate::About(4, 1, 11));
    }
}
