//! One log: the latest events as they were, older ones added up.

use super::grid::{Levels, Place, first_inside};
use super::groups::{Group, Groups};
use super::{Amount, Each, Keep, Kind, Sample};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// So many values may be left over of what was forgotten.
const GROUPS_SPARE: usize = 8;
/// Most cells, where what is added up has many different values: older ones are forgotten.
const CELLS_MAX: usize = 256;

/// Events that somebody looks back at, oldest first.
///
/// The latest [`Keep::most`] are kept as they were: whatever is asked of them is exact to the
/// millisecond. Where [`Keep::added_up`] says so, older ones are added up by cells of a grid whose
/// length is at most a quarter of their age, or of the shortest window that anybody looks at: so a count over a window
/// is the exact count over one that is at most an eighth longer or shorter: of events that come evenly, within an
/// eighth. There are about five cells each time the age doubles, however many events there are.
///
/// These are the weight-based merging histograms of Cohen and Strauss ("Maintaining time-decaying
/// stream aggregates", J. Algorithms 59, 2006). The exponential histograms of Datar, Gionis,
/// Indyk and Motwani ("Maintaining stream statistics over sliding windows", SIAM J. Comput. 31,
/// 2002) bound the error by the count instead of the window, but what they keep depends on the
/// order in which events arrive, and two of them cannot be merged in either order to the same.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) kind: Kind,
    pub(super) groups: Groups,
    pub(super) exact: Vec<Noted>,
    pub(super) cells: Vec<Cell>,
}

/// An event, a session or a value. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted {
    /// When it began: for a session, its first event.
    pub from: i64,
    /// When it happened; for a session, its last event.
    pub at: i64,
    pub group: Group,
    /// In millionths.
    pub amount: Option<i64>,
}

/// Events added up.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub place: Place,
    pub weight: u64,
    pub group: Group,
    /// By itself, because most have none.
    pub amount: Option<Box<Amount>>,
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
    /// Whether it is a sum of such that were added up: its time is about theirs.
    pub is_sum: bool,
}

