//! A message to a service, as its sender puts it on the wire.

use crate::domain::service::{Method, Reading};
use std::fmt;

/// A request, rendered. Its `Debug` shows neither secrets nor what is said.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The service's name.
    pub service: String,
    /// How it is asked.
    pub method: Method,
    /// Where, with whatever secrets are part of it.
    pub url: String,
    /// Headers besides those of every request.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: String,
    /// When it leaves, in seconds since 1970.
    pub at_secs: i64,
    /// The secret that it is signed with as Standard Webhooks, `whsec_…`, where the service asks for it.
    pub signing: Option<String>,
    /// The header that holds the message's id, by which the service knows a repeat.
    pub idempotency: Option<String>,
    /// Hosts that may be called, with their port where that is not 443.
    pub hosts: Vec<String>,
    /// How the answer is read.
    pub reading: Reading,
    /// What is kept so that the service's own calls find the profile.
    pub remembered: Remembered,
}

/// By what a service's own calls name a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// The service makes no calls.
    Nothing,
    /// By its id of the message; by ours, where its answer holds none.
    Message,
    /// By that, and by the person's address.
    MessageAndAddress,
    /// By its id of the message, and by this name of the person.
    MessageAndPerson(String),
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
