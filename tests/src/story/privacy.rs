//! Who wants to be forgotten.

use super::Person;
use crate::memory;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::{Span, after};
use beckon_shared::ports::Inbox;

impl Person {
    /// The shop is told to forget them: as `beckon profile erase` says it to their inbox.
    pub fn asks_to_be_forgotten(&self) {
        let (profile, now) = (self.profile(), self.shop.now());
        let word = Input::erase(&profile, now);
        let item = InboxItem {
            profile,
            id: word.id().to_owned(),
            at: now,
            received: now,
            inputs: vec![word],
        };
        self.shop.with(|world| {
            let store = world.outside.store.clone();
            let appended = memory::run(store.append(&item, after(now, Span::from_days(90))));
            appended.finished().expect("it lives").expect("the word is kept");
            world.until_idle();
        });
    }

    /// All that is known of them.
    pub fn known(&self) -> Profile {
        let profile = self.profile();
        let known = self.shop.with(|world| world.outside.store.profile(&profile));
        known.expect("it can be read").unwrap_or_default()
    }
}
