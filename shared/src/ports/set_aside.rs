//! Where records go that can never be processed, so that their neighbours can.

use super::PortError;

/// A record that was set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SetAsideRecord {
    /// Which function could not process it.
    pub function: String,
    /// Where it is: `PK` and `SK` of the item, or a provider's notification id. The item itself stays.
    pub place: String,
    /// The stream's sequence number, if it came from there.
    pub sequence: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// Keeps records for people to look at.
#[allow(async_fn_in_trait)]
pub trait SetAside {
    /// Keeps the record.
    async fn set_aside(&self, record: &SetAsideRecord) -> Result<(), PortError>;
}
