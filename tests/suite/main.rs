//! The test suite, one binary: one link, and one place to see what is tested.

mod contract;
mod harness;
mod nats;
mod scenario;
mod sim;
mod tidy;
