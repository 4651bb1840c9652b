//! The test suite, one binary: one link, and one place to see what is tested.

mod alerts;
mod auditors;
mod contract;
mod dashboard;
mod doctor;
mod exports;
mod harness;
mod histories;
mod http;
mod jobs;
mod machine;
mod nats;
mod otel;
mod scenario;
mod seal;
mod sim;
mod stripe;
mod tenants;
mod tidy;
mod transactions;
