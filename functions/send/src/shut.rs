//! What an instance knows of providers that take no more: marketing that comes new goes to the end of the line without
//! being tried, so that it does not take the place of those that wait.

use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::{Span, Timestamp, after};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How long after a refusal a provider counts as shut.
const SHUT_FOR: Span = Span::from_mins(1);

/// Until when providers count as shut, by channel.
#[derive(Debug, Default)]
pub struct Shut(RefCell<BTreeMap<Channel, Timestamp>>);

impl Shut {
    /// The provider refused a message at `now`, and asked to wait so long.
    pub fn note(&self, channel: Channel, now: Timestamp, asked: Option<Span>) {
        let until = after(now, asked.unwrap_or_default().max(SHUT_FOR));
        self.0.borrow_mut().insert(channel, until);
    }

    /// Whether the provider counts as shut at `now`.
    pub fn is_shut(&self, channel: Channel, now: Timestamp) -> bool {
        self.0.borrow().get(&channel).is_some_and(|until| now < *until)
    }
}
