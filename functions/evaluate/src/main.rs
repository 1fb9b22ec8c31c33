//! Wires `evaluate` to AWS.
fn main() {}
