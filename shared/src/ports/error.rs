//! How a port fails.

/// A failure of something outside, sorted by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// Throttled, unreachable, timed out, not permitted for now: the same call may succeed later.
    /// It may also have taken effect, so what is repeated must be harmless when repeated.
    #[error("{0} (may heal)")]
    Retry(String),
    /// The same call will fail again: a refused request, a corrupt item.
    #[error("{0}")]
    Fail(String),
}

impl PortError {
    /// Whether trying again may help.
    pub fn may_heal(&self) -> bool {
        matches!(self, Self::Retry(_))
    }
}
