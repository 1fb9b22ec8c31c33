//! What an expression reads. (Being built.)
/// Reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {}
