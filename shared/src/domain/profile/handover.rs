//! A person in the hands of people.

use crate::domain::event::millis;
use crate::domain::id::{EnrollmentId, MessageId};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A handover that is not closed: other campaigns hold their messages back meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenHandover {
    /// The enrollment that handed the person over.
    #[serde(rename = "e")]
    pub enrollment: EnrollmentId,
    /// The message that asked last.
    #[serde(rename = "m")]
    pub message: MessageId,
    /// Somebody took it on.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// It is over then, whatever is said.
    #[serde(rename = "u", with = "millis")]
    pub until: Timestamp,
}
