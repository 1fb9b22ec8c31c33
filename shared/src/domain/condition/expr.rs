//! The stored tree of a condition. (Being built.)
use serde::{Deserialize, Serialize};

/// A checked expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr(pub serde_json::Value);
