//! The test suite, one binary: one link, and one place to see what is tested.

mod contract;
mod harness;
mod http;
mod jobs;
mod nats;
mod scenario;
mod seal;
mod sim;
mod stripe;
mod tidy;
