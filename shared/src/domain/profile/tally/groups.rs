//! What a log's entries hold beside times and amounts: each once, and entries name it by its place.

use serde_json::Value as Json;
use std::cmp::Ordering;

/// The place of an entry's values among those of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group(u32);

impl Group {
    /// The one at this place.
    pub fn at(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// Its place.
    pub fn place(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// The values that a log's entries hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups(Vec<Vec<Json>>);

impl Groups {
    /// Those of a dictionary, in its order.
    pub fn of(dictionary: Vec<Vec<Json>>) -> Self {
        Self(dictionary)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The values of all of them, by place.
    pub fn all(&self) -> impl Iterator<Item = &[Json]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The values of a group.
    pub fn values(&self, group: Group) -> &[Json] {
        self.0.get(group.place()).map_or(&[], Vec::as_slice)
    }

    /// The group of these values, which may be new.
    pub fn note(&mut self, values: Vec<Json>) -> Group {
        let known = self.0.iter().position(|known| *known == values);
        Group::at(known.unwrap_or_else(|| {
            self.0.push(values);
            self.0.len() - 1
        }))
    }

    /// Some order, the same in every run and whatever the places are: by texts where kinds differ.
    pub fn order(&self, one: Group, other: Group) -> Ordering {
        if one == other {
            return Ordering::Equal;
        }
        let (one, other) = (self.values(one), self.values(other));
        let pairs = one.iter().zip(other).map(|pair| match pair {
            (Json::String(one), Json::String(other)) => one.cmp(other),
            (one, other) if one == other => Ordering::Equal,
            (one, other) => one.to_string().cmp(&other.to_string()),
        });
        pairs
            .fold(Ordering::Equal, Ordering::then)
            .then(one.len().cmp(&other.len()))
    }

    /// Forgets all that are not named, and gives those that are their new places, in the order in which they are
    /// named first.
    pub fn retain<'g>(&mut self, named: impl Iterator<Item = &'g mut Group>) {
        let mut moved: Vec<Option<Group>> = vec![None; self.0.len()];
        let mut kept = Vec::new();
        for group in named {
            let Some(place) = moved.get_mut(group.place()) else {
                continue;
            };
            *group = *place.get_or_insert_with(|| {
                kept.push(self.0.get_mut(group.place()).map(std::mem::take).unwrap_or_default());
                Group::at(kept.len() - 1)
            });
        }
        self.0 = kept;
    }
}
