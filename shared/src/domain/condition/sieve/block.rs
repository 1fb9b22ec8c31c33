//! Up to 64 conditions, of which a look at one place shuts many out at once.

use super::Sifted;
use super::filter::Filter;
use super::part::Part;
use super::places::{Places, Sight, Within};
use std::cmp::Reverse;

/// So many, each a bit.
pub(super) const CONDITIONS: usize = 64;

#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// One for each condition that there is.
    all: u64,
    filters: Vec<Filter>,
    /// Conditions of which some parts are not told by one place.
    mixed: u64,
    /// All of those parts have to hold; in the order of `mixed`.
    rest: Vec<Part>,
}

/// Conditions of a block, as bits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Left {
    /// Those that are not shut out.
    pub open: u64,
    /// Those of which one cannot be sure.
    pub doubtful: u64,
}

impl Block {
    pub fn new(conditions: impl IntoIterator<Item = Part>, places: &Places) -> Self {
        let mut block = Self::default();
        let mut by_place: Vec<(usize, Vec<(u64, Part)>)> = Vec::new();
        for (place, condition) in conditions.into_iter().enumerate() {
            let bit = 1 << place;
            let mut parts = Vec::new();
            condition.into_all(&mut parts);
            let mut rest = Vec::new();
            for part in parts {
                let Some(place) = part.place() else {
                    rest.push(part);
                    continue;
                };
                match by_place.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, parts)) => parts.push((bit, part)),
                    None => by_place.push((place, vec![(bit, part)])),
                }
            }
            block.all |= bit;
            if !rest.is_empty() {
                block.mixed |= bit;
                block.rest.push(Part::All(rest));
            }
        }
        // Events say less than profiles, so that less is looked through, and what tells of many may spare the others.
        let order = |filter: &Filter| {
            let is_of_event = places.root(filter.place) == Some(Within::Event);
            (!is_of_event, Reverse(filter.of.count_ones()))
        };
        for (place, parts) in by_place {
            let filter = Filter::new(place, &parts);
            let after = block.filters.partition_point(|known| order(known) <= order(&filter));
            block.filters.insert(after, filter);
        }
        block
    }

    /// What filters leave.
    pub fn sift(&self, sight: &mut Sight<'_>) -> Left {
        let mut left = Left {
            open: self.all,
            doubtful: 0,
        };
        for filter in &self.filters {
            if left.open & filter.of == 0 {
                continue;
            }
            let told = filter.told(sight.class(filter.place));
            left.open &= !told.shut;
            left.doubtful |= told.doubtful;
        }
        left
    }

    /// What is told of a condition that is left, given by its bit.
    pub fn told(&self, bit: u64, left: Left, sight: &mut Sight<'_>) -> Option<Sifted> {
        let mut holds = Some(true);
        if self.mixed & bit != 0 {
            let before = (self.mixed & (bit - 1)).count_ones();
            let rest = self.rest.get(before as usize);
            holds = rest.and_then(|rest| rest.holds(&mut |place| sight.class(place)));
        }
        match holds {
            Some(false) => None,
            Some(true) if left.doubtful & bit == 0 => Some(Sifted::Holds),
            Some(true) | None => Some(Sifted::MayHold),
        }
    }
}
