//! The clock of a function: the machine's, or the one its invocation tells.

use super::EnvironmentError;
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::wiring::{CLIENT_CONTEXT_NOW, env};
use lambda_runtime::Context;
use std::cell::Cell;

/// Tells the time in a function. Under the local stack's virtual clock it stands still during
/// an invocation, at the moment that the caller gave.
#[derive(Debug)]
pub struct LambdaClock {
    told: Option<Cell<Timestamp>>,
}

impl LambdaClock {
    /// A clock by the setting of [`env::CLOCK`]: `system` (or nothing), or `invocation`.
    pub fn new(setting: Option<&str>) -> Result<Self, EnvironmentError> {
        match setting {
            None | Some("system") => Ok(Self { told: None }),
            Some("invocation") => Ok(Self {
                told: Some(Cell::new(machine_now())),
            }),
            Some(other) => Err(EnvironmentError {
                name: env::CLOCK.to_owned(),
                problem: format!("is `{other}`, expected `system` or `invocation`"),
            }),
        }
    }

    /// Takes the time that the invocation tells, if it is asked to and the invocation does.
    pub(super) fn begin(&self, context: &Context) {
        let Some(told) = &self.told else { return };
        let now = context
            .client_context
            .as_ref()
            .and_then(|client| client.custom.get(CLIENT_CONTEXT_NOW))
            .and_then(|now| now.parse().ok());
        told.set(now.unwrap_or_else(machine_now));
    }
}

impl Clock for LambdaClock {
    fn now(&self) -> Timestamp {
        self.told.as_ref().map_or_else(machine_now, Cell::get)
    }
}

#[allow(clippy::disallowed_methods)] // this is where time comes from
fn machine_now() -> Timestamp {
    Timestamp::now()
}
