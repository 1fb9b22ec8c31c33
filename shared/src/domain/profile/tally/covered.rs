//! What a log holds already, where events are noted that happened before it was asked for.

use super::log::Noted;
use super::{Kind, Log, LogId, Sample, Tallies};
use serde_json::Value as Json;

impl Tallies {
    /// Whether the log holds this event already. Of its values, so many at the beginning tell it apart from
    /// others of its moment.
    pub fn holds(&self, log: LogId, sample: &Sample, telling: usize) -> bool {
        self.log(log).is_some_and(|log| log.holds(sample, telling))
    }
}

impl Log {
    fn holds(&self, sample: &Sample, telling: usize) -> bool {
        match self.kind {
            // Noting them again changes nothing.
            Kind::Values | Kind::Days => false,
            Kind::Sessions => self.has_added_up(sample.at, |_| true),
            Kind::Latest | Kind::First => {
                let alike = |values: &[Json]| values.iter().take(telling).eq(sample.values.iter().take(telling));
                let same = |known: &Noted| {
                    known.at == sample.at && known.amount == sample.amount && alike(self.groups.values(known.group))
                };
                self.exact.iter().any(same) || self.has_added_up(sample.at, alike)
            }
        }
    }

    /// Whether what happened then is part of a sum of such: between the oldest and the newest of these sums
    /// nothing was left out, and what is kept as it was is newer.
    fn has_added_up(&self, at: i64, alike: impl Fn(&[Json]) -> bool) -> bool {
        let cells = self.cells.iter().filter(|cell| alike(self.groups.values(cell.group)));
        let spans = cells.map(|cell| (cell.place.start, cell.place.end()));
        let all = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let is_older = self.exact.first().is_none_or(|oldest| at <= oldest.at);
        is_older && all.is_some_and(|(start, end)| (start..end).contains(&at))
    }
}
