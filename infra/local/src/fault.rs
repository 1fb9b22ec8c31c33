//! Faults on order: the next calls of a service go wrong in a named way.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// A service that can be told to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Email.
    Ses,
    /// Text messages.
    Sns,
    /// The table.
    Dynamodb,
    /// One-time schedules.
    Scheduler,
    /// Services over HTTP: messengers, chats, CRMs.
    Services,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Refused as too many; nothing happened.
    Throttle,
    /// Refused with an internal error of the service; nothing happened.
    Error,
    /// Never answered; nothing happened. The connection is closed when the caller gives up, or
    /// after a minute.
    Timeout,
    /// Carried out, but the connection closes before the answer.
    AcceptedThenLost,
}

/// What is on order, by service, in the order it was ordered.
#[derive(Debug, Default)]
pub struct Faults {
    ordered: Mutex<BTreeMap<Service, VecDeque<(FaultKind, u32)>>>,
}

impl Faults {
    /// Makes `count` more calls of `service` go wrong, after those already on order.
    pub fn order(&self, service: Service, kind: FaultKind, count: u32) {
        if count > 0 {
            let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
            ordered.entry(service).or_default().push_back((kind, count));
        }
    }

    /// How the call of `service` that just came in goes wrong, if it does.
    pub fn next(&self, service: Service) -> Option<FaultKind> {
        let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = ordered.get_mut(&service)?;
        let (kind, left) = queue.front_mut()?;
        let kind = *kind;
        *left = left.saturating_sub(1);
        if *left == 0 {
            queue.pop_front();
        }
        Some(kind)
    }

    /// Forgets what is on order.
    pub fn clear(&self) {
        self.ordered.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_the_order_ordered_and_end() {
        let faults = Faults::default();
        faults.order(Service::Ses, FaultKind::Throttle, 2);
        faults.order(Service::Ses, FaultKind::AcceptedThenLost, 1);
        faults.order(Service::Sns, FaultKind::Error, 0);
        let seen: Vec<_> = std::iter::from_fn(|| faults.next(Service::Ses)).collect();
        assert_eq!(
            seen,
            [FaultKind::Throttle, FaultKind::Throttle, FaultKind::AcceptedThenLost]
        );
        assert_eq!(faults.next(Service::Sns), None);
    }
}
