//! Wires `check` to AWS.
fn main() {}
