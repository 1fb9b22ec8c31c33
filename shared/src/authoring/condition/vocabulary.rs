//! The names that a team's conditions may use.

use super::catalogue::{KNOWN_EVENTS, KNOWN_TRAITS, event_shape, profile_shape};
use super::types::{Shape, Type};
use crate::authoring::suggest::nearest;
use crate::domain::campaign::ListRule;
use crate::domain::event::ACTIVITY;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Events, traits, lists and segments: the catalogue's and the workspace's.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    events: BTreeMap<String, Arc<Shape>>,
    profile: Arc<Shape>,
    lists: BTreeMap<String, Type>,
    segments: BTreeSet<String>,
    /// Segments that move in a way that cannot be followed.
    restless: BTreeSet<String>,
    scores: BTreeSet<String>,
    moments: bool,
}

impl Default for Vocabulary {
    /// The catalogue alone.
    fn default() -> Self {
        Self {
            events: KNOWN_EVENTS.clone(),
            profile: Arc::new(profile_shape(KNOWN_TRAITS.clone())),
            lists: BTreeMap::new(),
            segments: BTreeSet::new(),
            restless: BTreeSet::new(),
            scores: BTreeSet::new(),
            moments: false,
        }
    }
}

impl Vocabulary {
    /// Adds an event, or properties to one that is known.
    pub fn declare_event(&mut self, name: &str, properties: BTreeMap<String, Type>) {
        let mut shape = event_shape(name, BTreeMap::new());
        if let Some(known) = self.events.get(name) {
            shape.fields.clone_from(&known.fields);
        }
        shape.fields.extend(properties);
        self.events.insert(name.to_owned(), Arc::new(shape));
    }

    /// Adds an event whose properties are those of such a value.
    pub fn declare_derived(&mut self, name: &str, like: &Type) {
        if let Type::Map(shape) = like {
            self.declare_event(name, shape.fields.clone());
        }
    }

    /// Adds traits.
    pub fn declare_traits(&mut self, traits: BTreeMap<String, Type>) {
        let mut fields = self.profile.fields.clone();
        fields.extend(traits);
        self.profile = Arc::new(profile_shape(fields));
    }

    /// Adds a list. Its entries have what the rule keeps of its events' properties.
    pub fn declare_list(&mut self, name: &str, rule: &ListRule) {
        let kept = |field: &str| field == rule.by || rule.keep.iter().any(|keep| keep == field);
        let mut shape = Shape {
            label: format!("an entry of `{name}`"),
            declare: "name it under `keep` of the list in workspace.yaml if it exists",
            ..Shape::default()
        };
        let mut known = BTreeMap::new();
        for event in &rule.put {
            if let Some(event) = self.events.get(event) {
                known.extend(event.fields.clone());
            }
        }
        for event in &rule.replace {
            if let Some(Type::List(element)) = self.events.get(event).and_then(|event| event.fields.get("products"))
                && let Type::Map(product) = &**element
            {
                known.extend(product.fields.clone());
            }
        }
        for field in rule.keep.iter().chain(std::iter::once(&rule.by)) {
            let kind = known.get(field).filter(|_| kept(field)).cloned().unwrap_or(Type::Any);
            shape.fields.insert(field.clone(), kind);
        }
        self.lists
            .insert(name.to_owned(), Type::list(Type::Map(Arc::new(shape))));
    }

    /// Adds a segment's name.
    pub fn declare_segment(&mut self, name: &str) {
        self.segments.insert(name.to_owned());
    }

    /// Says that the segment moves in a way that cannot be followed.
    pub fn declare_restless(&mut self, segment: &str) {
        self.restless.insert(segment.to_owned());
    }

    /// Whether the segment moves in a way that cannot be followed.
    pub fn is_restless(&self, segment: &str) -> bool {
        self.restless.contains(segment)
    }

    /// Adds a score's name.
    pub fn declare_score(&mut self, name: &str) {
        self.scores.insert(name.to_owned());
    }

    /// Says that there is a micromoment.
    pub fn declare_moments(&mut self) {
        self.moments = true;
    }

    /// The scores' names.
    pub fn scores(&self) -> impl Iterator<Item = &str> {
        self.scores.iter().map(String::as_str)
    }

    /// Whether there is a micromoment.
    pub fn has_moments(&self) -> bool {
        self.moments
    }

    /// What an event of one of these names has. An unknown event may have anything.
    pub fn event(&self, names: &[String]) -> Type {
        let mut all: Option<Shape> = None;
        for name in names {
            let Some(shape) = self.events.get(name) else {
                return Type::Any;
            };
            all = Some(all.map_or_else(|| (**shape).clone(), |known| known.join(shape)));
        }
        all.map_or(Type::Any, |shape| Type::Map(Arc::new(shape)))
    }

    /// What an event that is counted under this name has: `*` may have anything.
    pub fn counted(&self, name: &str) -> Type {
        self.events
            .get(name)
            .map_or(Type::Any, |shape| Type::Map(Arc::clone(shape)))
    }

    /// What a profile has.
    pub fn profile(&self) -> Type {
        Type::Map(Arc::clone(&self.profile))
    }

    /// What an account has: its `id`, and whatever group calls say of it.
    pub fn account(&self) -> Type {
        Type::Map(Arc::new(Shape {
            label: "`account`".to_owned(),
            fields: BTreeMap::from([("id".to_owned(), Type::Text)]),
            open: true,
            declare: "",
        }))
    }

    /// The traits that are known.
    pub fn traits(&self) -> impl Iterator<Item = &str> {
        self.profile.fields.keys().map(String::as_str)
    }

    /// What is on the list of this name, if there is one.
    pub fn list(&self, name: &str) -> Option<&Type> {
        self.lists.get(name)
    }

    /// The lists' names.
    pub fn lists(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Whether there is a segment of this name.
    pub fn is_segment(&self, name: &str) -> bool {
        self.segments.contains(name)
    }

    /// The segments' names.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(String::as_str)
    }

    /// Another known event of this name, in other letters.
    pub fn same_but_for_case(&self, name: &str) -> Option<&str> {
        self.events
            .keys()
            .map(String::as_str)
            .find(|known| *known != name && known.eq_ignore_ascii_case(name))
    }

    /// The properties of a known event.
    pub fn properties(&self, event: &str) -> Option<&Shape> {
        self.events.get(event).map(|shape| &**shape)
    }

    /// The known event that an unknown name was probably meant to be.
    pub fn misspelt_event(&self, name: &str) -> Option<&str> {
        if self.events.contains_key(name) || name == ACTIVITY {
            return None;
        }
        nearest(name, self.events.keys().map(String::as_str))
    }
}
