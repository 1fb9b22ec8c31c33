//! Wires `ingest` to AWS.
fn main() {}
