//! Addresses that nothing may be sent to, whoever they belong to.

use super::PortError;
use crate::domain::campaign::Channel;
use crate::domain::time::Timestamp;

/// Why and since when an address is suppressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// `hard_bounce`, `complaint`, …
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Stands in the place of a reason where a suppression was taken back, so that an older word that comes late does not
/// bring it back.
pub const LIFTED: &str = "lifted";

/// Why an address is suppressed whose owner sent STOP.
pub const STOP: &str = "stop";

/// Keeps suppressed addresses, by their hash: no address is stored.
#[allow(async_fn_in_trait)]
pub trait Suppressions {
    /// Suppresses the address. The first reason stays. A word from before the address was last lifted is passed over.
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError>;

    /// Takes back a suppression for this reason that was said before `at`; one for any other reason stays. Says whether
    /// there was one.
    async fn lift(&self, channel: Channel, address: &str, reason: &str, at: Timestamp) -> Result<bool, PortError>;

    /// Whether and why it is suppressed.
    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError>;
}
