//! One log: the latest events as they were, older ones added up.

use super::grid::{Place, coarsest, first_inside};
use super::sample::order_of_values;
use super::{Amount, Each, Keep, Kind, SESSION_GAP, Sample};
use serde_json::Value as Json;

/// Events that somebody looks back at, oldest first.
///
/// The latest [`Keep::most`] are kept as they were: whatever is asked of them is exact to the
/// millisecond. Where [`Keep::coarse`] says so, older ones are added up by cells of a grid whose
/// length is at most a quarter of their age, so that a count over a window is the exact count over
/// one that is at most an eighth longer or shorter: of events that come evenly, within an eighth.
/// There are about five cells each time the age doubles, however many events there are.
///
/// These are the weight-based merging histograms of Cohen and Strauss ("Maintaining time-decaying
/// stream aggregates", J. Algorithms 59, 2006). The exponential histograms of Datar, Gionis,
/// Indyk and Motwani ("Maintaining stream statistics over sliding windows", SIAM J. Comput. 31,
/// 2002) bound the error by the count instead of the window, but what they keep depends on the
/// order in which events arrive, and two of them cannot be merged in either order to the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    pub(super) kind: Kind,
    pub(super) exact: Vec<Sample>,
    pub(super) cells: Vec<Cell>,
}

/// Events added up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub place: Place,
    pub weight: u64,
    pub values: Vec<Json>,
    pub amount: Option<Amount>,
}

/// What a log says of one event, or of several that were added up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// When it began: for a session, its first event. Milliseconds since 1970.
    pub from: i64,
    /// When it happened; for a session, its last event.
    pub at: i64,
    /// How many events it stands for.
    pub weight: u64,
    /// What is kept of them.
    pub values: &'a [Json],
    /// The numbers that are calculated with.
    pub amount: Option<Amount>,
}

impl Log {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            exact: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// What becomes one of its entries.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What it holds, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        let cells = self.cells.iter().map(|cell| Entry {
            from: cell.place.middle(),
            at: cell.place.middle(),
            weight: cell.weight,
            values: &cell.values,
            amount: cell.amount,
        });
        let exact = self.exact.iter().map(|sample| Entry {
            from: sample.from,
            at: sample.at,
            weight: 1,
            values: &sample.values,
            amount: sample.amount,
        });
        cells.chain(exact)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.cells.is_empty()
    }

    /// Notes an event.
    pub(super) fn note(&mut self, sample: Sample, keep: Keep) {
        let at = sample.at;
        self.insert(sample);
        // Times of the log's own: what it holds must not depend on when events arrive.
        self.tidy(keep, self.newest().unwrap_or(at));
    }

    /// Adds what another one holds; [`Log::tidy`] is due after that.
    pub(super) fn merge(&mut self, other: Self) {
        for sample in other.exact {
            self.insert(sample);
        }
        self.cells.extend(other.cells);
        self.join_cells();
    }

    fn newest(&self) -> Option<i64> {
        self.exact.last().map(|sample| sample.at)
    }

    fn insert(&mut self, sample: Sample) {
        let sample = match self.kind {
            Kind::Latest | Kind::First => sample,
            Kind::Sessions => self.joined(sample),
            Kind::Values => match self.exact.iter().position(|known| known.values == sample.values) {
                Some(known) if self.exact.get(known).is_some_and(|known| known.at >= sample.at) => return,
                Some(known) => {
                    self.exact.remove(known);
                    sample
                }
                None => sample,
            },
        };
        let place = self.exact.partition_point(|known| known.order(&sample).is_lt());
        self.exact.insert(place, sample);
    }

    /// The session that the event makes with those of the same values that it is close to.
    fn joined(&mut self, mut session: Sample) -> Sample {
        let close = |known: &Sample, session: &Sample| {
            known.from.saturating_sub(session.at) < SESSION_GAP.millis
                && session.from.saturating_sub(known.at) < SESSION_GAP.millis
        };
        // One that comes between two joins them: each of them is close to it.
        let event = session.clone();
        self.exact.retain(|known| {
            let joins = close(known, &event) && known.values == event.values;
            if joins {
                session.from = session.from.min(known.from);
                session.at = session.at.max(known.at);
            }
            !joins
        });
        session
    }

    /// Brings it to what is to be kept at this moment.
    pub(super) fn tidy(&mut self, keep: Keep, now: i64) {
        self.forget(keep, now);
        if let Some(each) = keep.each {
            self.thin_out(each);
        }
        let surplus = self.exact.len().saturating_sub(keep.most);
        match self.kind {
            Kind::First => self.exact.truncate(keep.most),
            Kind::Latest | Kind::Sessions | Kind::Values if !keep.coarse => {
                self.exact.drain(..surplus);
            }
            Kind::Latest | Kind::Sessions | Kind::Values => self.add_up(surplus, keep),
        }
    }

    /// Forgets what nobody looks back at any more.
    fn forget(&mut self, keep: Keep, now: i64) {
        if !keep.coarse {
            self.cells.clear();
        }
        let Some(window) = keep.window else { return };
        let first = if keep.coarse {
            first_inside(now, window.millis)
        } else {
            now.saturating_sub(window.millis).saturating_add(1)
        };
        let over = self.exact.partition_point(|sample| sample.at < first);
        let spared = usize::from(keep.newest && over == self.exact.len());
        self.exact.drain(..over.saturating_sub(spared));
        let over = self.cells.partition_point(|cell| cell.place.start < first);
        self.cells.drain(..over);
    }

    /// Forgets the oldest of those that are alike, where there are more than are looked at. In whatever order they
    /// came, the same are left: whoever goes has `most` newer ones beside it.
    fn thin_out(&mut self, each: Each) {
        let mut counts: Vec<(Vec<Json>, usize)> = Vec::new();
        let mut stays: Vec<bool> = Vec::with_capacity(self.exact.len());
        for sample in self.exact.iter().rev() {
            let alike = sample.values.get(each.own..).unwrap_or_default();
            let count = match counts.iter_mut().find(|(known, _)| known == alike) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    counts.push((alike.to_vec(), 1));
                    1
                }
            };
            stays.push(count <= each.most);
        }
        let mut stays = stays.into_iter().rev();
        self.exact.retain(|_| stays.next().unwrap_or(true));
    }

    /// Adds the oldest events to their cells, and cells to the larger ones that they are part of
    /// by now.
    fn add_up(&mut self, surplus: usize, keep: Keep) {
        let Some(newest) = self.newest() else { return };
        let coarsest = coarsest(keep.window.map(|window| window.millis));
        let mut moved = surplus > 0;
        for cell in &mut self.cells {
            let place = cell.place.raised(newest, coarsest);
            moved |= place != cell.place;
            cell.place = place;
        }
        for sample in self.exact.drain(..surplus) {
            self.cells.push(Cell {
                place: Place::of(sample.at, newest, coarsest),
                weight: 1,
                values: sample.values,
                amount: sample.amount,
            });
        }
        if moved {
            self.join_cells();
        }
    }

    /// Orders the cells and makes one of those that are the same.
    fn join_cells(&mut self) {
        self.cells.sort_by(|one, other| {
            one.place
                .cmp(&other.place)
                .then_with(|| order_of_values(&one.values, &other.values))
        });
        self.cells.dedup_by(|next, cell| {
            let same = next.place == cell.place && next.values == cell.values;
            if same {
                cell.weight = cell.weight.saturating_add(next.weight);
                cell.amount = cell.amount.zip(next.amount).map(|(one, other)| one.join(other));
            }
            same
        });
    }
}
