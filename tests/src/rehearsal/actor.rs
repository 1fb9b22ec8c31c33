//! Somebody in a rehearsal.

use super::Rehearsal;
use crate::story::instant;
use beckon_shared::domain::event::{Event, EventKind, Input, Properties, Source};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use serde_json::{Value, json};

/// Somebody. What they do happens now, unless said otherwise.
#[derive(Clone)]
pub struct Actor {
    play: Rehearsal,
    id: ProfileId,
    when: Option<Timestamp>,
}

impl Actor {
    pub(super) fn new(play: Rehearsal, id: ProfileId) -> Self {
        Self { play, id, when: None }
    }

    /// The same person, but what they do next happened at this time and is only told now.
    #[must_use]
    pub fn at(&self, time: &str) -> Self {
        Self {
            when: Some(instant(time)),
            ..self.clone()
        }
    }

    /// The team's server learns traits of theirs.
    pub fn is(&self, traits: Value) {
        self.says(EventKind::Identify, "", traits, Source::Server);
    }

    /// They live there (an IANA time zone).
    pub fn lives_in(&self, zone: &str) {
        self.is(json!({ "timezone": zone }));
    }

    /// Something happened, and their browser says so.
    pub fn does(&self, event: &str, properties: Value) {
        self.says(EventKind::Track, event, properties, Source::Browser);
    }

    /// Something happened, and the team's server says so.
    pub fn has(&self, event: &str, properties: Value) {
        self.says(EventKind::Track, event, properties, Source::Server);
    }

    /// A provider says something of a message of theirs.
    pub fn is_reported(&self, event: &str, properties: Value) {
        self.says(EventKind::Track, event, properties, Source::Provider);
    }

    /// They belong to an account, of which this is known.
    pub fn belongs_to(&self, account: &str, traits: Value) {
        let mut call = json!({ "groupId": account });
        if let (Some(call), Some(traits)) = (call.as_object_mut(), traits.as_object()) {
            call.extend(traits.clone());
        }
        self.says(EventKind::Group, "", call, Source::Server);
    }

    /// They look at a page of a group.
    pub fn sees(&self, group: &str) {
        self.says(EventKind::Page, group, json!({ "group": group }), Source::Browser);
    }

    /// The visitor turns out to be somebody.
    pub fn turns_out_to_be(&self, somebody: &Self) {
        let join = Input::join(&self.id, &somebody.id, self.play.now());
        self.play.takes(&self.id, join);
    }

    /// Their profile as it stands.
    pub fn profile(&self) -> Profile {
        self.play.profile(&self.id)
    }

    fn says(&self, kind: EventKind, name: &str, properties: Value, source: Source) {
        let properties: Properties = match properties {
            Value::Object(properties) => properties,
            other => panic!("{other} is no group of properties"),
        };
        let event = Event {
            id: self.play.new_id(),
            kind,
            name: name.to_owned(),
            at: self.when.unwrap_or_else(|| self.play.now()),
            source,
            hops: 0,
            properties,
        };
        self.play.takes(&self.id, Input::Event(event));
    }
}
