//! Wires `feedback` to AWS.
fn main() {}
