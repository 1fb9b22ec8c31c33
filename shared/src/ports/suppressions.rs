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

/// Keeps suppressed addresses, by their hash: no address is stored.
#[allow(async_fn_in_trait)]
pub trait Suppressions {
    /// Suppresses the address. The first reason stays.
    async fn suppress(&self, channel: Channel, address: &str, suppression: &Suppression) -> Result<(), PortError>;

    /// Whether and why it is suppressed.
    async fn suppression(&self, channel: Channel, address: &str) -> Result<Option<Suppression>, PortError>;
}
