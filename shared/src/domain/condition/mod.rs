//! Conditions: CEL expressions, parsed and type-checked when a campaign is checked, stored as
//! a tree, and evaluated here without a parser.

mod eval;
mod expr;
mod reads;
mod scope;

pub use eval::EvalError;
pub use expr::Expr;
pub use reads::Reads;
pub use scope::Scope;
