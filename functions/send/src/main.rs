//! Wires `send` to AWS.
fn main() {}
