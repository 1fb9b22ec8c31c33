//! Conditions: CEL expressions, parsed and type-checked when a campaign is checked, stored as
//! a tree, and evaluated here without a parser.
//!
//! The meaning is CEL's, with these differences, each for the sake of people who write campaigns:
//! a missing property is null instead of an error (using it where a value is needed is the error,
//! and names it); whole and fractional numbers mix in arithmetic, because JSON does not tell `59`
//! from `59.0`; `timestamp("2026-03-01")` is local midnight; there are `first`, `days`,
//! `hours`, `minutes`, calendar functions in the person's own zone, lengths of time written `7d`,
//! and aggregates of earlier events ([`Measure`]): `sum("Order Completed", total, 90d)`.

mod aggregate;
mod call;
mod change;
pub mod decay;
mod each;
mod eval;
mod expr;
mod failing;
mod feed;
mod keep;
mod measure;
mod operate;
mod reads;
mod restless;
mod scope;
mod scores;
mod show;
mod sieve;
mod value;
mod words;

pub use aggregate::{Aggregate, Measure};
pub use eval::EvalError;
pub use expr::{DEPTH_MAX, Expr, Literal};
pub use feed::{Feed, Kept};
pub use keep::STREAK_MAX;
pub use reads::Reads;
pub use scope::Scope;
pub use scores::{Contribution, Explained, MomentNow};
pub use sieve::{Sieve, Sifted, Sifts};
pub use value::Value;
pub use words::{Arithmetic, Comparison, Function, Quantifier, Var};
