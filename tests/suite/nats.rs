//! The ledger on NATS, against a real server and a real database.

pub(crate) mod service;

mod commands;
mod faults;
mod ingest;
mod outbox;
mod queries;
mod streams;
