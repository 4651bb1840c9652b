//! payoutd
fn main() {}