impl Log {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            groups: Groups::default(),
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
        // A cell may reach beyond what it holds, which is older than all that are kept as they were.
        let newest = self.exact.first().map_or(i64::MAX, |noted| noted.at);
        let cells = self.cells.iter().map(move |cell| {
            let at = cell.place.middle().min(newest);
            Entry {
                from: at,
                at,
                weight: cell.weight,
                values: self.groups.values(cell.group),
                amount: cell.amount.as_deref().copied(),
                is_sum: true,
            }
        });
        let exact = self.exact.iter().map(|noted| Entry {
            from: noted.from,
            at: noted.at,
            weight: 1,
            values: self.groups.values(noted.group),
            amount: noted.amount.map(Amount::of_millionths),
            is_sum: false,
        });
        cells.chain(exact)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.cells.is_empty()
    }

    /// Notes an event. What is kept of others stays as it is, but for what goes because of this one.
    pub(super) fn note(&mut self, sample: Sample, keep: Keep) {
        let group = self.groups.note(sample.values);
        self.insert(Noted {
            from: sample.at,
            at: sample.at,
            group,
            amount: sample.amount,
        });
        // Times of the log's own: what it holds must not depend on when events arrive.
        self.forget(keep, self.newest().unwrap_or(sample.at));
        if let Some(each) = keep.each {
            self.thin_out(each, Some(group));
        }
        self.bound(keep);
    }

    /// Adds what another one holds; [`Log::tidy`] is due after that.
    pub(super) fn merge(&mut self, other: Self) {
        let groups: Vec<Group> = other
            .groups
            .all()
            .map(|values| self.groups.note(values.to_vec()))
            .collect();
        let own = |group: Group| groups.get(group.place()).copied().unwrap_or(group);
        for noted in other.exact {
            self.insert(Noted {
                group: own(noted.group),
                ..noted
            });
        }
        self.cells.extend(other.cells.into_iter().map(|cell| Cell {
            group: own(cell.group),
            ..cell
        }));
        self.join_cells();
    }

    fn newest(&self) -> Option<i64> {
        self.exact.last().map(|noted| noted.at)
    }

    fn insert(&mut self, noted: Noted) {
        let noted = match self.kind {
            Kind::Latest | Kind::First => noted,
            Kind::Sessions | Kind::Days => self.joined(noted),
            Kind::Values => match self.exact.iter().position(|known| known.group == noted.group) {
                Some(known) if self.exact.get(known).is_some_and(|known| known.at >= noted.at) => return,
                Some(known) => {
                    self.exact.remove(known);
                    noted
                }
                None => noted,
            },
        };
        let place = self.exact.partition_point(|known| self.order(known, &noted).is_lt());
        self.exact.insert(place, noted);
    }

    /// By time; what happened at the same moment has an order too, so that it does not matter in which it arrived.
    fn order(&self, one: &Noted, other: &Noted) -> Ordering {
        (one.at, one.from, one.amount)
            .cmp(&(other.at, other.from, other.amount))
            .then_with(|| self.groups.order(one.group, other.group))
    }

    /// Brings it to what is to be kept at this moment, whatever was to be kept before.
    pub(super) fn tidy(&mut self, keep: Keep, now: i64) {
        self.forget(keep, now);
        if let Some(each) = keep.each {
            self.thin_out(each, None);
        }
        self.bound(keep);
    }

    /// Forgets what nobody looks back at any more.
    pub(super) fn forget(&mut self, keep: Keep, now: i64) {
        if keep.added_up.is_none() {
            self.cells.clear();
        }
        let Some(window) = keep.window else { return };
        let first = if keep.added_up.is_some() {
            first_inside(now, window.millis)
        } else {
            now.saturating_sub(window.millis).saturating_add(1)
        };
        if self.cells.first().is_some_and(|cell| cell.place.start < first) {
            let over = self.cells.partition_point(|cell| cell.place.start < first);
            self.cells.drain(..over);
        }
        if self.exact.first().is_some_and(|noted| noted.at < first) {
            let over = self.exact.partition_point(|noted| noted.at < first);
            let spared = usize::from(keep.newest && over == self.exact.len());
            self.exact.drain(..over.saturating_sub(spared));
        }
    }

    /// Forgets the oldest of those that are alike, where there are more than are looked at: of all, or of those like
    /// `one`. In whatever order they came, the same are left: whoever goes has `most` newer ones beside it.
    fn thin_out(&mut self, each: Each, one: Option<Group>) {
        let groups = &self.groups;
        let own = |group: Group| groups.values(group).get(each.own..);
        let alike = |one: Group, other: Group| one == other || (each.own > 0 && own(one) == own(other));
        let mut counts: Vec<(Group, usize)> = one.map(|group| (group, 0)).into_iter().collect();
        let mut stays: Vec<bool> = Vec::with_capacity(self.exact.len());
        for noted in self.exact.iter().rev() {
            let known = counts.iter_mut().find(|(known, _)| alike(*known, noted.group));
            stays.push(match known {
                Some((_, count)) => {
                    *count += 1;
                    *count <= each.most
                }
                None => {
                    if one.is_none() {
                        counts.push((noted.group, 1));
                    }
                    true
                }
            });
        }
        if stays.contains(&false) {
            let mut stays = stays.into_iter().rev();
            self.exact.retain(|_| stays.next().unwrap_or(true));
        }
    }

    /// Forgets or adds up what is more than is kept as it was.
    fn bound(&mut self, keep: Keep) {
        let surplus = self.exact.len().saturating_sub(keep.most);
        match (self.kind, keep.added_up) {
            (Kind::First, _) => self.exact.truncate(keep.most),
            (Kind::Values, _) if keep.sampled => self.sample(),
            (Kind::Latest | Kind::Sessions | Kind::Values | Kind::Days, None) => {
                self.exact.drain(..surplus);
            }
            (Kind::Latest | Kind::Sessions | Kind::Values | Kind::Days, Some(shortest)) => {
                self.add_up(surplus, Levels::of(shortest, keep.window));
            }
        }
        if self.groups.len() > GROUPS_SPARE + 2 * (self.exact.len() + self.cells.len()) {
            self.sweep();
        }
    }

    /// Forgets values that no entry holds any more.
    pub(super) fn sweep(&mut self) {
        let exact = self.exact.iter_mut().map(|noted| &mut noted.group);
        self.groups
            .retain(exact.chain(self.cells.iter_mut().map(|cell| &mut cell.group)));
    }

    /// Adds the oldest events to their cells, and cells to the larger ones that they are part of
    /// by now.
    fn add_up(&mut self, surplus: usize, levels: Levels) {
        let Some(newest) = self.newest() else { return };
        let mut moved = surplus > 0;
        for cell in &mut self.cells {
            let place = cell.place.raised(newest, levels);
            moved |= place != cell.place;
            cell.place = place;
        }
        for noted in self.exact.drain(..surplus) {
            self.cells.push(Cell {
                place: Place::of(noted.at, newest, levels),
                weight: 1,
                group: noted.group,
                amount: noted.amount.map(Amount::of_millionths).map(Box::new),
            });
        }
        if moved {
            self.join_cells();
        }
        let over = self.cells.len().saturating_sub(CELLS_MAX);
        self.cells.drain(..over);
    }

    /// Orders the cells and makes one of those that are the same.
    fn join_cells(&mut self) {
        let groups = &self.groups;
        self.cells.sort_by(|one, other| {
            one.place
                .cmp(&other.place)
                .then_with(|| groups.order(one.group, other.group))
        });
        self.cells.dedup_by(|next, cell| {
            let same = next.place == cell.place && next.group == cell.group;
            if same {
                cell.weight = cell.weight.saturating_add(next.weight);
                cell.amount = match (cell.amount.take(), &next.amount) {
                    (Some(one), Some(other)) => Some(Box::new(one.join(**other))),
                    (None, _) | (_, None) => None,
                };
            }
            same
        });
    }
}

impl PartialEq for Log {
    /// Whether both hold the same, wherever among their values it is.
    fn eq(&self, other: &Self) -> bool {
        let places = |log: &Self| -> Vec<Place> { log.cells.iter().map(|cell| cell.place).collect() };
        self.kind == other.kind && places(self) == places(other) && self.entries().eq(other.entries())
    }
}
